//! Management of a person's own passkeys: adding, renaming and removing them.

use uuid::Uuid;
use webauthn_rs::prelude::{PasskeyRegistration, RegisterPublicKeyCredential};

use super::{Challenge, challenge, new_challenge, parse_credential, relying_party, unexpected};
use crate::app::App;
use crate::db;
use crate::db::auth_challenges::ChallengeKind;
use crate::db::passkeys::{MAX_PER_STAFF, Passkey};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind};
use crate::staff::Error;
use crate::staff::auth_challenges;
use crate::staff::factors::FactorOwner;

/// Starts adding a passkey.
///
/// # Errors
/// Fails with [`Error::NoPasskeys`] if the portal's address does not allow passkeys, and with
/// [`Error::TooManyPasskeys`] if the person has the maximum number. Also fails if the database
/// fails.
pub async fn begin_registration(app: &App, actor: &Actor) -> Result<Challenge, Error> {
    let there = db::passkeys::of_staff(&app.db, actor.staff_id).await?;
    if there.len() >= MAX_PER_STAFF {
        return Err(Error::TooManyPasskeys);
    }
    let known = there
        .iter()
        .map(|passkey| Ok(parse_credential(passkey)?.cred_id().clone()));
    let known = known.collect::<Result<Vec<_>, Error>>()?;
    let (options, state) = relying_party(app)?
        .start_passkey_registration(
            actor.staff_id.as_uuid(),
            &actor.email,
            &actor.name,
            Some(known),
        )
        .map_err(unexpected)?;
    let with = new_challenge(Some(actor.staff_id), actor.address);
    let token = auth_challenges::begin(app, ChallengeKind::PasskeyAddition, with, &state).await?;
    let mut challenge = challenge(token, &options)?;
    // Browsers find such a passkey without an email address, as sign-in without a password needs.
    let selection = &mut challenge.public_key["authenticatorSelection"];
    selection["residentKey"] = "required".into();
    selection["requireResidentKey"] = true.into();
    Ok(challenge)
}

/// Outcome of adding a passkey.
#[derive(Clone, Debug)]
pub enum RegistrationOutcome {
    /// The passkey is a factor now. Holds recovery codes if it is the first one.
    Done(Vec<String>),
    /// The answer does not match the challenge, or the passkey is registered already.
    Rejected,
    /// The challenge has expired or was answered already.
    Gone,
}

/// Adds the passkey that answered the challenge.
pub async fn finish_registration(
    app: &App,
    (actor, session): (&Actor, Uuid),
    token: &str,
    name: &str,
    answer: &str,
) -> Result<RegistrationOutcome, Error> {
    let relying_party = relying_party(app)?;
    let mut tx = app.db.begin().await?;
    let own = FactorOwner::lock(&mut tx, actor, session).await?;
    let ceremony = auth_challenges::take::<PasskeyRegistration>(
        app,
        &mut tx,
        ChallengeKind::PasskeyAddition,
        token,
    )
    .await?;
    let Some(ceremony) = ceremony.filter(|ceremony| ceremony.staff == Some(actor.staff_id)) else {
        return Ok(RegistrationOutcome::Gone);
    };
    let answer: Option<RegisterPublicKeyCredential> = serde_json::from_str(answer).ok();
    let credential = answer.and_then(|answer| {
        match relying_party.finish_passkey_registration(&answer, &ceremony.state) {
            Ok(credential) => Some(credential),
            Err(error) => {
                tracing::info!(%error, "a passkey was not added");
                None
            }
        }
    });
    let Some(credential) = credential else {
        // The challenge is used up even so.
        tx.commit().await?;
        return Ok(RegistrationOutcome::Rejected);
    };
    let passkey = Passkey {
        id: Uuid::new_v4(),
        staff: actor.staff_id,
        credential: serde_json::to_string(&credential).map_err(unexpected)?,
        name: name.to_owned(),
        created_at: app.clock.now(),
        used_at: None,
    };
    if !db::passkeys::insert(&mut tx, credential.cred_id(), &passkey).await? {
        tx.commit().await?;
        return Ok(RegistrationOutcome::Rejected);
    }
    let (codes, told) = own.record_added(app, &mut tx, &passkey_label(name)).await?;
    tx.commit().await?;
    told.send_email(app).await;
    Ok(RegistrationOutcome::Done(codes))
}

/// Renames one of the person's passkeys. Returns `false` if they have no such passkey.
pub async fn rename(
    app: &App,
    (actor, session): (&Actor, Uuid),
    id: Uuid,
    name: &str,
) -> Result<bool, Error> {
    let mut tx = app.db.begin().await?;
    let own = FactorOwner::lock(&mut tx, actor, session).await?;
    let all = db::passkeys::of_staff(&app.db, actor.staff_id).await?;
    let Some(was) = all.into_iter().find(|passkey| passkey.id == id) else {
        return Ok(false);
    };
    if was.name == name {
        return Ok(true);
    }
    if !db::passkeys::rename(&mut tx, actor.staff_id, id, name).await? {
        return Ok(false);
    }
    let event = Event {
        before: Some(passkey_label(&was.name)),
        after: Some(passkey_label(name)),
        ..own.event(EventKind::FactorRenamed)
    };
    db::audit::append(&mut tx, &app.audit_key, app.clock.now(), &event).await?;
    tx.commit().await?;
    Ok(true)
}

/// Removes one of the person's passkeys and returns its name.
///
/// # Errors
/// Fails with [`Error::LastFactor`] if it is the last factor and the role requires one.
pub async fn remove(
    app: &App,
    (actor, session): (&Actor, Uuid),
    id: Uuid,
) -> Result<Option<String>, Error> {
    let mut tx = app.db.begin().await?;
    let own = FactorOwner::lock(&mut tx, actor, session).await?;
    let Some(name) = db::passkeys::remove(&mut tx, actor.staff_id, id).await? else {
        return Ok(None);
    };
    let told = own
        .record_removed(app, &mut tx, &passkey_label(&name))
        .await?;
    tx.commit().await?;
    told.send_email(app).await;
    Ok(Some(name))
}

/// Returns the name of a passkey in the audit and in notices.
fn passkey_label(name: &str) -> String {
    format!("passkey \u{201c}{name}\u{201d}")
}

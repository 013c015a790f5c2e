//! Passkeys (WebAuthn): adding, renaming and removing them, and what an answer proves. Holders are verified each time, so
//! that a passkey is two factors at once. Challenges are ceremonies: held by the server, five minutes, used once.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use url::Url;
use uuid::Uuid;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey as Credential, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Webauthn, WebauthnBuilder, WebauthnError,
};

use super::Own;
use crate::app::App;
use crate::config::{Settings, is_loopback};
use crate::db::ceremonies::Kind;
use crate::db::passkeys::{MOST, Passkey};
use crate::db::staff::Staff;
use crate::db::{self, Tx};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::ids::StaffId;
use crate::staff::ceremonies::{self, CHALLENGE_HOLDS, With};
use crate::staff::links::From;
use crate::staff::{Error, throttle};

/// What a browser shows beside a passkey.
const NAME: &str = "Reseller portal";

/// Where passkeys of this portal work: the one origin that browsers take them at, none where the portal's address has no
/// name. On this machine that is `localhost`, whatever name the public address has: passkeys belong to names, not to
/// addresses.
#[must_use]
pub fn origin(settings: &Settings) -> Option<Url> {
    let mut url = settings.public_url.clone();
    url.set_path("/");
    if is_loopback(&url) {
        url.set_host(Some("localhost")).ok()?;
    }
    url.domain().is_some().then_some(url)
}

fn relying_party(app: &App) -> Result<Webauthn, Error> {
    let origin = origin(&app.settings).ok_or(Error::NoPasskeys)?;
    let id = origin.domain().ok_or(Error::NoPasskeys)?;
    let builder = WebauthnBuilder::new(id, &origin).map_err(unexpected)?;
    builder
        .rp_name(NAME)
        .timeout(CHALLENGE_HOLDS)
        .build()
        .map_err(unexpected)
}

/// A challenge to a passkey.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Challenge {
    /// Names the ceremony in the form that brings the answer.
    pub ceremony: String,
    /// What the browser's `navigator.credentials` takes, in WebAuthn's JSON.
    pub public_key: serde_json::Value,
}

fn challenge(ceremony: String, options: &impl Serialize) -> Result<Challenge, Error> {
    let mut options = serde_json::to_value(options).map_err(unexpected)?;
    Ok(Challenge {
        ceremony,
        public_key: options["publicKey"].take(),
    })
}

/// Begins to add a passkey.
///
/// # Errors
/// [`Error::NoPasskeys`] where the portal's address allows none, [`Error::TooManyPasskeys`]; when the database fails.
pub async fn begin_addition(app: &App, actor: &Actor) -> Result<Challenge, Error> {
    let there = db::passkeys::of_staff(&app.db, actor.staff_id).await?;
    if there.len() >= MOST {
        return Err(Error::TooManyPasskeys);
    }
    let known = there.iter().map(|passkey| Ok(credential(passkey)?.cred_id().clone()));
    let known = known.collect::<Result<Vec<_>, Error>>()?;
    let (options, state) = relying_party(app)?
        .start_passkey_registration(actor.staff_id.as_uuid(), &actor.email, &actor.name, Some(known))
        .map_err(unexpected)?;
    let with = with(Some(actor.staff_id), actor.address);
    let token = ceremonies::begin(app, Kind::PasskeyAddition, with, &state).await?;
    let mut challenge = challenge(token, &options)?;
    // Found by the browser without an e-mail address: this is what signs in without a password.
    let selection = &mut challenge.public_key["authenticatorSelection"];
    selection["residentKey"] = "required".into();
    selection["requireResidentKey"] = true.into();
    Ok(challenge)
}

/// What came of adding a passkey.
#[derive(Clone, Debug)]
pub enum Added {
    /// It is a factor now; recovery codes, where it is the first one.
    Done(Vec<String>),
    /// The answer is none to this challenge, or of a passkey that somebody has already.
    Refused,
    /// It took too long, or was answered already.
    Gone,
}

/// Adds the passkey that answered.
///
/// # Errors
/// When the database fails.
pub async fn add(
    app: &App,
    (actor, session): (&Actor, Uuid),
    token: &str,
    name: &str,
    answer: &str,
) -> Result<Added, Error> {
    let relying_party = relying_party(app)?;
    let mut tx = app.db.begin().await?;
    let own = Own::lock(&mut tx, actor, session).await?;
    let ceremony = ceremonies::take::<PasskeyRegistration>(app, &mut tx, Kind::PasskeyAddition, token).await?;
    let Some(ceremony) = ceremony.filter(|ceremony| ceremony.staff == Some(actor.staff_id)) else {
        return Ok(Added::Gone);
    };
    let answer: Option<RegisterPublicKeyCredential> = serde_json::from_str(answer).ok();
    let credential =
        answer.and_then(
            |answer| match relying_party.finish_passkey_registration(&answer, &ceremony.state) {
                Ok(credential) => Some(credential),
                Err(error) => {
                    tracing::info!(%error, "a passkey was not added");
                    None
                }
            },
        );
    let Some(credential) = credential else {
        // The challenge is used up all the same.
        tx.commit().await?;
        return Ok(Added::Refused);
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
        return Ok(Added::Refused);
    }
    let codes = own.added(app, &mut tx, &what(name)).await?;
    tx.commit().await?;
    Ok(Added::Done(codes))
}

/// Gives one's passkey another name. False where there is none such.
///
/// # Errors
/// When the database fails.
pub async fn rename(app: &App, (actor, session): (&Actor, Uuid), id: Uuid, name: &str) -> Result<bool, Error> {
    let mut tx = app.db.begin().await?;
    let own = Own::lock(&mut tx, actor, session).await?;
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
        before: Some(what(&was.name)),
        after: Some(what(name)),
        ..own.event(EventKind::FactorRenamed)
    };
    db::audit::append(&mut tx, &app.audit_key, app.clock.now(), &event).await?;
    tx.commit().await?;
    Ok(true)
}

/// Removes one's passkey; answers its name.
///
/// # Errors
/// [`Error::LastFactor`] where the role requires another factor first.
pub async fn remove(app: &App, (actor, session): (&Actor, Uuid), id: Uuid) -> Result<Option<String>, Error> {
    let mut tx = app.db.begin().await?;
    let own = Own::lock(&mut tx, actor, session).await?;
    let Some(name) = db::passkeys::remove(&mut tx, actor.staff_id, id).await? else {
        return Ok(None);
    };
    own.removed(app, &mut tx, &what(&name)).await?;
    tx.commit().await?;
    Ok(Some(name))
}

/// Begins the sign-in of somebody not known yet: whoever answers says who they are.
///
/// # Errors
/// [`Error::NoPasskeys`] where the portal's address allows none, [`Error::Busy`] where too many are open; when the
/// database fails.
pub async fn begin_sign_in(app: &App, from: &From) -> Result<Challenge, Error> {
    let (options, state) = relying_party(app)?
        .start_discoverable_authentication()
        .map_err(unexpected)?;
    let token = ceremonies::begin(app, Kind::PasskeySignIn, with(None, from.address), &state).await?;
    challenge(token, &options)
}

/// Begins a proof by somebody known, with one of their passkeys.
///
/// # Errors
/// [`Error::NoFactor`] where they have none, [`Error::NoPasskeys`] where the portal's address allows none; when the
/// database fails.
pub async fn begin_proof(app: &App, staff: StaffId, from: &From) -> Result<Challenge, Error> {
    let there = db::passkeys::of_staff(&app.db, staff).await?;
    if there.is_empty() {
        return Err(Error::NoFactor);
    }
    let (options, state) = relying_party(app)?
        .start_discoverable_authentication()
        .map_err(unexpected)?;
    let token = ceremonies::begin(app, Kind::PasskeyProof, with(Some(staff), from.address), &state).await?;
    let mut challenge = challenge(token, &options)?;
    let mut allowed = Vec::with_capacity(there.len());
    for passkey in &there {
        let id = URL_SAFE_NO_PAD.encode(credential(passkey)?.cred_id());
        allowed.push(serde_json::json!({ "type": "public-key", "id": id }));
    }
    challenge.public_key["allowCredentials"] = allowed.into();
    Ok(challenge)
}

/// Who signs in by an answer; nobody where it proves nothing, of which the audit is told.
///
/// # Errors
/// When the database fails.
pub async fn signed_in(app: &App, token: &str, answer: &str, from: &From) -> Result<Option<Staff>, Error> {
    let mut tx = app.db.begin().await?;
    let proved = answered(app, &mut tx, None, token, answer).await?;
    finish(app, tx, proved, from).await
}

/// Whether an answer proves that it is this person; where not, the audit is told.
///
/// # Errors
/// When the database fails.
pub async fn proved(app: &App, staff: StaffId, token: &str, answer: &str, from: &From) -> Result<bool, Error> {
    let mut tx = app.db.begin().await?;
    let proved = answered(app, &mut tx, Some(staff), token, answer).await?;
    Ok(finish(app, tx, proved, from).await?.is_some())
}

/// Why an answer proves nothing: for the audit alone.
pub(super) struct Refused {
    target: String,
    why: String,
}

impl Refused {
    fn of(staff: &Staff, why: impl Into<String>) -> Self {
        Self {
            target: staff.email.clone(),
            why: why.into(),
        }
    }

    fn of_nobody(why: impl Into<String>) -> Self {
        Self {
            target: "A passkey that nobody of the staff has".to_owned(),
            why: why.into(),
        }
    }

    /// As the audit is told.
    pub(super) fn event(&self, from: &From) -> Event {
        Event {
            outcome: EventOutcome::Refused,
            ..throttle::event(
                &self.target,
                from.address,
                from.request_id.as_deref(),
                &format!("A passkey's answer was refused: {}.", self.why),
            )
        }
    }
}

/// Said of an answer by somebody else's passkey.
const FOREIGN: &str = "the passkey is another person's";

async fn finish(app: &App, mut tx: Tx, proved: Result<Staff, Refused>, from: &From) -> Result<Option<Staff>, Error> {
    if let Err(refused) = &proved {
        db::audit::append(&mut tx, &app.audit_key, app.clock.now(), &refused.event(from)).await?;
    }
    tx.commit().await?;
    Ok(proved.ok())
}

/// Uses the challenge up and checks the answer to it: whose passkey it is, which is `expected`'s where it is known who
/// is asked. The origin, the relying party, the signature,
/// the verification of the holder and the counter are checked by `webauthn-rs`; that the passkey is the one of whom it
/// says, here.
pub(super) async fn answered(
    app: &App,
    tx: &mut Tx,
    expected: Option<StaffId>,
    token: &str,
    answer: &str,
) -> Result<Result<Staff, Refused>, Error> {
    let Ok(answer) = serde_json::from_str::<PublicKeyCredential>(answer) else {
        return Ok(Err(Refused::of_nobody("it is no answer of a passkey")));
    };
    let kept = db::passkeys::by_credential(&app.db, answer.get_credential_id()).await?;
    let staff = match &kept {
        Some(kept) => db::staff::lock(tx, kept.staff).await?,
        None => None,
    };
    let kind = if expected.is_some() {
        Kind::PasskeyProof
    } else {
        Kind::PasskeySignIn
    };
    let ceremony = ceremonies::take::<DiscoverableAuthentication>(app, tx, kind, token).await?;
    let (Some(kept), Some(staff)) = (kept, staff) else {
        return Ok(Err(Refused::of_nobody("it is not known")));
    };
    let Some(ceremony) = ceremony else {
        return Ok(Err(Refused::of(&staff, "it took too long, or was used already")));
    };
    if ceremony.staff != expected || expected.is_some_and(|expected| expected != staff.id) {
        return Ok(Err(Refused::of(&staff, FOREIGN)));
    }
    let holder = answer.get_user_unique_id();
    let is_holder = holder.is_some_and(|holder| holder == staff.id.as_uuid().as_bytes());
    // Where it was said whose passkey is asked for, some leave out whose they are.
    if !is_holder && (holder.is_some() || expected.is_none()) {
        return Ok(Err(Refused::of(&staff, FOREIGN)));
    }
    if staff.disabled_at.is_some() {
        return Ok(Err(Refused::of(&staff, "they are disabled")));
    }
    let mut credential = credential(&kept)?;
    let result = relying_party(app)?.finish_discoverable_authentication_v2(&answer, ceremony.state, &credential);
    let result = match result {
        Ok(result) if result.user_verified() => result,
        Ok(_) => return Ok(Err(Refused::of(&staff, "the holder was not verified"))),
        Err(error) => return Ok(Err(Refused::of(&staff, said(&error)))),
    };
    credential.update_credential(&result);
    let updated = serde_json::to_string(&credential).map_err(unexpected)?;
    if !db::passkeys::used(tx, &kept, &updated, app.clock.now()).await? {
        return Ok(Err(Refused::of(&staff, "it was used or removed at the same moment")));
    }
    Ok(Ok(staff))
}

/// In words what is wrong with an answer.
fn said(error: &WebauthnError) -> String {
    let words = match error {
        WebauthnError::MismatchedChallenge => "it answers another challenge",
        WebauthnError::InvalidRPOrigin => "it was given to another site",
        WebauthnError::InvalidRPIDHash => "it was made for another site",
        WebauthnError::UserNotVerified => "the holder was not verified",
        WebauthnError::UserNotPresent => "nobody was present",
        WebauthnError::CredentialPossibleCompromise => "its counter went back: the passkey may have been copied",
        WebauthnError::AuthenticationFailure => "its signature is wrong",
        other => return other.to_string(),
    };
    words.to_owned()
}

/// How the audit and notices call a passkey.
fn what(name: &str) -> String {
    format!("passkey \u{201c}{name}\u{201d}")
}

fn with(staff: Option<StaffId>, address: Option<std::net::IpAddr>) -> With {
    With {
        staff,
        address,
        holds: CHALLENGE_HOLDS,
    }
}

fn credential(passkey: &Passkey) -> Result<Credential, Error> {
    Ok(serde_json::from_str(&passkey.credential).map_err(db::Error::stored)?)
}

#[expect(clippy::needless_pass_by_value, reason = "given to map_err")]
fn unexpected(error: impl ToString) -> Error {
    Error::Passkeys(error.to_string())
}

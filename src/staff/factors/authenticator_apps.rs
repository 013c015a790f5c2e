//! Authenticator apps: time-based codes of six digits (RFC 6238: SHA-1, 30 seconds).
//!
//! The code of the previous or the next step is accepted too, and each code only once. The seed is
//! encrypted at rest.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use totp_rs::{Secret, Totp};
use url::form_urlencoded::byte_serialize;
use uuid::Uuid;

use super::{FactorOwner, encryption};
use crate::app::App;
use crate::db::auth_challenges::ChallengeKind;
use crate::db::{self, Tx};
use crate::domain::actor::Actor;
use crate::domain::code;
use crate::domain::ids::StaffId;
use crate::domain::time::Timestamp;
use crate::staff::auth_challenges::{self, NewChallenge, STEP_LIFETIME};
use crate::staff::{Error, random_bytes};

/// Name of the factor in the audit and in notices.
const LABEL: &str = "authenticator app";
/// Length of a seed in bytes, as RFC 4226 recommends.
const SEED_LENGTH: usize = 20;

/// Authenticator app that is being set up.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Token of the setup, sent back by the form that confirms it.
    pub token: String,
    /// Seed in Base32, for typing by hand.
    pub secret: String,
    /// URI with the seed and its parameters, for the QR code.
    pub uri: String,
}

/// State of a setup until it is confirmed.
#[derive(Serialize, Deserialize)]
struct PendingSetup {
    /// Encrypted seed.
    seed: String,
}

/// Outcome of confirming an app.
#[derive(Clone, Debug)]
pub enum ConfirmationOutcome {
    /// The app is a second factor now. Holds recovery codes if it is the first one.
    Done(Vec<String>),
    /// The code is wrong. The setup can still be confirmed.
    Wrong(Setup),
    /// The setup has expired or was confirmed already.
    Gone,
}

/// Starts the setup of an app, with a new seed.
pub async fn begin(app: &App, actor: &Actor) -> Result<Setup, Error> {
    let seed = random_bytes::<SEED_LENGTH>()?;
    let pending = PendingSetup {
        seed: STANDARD.encode(encryption::encrypt(app, actor.staff_id, &seed)?),
    };
    let with = NewChallenge {
        staff: Some(actor.staff_id),
        address: actor.address,
        lifetime: STEP_LIFETIME,
    };
    let token =
        auth_challenges::begin(app, ChallengeKind::AuthenticatorApp, with, &pending).await?;
    Ok(setup(app, actor, token, &seed))
}

/// Confirms an app with one of its codes. From then on, each sign-in asks for a code. It replaces
/// any earlier app.
pub async fn confirm(
    app: &App,
    actor: &Actor,
    session: Uuid,
    token: &str,
    code: &str,
) -> Result<ConfirmationOutcome, Error> {
    let found =
        auth_challenges::find::<PendingSetup>(app, ChallengeKind::AuthenticatorApp, token).await?;
    let Some(found) = found.filter(|found| found.staff == Some(actor.staff_id)) else {
        return Ok(ConfirmationOutcome::Gone);
    };
    let sealed = STANDARD.decode(&found.state.seed).unwrap_or_default();
    let Some(seed) = encryption::decrypt(app, actor.staff_id, &sealed) else {
        return Ok(ConfirmationOutcome::Gone);
    };
    let now = app.clock.now();
    let Some(step) = matching_step(&seed, code, app.clock.system_time()) else {
        return Ok(ConfirmationOutcome::Wrong(setup(
            app,
            actor,
            token.to_owned(),
            &seed,
        )));
    };
    let mut tx = app.db.begin().await?;
    let own = FactorOwner::lock(&mut tx, actor, session).await?;
    if auth_challenges::take::<PendingSetup>(app, &mut tx, ChallengeKind::AuthenticatorApp, token)
        .await?
        .is_none()
    {
        return Ok(ConfirmationOutcome::Gone);
    }
    db::factors::set_app(&mut tx, actor.staff_id, &sealed, step, now).await?;
    let (codes, told) = own.record_added(app, &mut tx, LABEL).await?;
    tx.commit().await?;
    told.send_email(app).await;
    Ok(ConfirmationOutcome::Done(codes))
}

/// Removes the person's app. Returns `false` if there was none.
///
/// # Errors
/// Fails with [`Error::LastFactor`] if it is the last factor and the role requires one.
pub async fn remove(app: &App, actor: &Actor, session: Uuid) -> Result<bool, Error> {
    let mut tx = app.db.begin().await?;
    let own = FactorOwner::lock(&mut tx, actor, session).await?;
    if !db::factors::remove_app(&mut tx, actor.staff_id).await? {
        return Ok(false);
    }
    let told = own.record_removed(app, &mut tx, LABEL).await?;
    tx.commit().await?;
    told.send_email(app).await;
    Ok(true)
}

/// Uses a code of a person's app, as typed. Returns `false` if it is wrong or was used before.
pub(in crate::staff) async fn use_code(
    app: &App,
    tx: &mut Tx,
    staff: StaffId,
    typed: &str,
) -> Result<bool, Error> {
    let Some(kept) = db::factors::authenticator_app(&app.db, staff).await? else {
        return Ok(false);
    };
    let now = app.clock.now();
    // The app has the time of the person's phone.
    let found = encryption::decrypt(app, staff, &kept.seed)
        .and_then(|seed| matching_step(&seed, typed, app.clock.system_time()));
    match found {
        Some(step) => Ok(db::factors::consume_totp_step(tx, staff, &kept.seed, step, now).await?),
        None => Ok(false),
    }
}

/// Returns the time step that this code belongs to, if it is near `now`.
fn matching_step(seed: &[u8], typed: &str, now: Timestamp) -> Option<i64> {
    let code = code::normalize(typed);
    let seconds = u64::try_from(now.as_millis() / 1_000).ok()?;
    let matched = totp(seed)?.check(&code, seconds)?;
    i64::try_from(matched).ok()
}

fn totp(seed: &[u8]) -> Option<Totp> {
    totp_rs::Builder::new()
        .with_secret(seed.to_vec())
        .build()
        .ok()
}

fn setup(app: &App, actor: &Actor, token: String, seed: &[u8]) -> Setup {
    let secret = Secret::from(seed.to_vec()).to_base32();
    let host = app.settings.public_url.host_str().unwrap_or_default();
    let issuer = percent_encode(&format!("Reseller portal ({host})"));
    let account = percent_encode(&actor.email);
    Setup {
        token,
        uri: format!(
            "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30"
        ),
        secret,
    }
}

/// Percent-encodes a text. Encodes spaces as `%20`, because apps do not read `+` as a space.
fn percent_encode(text: &str) -> String {
    byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standard_and_hold_for_a_step_around() {
        // RFC 6238, appendix B: at 59 seconds the eight-digit code is 94287082. Its last six digits
        // count here.
        let seed = b"12345678901234567890";
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1_000);
        assert_eq!(matching_step(seed, "287082", at(59)), Some(1));
        assert_eq!(matching_step(seed, " 287 082 ", at(59)), Some(1));
        assert_eq!(
            matching_step(seed, "２８７\u{2013}０８２\u{200b}", at(59)),
            Some(1)
        );
        assert_eq!(matching_step(seed, "287082", at(61)), Some(1));
        assert_eq!(matching_step(seed, "287082", at(1)), Some(1));
        assert_eq!(matching_step(seed, "287082", at(90)), None);
        assert_eq!(matching_step(seed, "287083", at(59)), None);
        assert_eq!(matching_step(seed, "", at(59)), None);
    }
}

//! Second factor of a sign-in, after the first proof and before the session starts. Wrong codes are
//! throttled per person and address, and recorded in the audit.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{authenticator_apps, passkeys, recovery_codes};
use crate::app::App;
use crate::db;
use crate::db::auth_challenges::ChallengeKind;
use crate::db::staff::Staff;
use crate::domain::sign_in_outcome::SignInOutcome;
use crate::staff::Error;
use crate::staff::auth_challenges::{self, PendingChallenge};
use crate::staff::client_origin::ClientOrigin;
use crate::staff::notices::create_notice;
use crate::staff::sign_in::{PendingSignIn, record_sign_in};
use crate::staff::throttle::LoginAttempt;

/// Half-finished sign-in that waits for a second factor.
#[derive(Clone, Debug)]
pub struct PendingSecondFactor<W> {
    /// Staff member who is signing in.
    pub staff: Staff,
    /// Destination after the sign-in.
    pub way: W,
    /// True if a code of an authenticator app is accepted.
    pub has_app: bool,
    /// True if a passkey is accepted.
    pub has_passkeys: bool,
}

/// Returns the half-finished sign-in of this token, if it is still valid. It is not if the person
/// was disabled or their password has changed.
pub async fn find_pending<W: DeserializeOwned>(
    app: &App,
    token: &str,
) -> Result<Option<PendingSecondFactor<W>>, Error> {
    let found =
        auth_challenges::find::<PendingSignIn<W>>(app, ChallengeKind::SecondFactor, token).await?;
    let Some(PendingChallenge {
        staff: Some(id),
        state,
    }) = found
    else {
        return Ok(None);
    };
    let staff = db::staff::by_id(&app.db, id).await?;
    let Some(staff) = staff.filter(|staff| is_still_valid(staff, &state)) else {
        return Ok(None);
    };
    Ok(Some(PendingSecondFactor {
        has_app: db::factors::authenticator_app(&app.db, id).await?.is_some(),
        has_passkeys: !db::passkeys::of_staff(&app.db, id).await?.is_empty(),
        way: state.way,
        staff,
    }))
}

fn is_still_valid<W>(staff: &Staff, half_way: &PendingSignIn<W>) -> bool {
    staff.disabled_at.is_none() && staff.password_changed_at == half_way.password_at
}

/// Outcome of answering with a second factor.
#[derive(Clone, Debug)]
pub enum SecondFactorOutcome<W> {
    /// The sign-in is complete and was recorded. A session can start.
    Done(Box<Staff>, W),
    /// The answer is wrong or was used already.
    Wrong,
    /// There were too many failures. The next attempt is accepted after this time.
    Throttled(Duration),
    /// The half-finished sign-in has expired.
    Gone,
}

/// Answers with a code, as typed: from the authenticator app, or a recovery code.
pub async fn by_code<W: Serialize + DeserializeOwned>(
    app: &App,
    token: &str,
    typed: &str,
    from: &ClientOrigin,
) -> Result<SecondFactorOutcome<W>, Error> {
    let Some(asked) = find_pending::<W>(app, token).await? else {
        return Ok(SecondFactorOutcome::Gone);
    };
    let event = |message| from.failure(&asked.staff.email, message);
    let attempt = LoginAttempt::second_factor(&asked.staff.email, from.address);
    if let Some(wait) = attempt.admit(app, &event("")).await? {
        return Ok(SecondFactorOutcome::Throttled(wait));
    }
    let mut tx = app.db.begin().await?;
    let Some(staff) = db::staff::lock(&mut tx, asked.staff.id).await? else {
        return Ok(SecondFactorOutcome::Gone);
    };
    let (with, told) = if authenticator_apps::use_code(app, &mut tx, staff.id, typed).await? {
        ("an authenticator app".to_owned(), None)
    } else if recovery_codes::use_code(app, &mut tx, staff.id, typed).await? {
        let (left, _) = db::factors::codes_left_in(&mut tx, staff.id).await?;
        let words = format!("A recovery code was used to sign in; {left} left.");
        let told = create_notice(app, &mut tx, &staff, words, from.address).await?;
        (format!("a recovery code, {left} left"), Some(told))
    } else {
        let wrong = event("The first proof was right, the code wrong or used.");
        db::audit::append(&mut tx, &app.audit_key, app.clock.now(), &wrong).await?;
        tx.commit().await?;
        app.metrics.record_sign_in(SignInOutcome::Refused);
        return Ok(SecondFactorOutcome::Wrong);
    };
    attempt.record_success(&mut tx, app.clock.now()).await?;
    let answered = complete(app, tx, staff, token, &with, from).await?;
    if let (SecondFactorOutcome::Done(..), Some(told)) = (&answered, told) {
        told.send_email(app).await;
    }
    Ok(answered)
}

/// Answers with a passkey. `ceremony` is the token of its challenge.
pub async fn by_passkey<W: Serialize + DeserializeOwned>(
    app: &App,
    token: &str,
    (ceremony, answer): (&str, &str),
    from: &ClientOrigin,
) -> Result<SecondFactorOutcome<W>, Error> {
    let Some(asked) = find_pending::<W>(app, token).await? else {
        return Ok(SecondFactorOutcome::Gone);
    };
    let mut tx = app.db.begin().await?;
    match passkeys::verify_assertion(app, &mut tx, Some(asked.staff.id), ceremony, answer).await? {
        Ok(staff) => complete(app, tx, staff, token, "a passkey", from).await,
        Err(refused) => {
            refused.record(app, tx, from).await?;
            Ok(SecondFactorOutcome::Wrong)
        }
    }
}

/// Uses up the half-finished sign-in and records the complete one.
async fn complete<W: DeserializeOwned>(
    app: &App,
    mut tx: db::Tx,
    staff: Staff,
    token: &str,
    with: &str,
    from: &ClientOrigin,
) -> Result<SecondFactorOutcome<W>, Error> {
    let ceremony =
        auth_challenges::take::<PendingSignIn<W>>(app, &mut tx, ChallengeKind::SecondFactor, token)
            .await?;
    let Some(PendingChallenge {
        staff: whose,
        state,
    }) = ceremony
    else {
        return Ok(SecondFactorOutcome::Gone);
    };
    if whose != Some(staff.id) || !is_still_valid(&staff, &state) {
        return Ok(SecondFactorOutcome::Gone);
    }
    let with = format!("{} and {with}", state.proof.description());
    record_sign_in(app, &mut tx, &staff, &with, from).await?;
    tx.commit().await?;
    Ok(SecondFactorOutcome::Done(Box::new(staff), state.way))
}

//! Verification of passkey answers: at sign-in, as a second factor, and in a step-up.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use webauthn_rs::prelude::{DiscoverableAuthentication, PublicKeyCredential, WebauthnError};

use super::{Challenge, challenge, new_challenge, parse_credential, relying_party, unexpected};
use crate::app::App;
use crate::db::auth_challenges::ChallengeKind;
use crate::db::staff::Staff;
use crate::db::{self, Tx};
use crate::domain::ids::StaffId;
use crate::domain::sign_in_outcome::SignInOutcome;
use crate::staff::client_origin::ClientOrigin;
use crate::staff::{Error, auth_challenges};

/// Starts the sign-in of someone who is not known yet. The passkey's answer tells who they are.
///
/// # Errors
/// Fails with [`Error::NoPasskeys`] if the portal's address does not allow passkeys, and with
/// [`Error::Busy`] if too many challenges are open. Also fails if the database fails.
pub async fn begin_sign_in(app: &App, from: &ClientOrigin) -> Result<Challenge, Error> {
    let (options, state) = relying_party(app)?
        .start_discoverable_authentication()
        .map_err(unexpected)?;
    let token = auth_challenges::begin(
        app,
        ChallengeKind::PasskeySignIn,
        new_challenge(None, from.address),
        &state,
    )
    .await?;
    challenge(token, &options)
}

/// Starts a proof of identity by a known person with one of their passkeys.
///
/// # Errors
/// Fails with [`Error::NoFactor`] if they have no passkey, and with [`Error::NoPasskeys`] if the
/// portal's address does not allow passkeys. Also fails if the database fails.
pub async fn begin_verification(
    app: &App,
    staff: StaffId,
    from: &ClientOrigin,
) -> Result<Challenge, Error> {
    let there = db::passkeys::of_staff(&app.db, staff).await?;
    if there.is_empty() {
        return Err(Error::NoFactor);
    }
    let (options, state) = relying_party(app)?
        .start_discoverable_authentication()
        .map_err(unexpected)?;
    let token = auth_challenges::begin(
        app,
        ChallengeKind::PasskeyProof,
        new_challenge(Some(staff), from.address),
        &state,
    )
    .await?;
    let mut challenge = challenge(token, &options)?;
    let mut allowed = Vec::with_capacity(there.len());
    for passkey in &there {
        let id = URL_SAFE_NO_PAD.encode(parse_credential(passkey)?.cred_id());
        allowed.push(serde_json::json!({ "type": "public-key", "id": id }));
    }
    challenge.public_key["allowCredentials"] = allowed.into();
    Ok(challenge)
}

/// Returns the staff member who signs in with this answer.
/// Returns `None` and records an audit event if it proves nothing.
pub async fn finish_sign_in(
    app: &App,
    token: &str,
    answer: &str,
    from: &ClientOrigin,
) -> Result<Option<Staff>, Error> {
    let mut tx = app.db.begin().await?;
    let proved = match verify_assertion(app, &mut tx, None, token, answer).await? {
        Ok(staff) if !app.settings.allows_local_sign_in(staff.role) => Err(
            AssertionRejection::for_staff(&staff, "their role signs in by single sign-on alone"),
        ),
        proved => proved,
    };
    audit_and_commit(app, tx, proved, from).await
}

/// Returns `true` if an answer proves this person's identity. Records an audit event if not.
pub async fn finish_verification(
    app: &App,
    staff: StaffId,
    token: &str,
    answer: &str,
    from: &ClientOrigin,
) -> Result<bool, Error> {
    let mut tx = app.db.begin().await?;
    let proved = verify_assertion(app, &mut tx, Some(staff), token, answer).await?;
    Ok(audit_and_commit(app, tx, proved, from).await?.is_some())
}

/// Reason why an answer proves nothing, for the audit only.
pub(in crate::staff::factors) struct AssertionRejection {
    target: String,
    reason: String,
}

impl AssertionRejection {
    fn for_staff(staff: &Staff, why: impl Into<String>) -> Self {
        Self {
            target: staff.email.clone(),
            reason: why.into(),
        }
    }

    fn for_unknown_passkey(why: impl Into<String>) -> Self {
        Self {
            target: "An unknown passkey".to_owned(),
            reason: why.into(),
        }
    }

    /// Records the rejection in the audit and commits `tx`.
    pub(in crate::staff::factors) async fn record(
        &self,
        app: &App,
        mut tx: Tx,
        from: &ClientOrigin,
    ) -> Result<(), Error> {
        let reason = &self.reason;
        let message = format!("A passkey's answer was refused: {reason}.");
        let event = from.failure(&self.target, &message);
        db::audit::append(&mut tx, &app.audit_key, app.clock.now(), &event).await?;
        app.metrics.record_sign_in(SignInOutcome::Refused);
        Ok(tx.commit().await?)
    }
}

/// Reason for an answer by another person's passkey.
const FOREIGN_PASSKEY: &str = "the passkey is another person's";

async fn audit_and_commit(
    app: &App,
    tx: Tx,
    proved: Result<Staff, AssertionRejection>,
    from: &ClientOrigin,
) -> Result<Option<Staff>, Error> {
    match &proved {
        Ok(_) => tx.commit().await?,
        Err(refused) => refused.record(app, tx, from).await?,
    }
    Ok(proved.ok())
}

/// Uses up the challenge and verifies the answer to it. Returns the owner of the passkey, who must
/// be `expected` if that is given. `webauthn-rs` checks the origin, the relying party, the
/// signature, the user verification and the counter. This function checks that the passkey belongs
/// to the person whom the answer names.
pub(in crate::staff::factors) async fn verify_assertion(
    app: &App,
    tx: &mut Tx,
    expected: Option<StaffId>,
    token: &str,
    answer: &str,
) -> Result<Result<Staff, AssertionRejection>, Error> {
    let Ok(answer) = serde_json::from_str::<PublicKeyCredential>(answer) else {
        return Ok(Err(AssertionRejection::for_unknown_passkey(
            "it is no answer of a passkey",
        )));
    };
    let kept = db::passkeys::by_credential(&app.db, answer.get_credential_id()).await?;
    let staff = match &kept {
        Some(kept) => db::staff::lock(tx, kept.staff).await?,
        None => None,
    };
    let kind = if expected.is_some() {
        ChallengeKind::PasskeyProof
    } else {
        ChallengeKind::PasskeySignIn
    };
    let ceremony =
        auth_challenges::take::<DiscoverableAuthentication>(app, tx, kind, token).await?;
    let (Some(kept), Some(staff)) = (kept, staff) else {
        return Ok(Err(AssertionRejection::for_unknown_passkey(
            "it is not known",
        )));
    };
    let Some(ceremony) = ceremony else {
        return Ok(Err(AssertionRejection::for_staff(
            &staff,
            "it took too long, or was used already",
        )));
    };
    if ceremony.staff != expected || expected.is_some_and(|expected| expected != staff.id) {
        return Ok(Err(AssertionRejection::for_staff(&staff, FOREIGN_PASSKEY)));
    }
    let holder = answer.get_user_unique_id();
    let is_holder = holder.is_some_and(|holder| holder == staff.id.as_uuid().as_bytes());
    // If the challenge is for a known person, some passkeys do not name their owner.
    if !is_holder && (holder.is_some() || expected.is_none()) {
        return Ok(Err(AssertionRejection::for_staff(&staff, FOREIGN_PASSKEY)));
    }
    if staff.disabled_at.is_some() {
        return Ok(Err(AssertionRejection::for_staff(
            &staff,
            "they are disabled",
        )));
    }
    let mut credential = parse_credential(&kept)?;
    let result = relying_party(app)?.finish_discoverable_authentication_v2(
        &answer,
        ceremony.state,
        &credential,
    );
    let result = match result {
        Ok(result) if result.user_verified() => result,
        Ok(_) => {
            return Ok(Err(AssertionRejection::for_staff(
                &staff,
                "the holder was not verified",
            )));
        }
        Err(error) => {
            return Ok(Err(AssertionRejection::for_staff(
                &staff,
                rejection_reason(&error),
            )));
        }
    };
    credential.update_credential(&result);
    let updated = serde_json::to_string(&credential).map_err(unexpected)?;
    if !db::passkeys::record_use(tx, &kept, &updated, app.clock.now()).await? {
        return Ok(Err(AssertionRejection::for_staff(
            &staff,
            "it was used or removed at the same moment",
        )));
    }
    Ok(Ok(staff))
}

/// Describes what is wrong with an answer.
fn rejection_reason(error: &WebauthnError) -> String {
    let words = match error {
        WebauthnError::MismatchedChallenge => "it answers another challenge",
        WebauthnError::InvalidRPOrigin => "it was given to another site",
        WebauthnError::InvalidRPIDHash => "it was made for another site",
        WebauthnError::UserNotVerified => "the holder was not verified",
        WebauthnError::UserNotPresent => "nobody was present",
        WebauthnError::CredentialPossibleCompromise => {
            "its counter went back: the passkey may have been copied"
        }
        WebauthnError::AuthenticationFailure => "its signature is wrong",
        other => return other.to_string(),
    };
    words.to_owned()
}

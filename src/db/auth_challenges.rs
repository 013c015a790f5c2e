//! Short-lived steps of a sign-in, and challenges for passkeys. Each can be used once.
//! Only the hash of a token is stored. `staff` defines what the steps contain.

use super::{Db, Result, Tx};
use crate::domain::ids::StaffId;
use crate::domain::string_enum::string_enum;
use crate::domain::time::Timestamp;

string_enum! {
    /// Purpose of a challenge.
    pub enum ChallengeKind {
        /// The first factor was right; the second one is still missing.
        SecondFactor = "second_factor";
        /// An authenticator app is being set up.
        AuthenticatorApp = "authenticator_app";
        /// A passkey is being added.
        PasskeyAddition = "passkey_addition";
        /// A person who is not known yet signs in with a passkey.
        PasskeySignIn = "passkey_sign_in";
        /// A known person uses a passkey, as second factor or to confirm their identity.
        PasskeyProof = "passkey_proof";
        /// A person was sent to the provider of single sign-on.
        SingleSignOn = "single_sign_on";
    }
}

/// Challenge as it is stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AuthChallenge {
    /// Person that the challenge belongs to, if known.
    #[sqlx(rename = "staff_id")]
    pub staff: Option<StaffId>,
    /// State of the challenge, as JSON. Contains no secrets in plain text.
    pub state: String,
    /// IP address that started the challenge. The number of open ones per address is limited.
    pub address: Option<String>,
    /// Time at which it started.
    pub created_at: Timestamp,
    /// Time at which it expires.
    pub expires_at: Timestamp,
}

/// Stores a new challenge.
pub async fn create(
    tx: &mut Tx,
    kind: ChallengeKind,
    token_hash: &[u8],
    ceremony: &AuthChallenge,
) -> Result<()> {
    within!(tx => query(
        "INSERT INTO ceremonies (token_hash, kind, staff_id, state, address, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        token_hash, kind, ceremony.staff, &ceremony.state, &ceremony.address, ceremony.created_at,
        ceremony.expires_at,
    ).execute);
    Ok(())
}

/// Returns the number of open challenges of this kind from this IP address.
pub async fn count_open_from(
    tx: &mut Tx,
    kind: ChallengeKind,
    address: &str,
    now: Timestamp,
) -> Result<i64> {
    Ok(within!(tx => query_scalar(
        "SELECT COUNT(*) FROM ceremonies WHERE address = $1 AND kind = $2 AND expires_at > $3",
        address, kind, now,
    ).fetch_one))
}

/// Returns the challenge with this token if it has not expired. Does not use it up.
pub async fn find(
    db: &Db,
    kind: ChallengeKind,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<Option<AuthChallenge>> {
    Ok(on!(db => query_as(
        "SELECT staff_id, state, address, created_at, expires_at FROM ceremonies
         WHERE token_hash = $1 AND kind = $2 AND expires_at > $3",
        token_hash, kind, now,
    ).fetch_optional))
}

/// Returns the challenge like [`find`], and deletes it so that it cannot be used again.
pub async fn consume(
    tx: &mut Tx,
    kind: ChallengeKind,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<Option<AuthChallenge>> {
    Ok(within!(tx => query_as(
        "DELETE FROM ceremonies WHERE token_hash = $1 AND kind = $2 AND expires_at > $3
         RETURNING staff_id, state, address, created_at, expires_at",
        token_hash, kind, now,
    ).fetch_optional))
}

/// Deletes all challenges of a person.
pub async fn delete_all(tx: &mut Tx, staff: StaffId) -> Result<()> {
    within!(tx => query("DELETE FROM ceremonies WHERE staff_id = $1", staff).execute);
    Ok(())
}

/// Deletes expired challenges. Returns how many there were.
pub async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    Ok(within!(tx => query("DELETE FROM ceremonies WHERE expires_at <= $1", now).execute))
}

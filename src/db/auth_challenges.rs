//! Steps between a first proof and a session, and challenges to passkeys: short-lived, each used once. Only the hash of
//! a token is kept. What a ceremony is about is `staff`'s.

use super::{Db, Result, Tx};
use crate::domain::ids::StaffId;
use crate::domain::string_enum::string_enum;
use crate::domain::time::Timestamp;

string_enum! {
    /// Purpose of a ceremony.
    pub enum ChallengeKind {
        /// A first proof was right, the second factor is outstanding.
        SecondFactor = "second_factor";
        /// An authenticator app is being set up.
        AuthenticatorApp = "authenticator_app";
        /// A passkey is being added.
        PasskeyAddition = "passkey_addition";
        /// Somebody, not known yet, signs in with a passkey.
        PasskeySignIn = "passkey_sign_in";
        /// Somebody known answers with a passkey: as second factor, or to prove again who they are.
        PasskeyProof = "passkey_proof";
        /// Somebody went to the provider of single sign-on.
        SingleSignOn = "single_sign_on";
    }
}

/// A ceremony as it is kept.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AuthChallenge {
    /// Person that the ceremony belongs to, if known.
    #[sqlx(rename = "staff_id")]
    pub staff: Option<StaffId>,
    /// State of the ceremony, as JSON; without secrets in clear.
    pub state: String,
    /// Address that the ceremony was begun from, for the limit on open ones.
    pub address: Option<String>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// Keeps a new ceremony.
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

/// Returns the number of open ceremonies of this kind begun from this address.
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

/// The ceremony of this token, while it holds. It stays unused.
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

/// Uses the ceremony of this token: as [`find`], and never again.
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

/// Ends every ceremony of somebody.
pub async fn delete_all(tx: &mut Tx, staff: StaffId) -> Result<()> {
    within!(tx => query("DELETE FROM ceremonies WHERE staff_id = $1", staff).execute);
    Ok(())
}

/// Forgets ceremonies that have ended by themselves; answers how many.
pub async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    Ok(within!(tx => query("DELETE FROM ceremonies WHERE expires_at <= $1", now).execute))
}

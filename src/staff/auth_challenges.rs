//! Challenges kept between two requests: a half-finished sign-in, a passkey challenge, or an app's
//! setup. The browser holds the token, and the database holds its hash. A challenge is valid for
//! minutes and can be used once.

use std::net::IpAddr;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::throttle::network;
use super::{Error, links};
use crate::app::App;
use crate::db::auth_challenges::{self, AuthChallenge, ChallengeKind};
use crate::db::{self, Tx};
use crate::domain::ids::StaffId;

/// Lifetime of a half-finished sign-in, and of the setup of an app.
pub const STEP_LIFETIME: Duration = Duration::from_mins(10);
/// Lifetime of a passkey challenge.
pub const PASSKEY_CHALLENGE_LIFETIME: Duration = Duration::from_mins(5);
/// Maximum number of open challenges of unknown people per address (per network with IPv6). An
/// office may share one address.
const MAX_OPEN_PER_ADDRESS: i64 = 100;

/// Challenge to store: its owner, and how long it is valid.
#[derive(Clone, Copy, Debug)]
pub struct NewChallenge {
    /// Owner of the challenge, if known.
    pub staff: Option<StaffId>,
    /// Address that the challenge was started from.
    pub address: Option<IpAddr>,
    /// Time until it expires.
    pub lifetime: Duration,
}

/// Challenge that is still valid.
#[derive(Clone, Debug)]
pub struct PendingChallenge<T> {
    /// Owner of the challenge, if known.
    pub staff: Option<StaffId>,
    /// State kept for the challenge.
    pub state: T,
}

/// Creates a challenge and returns its token, which is not stored. `state` must contain no
/// unencrypted secret.
///
/// # Errors
/// Fails with [`Error::Busy`] if unknown people at one address have too many open challenges. Also
/// fails if the database fails.
pub async fn begin<T: Serialize>(
    app: &App,
    kind: ChallengeKind,
    with: NewChallenge,
    state: &T,
) -> Result<String, Error> {
    let token = links::random_token()?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let address = with.address.map(network);
    if let (None, Some(address)) = (with.staff, &address)
        && auth_challenges::count_open_from(&mut tx, kind, address, now).await?
            >= MAX_OPEN_PER_ADDRESS
    {
        return Err(Error::Busy);
    }
    let ceremony = AuthChallenge {
        staff: with.staff,
        state: serde_json::to_string(state).map_err(db::Error::stored)?,
        address,
        created_at: now,
        expires_at: now + with.lifetime,
    };
    auth_challenges::create(&mut tx, kind, &links::hash_token(&token), &ceremony).await?;
    tx.commit().await?;
    Ok(token)
}

/// Returns the challenge of this token, if it is still valid. Does not use it up.
pub async fn find<T: DeserializeOwned>(
    app: &App,
    kind: ChallengeKind,
    token: &str,
) -> Result<Option<PendingChallenge<T>>, Error> {
    let found =
        auth_challenges::find(&app.db, kind, &links::hash_token(token), app.clock.now()).await?;
    found.as_ref().map(decode).transpose()
}

/// Uses up the challenge of this token and returns it, if it is still valid.
pub async fn take<T: DeserializeOwned>(
    app: &App,
    tx: &mut Tx,
    kind: ChallengeKind,
    token: &str,
) -> Result<Option<PendingChallenge<T>>, Error> {
    let ceremony =
        auth_challenges::consume(tx, kind, &links::hash_token(token), app.clock.now()).await?;
    ceremony.as_ref().map(decode).transpose()
}

fn decode<T: DeserializeOwned>(ceremony: &AuthChallenge) -> Result<PendingChallenge<T>, Error> {
    Ok(PendingChallenge {
        staff: ceremony.staff,
        state: serde_json::from_str(&ceremony.state).map_err(db::Error::stored)?,
    })
}

//! Access reviews. [`items`] holds their users and what was decided about each.

pub mod items;

use sqlx::FromRow;

use super::audit::hex;
use super::{Db, Result, Tx};
use crate::domain::access_review::{ReviewState, name_of};
use crate::domain::actor::Actor;
use crate::domain::ids::AccessReviewId;
use crate::domain::time::Timestamp;

/// Review of the organization's users.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct AccessReview {
    /// ID of the review.
    pub id: AccessReviewId,
    /// State of the review.
    pub state: ReviewState,
    /// Time of its start.
    pub started_at: Timestamp,
    /// Name of the person who started it.
    pub started_by_name: String,
    /// Email address of the person who started it.
    pub started_by_email: String,
    /// Start of the reading of Telnyx that its users come from.
    pub read_at: Timestamp,
    /// True if users may be missing from that reading.
    pub is_partial: bool,
    /// Signed-off review that it is compared with.
    #[sqlx(rename = "previous_id")]
    pub previous: Option<AccessReviewId>,
    /// Its sign-off; `None` while it is open.
    #[sqlx(flatten, try_from = "SignOffColumns")]
    pub sign_off: Option<SignOff>,
}

/// Sign-off of a review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignOff {
    /// Time of the sign-off.
    pub at: Timestamp,
    /// Name of the person who signed off.
    pub by_name: String,
    /// Email address of the person who signed off.
    pub by_email: String,
    /// Digest of the users and decisions.
    pub digest: String,
    /// Number of the audit event.
    pub event: i64,
    /// Hash of the audit event in the chain, as hexadecimal.
    pub event_hash: String,
}

from_columns!(SignOffColumns {
    signed_off_at: Option<Timestamp>, signed_off_by_name: Option<String>, signed_off_by_email: Option<String>,
    digest: Option<String>, event_seq: Option<i64>, event_hash: Option<Vec<u8>>
} => Option<SignOff>: signed_off_at.map(|at| SignOff {
    at,
    by_name: signed_off_by_name.unwrap_or_default(),
    by_email: signed_off_by_email.unwrap_or_default(),
    digest: digest.unwrap_or_default(),
    event: event_seq.unwrap_or_default(),
    event_hash: hex(&event_hash.unwrap_or_default()),
}));

impl AccessReview {
    /// Returns `true` if decisions can still be made.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state == ReviewState::Open
    }

    /// Returns the name of the review: the day of its start.
    #[must_use]
    pub fn name(&self) -> String {
        name_of(self.started_at)
    }
}

macro_rules! columns {
    () => {
        "id, state, started_at, started_by_name, started_by_email, read_at, is_partial, previous_id, signed_off_at, \
         signed_off_by_name, signed_off_by_email, digest, event_seq, event_hash"
    };
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", columns!(), " FROM access_reviews ", $rest)
    };
}

/// Returns one review.
pub async fn by_id(db: &Db, id: AccessReviewId) -> Result<Option<AccessReview>> {
    Ok(on!(db => query_as(select!("WHERE id = $1"), id).fetch_optional))
}

/// Returns the open review, if there is one.
pub async fn open(db: &Db) -> Result<Option<AccessReview>> {
    Ok(on!(db => query_as(select!("WHERE state = 'open'")).fetch_optional))
}

/// Returns the review that was signed off last.
pub async fn last_signed_off(db: &Db) -> Result<Option<AccessReview>> {
    Ok(on!(db => query_as(
        select!("WHERE state = 'signed_off' ORDER BY signed_off_at DESC, id DESC LIMIT 1"),
    ).fetch_optional))
}

/// Returns the reviews, newest first.
pub async fn latest(db: &Db, limit: i64) -> Result<Vec<AccessReview>> {
    Ok(on!(db => query_as(
        select!("ORDER BY started_at DESC, id DESC LIMIT $1"), limit,
    ).fetch_all))
}

/// Inserts an open review.
///
/// # Errors
/// Fails with a unique violation if another review is open.
pub async fn insert(tx: &mut Tx, review: &AccessReview) -> Result<()> {
    within!(tx => query(
        "INSERT INTO access_reviews (id, state, started_at, started_by_name, started_by_email, read_at, is_partial, previous_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        review.id, review.state, review.started_at, &review.started_by_name, &review.started_by_email,
        review.read_at, review.is_partial, review.previous,
    ).execute);
    Ok(())
}

/// Returns an open review, and locks it until the transaction ends.
pub async fn lock_open(tx: &mut Tx, id: AccessReviewId) -> Result<Option<AccessReview>> {
    Ok(within!(tx => query_as(
        concat!(
            "UPDATE access_reviews SET state = state WHERE id = $1 AND state = 'open' RETURNING ",
            columns!()
        ),
        id,
    ).fetch_optional))
}

/// Signs an open review off. [`set_event`] completes the sign-off.
pub async fn sign_off(
    tx: &mut Tx,
    id: AccessReviewId,
    actor: &Actor,
    at: Timestamp,
    digest: &str,
) -> Result<()> {
    within!(tx => query(
        "UPDATE access_reviews SET state = 'signed_off', signed_off_at = $2, signed_off_by_name = $3,
            signed_off_by_email = $4, digest = $5 WHERE id = $1",
        id, at, &actor.name, &actor.email, digest,
    ).execute);
    Ok(())
}

/// Stores number and hash of the audit event of the sign-off, which was just appended.
pub async fn set_event(tx: &mut Tx, id: AccessReviewId, event: i64) -> Result<()> {
    within!(tx => query(
        "UPDATE access_reviews SET event_seq = $2, event_hash = (SELECT hash FROM audit_events WHERE seq = $2)
         WHERE id = $1",
        id, event,
    ).execute);
    Ok(())
}

/// Deletes an open review with its users.
pub async fn delete(tx: &mut Tx, id: AccessReviewId) -> Result<()> {
    within!(&mut *tx => query("DELETE FROM access_review_items WHERE review_id = $1", id).execute);
    within!(tx => query("DELETE FROM access_reviews WHERE id = $1", id).execute);
    Ok(())
}

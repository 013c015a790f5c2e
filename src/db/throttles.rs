//! Counts of failed sign-ins, by subject: an IP address or an account.
//! `staff::throttle` decides what follows from them.

use super::{Db, Result, Tx};
use crate::domain::time::Timestamp;

/// Failures counted for one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct FailureCount {
    /// Failures in a row.
    pub failures: i64,
    /// Time from which the next attempt is accepted.
    pub not_before: Timestamp,
    /// Time of the latest failure.
    pub updated_at: Timestamp,
    /// Number of rejected attempts that no event has reported yet.
    #[sqlx(rename = "uncounted")]
    pub unreported: i64,
    /// Time of the latest event that reported them.
    pub reported_at: Timestamp,
}

/// Returns the count of a subject and locks it until the transaction ends.
/// So attempts are counted one at a time.
pub async fn lock(tx: &mut Tx, subject: &str) -> Result<FailureCount> {
    Ok(within!(tx => query_as(
        "INSERT INTO throttles (subject, failures, not_before, updated_at) VALUES ($1, 0, 0, 0)
         ON CONFLICT (subject) DO UPDATE SET subject = excluded.subject
         RETURNING failures, not_before, updated_at, uncounted, reported_at",
        subject,
    ).fetch_one))
}

/// Stores the count of a subject that [`lock`] locked.
pub async fn save(tx: &mut Tx, subject: &str, count: FailureCount) -> Result<()> {
    within!(tx => query(
        "UPDATE throttles SET failures = $1, not_before = $2, updated_at = $3, uncounted = $4, reported_at = $5
         WHERE subject = $6",
        count.failures, count.not_before, count.updated_at, count.unreported, count.reported_at,
        subject,
    ).execute);
    Ok(())
}

/// Returns `true` if anything is stored for a subject.
pub async fn exists(tx: &mut Tx, subject: &str) -> Result<bool> {
    let found: Option<String> = within!(tx => query_scalar(
        "SELECT subject FROM throttles WHERE subject = $1", subject,
    ).fetch_optional);
    Ok(found.is_some())
}

/// Returns subjects with rejected attempts that were not reported since `before`.
/// Those that were reported the longest time ago come first.
pub async fn unreported_subjects(db: &Db, before: Timestamp, limit: i64) -> Result<Vec<String>> {
    Ok(on!(db => query_scalar(
        "SELECT subject FROM throttles WHERE uncounted > 0 AND reported_at <= $1
         ORDER BY reported_at, subject LIMIT $2",
        before, limit,
    ).fetch_all))
}

/// Deletes counts older than `before`. Returns how many there were.
/// Known locations (`known:…`) stay until they are older than `known_before`. Unreported counts
/// stay.
pub async fn delete_expired(
    tx: &mut Tx,
    before: Timestamp,
    known_before: Timestamp,
) -> Result<u64> {
    Ok(within!(tx => query(
        "DELETE FROM throttles
         WHERE updated_at < $1 AND (updated_at < $2 OR subject NOT LIKE 'known:%') AND uncounted = 0",
        before, known_before,
    ).execute))
}

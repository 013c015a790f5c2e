//! Failed sign-ins, counted by subject: an address, an account. What follows from the counts is `staff::throttle`'s.

use super::{Db, Result, Tx};
use crate::domain::time::Timestamp;

/// Failures counted for one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct FailureCount {
    /// Failures in a row.
    pub failures: i64,
    /// The next try is taken at this time.
    pub not_before: Timestamp,
    /// The latest failure.
    pub updated_at: Timestamp,
    /// Tries held back that no event has told yet.
    #[sqlx(rename = "uncounted")]
    pub unreported: i64,
    /// The latest event that told.
    pub reported_at: Timestamp,
}

/// Reads the count of a subject and holds its row until the transaction ends: one try after the other.
pub async fn lock(tx: &mut Tx, subject: &str) -> Result<FailureCount> {
    Ok(within!(tx => query_as(
        "INSERT INTO throttles (subject, failures, not_before, updated_at) VALUES ($1, 0, 0, 0)
         ON CONFLICT (subject) DO UPDATE SET subject = excluded.subject
         RETURNING failures, not_before, updated_at, uncounted, reported_at",
        subject,
    ).fetch_one))
}

/// Keeps the count of a subject that [`lock`] holds.
pub async fn save(tx: &mut Tx, subject: &str, count: FailureCount) -> Result<()> {
    within!(tx => query(
        "UPDATE throttles SET failures = $1, not_before = $2, updated_at = $3, uncounted = $4, reported_at = $5
         WHERE subject = $6",
        count.failures, count.not_before, count.updated_at, count.unreported, count.reported_at,
        subject,
    ).execute);
    Ok(())
}

/// Returns `true` if anything is kept for a subject.
pub async fn exists(tx: &mut Tx, subject: &str) -> Result<bool> {
    let found: Option<String> = within!(tx => query_scalar(
        "SELECT subject FROM throttles WHERE subject = $1", subject,
    ).fetch_optional);
    Ok(found.is_some())
}

/// Subjects with tries held back that no event has told, nor has told of any since `before`; the longest silence first.
pub async fn unreported_subjects(db: &Db, before: Timestamp, limit: i64) -> Result<Vec<String>> {
    Ok(on!(db => query_scalar(
        "SELECT subject FROM throttles WHERE uncounted > 0 AND reported_at <= $1
         ORDER BY reported_at, subject LIMIT $2",
        before, limit,
    ).fetch_all))
}

/// Forgets what was last touched before `before`, and where accounts are at home (`known:…`) before `known_before`;
/// not what no event has told yet. Answers how many.
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

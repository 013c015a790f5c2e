//! Failed sign-ins, counted by subject: an address, an account. What follows from the counts is `staff::throttle`'s.

use super::{Db, Result, Tx};
use crate::domain::time::Timestamp;

/// Failures counted for one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailureCount {
    /// Failures in a row.
    pub failures: i64,
    /// The next try is taken at this time.
    pub not_before: Timestamp,
    /// The latest failure.
    pub updated_at: Timestamp,
    /// Tries held back that no event has told yet.
    pub unreported: i64,
    /// The latest event that told.
    pub reported_at: Timestamp,
}

/// Reads the count of a subject and holds its row until the transaction ends: one try after the other.
pub async fn lock(tx: &mut Tx, subject: &str) -> Result<FailureCount> {
    let (failures, not_before, updated_at, uncounted, reported_at): (i64, i64, i64, i64, i64) = within!(tx, conn => {
        sqlx::query_as(
            "INSERT INTO throttles (subject, failures, not_before, updated_at) VALUES ($1, 0, 0, 0)
             ON CONFLICT (subject) DO UPDATE SET subject = excluded.subject
             RETURNING failures, not_before, updated_at, uncounted, reported_at",
        )
        .bind(subject)
        .fetch_one(&mut *conn)
        .await?
    });
    Ok(FailureCount {
        failures,
        not_before: Timestamp::from_millis(not_before),
        updated_at: Timestamp::from_millis(updated_at),
        unreported: uncounted,
        reported_at: Timestamp::from_millis(reported_at),
    })
}

/// Keeps the count of a subject that [`lock`] holds.
pub async fn save(tx: &mut Tx, subject: &str, count: FailureCount) -> Result<()> {
    within!(tx, conn => {
        sqlx::query(
            "UPDATE throttles SET failures = $1, not_before = $2, updated_at = $3, uncounted = $4, reported_at = $5
             WHERE subject = $6",
        )
        .bind(count.failures)
        .bind(count.not_before.as_millis())
        .bind(count.updated_at.as_millis())
        .bind(count.unreported)
        .bind(count.reported_at.as_millis())
        .bind(subject)
        .execute(&mut *conn)
        .await?;
    });
    Ok(())
}

/// Returns `true` if anything is kept for a subject.
pub async fn exists(tx: &mut Tx, subject: &str) -> Result<bool> {
    let found: Option<String> = within!(tx, conn => {
        sqlx::query_scalar("SELECT subject FROM throttles WHERE subject = $1")
            .bind(subject)
            .fetch_optional(&mut *conn)
            .await?
    });
    Ok(found.is_some())
}

/// Subjects with tries held back that no event has told, nor has told of any since `before`; the longest silence first.
pub async fn unreported_subjects(db: &Db, before: Timestamp, limit: i64) -> Result<Vec<String>> {
    Ok(on!(db, pool => {
        sqlx::query_scalar(
            "SELECT subject FROM throttles WHERE uncounted > 0 AND reported_at <= $1
             ORDER BY reported_at, subject LIMIT $2",
        )
        .bind(before.as_millis())
        .bind(limit)
        .fetch_all(pool)
        .await?
    }))
}

/// Forgets what was last touched before `before`, and where accounts are at home (`known:…`) before `known_before`;
/// not what no event has told yet. Answers how many.
pub async fn delete_expired(
    tx: &mut Tx,
    before: Timestamp,
    known_before: Timestamp,
) -> Result<u64> {
    Ok(within!(tx, conn => {
        sqlx::query(
            "DELETE FROM throttles
             WHERE updated_at < $1 AND (updated_at < $2 OR subject NOT LIKE 'known:%') AND uncounted = 0",
        )
        .bind(before.as_millis())
        .bind(known_before.as_millis())
        .execute(&mut *conn)
        .await?
        .rows_affected()
    }))
}

//! Counts for monitoring.

use super::{Db, Result};
use crate::domain::time::Timestamp;

/// Counts of what is stored and what waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Figures {
    /// Changes that are recorded but not settled, without unknown ones.
    pub open_operations: i64,
    /// Changes whose outcome a person has to find out.
    pub unknown_operations: i64,
    /// Running jobs.
    pub running_jobs: i64,
    /// Sessions of signed-in people that have not expired.
    pub sessions: i64,
    /// Number of the newest event of the activity.
    pub audit_events: i64,
    /// Notification emails that wait to be sent.
    pub waiting_notification_emails: i64,
    /// Welcome emails that wait to be sent.
    pub waiting_welcome_emails: i64,
    /// Events that wait to be sent to the webhook.
    pub waiting_webhook_events: i64,
}

/// Reads all counts in one statement.
pub async fn read(db: &Db, now: Timestamp) -> Result<Figures> {
    Ok(on!(db => query_as(
        "SELECT
            (SELECT COUNT(*) FROM operations WHERE state IN ('queued', 'running', 'checking')) AS open_operations,
            (SELECT COUNT(*) FROM operations WHERE state = 'unknown') AS unknown_operations,
            (SELECT COUNT(*) FROM jobs WHERE state = 'running') AS running_jobs,
            (SELECT COUNT(*) FROM sessions WHERE staff_id IS NOT NULL AND expires_at > $1) AS sessions,
            (SELECT COALESCE(MAX(seq), 0) FROM audit_head) AS audit_events,
            (SELECT COUNT(*) FROM notification_emails) AS waiting_notification_emails,
            (SELECT COUNT(*) FROM welcome_emails WHERE state IN ('queued', 'sending')) AS waiting_welcome_emails,
            (SELECT COUNT(*) FROM webhook_deliveries WHERE state = 'waiting') AS waiting_webhook_events",
        now,
    ).fetch_one))
}

/// Returns the time of the newest reading or event. Returns `None` if there is none yet.
pub async fn newest_time(db: &Db) -> Result<Option<Timestamp>> {
    Ok(on!(db => query_scalar(
        "SELECT MAX(at) FROM (
            SELECT MAX(finished_at) AS at FROM sweeps
            UNION ALL SELECT MAX(at) AS at FROM audit_events WHERE seq = (SELECT MAX(seq) FROM audit_events)
         ) AS times",
    ).fetch_one))
}

/// Connections to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// Connections that are open.
    pub open: usize,
    /// Connections that are open and not in use.
    pub idle: usize,
}

impl Db {
    /// Returns how many connections to the database there are.
    #[must_use]
    pub fn connections(&self) -> Connections {
        match self {
            Self::Sqlite { read, write, .. } => {
                let (open, idle) = read.size();
                let (more, more_idle) = (write.size() as usize, write.num_idle());
                Connections {
                    open: open + more,
                    idle: idle + more_idle,
                }
            }
            Self::Postgres { pool, .. } => Connections {
                open: pool.size() as usize,
                idle: pool.num_idle(),
            },
        }
    }

    /// Writes a row, to find out if the database can be written.
    pub async fn check_writable(&self, now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        let stored = now.as_millis().to_string();
        super::settings::set(&mut tx, super::settings::WRITE_CHECK, &stored).await?;
        tx.commit().await
    }
}

/// Returns the number of accounts in the directory.
pub async fn accounts(db: &Db) -> Result<i64> {
    Ok(on!(db => query_scalar("SELECT COUNT(*) FROM accounts WHERE gone_at IS NULL").fetch_one))
}

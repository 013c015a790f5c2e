//! Conditions that were notified and still hold, such as a low balance.

use sqlx::QueryBuilder;

use crate::db::{Db, Result, Tx};
use crate::domain::account::shown_name;
use crate::domain::ids::AccountId;
use crate::domain::notification::NotificationKind;
use crate::domain::time::Timestamp;

/// Number of rows that one statement inserts.
const ROWS_PER_STATEMENT: usize = 500;

/// Condition of an account that is notified once when it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountCondition {
    /// Enabled, with less than this available credit in millionths.
    LowBalance(i64),
    /// Enabled, with a known limit of 0.
    ZeroLimit,
}

impl AccountCondition {
    /// Returns the kind of its notifications.
    #[must_use]
    pub const fn kind(self) -> NotificationKind {
        match self {
            Self::LowBalance(_) => NotificationKind::LowBalance,
            Self::ZeroLimit => NotificationKind::ZeroLimit,
        }
    }

    /// Returns the credit that is compared. It has no meaning for other conditions.
    const fn micros(self) -> i64 {
        match self {
            Self::LowBalance(micros) => micros,
            Self::ZeroLimit => 0,
        }
    }
}

/// Accounts for which a condition holds. `$1` is its kind, and `$2` the credit.
macro_rules! holding {
    () => {
        "a.gone_at IS NULL AND a.status = 'enabled' AND (
            ($1 = 'low_balance' AND a.rollup_billing IS NOT TRUE AND a.available_micros < $2)
            OR ($1 = 'zero_limit' AND a.channel_limit = 0))"
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    id: AccountId,
    organization_name: String,
    display_name: Option<String>,
    is_first_reading: bool,
}

/// Account for which a condition holds but was not notified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrossedAccount {
    /// ID of the account.
    pub id: AccountId,
    /// Name of the account.
    pub name: String,
    /// True if its balance was read only once, so that nobody saw it fall.
    pub is_first_reading: bool,
}

/// Returns the accounts for which the condition holds but was not notified.
pub async fn crossed_accounts(db: &Db, condition: AccountCondition) -> Result<Vec<CrossedAccount>> {
    let rows: Vec<Row> = on!(db => query_as(
        concat!(
            "SELECT a.id, a.organization_name, a.display_name,
                COALESCE(a.balance_first_at = a.balance_at, FALSE) AS is_first_reading
             FROM accounts a WHERE ", holding!(),
            " AND NOT EXISTS (SELECT 1 FROM notification_conditions c WHERE c.kind = $1 AND c.subject = a.id)
             ORDER BY a.id LIMIT 100000"
        ),
        condition.kind(), condition.micros(),
    ).fetch_all);
    let named = rows.into_iter().map(|row| {
        let name = row.display_name.unwrap_or(row.organization_name);
        CrossedAccount {
            id: row.id,
            name: shown_name(&name).to_owned(),
            is_first_reading: row.is_first_reading,
        }
    });
    Ok(named.collect())
}

/// Forgets the accounts for which the condition no longer holds. They can be notified again.
pub async fn reset_accounts(db: &Db, condition: AccountCondition) -> Result<()> {
    let over: Vec<String> = on!(db => query_scalar(
        concat!(
            "SELECT c.subject FROM notification_conditions c WHERE c.kind = $1
                AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = c.subject AND ", holding!(), ")"
        ),
        condition.kind(), condition.micros(),
    ).fetch_all);
    if over.is_empty() {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    for subject in over {
        reset_condition(&mut tx, condition.kind(), &subject).await?;
    }
    tx.commit().await
}

/// Forgets one condition. It can be notified again.
pub async fn reset_condition(tx: &mut Tx, kind: NotificationKind, subject: &str) -> Result<()> {
    within!(tx => query(
        "DELETE FROM notification_conditions WHERE kind = $1 AND subject = $2", kind, subject,
    ).execute);
    Ok(())
}

/// Returns `true` if a condition was notified and still holds.
pub async fn is_condition_set(db: &Db, kind: NotificationKind, subject: &str) -> Result<bool> {
    let found: Option<i64> = on!(db => query_scalar(
        "SELECT CAST(1 AS BIGINT) FROM notification_conditions WHERE kind = $1 AND subject = $2",
        kind, subject,
    ).fetch_optional);
    Ok(found.is_some())
}

/// Forgets all conditions of a kind. They can be notified again.
pub async fn reset_conditions(tx: &mut Tx, kind: NotificationKind) -> Result<()> {
    within!(tx => query("DELETE FROM notification_conditions WHERE kind = $1", kind).execute);
    Ok(())
}

/// Records that a condition was notified. Returns `false` if it was recorded before.
pub async fn set_condition(
    tx: &mut Tx,
    kind: NotificationKind,
    subject: &str,
    now: Timestamp,
) -> Result<bool> {
    let inserted = within!(tx => query(
        "INSERT INTO notification_conditions (kind, subject, since) VALUES ($1, $2, $3)
         ON CONFLICT (kind, subject) DO NOTHING",
        kind, subject, now,
    ).execute);
    Ok(inserted > 0)
}

/// Records that these conditions were notified.
pub async fn set_conditions<'s>(
    tx: &mut Tx,
    kind: NotificationKind,
    subjects: impl IntoIterator<Item = &'s str>,
    now: Timestamp,
) -> Result<()> {
    let subjects: Vec<&str> = subjects.into_iter().collect();
    for subjects in subjects.chunks(ROWS_PER_STATEMENT) {
        within!(&mut *tx, conn => {
            let mut query = QueryBuilder::new("INSERT INTO notification_conditions (kind, subject, since) ");
            query.push_values(subjects, |mut row, subject| {
                row.push_bind(kind).push_bind((*subject).to_owned()).push_bind(now);
            });
            query.push(" ON CONFLICT (kind, subject) DO NOTHING");
            query.build().execute(&mut *conn).await?;
        });
    }
    Ok(())
}

//! What a sweep compares its lists with: the columns of every account that decide whether anything differs.

use super::parsed;
use crate::db::{Db, Result};
use crate::domain::account::AccountStatus;
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;

/// An account as the directory has it, for a comparison with what was just read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Telnyx's id of it.
    pub id: AccountId,
    /// Organization name.
    pub organization_name: String,
    /// E-mail address; empty where Telnyx gave none.
    pub email: String,
    /// Whether its charges roll up to the manager.
    pub rollup_billing: Option<bool>,
    /// When Telnyx last changed it.
    pub updated_at: Option<Timestamp>,
    /// When the request that brought name, e-mail and billing started.
    pub profile_at: Timestamp,
    /// Its status.
    pub status: AccountStatus,
    /// When the request that brought the status started.
    pub status_at: Timestamp,
    /// Whether it has custom pricing.
    pub custom_pricing: Option<bool>,
    /// When the request that brought that started.
    pub pricing_at: Option<Timestamp>,
    /// Whether Telnyx answered of late that there is no such account.
    pub missing: bool,
    /// Whether it was concluded that it is gone.
    pub gone: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    organization_name: String,
    email: String,
    rollup_billing: Option<bool>,
    updated_at: Option<i64>,
    profile_at: i64,
    status: String,
    status_at: i64,
    custom_pricing: Option<bool>,
    pricing_at: Option<i64>,
    missing_since: Option<i64>,
    gone_at: Option<i64>,
}

/// How many rows one query reads.
const AT_ONCE: i64 = 5_000;

/// Every account in the directory, gone ones too. Read in pieces, so that no read holds the database for long.
///
/// # Errors
/// When the database fails.
pub async fn known(db: &Db) -> Result<Vec<Known>> {
    let mut all: Vec<Known> = Vec::new();
    let mut after = String::new();
    loop {
        let rows: Vec<Row> = on!(db, pool => {
            sqlx::query_as(
                "SELECT id, organization_name, email, rollup_billing, updated_at, profile_at, status, status_at,
                    custom_pricing, pricing_at, missing_since, gone_at
                 FROM accounts WHERE id > $1 ORDER BY id LIMIT $2",
            )
            .bind(&after)
            .bind(AT_ONCE)
            .fetch_all(pool)
            .await?
        });
        let Some(last) = rows.last() else {
            return Ok(all);
        };
        after.clone_from(&last.id);
        for row in rows {
            all.push(Known {
                id: parsed(&row.id)?,
                organization_name: row.organization_name,
                email: row.email,
                rollup_billing: row.rollup_billing,
                updated_at: row.updated_at.map(Timestamp::from_millis),
                profile_at: Timestamp::from_millis(row.profile_at),
                status: parsed(&row.status)?,
                status_at: Timestamp::from_millis(row.status_at),
                custom_pricing: row.custom_pricing,
                pricing_at: row.pricing_at.map(Timestamp::from_millis),
                missing: row.missing_since.is_some(),
                gone: row.gone_at.is_some(),
            });
        }
    }
}

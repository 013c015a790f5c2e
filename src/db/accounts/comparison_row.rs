//! Account columns that a complete sweep compares with Telnyx's lists.
//! They are read in batches, so that neither the database nor memory holds all of them at once.

use sqlx::QueryBuilder;

use super::IDS_PER_QUERY;
use crate::db::{Db, Result, Tx, push_list};
use crate::domain::account::AccountStatus;
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;

/// Account of the directory, for a comparison with what a sweep has read.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ComparisonRow {
    /// Telnyx's ID of the account.
    pub id: AccountId,
    /// Organization name.
    pub organization_name: String,
    /// Email address; empty if Telnyx returned none.
    pub email: String,
    /// True if its charges roll up to the manager; `None` if Telnyx did not say.
    pub rollup_billing: Option<bool>,
    /// Time of the last change at Telnyx.
    pub updated_at: Option<Timestamp>,
    /// Time at which name, email and billing were last seen.
    pub profile_at: Timestamp,
    /// Status of the account.
    pub status: AccountStatus,
    /// Time at which the status was last seen.
    pub status_at: Timestamp,
    /// True if it has custom pricing; `None` if that is not known.
    pub custom_pricing: Option<bool>,
    /// True if Telnyx recently answered that there is no such account.
    pub missing: bool,
    /// True if the portal concluded that the account is gone.
    pub gone: bool,
    /// True if the last complete sweep confirms it.
    pub swept: bool,
    /// Number of the last write to the row. It only grows.
    pub revision: i64,
}

/// Progress of complete sweeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SweepWatermark {
    /// Lowest revision that a later commit can have.
    pub revision: i64,
    /// Start of the last complete sweep, in milliseconds.
    pub swept_at: Option<i64>,
}

macro_rules! compared {
    () => {
        concat!(
            "SELECT id, organization_name, email, rollup_billing, updated_at, ",
            seen_at!("profile"),
            " AS profile_at, status, ",
            seen_at!("status"),
            " AS status_at, custom_pricing, missing_since IS NOT NULL AS missing, gone_at IS NOT NULL AS gone, swept, \
             revision FROM accounts WHERE "
        )
    };
}

/// Number of rows that one query reads.
const BATCH_SIZE: i64 = 2_000;

/// Returns the start of the last complete sweep and the lowest revision of later commits.
pub async fn sweep_watermark(db: &Db) -> Result<SweepWatermark> {
    Ok(on!(db => query_as("SELECT revision, swept_at FROM directory_horizon").fetch_one))
}

/// Returns the number of accounts in the directory, including gone ones.
pub async fn row_count(db: &Db) -> Result<u64> {
    let (rows,): (i64,) = on!(db => query_as("SELECT COUNT(*) FROM accounts").fetch_one);
    Ok(u64::try_from(rows).unwrap_or_default())
}

/// Returns the next accounts after this ID, by ID. Includes gone accounts.
/// Returns none at the end. Start with an empty text.
pub async fn comparison_rows_after(db: &Db, after: &str) -> Result<Vec<ComparisonRow>> {
    Ok(on!(db => query_as(
        concat!(compared!(), "id > $1 ORDER BY id LIMIT $2"),
        after, BATCH_SIZE,
    ).fetch_all))
}

/// Returns the next IDs after this one, or none at the end.
pub async fn ids_after(db: &Db, after: &str) -> Result<Vec<AccountId>> {
    Ok(on!(db => query_scalar(
        "SELECT id FROM accounts WHERE id > $1 ORDER BY id LIMIT $2", after, BATCH_SIZE * 4,
    ).fetch_all))
}

/// Returns the accounts with these IDs that the directory has, in no particular order.
pub async fn comparison_rows_by_ids(db: &Db, ids: &[&AccountId]) -> Result<Vec<ComparisonRow>> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(IDS_PER_QUERY) {
        let rows: Vec<ComparisonRow> = on!(db, pool => {
            let mut query = QueryBuilder::new(concat!(compared!(), "id IN ("));
            push_list(&mut query, ids);
            query.build_query_as().fetch_all(pool).await?
        });
        found.extend(rows);
    }
    Ok(found)
}

/// Returns the next accounts written at revision `since` or later, by revision and ID.
/// Continues after the account `after`. Returns none at the end.
pub async fn revised_after(
    db: &Db,
    since: i64,
    after: Option<(i64, &AccountId)>,
) -> Result<Vec<ComparisonRow>> {
    let (revision, id) = after.map_or((since, ""), |(revision, id)| (revision, id.as_str()));
    Ok(on!(db => query_as(REVISED_SQL, revision, id, BATCH_SIZE).fetch_all))
}

/// Returns the same as [`revised_after`], inside a transaction.
pub async fn revised_after_in_tx(
    tx: &mut Tx,
    since: i64,
    after: Option<(i64, &AccountId)>,
) -> Result<Vec<ComparisonRow>> {
    let (revision, id) = after.map_or((since, ""), |(revision, id)| (revision, id.as_str()));
    Ok(within!(tx => query_as(REVISED_SQL, revision, id, BATCH_SIZE).fetch_all))
}

const REVISED_SQL: &str = concat!(
    compared!(),
    "revision >= $1 AND (revision > $1 OR id > $2) ORDER BY revision, id LIMIT $3"
);

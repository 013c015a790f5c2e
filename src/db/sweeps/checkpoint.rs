//! Progress of a running sweep of the accounts: the pages that were read so far.
//! Another process can continue where one stopped. For accounts that match the directory, only 16
//! bytes are stored.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db::accounts::Profile;
use crate::db::types::{Count, Json};
use crate::db::{Db, Error, Result, Tx};
use crate::domain::account::AccountStatus;
use crate::domain::time::Timestamp;

/// Digest that stands for an account's ID.
pub type IdDigest = [u8; 16];

/// Sweep that is running, or was when its process ended.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Checkpoint {
    /// ID of the sweep.
    #[sqlx(rename = "sweep_id")]
    pub sweep: Uuid,
    /// Start of the sweep.
    pub started_at: Timestamp,
    /// Rows with a smaller revision have not changed since the first page was compared.
    #[sqlx(rename = "horizon")]
    pub high_water_mark: i64,
    /// Manager that the pages name.
    pub manager: Option<String>,
}

/// Account as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckpointAccount {
    /// Name, email and other profile fields.
    pub profile: Profile,
    /// True if it has custom pricing; `None` if the list does not say.
    pub custom_pricing: Option<bool>,
}

/// One page of one list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointPage {
    /// Status of the accounts in the list.
    pub status: AccountStatus,
    /// Number of the page, from 1.
    pub number: u32,
    /// Time at which its request started.
    pub at: Timestamp,
    /// Number of accounts on the page.
    pub items: u32,
    /// Number of pages that the list had then.
    pub total_pages: Option<u32>,
    /// Number of accounts that the list had then.
    pub total_results: Option<u64>,
    /// Accounts that match the directory.
    pub unchanged: Vec<IdDigest>,
    /// Accounts that differ from the directory.
    pub differing: Vec<CheckpointAccount>,
}

/// Returns the running sweep, whichever process runs it.
pub async fn current(db: &Db) -> Result<Option<Checkpoint>> {
    Ok(on!(db => query_as(
        "SELECT sweep_id, started_at, horizon, manager FROM sweep_stage WHERE id = 1",
    ).fetch_optional))
}

/// Begins or continues a sweep and makes `holder` its owner.
/// Deletes the pages of any other sweep.
pub async fn begin(db: &Db, holder: Uuid, stage: &Checkpoint) -> Result<()> {
    let mut tx = db.begin().await?;
    // Must be first: waits for a process that is storing pages, and keeps it from storing more.
    within!(&mut tx => query("UPDATE sweep_stage SET holder = $1 WHERE id = 1", holder).execute);
    within!(&mut tx => query(
        "DELETE FROM sweep_pages WHERE NOT EXISTS (SELECT 1 FROM sweep_stage WHERE sweep_id = $1)",
        stage.sweep,
    ).execute);
    within!(&mut tx => query(
        "INSERT INTO sweep_stage (id, sweep_id, holder, started_at, horizon, manager) VALUES (1, $1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE SET sweep_id = excluded.sweep_id, holder = excluded.holder,
            started_at = excluded.started_at, horizon = excluded.horizon, manager = excluded.manager",
        stage.sweep, holder, stage.started_at, stage.high_water_mark, &stage.manager,
    ).execute);
    tx.commit().await
}

/// Stores pages, each once. Returns `false` if another process owns the sweep now.
pub async fn save_pages(
    db: &Db,
    holder: Uuid,
    manager: Option<&str>,
    pages: &[CheckpointPage],
) -> Result<bool> {
    let mut tx = db.begin().await?;
    let held = within!(&mut tx => query(
        "UPDATE sweep_stage SET manager = $2 WHERE id = 1 AND holder = $1", holder, manager,
    ).execute);
    if held == 0 {
        return Ok(false);
    }
    for page in pages {
        within!(&mut tx => query(
            "INSERT INTO sweep_pages (list, number, at, items, total_pages, total_results, same, other)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (list, number) DO NOTHING",
            list_number(page.status), i64::from(page.number), page.at, i64::from(page.items),
            page.total_pages.map(i64::from),
            page.total_results.map(|total| i64::try_from(total).unwrap_or(i64::MAX)),
            page.unchanged.as_flattened(), Json(&page.differing),
        ).execute);
    }
    tx.commit().await?;
    Ok(true)
}

#[derive(sqlx::FromRow)]
struct Row {
    list: i64,
    #[sqlx(try_from = "Count")]
    number: u32,
    at: Timestamp,
    #[sqlx(try_from = "Count")]
    items: u32,
    total_pages: Option<Count>,
    total_results: Option<i64>,
    same: Vec<u8>,
    other: Json<Vec<CheckpointAccount>>,
}

/// Number of pages that one query reads.
const PAGES_PER_QUERY: i64 = 8;

macro_rules! select_after {
    ($filter:literal) => {
        concat!(
            "SELECT list, number, at, items, total_pages, total_results, same, other FROM sweep_pages WHERE ",
            $filter,
            "(list > $1 OR (list = $1 AND number > $2)) ORDER BY list, number LIMIT $3"
        )
    };
}

/// Returns the next pages after this one, by list and number; none at the end.
pub async fn pages_after(
    db: &Db,
    after: Option<(AccountStatus, u32)>,
) -> Result<Vec<CheckpointPage>> {
    read_pages(db, after, select_after!("")).await
}

/// Returns pages like [`pages_after`], but only those that differ from the directory.
pub async fn differing_pages_after(
    db: &Db,
    after: Option<(AccountStatus, u32)>,
) -> Result<Vec<CheckpointPage>> {
    read_pages(db, after, select_after!("other <> '[]' AND ")).await
}

async fn read_pages(
    db: &Db,
    after: Option<(AccountStatus, u32)>,
    query: &'static str,
) -> Result<Vec<CheckpointPage>> {
    let (list, number) = after.map_or((-1, 0), |(status, number)| {
        (list_number(status), i64::from(number))
    });
    let rows: Vec<Row> = on!(db => query_as(query, list, number, PAGES_PER_QUERY).fetch_all);
    rows.into_iter().map(CheckpointPage::try_from).collect()
}

/// Ends the sweep. Returns `false` if `holder` does not own it.
pub async fn end(tx: &mut Tx, holder: Uuid) -> Result<bool> {
    let changed = within!(tx => query(
        "DELETE FROM sweep_stage WHERE id = 1 AND holder = $1", holder,
    ).execute);
    Ok(changed > 0)
}

/// Deletes the pages of a sweep that has ended.
pub async fn delete_orphaned_pages(db: &Db) -> Result<()> {
    on!(db => query(
        "DELETE FROM sweep_pages WHERE NOT EXISTS (SELECT 1 FROM sweep_stage)",
    ).execute);
    Ok(())
}

fn list_number(status: AccountStatus) -> i64 {
    let place = AccountStatus::LISTED
        .iter()
        .position(|listed| *listed == status);
    place
        .and_then(|place| i64::try_from(place).ok())
        .unwrap_or(i64::MAX)
}

impl TryFrom<Row> for CheckpointPage {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let place = usize::try_from(row.list).map_err(Error::stored)?;
        let status = AccountStatus::LISTED.get(place);
        let (same, _) = row.same.as_chunks();
        Ok(Self {
            status: *status.ok_or_else(|| Error::stored("no such list"))?,
            number: row.number,
            at: row.at,
            items: row.items,
            total_pages: row.total_pages.map(u32::from),
            total_results: row
                .total_results
                .and_then(|total| u64::try_from(total).ok()),
            unchanged: same.to_vec(),
            differing: row.other.0,
        })
    }
}

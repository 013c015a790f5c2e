//! A whole reading of the accounts while it is under way: the pages that came, so that another process goes on where one
//! stopped. Of accounts that are as the directory has them only 16 bytes are kept.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db::accounts::Profile;
use crate::db::{Db, Error, Result, Tx};
use crate::domain::account::AccountStatus;
use crate::domain::time::Timestamp;

/// Stands for an account's id.
pub type IdDigest = [u8; 16];

/// A reading that is under way, or was when its process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Its id among the readings.
    pub sweep: Uuid,
    /// When it began.
    pub started_at: Timestamp,
    /// Rows of a smaller revision are as they were when the first page was compared with them.
    pub high_water_mark: i64,
    /// The manager that its pages name.
    pub manager: Option<String>,
}

/// An account as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckpointAccount {
    /// Name, e-mail and so on.
    pub profile: Profile,
    /// True if it has custom pricing; `None` if the list does not say.
    pub custom_pricing: Option<bool>,
}

/// One page of one list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointPage {
    /// Status of the accounts in the list.
    pub status: AccountStatus,
    /// Its number, from 1.
    pub number: u32,
    /// When its request started.
    pub at: Timestamp,
    /// Number of accounts on the page.
    pub items: u32,
    /// Number of pages that the list had then.
    pub total_pages: Option<u32>,
    /// Number of accounts that the list had then.
    pub total_results: Option<u64>,
    /// Accounts that are as the directory has them.
    pub unchanged: Vec<IdDigest>,
    /// The others.
    pub differing: Vec<CheckpointAccount>,
}

type CheckpointRow = (Uuid, i64, i64, Option<String>);

/// The reading under way, whoever has it.
pub async fn current(db: &Db) -> Result<Option<Checkpoint>> {
    let row: Option<CheckpointRow> = on!(db, pool => {
        sqlx::query_as("SELECT sweep_id, started_at, horizon, manager FROM sweep_stage WHERE id = 1")
            .fetch_optional(pool)
            .await?
    });
    Ok(row.map(|(sweep, started_at, horizon, manager)| Checkpoint {
        sweep,
        started_at: Timestamp::from_millis(started_at),
        high_water_mark: horizon,
        manager,
    }))
}

/// Begins a reading, or goes on with one; `holder` has it from now on. Pages of any other are forgotten.
pub async fn begin(db: &Db, holder: Uuid, stage: &Checkpoint) -> Result<()> {
    let mut tx = db.begin().await?;
    within!(&mut tx, conn => {
        // First of all: it waits for whoever is still keeping pages, and keeps them from keeping more.
        sqlx::query("UPDATE sweep_stage SET holder = $1 WHERE id = 1")
            .bind(holder)
            .execute(&mut *conn)
            .await?;
        sqlx::query("DELETE FROM sweep_pages WHERE NOT EXISTS (SELECT 1 FROM sweep_stage WHERE sweep_id = $1)")
            .bind(stage.sweep)
            .execute(&mut *conn)
            .await?;
        sqlx::query(
            "INSERT INTO sweep_stage (id, sweep_id, holder, started_at, horizon, manager) VALUES (1, $1, $2, $3, $4, $5)
             ON CONFLICT (id) DO UPDATE SET sweep_id = excluded.sweep_id, holder = excluded.holder,
                started_at = excluded.started_at, horizon = excluded.horizon, manager = excluded.manager",
        )
        .bind(stage.sweep)
        .bind(holder)
        .bind(stage.started_at.as_millis())
        .bind(stage.high_water_mark)
        .bind(stage.manager.as_deref())
        .execute(&mut *conn)
        .await?;
    });
    tx.commit().await
}

/// Keeps pages, each once; false where somebody else has the reading by now.
pub async fn save_pages(
    db: &Db,
    holder: Uuid,
    manager: Option<&str>,
    pages: &[CheckpointPage],
) -> Result<bool> {
    let mut tx = db.begin().await?;
    let held = within!(&mut tx, conn => {
        sqlx::query("UPDATE sweep_stage SET manager = $2 WHERE id = 1 AND holder = $1")
            .bind(holder)
            .bind(manager)
            .execute(&mut *conn)
            .await?
            .rows_affected()
    });
    if held == 0 {
        return Ok(false);
    }
    for page in pages {
        let other = serde_json::to_string(&page.differing).map_err(Error::stored)?;
        within!(&mut tx, conn => {
            sqlx::query(
                "INSERT INTO sweep_pages (list, number, at, items, total_pages, total_results, same, other)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (list, number) DO NOTHING",
            )
            .bind(list_number(page.status))
            .bind(i64::from(page.number))
            .bind(page.at.as_millis())
            .bind(i64::from(page.items))
            .bind(page.total_pages.map(i64::from))
            .bind(page.total_results.map(|total| i64::try_from(total).unwrap_or(i64::MAX)))
            .bind(page.unchanged.as_flattened())
            .bind(&other)
            .execute(&mut *conn)
            .await?;
        });
    }
    tx.commit().await?;
    Ok(true)
}

#[derive(sqlx::FromRow)]
struct Row {
    list: i64,
    number: i64,
    at: i64,
    items: i64,
    total_pages: Option<i64>,
    total_results: Option<i64>,
    same: Vec<u8>,
    other: String,
}

/// Number of pages that one query reads.
const PAGES_PER_QUERY: i64 = 8;

/// The next pages after this one, by list and number; none at the end.
pub async fn pages_after(
    db: &Db,
    after: Option<(AccountStatus, u32)>,
) -> Result<Vec<CheckpointPage>> {
    read_pages(
        db,
        after,
        "SELECT list, number, at, items, total_pages, total_results, same, other FROM sweep_pages
         WHERE list > $1 OR (list = $1 AND number > $2) ORDER BY list, number LIMIT $3",
    )
    .await
}

/// As [`pages_after`], of those pages alone that show an account which is not as the directory has it.
pub async fn differing_pages_after(
    db: &Db,
    after: Option<(AccountStatus, u32)>,
) -> Result<Vec<CheckpointPage>> {
    read_pages(
        db,
        after,
        "SELECT list, number, at, items, total_pages, total_results, same, other FROM sweep_pages
         WHERE other <> '[]' AND (list > $1 OR (list = $1 AND number > $2)) ORDER BY list, number LIMIT $3",
    )
    .await
}

async fn read_pages(
    db: &Db,
    after: Option<(AccountStatus, u32)>,
    query: &'static str,
) -> Result<Vec<CheckpointPage>> {
    let (list, number) = after.map_or((-1, 0), |(status, number)| {
        (list_number(status), i64::from(number))
    });
    let rows: Vec<Row> = on!(db, pool => {
        sqlx::query_as(query).bind(list).bind(number).bind(PAGES_PER_QUERY).fetch_all(pool).await?
    });
    rows.into_iter().map(CheckpointPage::try_from).collect()
}

/// Forgets the reading; false where `holder` does not have it.
pub async fn end(tx: &mut Tx, holder: Uuid) -> Result<bool> {
    let done = within!(tx, conn => {
        sqlx::query("DELETE FROM sweep_stage WHERE id = 1 AND holder = $1")
            .bind(holder)
            .execute(&mut *conn)
            .await?
            .rows_affected()
    });
    Ok(done > 0)
}

/// Forgets the pages of a reading that was forgotten.
pub async fn delete_orphaned_pages(db: &Db) -> Result<()> {
    let mut tx = db.begin().await?;
    within!(&mut tx, conn => {
        sqlx::query("DELETE FROM sweep_pages WHERE NOT EXISTS (SELECT 1 FROM sweep_stage)")
            .execute(&mut *conn)
            .await?;
    });
    tx.commit().await
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
        let small = |number: i64| u32::try_from(number).map_err(Error::stored);
        let place = usize::try_from(row.list).map_err(Error::stored)?;
        let status = AccountStatus::LISTED.get(place);
        let (same, _) = row.same.as_chunks();
        Ok(Self {
            status: *status.ok_or_else(|| Error::stored("no such list"))?,
            number: small(row.number)?,
            at: Timestamp::from_millis(row.at),
            items: small(row.items)?,
            total_pages: row.total_pages.map(small).transpose()?,
            total_results: row
                .total_results
                .and_then(|total| u64::try_from(total).ok()),
            unchanged: same.to_vec(),
            differing: serde_json::from_str(&row.other).map_err(Error::stored)?,
        })
    }
}

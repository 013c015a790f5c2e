//! The directory's accounts: one row each, every fact with its own source and age.
//!
//! Reading one or a few is here; lists, namesakes, channels, what needs attention and writing have files of their own.
//! Whoever is gone from Telnyx keeps their row and is left out of lists.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{Db, Error, Result, Tx};
use crate::domain::account::{AccountStatus, shown_name};
use crate::domain::channels::ChannelLimit;
use crate::domain::fact::{Fact, FactSource};
use crate::domain::ids::{AccountId, StaffId};
use crate::domain::money::Balance;
use crate::domain::time::Timestamp;

/// In SQL, when the fact was last seen: where the last whole reading confirms the row, as it began, unless the fact is
/// younger.
macro_rules! seen_at {
    ($fact:literal) => {
        concat!(
            "CASE WHEN swept AND (SELECT swept_at FROM directory) > ",
            $fact,
            "_at THEN (SELECT swept_at FROM directory) ELSE ",
            $fact,
            "_at END"
        )
    };
}

/// In SQL, what last showed the fact; goes with [`seen_at`].
macro_rules! seen_by {
    ($fact:literal) => {
        concat!(
            "CASE WHEN swept AND (SELECT swept_at FROM directory) > ",
            $fact,
            "_at THEN 'sweep' ELSE ",
            $fact,
            "_source END"
        )
    };
}

mod attention;
mod balances;
mod channels;
mod comparison_row;
mod display_name;
mod facts;
mod index;
mod list;
mod possible_duplicates;
mod presence;
mod sweep_watermark;
mod write;

pub use attention::{AttentionGroup, attention};
pub use balances::{mark_balance_requested, next_balance_to_read, set_balance};
pub use channels::{ChannelTotals, HolderFilter, channel_holders, channel_totals};
pub use comparison_row::{
    ComparisonRow, SweepWatermark, comparison_rows_after, comparison_rows_by_ids, ids_after,
    revised_after, revised_after_in_tx, row_count, sweep_watermark,
};
pub use display_name::set_display_name;
pub use facts::{LimitAuthor, set_limit, set_pricing, set_status};
pub use index::Index;
pub use list::{
    AccountsPage, ListFilter, SortColumn, SortOrder, StatusCount, counts, ids, list, refresh_index,
};
pub use possible_duplicates::{
    JumpResult, jump, name_without_legal_form, possible_duplicates, with_email, with_emails,
};
pub use presence::{NotFoundEffect, mark_changed_elsewhere, mark_found, mark_not_found};
pub use sweep_watermark::{
    PageConfirmation, advance_watermark, confirm_page, lock_bulk_writes, mark_swept, unconfirm,
};
pub use write::{Profile, insert, insert_swept, update_profile, upsert_profile};

/// An account as the directory knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Telnyx's id of it.
    pub id: AccountId,
    /// Organization name.
    pub organization_name: String,
    /// The portal's own name of it, where it has one.
    pub display_name: Option<String>,
    /// E-mail address; empty where Telnyx gave none.
    pub email: String,
    /// The manager that it belongs to.
    pub manager_account_id: Option<String>,
    /// True if its charges roll up to the manager; `None` if Telnyx did not say.
    pub rollup_billing: Option<bool>,
    /// When it was created at Telnyx.
    pub created_at: Option<Timestamp>,
    /// When Telnyx last changed it.
    pub updated_at: Option<Timestamp>,
    /// Source of name, email, billing and dates.
    pub profile_source: FactSource,
    /// When the request that brought them started.
    pub profile_at: Timestamp,
    /// Its status.
    pub status: Fact<AccountStatus>,
    /// Its channel limit, where it is known.
    pub channel_limit: Option<Fact<ChannelLimit>>,
    /// Person who set or recorded the limit, with their name at that time.
    pub limit_by: Option<(StaffId, String)>,
    /// True if it has custom pricing; `None` if that is not known.
    pub custom_pricing: Option<Fact<bool>>,
    /// Its own balance, and when the request that brought it started.
    pub balance: Option<(Balance, Timestamp)>,
    /// When the portal first saw it.
    pub first_seen_at: Timestamp,
    /// Since when Telnyx answers that there is no such account.
    pub missing_since: Option<Timestamp>,
    /// When it was concluded that it is gone from Telnyx.
    pub gone_at: Option<Timestamp>,
    /// When something about it was last found changed outside the portal.
    pub changed_elsewhere_at: Option<Timestamp>,
}

impl Account {
    /// Returns the portal's own name for the account, else the organization name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.display_name
            .as_deref()
            .unwrap_or_else(|| self.shown_organization_name())
    }

    /// The organization name as people read it: never empty.
    #[must_use]
    pub fn shown_organization_name(&self) -> &str {
        shown_name(&self.organization_name)
    }

    /// The organization name, where it has another name in the portal: both are shown then.
    #[must_use]
    pub fn name_at_telnyx(&self) -> Option<&str> {
        let shown = self.display_name.as_ref()?;
        Some(self.organization_name.as_str())
            .filter(|name| name != shown && !name.trim().is_empty())
    }
}

/// The columns of [`Row`], in one place for all queries.
macro_rules! columns {
    () => {
        concat!(
            "id, organization_name, display_name, email, manager_account_id, rollup_billing, created_at, updated_at, ",
            seen_by!("profile"),
            " AS profile_source, ",
            seen_at!("profile"),
            " AS profile_at, status, ",
            seen_by!("status"),
            " AS status_source, ",
            seen_at!("status"),
            " AS status_at, channel_limit, limit_source, limit_at, limit_by, limit_by_name, custom_pricing, ",
            seen_by!("pricing"),
            " AS pricing_source, ",
            seen_at!("pricing"),
            " AS pricing_at, balance, balance_at, first_seen_at, missing_since, gone_at, changed_elsewhere_at"
        )
    };
}
use columns;

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    organization_name: String,
    display_name: Option<String>,
    email: String,
    manager_account_id: Option<String>,
    rollup_billing: Option<bool>,
    created_at: Option<i64>,
    updated_at: Option<i64>,
    profile_source: String,
    profile_at: i64,
    status: String,
    status_source: String,
    status_at: i64,
    channel_limit: Option<i64>,
    limit_source: Option<String>,
    limit_at: Option<i64>,
    limit_by: Option<Uuid>,
    limit_by_name: Option<String>,
    custom_pricing: Option<bool>,
    pricing_source: Option<String>,
    pricing_at: Option<i64>,
    balance: Option<String>,
    balance_at: Option<i64>,
    first_seen_at: i64,
    missing_since: Option<i64>,
    gone_at: Option<i64>,
    changed_elsewhere_at: Option<i64>,
}

fn parse_stored<T: FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T> {
    text.parse().map_err(Error::stored)
}

fn timestamp(millis: Option<i64>) -> Option<Timestamp> {
    millis.map(Timestamp::from_millis)
}

fn parse_limit(channels: i64) -> Result<ChannelLimit> {
    let channels = u64::try_from(channels).map_err(Error::stored)?;
    ChannelLimit::new(channels).map_err(Error::stored)
}

/// A fact whose value, source and age stand in three columns that may be empty, all at once.
fn fact<T>(value: Option<T>, source: Option<&str>, at: Option<i64>) -> Result<Option<Fact<T>>> {
    let (Some(value), Some(source), Some(at)) = (value, source, at) else {
        return Ok(None);
    };
    Ok(Some(Fact {
        value,
        source: parse_stored(source)?,
        observed_at: Timestamp::from_millis(at),
    }))
}

impl TryFrom<Row> for Account {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let channel_limit = row.channel_limit.map(parse_limit).transpose()?;
        let balance: Option<Balance> = row
            .balance
            .as_deref()
            .map(serde_json::from_str)
            .transpose()
            .map_err(Error::stored)?;
        Ok(Self {
            id: parse_stored(&row.id)?,
            organization_name: row.organization_name,
            display_name: row.display_name,
            email: row.email,
            manager_account_id: row.manager_account_id,
            rollup_billing: row.rollup_billing,
            created_at: timestamp(row.created_at),
            updated_at: timestamp(row.updated_at),
            profile_source: parse_stored(&row.profile_source)?,
            profile_at: Timestamp::from_millis(row.profile_at),
            status: Fact {
                value: parse_stored(&row.status)?,
                source: parse_stored(&row.status_source)?,
                observed_at: Timestamp::from_millis(row.status_at),
            },
            channel_limit: fact(channel_limit, row.limit_source.as_deref(), row.limit_at)?,
            limit_by: row.limit_by.map(StaffId::from_uuid).zip(row.limit_by_name),
            custom_pricing: fact(
                row.custom_pricing,
                row.pricing_source.as_deref(),
                row.pricing_at,
            )?,
            balance: balance.zip(timestamp(row.balance_at)),
            first_seen_at: Timestamp::from_millis(row.first_seen_at),
            missing_since: timestamp(row.missing_since),
            gone_at: timestamp(row.gone_at),
            changed_elsewhere_at: timestamp(row.changed_elsewhere_at),
        })
    }
}

fn accounts(rows: Vec<Row>) -> Result<Vec<Account>> {
    rows.into_iter().map(Account::try_from).collect()
}

/// One account; a gone one too.
pub async fn by_id(db: &Db, id: &AccountId) -> Result<Option<Account>> {
    let row: Option<Row> = on!(db, pool => {
        sqlx::query_as(concat!("SELECT ", columns!(), " FROM accounts WHERE id = $1"))
            .bind(id.as_str())
            .fetch_optional(pool)
            .await?
    });
    row.map(Account::try_from).transpose()
}

/// One account as it stands inside a transaction; a gone one too.
pub async fn by_id_in_tx(tx: &mut Tx, id: &AccountId) -> Result<Option<Account>> {
    let row: Option<Row> = within!(tx, conn => {
        sqlx::query_as(concat!("SELECT ", columns!(), " FROM accounts WHERE id = $1"))
            .bind(id.as_str())
            .fetch_optional(&mut *conn)
            .await?
    });
    row.map(Account::try_from).transpose()
}

/// Number of accounts that one query reads by ID, because SQLite limits bound values.
const IDS_PER_QUERY: usize = 500;

/// Those of these accounts that the directory has, gone ones too, in no order.
pub async fn by_ids(db: &Db, ids: &[AccountId]) -> Result<Vec<Account>> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(IDS_PER_QUERY) {
        let rows: Vec<Row> = on!(db, pool => {
            let mut query = QueryBuilder::new(concat!("SELECT ", columns!(), " FROM accounts WHERE id IN ("));
            let mut places = query.separated(", ");
            for id in ids {
                places.push_bind(id.as_str());
            }
            query.push(")");
            query.build_query_as().fetch_all(pool).await?
        });
        found.extend(accounts(rows)?);
    }
    Ok(found)
}

/// Accounts in the order of these ids, which the index has just answered, as the database has them now; what is not there
/// is left out.
async fn load_in_order(db: &Db, ids: Vec<String>) -> Result<Vec<Arc<Account>>> {
    let ids: Vec<AccountId> = ids
        .iter()
        .map(|id| parse_stored(id))
        .collect::<Result<_>>()?;
    let (recent, age) = db.index().cached_accounts(&ids);
    if let Some(accounts) = recent {
        return Ok(accounts);
    }
    let found = by_ids(db, &ids).await?;
    let found: Vec<Arc<Account>> = found.into_iter().map(Arc::new).collect();
    db.index().cache_accounts(age, &found);
    let mut by_id: HashMap<&AccountId, &Arc<Account>> =
        found.iter().map(|account| (&account.id, account)).collect();
    Ok(ids
        .iter()
        .filter_map(|id| by_id.remove(id).map(Arc::clone))
        .collect())
}

/// As [`load_in_order`], each account for its own.
async fn load_owned_in_order(db: &Db, ids: Vec<String>) -> Result<Vec<Account>> {
    let shared = load_in_order(db, ids).await?;
    Ok(shared.into_iter().map(Arc::unwrap_or_clone).collect())
}

/// Text as both databases can hold it: PostgreSQL takes no NUL.
fn replace_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

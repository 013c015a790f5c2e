//! Accounts of the directory: one row each. Every fact has its own source and age.
//!
//! This file reads one or a few accounts. Lists, possible duplicates, channels, attention and
//! writing have their own files. An account that is gone from Telnyx keeps its row but is not
//! listed.

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::QueryBuilder;

use super::{Db, Error, Result, Tx, push_list};
use crate::domain::account::{AccountStatus, shown_name};
use crate::domain::call_diagnosis::CallFacts;
use crate::domain::channels::ChannelLimit;
use crate::domain::fact::{Fact, FactSource};
use crate::domain::ids::{AccountId, StaffId};
use crate::domain::money::Balance;
use crate::domain::time::Timestamp;

/// SQL for the time at which the fact was last seen.
/// This is the start of the last complete sweep if the sweep confirms the row and the fact is not
/// newer.
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

/// SQL for the source that last showed the fact; belongs to [`seen_at`].
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
mod best_matches;
mod changes;
mod channels;
mod comparison_row;
mod display_name;
mod facts;
mod index;
mod known;
mod list;
mod possible_duplicates;
mod presence;
mod sort_order;
mod sweep_watermark;
mod write;

pub use attention::{AttentionGroup, attention, call_summary};
pub use balances::{mark_balance_requested, next_balance_to_read, set_balance};
pub use best_matches::{AccountMatch, best_matches};
pub use changes::{
    DirectoryChanges, DirectoryTotals, changes_since, directory_totals, known_revision,
};
pub use channels::{
    ChannelTotals, HolderFilter, channel_holder_ids, channel_holders, channel_totals,
};
pub use comparison_row::{
    ComparisonRow, SweepWatermark, comparison_rows_after, comparison_rows_by_ids, ids_after,
    revised_after, revised_after_in_tx, row_count, sweep_watermark,
};
pub use display_name::set_display_name;
pub use facts::{LimitAuthor, set_limit, set_pricing, set_status};
pub use index::Index;
pub use known::{KnownAccount, known_accounts};
pub use list::{
    AccountsPage, ListFilter, StatusCount, counts, ids, indexed, list, list_with_rows,
    refresh_index,
};
pub use possible_duplicates::{
    MIN_PARTIAL_LENGTH, name_stems, name_without_legal_form, possible_duplicates, with_email,
    with_emails,
};
pub use presence::{NotFoundEffect, mark_changed_elsewhere, mark_found, mark_not_found};
pub use sort_order::{SortColumn, SortOrder};
pub use sweep_watermark::{
    PageConfirmation, advance_watermark, confirm_page, lock_bulk_writes, mark_swept, unconfirm,
};
pub use write::{Profile, insert, insert_swept, update_profile, upsert_profile};

/// Account as the directory knows it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Account {
    /// Telnyx's ID of the account.
    pub id: AccountId,
    /// Organization name.
    pub organization_name: String,
    /// The portal's own name for the account, if it has one.
    pub display_name: Option<String>,
    /// Staff member who is its account manager.
    pub assignee_id: Option<StaffId>,
    /// Email address; empty if Telnyx returned none.
    pub email: String,
    /// ID of the manager account that it belongs to.
    pub manager_account_id: Option<String>,
    /// True if its charges roll up to the manager; `None` if Telnyx did not say.
    pub rollup_billing: Option<bool>,
    /// Time of creation at Telnyx.
    pub created_at: Option<Timestamp>,
    /// Time of the last change at Telnyx.
    pub updated_at: Option<Timestamp>,
    /// Source of name, email, billing and dates.
    pub profile_source: FactSource,
    /// Time at which the request for name, email, billing and dates started.
    pub profile_at: Timestamp,
    /// Status, with its source and time.
    #[sqlx(flatten, try_from = "StatusFact")]
    pub status: Fact<AccountStatus>,
    /// Channel limit, if it is known.
    #[sqlx(flatten, try_from = "LimitFact")]
    pub channel_limit: Option<Fact<ChannelLimit>>,
    /// Person who set or recorded the limit, with their name at that time.
    #[sqlx(flatten, try_from = "LimitBy")]
    pub limit_by: Option<(StaffId, String)>,
    /// True if it has custom pricing; `None` if that is not known.
    #[sqlx(flatten, try_from = "PricingFact")]
    pub custom_pricing: Option<Fact<bool>>,
    /// Own balance, with the time at which the request for it started.
    #[sqlx(flatten, try_from = "DatedBalance")]
    pub balance: Option<(Balance, Timestamp)>,
    /// Time at which the portal first saw the account.
    pub first_seen_at: Timestamp,
    /// Time since which Telnyx answers that there is no such account.
    pub missing_since: Option<Timestamp>,
    /// Time at which the portal concluded that it is gone from Telnyx.
    pub gone_at: Option<Timestamp>,
    /// Time at which a change made outside the portal was last found.
    pub changed_elsewhere_at: Option<Timestamp>,
}

impl Account {
    /// Returns the portal's own name for the account, or else the organization name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.display_name
            .as_deref()
            .unwrap_or_else(|| self.shown_organization_name())
    }

    /// Returns the organization name for display, which is never empty.
    #[must_use]
    pub fn shown_organization_name(&self) -> &str {
        shown_name(&self.organization_name)
    }

    /// Returns the facts that affect its calls.
    #[must_use]
    pub fn call_facts(&self) -> CallFacts<'_> {
        CallFacts {
            gone_at: self.gone_at,
            status: self.status,
            limit: self.channel_limit,
            rollup_billing: self.rollup_billing,
            profile_at: self.profile_at,
            balance: self.balance.as_ref().map(|(balance, at)| (balance, *at)),
        }
    }

    /// Returns the organization name if the portal shows another name.
    /// Pages then show both names.
    #[must_use]
    pub fn name_at_telnyx(&self) -> Option<&str> {
        let shown = self.display_name.as_ref()?;
        Some(self.organization_name.as_str())
            .filter(|name| name != shown && !name.trim().is_empty())
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, organization_name, display_name, assignee_id, email, manager_account_id, rollup_billing, \
             created_at, updated_at, ",
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
            " AS pricing_at, balance, balance_at, first_seen_at, missing_since, gone_at, changed_elsewhere_at \
             FROM accounts ",
            $rest
        )
    };
}
use select;

from_columns!(StatusFact {
    status: AccountStatus, status_source: FactSource, status_at: Timestamp
} => Fact<AccountStatus>: Fact { value: status, source: status_source, observed_at: status_at });

from_columns!(LimitFact {
    channel_limit: Option<ChannelLimit>, limit_source: Option<FactSource>, limit_at: Option<Timestamp>
} => Option<Fact<ChannelLimit>>: fact(channel_limit, limit_source, limit_at));

from_columns!(LimitBy {
    limit_by: Option<StaffId>, limit_by_name: Option<String>
} => Option<(StaffId, String)>: limit_by.zip(limit_by_name));

from_columns!(PricingFact {
    custom_pricing: Option<bool>, pricing_source: Option<FactSource>, pricing_at: Option<Timestamp>
} => Option<Fact<bool>>: fact(custom_pricing, pricing_source, pricing_at));

from_columns!(DatedBalance {
    balance: Option<Balance>, balance_at: Option<Timestamp>
} => Option<(Balance, Timestamp)>: balance.zip(balance_at));

fn fact<T>(
    value: Option<T>,
    source: Option<FactSource>,
    observed_at: Option<Timestamp>,
) -> Option<Fact<T>> {
    Some(Fact {
        value: value?,
        source: source?,
        observed_at: observed_at?,
    })
}

/// Returns one account, even if it is gone.
pub async fn by_id(db: &Db, id: &AccountId) -> Result<Option<Account>> {
    Ok(on!(db => query_as(select!("WHERE id = $1"), id).fetch_optional))
}

/// Returns one account as the transaction sees it, even if it is gone.
pub async fn by_id_in_tx(tx: &mut Tx, id: &AccountId) -> Result<Option<Account>> {
    Ok(within!(tx => query_as(select!("WHERE id = $1"), id).fetch_optional))
}

/// Number of accounts that one query reads by ID, because SQLite limits bound values.
const IDS_PER_QUERY: usize = 500;

/// Returns the accounts with these IDs, in no particular order. Includes gone accounts.
pub async fn by_ids(db: &Db, ids: &[AccountId]) -> Result<Vec<Account>> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(IDS_PER_QUERY) {
        let rows: Vec<Account> = on!(db, pool => {
            let mut query = QueryBuilder::new(select!("WHERE id IN ("));
            push_list(&mut query, ids);
            query.build_query_as().fetch_all(pool).await?
        });
        found.extend(rows);
    }
    Ok(found)
}

/// Returns the accounts with these IDs, in this order.
/// The IDs come from the index, which was just queried. The accounts are as the database has them
/// now; missing ones are left out.
async fn load_in_order(db: &Db, ids: Vec<String>) -> Result<Vec<Arc<Account>>> {
    let ids: Vec<AccountId> = ids
        .iter()
        .map(|id| id.parse().map_err(Error::stored))
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

/// Returns the same as [`load_in_order`], but as owned values.
async fn load_owned_in_order(db: &Db, ids: Vec<String>) -> Result<Vec<Account>> {
    let shared = load_in_order(db, ids).await?;
    Ok(shared.into_iter().map(Arc::unwrap_or_clone).collect())
}

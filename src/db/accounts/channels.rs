//! Accounts that hold channels of the pool, as far as their limits are known.
//! Everything here leaves out cancelled and gone accounts.

use super::list::resolve_search;
use super::sort_order::SortOrder;
use super::{Account, load_owned_in_order};
use crate::db::{Db, Error, Result};
use crate::domain::account::AccountStatus;
use crate::domain::account_filter::{AccountFacts, AccountFilter};
use crate::domain::ids::AccountId;
use crate::domain::string_enum::string_enum;

/// Totals of the known limits of the accounts that a search finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChannelTotals {
    /// Number of accounts.
    pub accounts: i64,
    /// Sum of the known limits.
    pub known_channels: i64,
    /// Number of accounts whose limit is known.
    pub known_accounts: i64,
    /// Number of accounts known to hold channels.
    pub holding_accounts: i64,
    /// Number of accounts that cannot call out, because their limit is known to be 0.
    pub zero_accounts: i64,
    /// Number of disabled accounts that still hold channels.
    pub reclaimable_accounts: i64,
    /// Number of channels that those disabled accounts hold.
    pub reclaimable_channels: i64,
}

impl ChannelTotals {
    /// Returns the number of accounts whose limit is not known.
    #[must_use]
    pub const fn unknown_accounts(&self) -> i64 {
        self.accounts - self.known_accounts
    }

    /// Returns the number of accounts that a filter matches.
    #[must_use]
    pub const fn accounts_in(&self, part: HolderFilter) -> i64 {
        match part {
            HolderFilter::All => self.accounts,
            HolderFilter::Holding => self.holding_accounts,
            HolderFilter::Zero => self.zero_accounts,
            HolderFilter::Reclaimable => self.reclaimable_accounts,
            HolderFilter::Unknown => self.unknown_accounts(),
        }
    }
}

string_enum! {
    /// Filter of the accounts that hold channels.
    #[derive(Default)]
    pub enum HolderFilter {
        /// All accounts.
        #[default]
        All = "";
        /// Accounts known to hold channels.
        Holding = "holding";
        /// Accounts whose limit is known to be 0.
        Zero = "zero";
        /// Disabled accounts known to hold channels.
        Reclaimable = "reclaim";
        /// Accounts whose limit is not known.
        Unknown = "unknown";
    }
}

impl HolderFilter {
    /// Returns `true` if the filter matches an account.
    #[must_use]
    pub fn matches(self, account: &AccountFacts) -> bool {
        let holds = account.limit.is_some_and(|limit| limit > 0);
        account.status != AccountStatus::Cancelled
            && match self {
                Self::All => true,
                Self::Holding => holds,
                Self::Zero => account.limit == Some(0),
                Self::Reclaimable => holds && account.status == AccountStatus::Disabled,
                Self::Unknown => account.limit.is_none(),
            }
    }
}

impl ChannelTotals {
    /// Adds one account to the totals.
    pub(super) fn add(&mut self, account: &AccountFacts) {
        let limit = i64::from(account.limit.unwrap_or_default());
        let one = |part: HolderFilter| i64::from(part.matches(account));
        self.accounts += one(HolderFilter::All);
        self.known_accounts += one(HolderFilter::All) - one(HolderFilter::Unknown);
        self.known_channels += limit * one(HolderFilter::All);
        self.holding_accounts += one(HolderFilter::Holding);
        self.zero_accounts += one(HolderFilter::Zero);
        self.reclaimable_accounts += one(HolderFilter::Reclaimable);
        self.reclaimable_channels += limit * one(HolderFilter::Reclaimable);
    }
}

/// Returns the totals of the limits of all accounts that the search finds.
/// A blank search finds every account.
pub async fn channel_totals(db: &Db, q: &str) -> Result<ChannelTotals> {
    let criteria = AccountFilter::text_search(q).into();
    let wanted = resolve_search(db, &criteria).await?;
    db.index().channel_totals(db, &wanted).await
}

/// Returns one page of the accounts that the search finds, in this order.
/// `page` counts from 1; `per` is clamped to 1 to 1,000.
pub async fn channel_holders(
    db: &Db,
    q: &str,
    part: HolderFilter,
    sort: SortOrder,
    (page, per): (u32, u32),
) -> Result<Vec<Account>> {
    let criteria = AccountFilter::text_search(q).into();
    let wanted = resolve_search(db, &criteria).await?;
    let per = to_usize(per.clamp(1, 1_000));
    let skip = to_usize(page.max(1) - 1).saturating_mul(per);
    let ids = db
        .index()
        .channel_holders(db, &wanted, part, sort, (skip, per))
        .await?;
    load_owned_in_order(db, ids).await
}

/// Returns the IDs of all accounts that the search finds, in the order of [`channel_holders`].
pub async fn channel_holder_ids(
    db: &Db,
    q: &str,
    part: HolderFilter,
    sort: SortOrder,
) -> Result<Vec<AccountId>> {
    let criteria = AccountFilter::text_search(q).into();
    let wanted = resolve_search(db, &criteria).await?;
    let ids = db
        .index()
        .channel_holders(db, &wanted, part, sort, (0, usize::MAX))
        .await?;
    ids.into_iter()
        .map(|id| id.try_into().map_err(Error::stored))
        .collect()
}

fn to_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

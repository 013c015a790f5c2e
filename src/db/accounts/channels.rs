//! Who holds the pool's channels, as far as limits are known. Cancelled and gone accounts are left out of all of it.

use super::list::wanted;
use super::{Account, owned_in_order};
use crate::db::{Db, Result};
use crate::domain::account::AccountStatus;
use crate::domain::account_filter::{AccountFilter, Looks};
use crate::domain::actor::Scope;

/// What is known of all limits together, among the accounts that a search finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// How many accounts there are.
    pub accounts: i64,
    /// The sum of the limits that are known.
    pub known_channels: i64,
    /// How many accounts have a limit that is known.
    pub known_accounts: i64,
    /// How many are known to hold channels.
    pub holding_accounts: i64,
    /// How many cannot call out: their limit is known to be 0.
    pub zero_accounts: i64,
    /// How many are disabled and keep channels from others.
    pub reclaimable_accounts: i64,
    /// How many channels those keep.
    pub reclaimable_channels: i64,
}

impl Holding {
    /// How many accounts have a limit that is not known.
    #[must_use]
    pub const fn unknown_accounts(&self) -> i64 {
        self.accounts - self.known_accounts
    }

    /// How many accounts a part has.
    #[must_use]
    pub const fn of(&self, part: Part) -> i64 {
        match part {
            Part::All => self.accounts,
            Part::Holding => self.holding_accounts,
            Part::Zero => self.zero_accounts,
            Part::Reclaimable => self.reclaimable_accounts,
            Part::Unknown => self.unknown_accounts(),
        }
    }
}

/// Which accounts to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// Every one.
    #[default]
    All,
    /// Known to hold channels.
    Holding,
    /// Known to have a limit of 0.
    Zero,
    /// Disabled, and known to hold channels.
    Reclaimable,
    /// With a limit that is not known.
    Unknown,
}

impl Part {
    /// Each of them, in the order in which pages show them.
    pub const ALL: [Self; 5] = [Self::All, Self::Holding, Self::Zero, Self::Reclaimable, Self::Unknown];

    /// As addresses write it; empty for all.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Holding => "holding",
            Self::Zero => "zero",
            Self::Reclaimable => "reclaim",
            Self::Unknown => "unknown",
        }
    }

    /// Whether an account is in it.
    #[must_use]
    pub fn takes(self, account: &Looks) -> bool {
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

impl Holding {
    /// Counts one more account.
    pub(super) fn add(&mut self, account: &Looks) {
        let limit = i64::from(account.limit.unwrap_or_default());
        let one = |part: Part| i64::from(part.takes(account));
        self.accounts += one(Part::All);
        self.known_accounts += one(Part::All) - one(Part::Unknown);
        self.known_channels += limit * one(Part::All);
        self.holding_accounts += one(Part::Holding);
        self.zero_accounts += one(Part::Zero);
        self.reclaimable_accounts += one(Part::Reclaimable);
        self.reclaimable_channels += limit * one(Part::Reclaimable);
    }
}

/// What is known of the limits of all accounts that the search finds, every one where it is blank.
pub async fn holding(db: &Db, _scope: Scope, q: &str) -> Result<Holding> {
    let criteria = AccountFilter::searching(q).into();
    let wanted = wanted(db, &criteria).await?;
    db.index().holding(db, &wanted).await
}

/// One page of holders that the search finds: the largest limit first, unknown ones last. `page` counts from 1, `per`
/// is at most 1,000.
pub async fn holders(db: &Db, scope: Scope, q: &str, part: Part, page: u32, per: u32) -> Result<Vec<Account>> {
    let criteria = AccountFilter::searching(q).into();
    let wanted = wanted(db, &criteria).await?;
    let ids = db.index().holders(db, &wanted, part, page, per).await?;
    owned_in_order(db, scope, ids).await
}

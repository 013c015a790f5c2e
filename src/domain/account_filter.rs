//! Which accounts a list shows: everything that can be asked for together, and what it means for one account.
//!
//! How addresses write it is the web's; looking through the directory with it is the database's.

use std::time::Duration;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::account::AccountStatus;
use super::string_enum::string_enum;
use super::time::Timestamp;

/// Which channel limits are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitFilter {
    /// None that is known.
    Unknown,
    /// Known, and within these bounds, both included; a missing one bounds nothing.
    Between(Option<u32>, Option<u32>),
}

impl LimitFilter {
    /// A limit of 0: no outbound calls.
    pub const ZERO: Self = Self::Between(Some(0), Some(0));

    /// Returns `true` if this limit matches; `None` means that the limit is not known.
    #[must_use]
    #[inline]
    pub fn matches(self, limit: Option<u32>) -> bool {
        match (self, limit) {
            (Self::Unknown, limit) => limit.is_none(),
            (Self::Between(..), None) => false,
            (Self::Between(least, most), Some(limit)) => {
                least.is_none_or(|least| limit >= least) && most.is_none_or(|most| limit <= most)
            }
        }
    }
}

string_enum! {
    /// Why an account needs attention.
    pub enum AttentionReason {
        /// Blocked by Telnyx.
        Blocked = "blocked";
        /// In none of the lists: its status was never confirmed, or is not any more.
        UnknownStatus = "unconfirmed";
        /// Enabled, and cannot call out: its limit is known to be 0.
        EnabledWithoutChannels = "no-channels";
        /// Disabled, and keeps channels from others.
        DisabledHoldingChannels = "reclaim";
        /// Enabled, with an available credit below the threshold of the settings.
        LowBalance = "low-balance";
        /// Changed outside the portal within the last seven days.
        ChangedElsewhere = "changed-elsewhere";
    }
}

/// For how long something changed elsewhere needs attention.
pub const RECENT_CHANGE_PERIOD: Duration = Duration::from_hours(7 * 24);

/// Everything that a list of accounts can be asked for together; a part that asks for nothing lets all through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountFilter {
    /// A part of a name, e-mail address, id, tag or note.
    pub q: String,
    /// With this status.
    pub status: Option<AccountStatus>,
    /// With such a channel limit.
    pub limit: Option<LimitFilter>,
    /// Known to have custom pricing, or known to have none.
    pub custom_pricing: Option<bool>,
    /// Known to roll up to the manager's bill, or known not to.
    pub rollup_billing: Option<bool>,
    /// Created on this day or later, in the reader's time zone.
    pub created_from: Option<Date>,
    /// Created on this day or earlier, in the reader's time zone.
    pub created_to: Option<Date>,
    /// With all of these tags, by name.
    pub tags: Vec<String>,
    /// Found changed outside the portal, ever.
    pub changed_elsewhere: bool,
    /// Number of days for which Telnyx has not confirmed the account's status.
    pub unconfirmed_days: Option<u16>,
    /// That need attention for this reason.
    pub attention_reason: Option<AttentionReason>,
}

/// Values that the relative parts of a filter are measured against.
#[derive(Clone, Copy, Debug)]
pub struct FilterContext<'a> {
    /// Now.
    pub now: Timestamp,
    /// The reader's time zone.
    pub zone: &'a jiff::tz::TimeZone,
    /// An available credit below this is low, in the account's own currency.
    pub low_balance: Decimal,
}

/// A filter whose days and thresholds are points in time and amounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criteria {
    /// The filter.
    pub filter: AccountFilter,
    /// Created at this moment or later.
    pub created_from: Option<Timestamp>,
    /// Created before this moment.
    pub created_before: Option<Timestamp>,
    /// Status last confirmed before this moment.
    pub unconfirmed_before: Option<Timestamp>,
    /// Changed elsewhere at this moment or later needs attention.
    pub recent_since: Timestamp,
    /// Below this available credit, in millionths, needs attention.
    pub low_balance_micros: i64,
}

impl Default for Criteria {
    /// Every account.
    fn default() -> Self {
        Self::from(AccountFilter::default())
    }
}

impl From<AccountFilter> for Criteria {
    /// For a filter without days and concerns.
    fn from(filter: AccountFilter) -> Self {
        Self {
            filter,
            created_from: None,
            created_before: None,
            unconfirmed_before: None,
            recent_since: Timestamp::from_millis(i64::MAX),
            low_balance_micros: i64::MIN,
        }
    }
}

impl AccountFilter {
    /// Only a search.
    #[must_use]
    pub fn text_search(q: &str) -> Self {
        Self {
            q: q.to_owned(),
            ..Self::default()
        }
    }

    /// Returns `true` if the filter lets every account through.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The filter with its days and thresholds worked out.
    #[must_use]
    pub fn criteria(&self, frame: FilterContext<'_>) -> Criteria {
        let start = |day: Date| {
            let zoned = day.to_zoned_datetime(frame.zone.clone()).ok()?;
            Some(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
        };
        let day = Duration::from_hours(24);
        Criteria {
            created_from: self.created_from.and_then(start),
            created_before: self
                .created_to
                .and_then(|day| day.tomorrow().ok())
                .and_then(start),
            unconfirmed_before: self
                .unconfirmed_days
                .map(|days| frame.now - day * u32::from(days)),
            recent_since: frame.now - RECENT_CHANGE_PERIOD,
            low_balance_micros: crate::domain::money::to_micros(frame.low_balance),
            filter: self.clone(),
        }
    }
}

/// Facts about one account that a filter looks at, apart from the searched text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountFacts {
    /// Its status.
    pub status: AccountStatus,
    /// When Telnyx last confirmed the status.
    pub status_at: Timestamp,
    /// Its limit, where it is known.
    pub limit: Option<u32>,
    /// Custom pricing, where it is known.
    pub custom_pricing: Option<bool>,
    /// Rollup billing, where it is known.
    pub rollup_billing: Option<bool>,
    /// When it was created, where Telnyx said so.
    pub created_at: Option<Timestamp>,
    /// When it was last found changed outside the portal.
    pub changed_elsewhere_at: Option<Timestamp>,
    /// Its available credit in millionths, where it is known.
    pub available_micros: Option<i64>,
}

impl Criteria {
    /// Returns `true` if an account created at this time matches; `None` means not known.
    #[must_use]
    #[inline]
    pub fn matches_created(&self, created_at: Option<Timestamp>) -> bool {
        self.created_from
            .is_none_or(|from| created_at.is_some_and(|at| at >= from))
            && self
                .created_before
                .is_none_or(|before| created_at.is_some_and(|at| at < before))
    }

    /// Returns `true` if an account needs attention for this reason.
    #[must_use]
    #[inline]
    pub fn needs_attention(&self, concern: AttentionReason, account: &AccountFacts) -> bool {
        match concern {
            AttentionReason::Blocked => account.status == AccountStatus::Blocked,
            AttentionReason::UnknownStatus => account.status == AccountStatus::Unknown,
            AttentionReason::EnabledWithoutChannels => {
                account.status == AccountStatus::Enabled && account.limit == Some(0)
            }
            AttentionReason::DisabledHoldingChannels => {
                account.status == AccountStatus::Disabled
                    && account.limit.is_some_and(|limit| limit > 0)
            }
            AttentionReason::LowBalance => {
                account.status == AccountStatus::Enabled
                    // A rollup account spends the manager's balance.
                    && account.rollup_billing != Some(true)
                    && account.available_micros.is_some_and(|micros| micros < self.low_balance_micros)
            }
            AttentionReason::ChangedElsewhere => account
                .changed_elsewhere_at
                .is_some_and(|at| at >= self.recent_since),
        }
    }
}

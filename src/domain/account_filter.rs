//! Filters of the list of accounts, and the rules by which an account matches them.
//!
//! `web` converts them to and from query strings; `db` searches the directory with them.

use std::time::Duration;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::account::AccountStatus;
use super::call_verdict::CallVerdict;
use super::ids::StaffId;
use super::string_enum::string_enum;
use super::time::Timestamp;

/// Filter by channel limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitFilter {
    /// The limit is unknown.
    Unknown,
    /// The limit is known and within these bounds, both inclusive. `None` is no bound.
    Between(Option<u32>, Option<u32>),
}

impl LimitFilter {
    /// A limit of 0, which blocks outbound calls.
    pub const ZERO: Self = Self::Between(Some(0), Some(0));

    /// Returns `true` if this limit matches; `None` means that the limit is unknown.
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

/// Filter by account manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssigneeFilter {
    /// The reader.
    Me,
    /// Accounts without an account manager.
    Nobody,
    /// One staff member.
    Person(StaffId),
}

string_enum! {
    /// Reason why an account needs attention.
    pub enum AttentionReason {
        /// Blocked by Telnyx.
        Blocked = "blocked";
        /// In none of the lists: its status was never confirmed, or no longer is.
        UnknownStatus = "unconfirmed";
        /// Enabled, but unable to call out because its limit is known to be 0.
        EnabledWithoutChannels = "no-channels";
        /// Disabled, but holding channels that others could use.
        DisabledHoldingChannels = "reclaim";
        /// Enabled, with an available credit below the threshold in the settings.
        LowBalance = "low-balance";
        /// Changed outside the portal within the last seven days.
        ChangedElsewhere = "changed-elsewhere";
    }
}

/// Time for which a change made elsewhere needs attention.
pub const RECENT_CHANGE_PERIOD: Duration = Duration::from_hours(7 * 24);

/// Filter of a list of accounts. All its parts must match; an empty part matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountFilter {
    /// Part of a name, email address, ID, tag or note.
    pub q: String,
    /// Status of the account.
    pub status: Option<AccountStatus>,
    /// Verdict on the account's calls.
    pub calls: Option<CallVerdict>,
    /// Channel limit of the account.
    pub limit: Option<LimitFilter>,
    /// True for known custom pricing, false for known absence of it.
    pub custom_pricing: Option<bool>,
    /// True for known rollup to the manager's bill, false for known absence of it.
    pub rollup_billing: Option<bool>,
    /// First day of creation, in the reader's time zone.
    pub created_from: Option<Date>,
    /// Last day of creation, in the reader's time zone.
    pub created_to: Option<Date>,
    /// Account manager of the account.
    pub assignee: Option<AssigneeFilter>,
    /// Names of tags, all of which the account must have.
    pub tags: Vec<String>,
    /// True to include only accounts that were ever found changed outside the portal.
    pub changed_elsewhere: bool,
    /// Minimum number of days since Telnyx last confirmed the status.
    pub unconfirmed_days: Option<u16>,
    /// Reason for which the account needs attention.
    pub attention_reason: Option<AttentionReason>,
}

/// Values that the relative parts of a filter refer to.
#[derive(Clone, Copy, Debug)]
pub struct FilterContext<'a> {
    /// Present time.
    pub now: Timestamp,
    /// Time zone of the reader.
    pub zone: &'a jiff::tz::TimeZone,
    /// Staff member who reads the list.
    pub reader: StaffId,
    /// Available credit below which it counts as low, in the account's own currency.
    pub low_balance: Decimal,
}

/// Filter whose days and thresholds have been converted to times and amounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criteria {
    /// Filter that the criteria come from.
    pub filter: AccountFilter,
    /// Account manager, with the reader's ID in place of [`AssigneeFilter::Me`].
    pub assignee: Option<AssigneeFilter>,
    /// Earliest time of creation, inclusive.
    pub created_from: Option<Timestamp>,
    /// Latest time of creation, exclusive.
    pub created_before: Option<Timestamp>,
    /// Time before which the status must have been confirmed last.
    pub unconfirmed_before: Option<Timestamp>,
    /// Time since which a change made elsewhere needs attention.
    pub recent_since: Timestamp,
    /// Available credit in millionths below which an account needs attention.
    pub low_balance_micros: i64,
}

impl Default for Criteria {
    /// Returns criteria that match every account.
    fn default() -> Self {
        Self::from(AccountFilter::default())
    }
}

impl From<AccountFilter> for Criteria {
    /// Converts a filter without a reader. Ignores days and attention reasons.
    fn from(filter: AccountFilter) -> Self {
        Self {
            assignee: filter.assignee,
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
    /// Returns a filter that only searches for a text.
    #[must_use]
    pub fn text_search(q: &str) -> Self {
        Self {
            q: q.to_owned(),
            ..Self::default()
        }
    }

    /// Returns `true` if the filter matches every account.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Converts the days and thresholds of the filter to times and amounts.
    #[must_use]
    pub fn criteria(&self, frame: FilterContext<'_>) -> Criteria {
        let start = |day: Date| {
            let zoned = day.to_zoned_datetime(frame.zone.clone()).ok()?;
            Some(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
        };
        let day = Duration::from_hours(24);
        Criteria {
            assignee: self.assignee.map(|assignee| match assignee {
                AssigneeFilter::Me => AssigneeFilter::Person(frame.reader),
                assignee => assignee,
            }),
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

/// Facts about one account that a filter checks, apart from the searched text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountFacts {
    /// Status of the account.
    pub status: AccountStatus,
    /// Time at which Telnyx last confirmed the status.
    pub status_at: Timestamp,
    /// Channel limit, if known.
    pub limit: Option<u32>,
    /// Custom pricing, if known.
    pub custom_pricing: Option<bool>,
    /// Rollup billing, if known.
    pub rollup_billing: Option<bool>,
    /// Time of creation, if Telnyx returned it.
    pub created_at: Option<Timestamp>,
    /// Time at which it was last found changed outside the portal.
    pub changed_elsewhere_at: Option<Timestamp>,
    /// Available credit in millionths, if known.
    pub available_micros: Option<i64>,
}

impl AccountFacts {
    /// Returns the verdict on the account's calls.
    #[must_use]
    pub fn call_verdict(&self) -> CallVerdict {
        CallVerdict::of(
            self.status,
            self.limit,
            self.rollup_billing,
            self.available_micros,
        )
    }
}

impl Criteria {
    /// Returns `true` if an account created at this time matches; `None` means unknown.
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
                    // An account with rollup billing spends the manager's balance.
                    && account.rollup_billing != Some(true)
                    && account.available_micros.is_some_and(|micros| micros < self.low_balance_micros)
            }
            AttentionReason::ChangedElsewhere => account
                .changed_elsewhere_at
                .is_some_and(|at| at >= self.recent_since),
        }
    }
}

//! Number of accounts that cannot make calls, and the causes, by the rules of
//! [`call_diagnosis`](super::call_diagnosis).

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::account::AccountStatus;
use super::account_filter::AccountFacts;
use super::call_diagnosis::{CallFacts, Remedy, Severity, diagnose};
use super::channels::ChannelLimit;
use super::fact::{Fact, FactSource};
use super::money::Balance;
use super::time::Timestamp;

/// Number of accounts that cannot call, by cause. An account may have several causes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallSummary {
    /// Number of all accounts.
    pub accounts: i64,
    /// Number of accounts that cannot call, each counted once.
    pub unable: i64,
    /// Number of disabled accounts.
    pub disabled: i64,
    /// Number of accounts that Telnyx has blocked.
    pub blocked: i64,
    /// Number of cancelled accounts.
    pub cancelled: i64,
    /// Number of accounts with a channel limit of 0, without cancelled ones.
    pub without_channels: i64,
    /// Number of enabled accounts without available credit.
    pub without_credit: i64,
}

/// Facts about an account on which its diagnosis depends. Many accounts have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct CallProfile {
    status: AccountStatus,
    /// True if the limit is 0; `None` if it is unknown.
    has_no_channels: Option<bool>,
    rollup_billing: Option<bool>,
    /// Sign of the available credit; `None` if it is unknown.
    credit_sign: Option<i64>,
}

/// Counter of accounts with the same profile. Only few different profiles exist.
#[derive(Debug, Default)]
pub struct CallCounter(HashMap<CallProfile, i64>);

impl CallCounter {
    /// Counts one account.
    pub fn add(&mut self, account: &AccountFacts) {
        let profile = CallProfile {
            status: account.status,
            has_no_channels: account.limit.map(|limit| limit == 0),
            rollup_billing: account.rollup_billing,
            credit_sign: account.available_micros.map(i64::signum),
        };
        *self.0.entry(profile).or_default() += 1;
    }

    /// Returns the totals of all counted accounts.
    #[must_use]
    pub fn summary(&self) -> CallSummary {
        let mut summary = CallSummary::default();
        for (profile, accounts) in &self.0 {
            summary.add(*profile, *accounts);
        }
        summary
    }
}

impl CallSummary {
    fn add(&mut self, profile: CallProfile, accounts: i64) {
        self.accounts += accounts;
        let remedies = profile.remedies();
        if remedies.is_empty() {
            return;
        }
        self.unable += accounts;
        match profile.status {
            AccountStatus::Disabled => self.disabled += accounts,
            AccountStatus::Blocked => self.blocked += accounts,
            AccountStatus::Cancelled => self.cancelled += accounts,
            AccountStatus::Enabled | AccountStatus::Unknown => {}
        }
        let is_cancelled = profile.status == AccountStatus::Cancelled;
        if remedies.contains(&Remedy::RaiseLimit) && !is_cancelled {
            self.without_channels += accounts;
        }
        let is_enabled = profile.status == AccountStatus::Enabled;
        if remedies.contains(&Remedy::AddFunds) && is_enabled {
            self.without_credit += accounts;
        }
    }
}

impl CallProfile {
    /// Returns the remedies of everything that stops calls.
    fn remedies(self) -> Vec<Remedy> {
        const NEVER: Timestamp = Timestamp::from_millis(0);
        fn fact<T>(value: T) -> Fact<T> {
            Fact {
                value,
                source: FactSource::Sweep,
                observed_at: NEVER,
            }
        }
        let one = ChannelLimit::new(1).unwrap_or(ChannelLimit::ZERO);
        let limit = self
            .has_no_channels
            .map(|none| if none { ChannelLimit::ZERO } else { one });
        let balance = self.credit_sign.map(|sign| Balance {
            balance: None,
            credit_limit: None,
            available_credit: Some(Decimal::from(sign)),
            currency: String::new(),
        });
        let findings = diagnose(&CallFacts {
            gone_at: None,
            status: fact(self.status),
            limit: limit.map(fact),
            rollup_billing: self.rollup_billing,
            profile_at: NEVER,
            balance: balance.as_ref().map(|balance| (balance, NEVER)),
        });
        let stops = findings
            .into_iter()
            .filter(|finding| finding.severity == Severity::Stops);
        stops.map(|finding| finding.remedy).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(status: AccountStatus, limit: Option<u32>, micros: Option<i64>) -> AccountFacts {
        AccountFacts {
            status,
            status_at: Timestamp::from_millis(0),
            limit,
            custom_pricing: None,
            rollup_billing: Some(false),
            created_at: None,
            changed_elsewhere_at: None,
            available_micros: micros,
        }
    }

    #[test]
    fn each_account_is_counted_once_and_each_cause_for_itself() {
        use AccountStatus::{Blocked, Cancelled, Disabled, Enabled, Unknown};
        let mut counter = CallCounter::default();
        for facts in [
            account(Enabled, Some(10), Some(5)),
            account(Enabled, None, None),
            account(Unknown, None, None),
            account(Enabled, Some(0), Some(-1)),
            account(Enabled, Some(3), Some(0)),
            account(Disabled, Some(0), Some(5)),
            account(Blocked, Some(7), Some(5)),
            account(Cancelled, Some(0), None),
        ] {
            counter.add(&facts);
        }
        let rollup = AccountFacts {
            rollup_billing: Some(true),
            ..account(Enabled, Some(10), Some(-5))
        };
        counter.add(&rollup);
        assert_eq!(
            counter.summary(),
            CallSummary {
                accounts: 9,
                unable: 5,
                disabled: 1,
                blocked: 1,
                cancelled: 1,
                without_channels: 2,
                without_credit: 2,
            }
        );
    }

    #[test]
    fn without_accounts_nobody_is_counted() {
        assert_eq!(CallCounter::default().summary(), CallSummary::default());
    }
}

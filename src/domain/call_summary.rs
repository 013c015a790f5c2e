//! Number of accounts that cannot make calls, and the causes, by the rules of
//! [`call_verdict`](super::call_verdict).

use super::account::AccountStatus;
use super::account_filter::AccountFacts;
use super::call_verdict::{CallVerdict, Severity, credit_severity, limit_severity};

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

impl CallSummary {
    /// Counts one account.
    pub fn add(&mut self, account: &AccountFacts) {
        self.accounts += 1;
        let AccountFacts {
            status,
            limit,
            rollup_billing,
            available_micros,
            ..
        } = *account;
        if CallVerdict::of(status, limit, rollup_billing, available_micros) != CallVerdict::Cannot {
            return;
        }
        self.unable += 1;
        match status {
            AccountStatus::Disabled => self.disabled += 1,
            AccountStatus::Blocked => self.blocked += 1,
            AccountStatus::Cancelled => self.cancelled += 1,
            AccountStatus::Enabled | AccountStatus::Unknown => {}
        }
        if limit_severity(limit) == Severity::Stops && status != AccountStatus::Cancelled {
            self.without_channels += 1;
        }
        let credit = credit_severity(rollup_billing, available_micros.map(|micros| micros > 0));
        if credit == Severity::Stops && status == AccountStatus::Enabled {
            self.without_credit += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

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
        let mut summary = CallSummary::default();
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
            summary.add(&facts);
        }
        let rollup = AccountFacts {
            rollup_billing: Some(true),
            ..account(Enabled, Some(10), Some(-5))
        };
        summary.add(&rollup);
        assert_eq!(
            summary,
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
}

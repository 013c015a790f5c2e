//! "Can they call?": reasons why an account cannot make calls, as far as the portal knows.
//! The reasons are sorted by severity. Only their sentences are defined here; the page decides
//! where a remedy links to.

use super::account::AccountStatus;
use super::call_verdict::{credit_severity, limit_severity, status_severity};
use super::channels::ChannelLimit;
use super::fact::{Fact, FactSource};
use super::money::Balance;
use super::time::Timestamp;

pub use super::call_verdict::Severity;

/// Known facts about an account that affect its calls.
#[derive(Clone, Copy, Debug)]
pub struct CallFacts<'a> {
    /// Time at which the portal concluded that Telnyx no longer has the account.
    pub gone_at: Option<Timestamp>,
    /// Status of the account.
    pub status: Fact<AccountStatus>,
    /// Channel limit, if known.
    pub limit: Option<Fact<ChannelLimit>>,
    /// True if it uses the manager's balance; `None` if Telnyx did not say.
    pub rollup_billing: Option<bool>,
    /// Time at which rollup billing was read.
    pub profile_at: Timestamp,
    /// Own balance, and the time at which it was read.
    pub balance: Option<(&'a Balance, Timestamp)>,
}

/// Remedy for a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// There is nothing to do.
    None,
    /// Enable the account.
    Enable,
    /// Ask Telnyx, because only Telnyx can change it.
    AskTelnyx,
    /// Change the channel limit.
    RaiseLimit,
    /// Record the limit that Mission Control shows.
    RecordLimit,
    /// Ask the customer to add funds, or raise their credit.
    AddFunds,
    /// Read it from Telnyx again.
    ReadAgain,
}

/// Observation that affects calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Severity of the finding.
    pub severity: Severity,
    /// Text of the finding.
    pub text: String,
    /// Text of the finding in a column of a list; empty if it stops nothing.
    pub short: &'static str,
    /// Cause as the end of "They cannot call: …"; empty if it stops nothing.
    pub cause: &'static str,
    /// Source of the observation, shown before its age: "seen", "confirmed by Telnyx".
    pub source: &'static str,
    /// Time of the observation; `None` if there was none.
    pub at: Option<Timestamp>,
    /// Remedy for the finding.
    pub remedy: Remedy,
}

/// Returns the findings about an account's calls, worst first. There is at least one.
#[must_use]
pub fn diagnose(known: &CallFacts<'_>) -> Vec<Finding> {
    if let Some(at) = known.gone_at {
        return vec![Finding {
            severity: Severity::Stops,
            text: "Telnyx no longer has this account".to_owned(),
            short: "Gone",
            cause: "Telnyx no longer has this account",
            source: "concluded",
            at: Some(at),
            remedy: Remedy::None,
        }];
    }
    let mut lines = vec![status(known.status), limit(known.limit), credit(known)];
    // The sort is stable: with equal severity, the order is status, limit, credit.
    lines.sort_by_key(|line| line.severity);
    lines
}

fn status(status: Fact<AccountStatus>) -> Finding {
    let (short, text, because, remedy) = match status.value {
        AccountStatus::Enabled => ("", "Enabled", "", Remedy::None),
        AccountStatus::Disabled => (
            "Disabled",
            "Disabled",
            "the account is disabled",
            Remedy::Enable,
        ),
        AccountStatus::Blocked => (
            "Blocked",
            "Blocked by Telnyx",
            "Telnyx has blocked the account",
            Remedy::AskTelnyx,
        ),
        AccountStatus::Cancelled => (
            "Cancelled",
            "Cancelled",
            "the account is cancelled",
            Remedy::AskTelnyx,
        ),
        AccountStatus::Unknown => (
            "Status not known",
            "Status not known: none of Telnyx's lists has the account",
            "",
            Remedy::ReadAgain,
        ),
    };
    Finding {
        severity: status_severity(status.value),
        text: text.to_owned(),
        short,
        cause: because,
        source: source_label(status.source),
        at: Some(status.observed_at),
        remedy,
    }
}

fn limit(limit: Option<Fact<ChannelLimit>>) -> Finding {
    let Some(limit) = limit else {
        return Finding {
            severity: limit_severity(None),
            text: "Channel limit not known".to_owned(),
            short: "Limit not known",
            cause: "",
            source: "",
            at: None,
            remedy: Remedy::RecordLimit,
        };
    };
    let severity = limit_severity(Some(limit.value.get()));
    let stops = severity == Severity::Stops;
    Finding {
        severity,
        short: if stops { "Limit 0" } else { "" },
        text: if stops {
            "Channel limit 0: no outbound calls at all".to_owned()
        } else {
            format!("Channel limit {}", limit.value)
        },
        cause: if stops {
            "outbound calls are blocked by a channel limit of 0"
        } else {
            ""
        },
        source: match limit.source {
            FactSource::Operation => "confirmed by Telnyx",
            FactSource::Person => "as seen in Mission Control, not confirmed by Telnyx, recorded",
            FactSource::Sweep | FactSource::Reading => "read from Telnyx",
        },
        at: Some(limit.observed_at),
        remedy: if stops {
            Remedy::RaiseLimit
        } else {
            Remedy::None
        },
    }
}

fn credit(known: &CallFacts<'_>) -> Finding {
    let available = known
        .balance
        .and_then(|(balance, at)| Some((balance.available()?, at)));
    let has_credit = available
        .as_ref()
        .map(|(money, _)| !money.amount.is_zero() && money.amount.is_sign_positive());
    let severity = credit_severity(known.rollup_billing, has_credit);
    let line = |text: String, short, because, at, remedy| Finding {
        severity,
        text,
        short,
        cause: because,
        source: "read",
        at,
        remedy,
    };
    if known.rollup_billing == Some(true) {
        let text = "Rollup billing: uses our shared balance".to_owned();
        return line(text, "", "", Some(known.profile_at), Remedy::None);
    }
    let Some((money, at)) = available else {
        let text = "Available credit not known".to_owned();
        return line(text, "Credit not known", "", None, Remedy::ReadAgain);
    };
    let text = format!("Available credit is {}", money.to_text());
    if severity == Severity::Stops {
        let because = "no available credit";
        line(text, "No credit", because, Some(at), Remedy::AddFunds)
    } else {
        line(text, "", "", Some(at), Remedy::None)
    }
}

const fn source_label(source: FactSource) -> &'static str {
    match source {
        FactSource::Sweep | FactSource::Reading => "seen",
        FactSource::Operation => "confirmed by Telnyx",
        FactSource::Person => "recorded by a person",
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;
    use crate::domain::call_verdict::CallVerdict;

    const THEN: Timestamp = Timestamp::from_millis(1_000);
    const LATER: Timestamp = Timestamp::from_millis(2_000);

    fn fact<T>(value: T) -> Fact<T> {
        Fact {
            value,
            source: FactSource::Operation,
            observed_at: THEN,
        }
    }

    fn credit_of(amount: i64) -> Balance {
        Balance {
            balance: Some(Decimal::new(amount, 2)),
            credit_limit: Some(Decimal::ZERO),
            available_credit: Some(Decimal::new(amount, 2)),
            currency: "USD".to_owned(),
        }
    }

    fn fine(balance: &Balance) -> CallFacts<'_> {
        CallFacts {
            gone_at: None,
            status: fact(AccountStatus::Enabled),
            limit: Some(fact(ChannelLimit::new(30).expect("a limit"))),
            rollup_billing: Some(false),
            profile_at: THEN,
            balance: Some((balance, LATER)),
        }
    }

    fn weights(known: &CallFacts<'_>) -> Vec<Severity> {
        diagnose(known).iter().map(|line| line.severity).collect()
    }

    #[test]
    fn an_enabled_account_with_channels_and_credit_has_nothing_that_stops_it() {
        let balance = credit_of(1);
        assert_eq!(weights(&fine(&balance)), [Severity::Fine; 3]);
    }

    #[test]
    fn what_stops_calls_comes_first_then_what_is_not_known() {
        let balance = credit_of(-1_240);
        let known = CallFacts {
            limit: None,
            ..fine(&balance)
        };
        let lines = diagnose(&known);
        assert_eq!(lines[0].cause, "no available credit");
        assert_eq!(lines[0].text, "Available credit is \u{2212}12.40 USD");
        assert_eq!(lines[0].at, Some(LATER));
        assert_eq!(
            (lines[1].severity, lines[1].at, lines[1].remedy),
            (Severity::Unknown, None, Remedy::RecordLimit)
        );
        assert_eq!(lines[2].severity, Severity::Fine);
    }

    #[test]
    fn each_status_says_whether_it_stops_calls_and_who_can_change_that() {
        let balance = credit_of(100);
        for (status, weight, remedy) in [
            (AccountStatus::Enabled, Severity::Fine, Remedy::None),
            (AccountStatus::Disabled, Severity::Stops, Remedy::Enable),
            (AccountStatus::Blocked, Severity::Stops, Remedy::AskTelnyx),
            (AccountStatus::Cancelled, Severity::Stops, Remedy::AskTelnyx),
            (AccountStatus::Unknown, Severity::Unknown, Remedy::ReadAgain),
        ] {
            let known = CallFacts {
                status: fact(status),
                ..fine(&balance)
            };
            let first = diagnose(&known).remove(0);
            assert_eq!(
                (first.severity, first.remedy),
                (weight, remedy),
                "{status:?}"
            );
        }
    }

    #[test]
    fn a_limit_of_nothing_stops_calls_and_a_recorded_one_is_not_called_confirmed() {
        let balance = credit_of(100);
        let zero = CallFacts {
            limit: Some(fact(ChannelLimit::ZERO)),
            ..fine(&balance)
        };
        let line = diagnose(&zero).remove(0);
        assert_eq!(
            (line.severity, line.remedy),
            (Severity::Stops, Remedy::RaiseLimit)
        );
        let one = Fact {
            source: FactSource::Person,
            ..fact(ChannelLimit::new(1).expect("a limit"))
        };
        let lines = diagnose(&CallFacts {
            limit: Some(one),
            ..fine(&balance)
        });
        assert_eq!(lines[1].text, "Channel limit 1");
        assert!(lines[1].source.contains("not confirmed by Telnyx"));
    }

    #[test]
    fn no_credit_stops_calls_unless_our_own_balance_is_used() {
        let none = credit_of(0);
        assert_eq!(diagnose(&fine(&none))[0].remedy, Remedy::AddFunds);
        let rollup = CallFacts {
            rollup_billing: Some(true),
            ..fine(&none)
        };
        assert!(
            diagnose(&rollup)
                .iter()
                .any(|line| line.text.contains("uses our shared balance"))
        );
        assert_eq!(weights(&rollup), [Severity::Fine; 3]);
        let unread = CallFacts {
            balance: None,
            rollup_billing: None,
            ..fine(&none)
        };
        assert_eq!(diagnose(&unread)[0].severity, Severity::Unknown);
    }

    #[test]
    fn the_verdict_of_the_index_is_that_of_the_page() {
        let amounts = [None, Some(-1), Some(0), Some(1)];
        for status in AccountStatus::ALL {
            for limit in [None, Some(0), Some(30)] {
                for rollup_billing in [None, Some(false), Some(true)] {
                    for cents in amounts {
                        let balance = cents.map(credit_of);
                        let known = CallFacts {
                            gone_at: None,
                            status: fact(status),
                            limit: limit
                                .map(|limit| fact(ChannelLimit::new(limit).expect("a limit"))),
                            rollup_billing,
                            profile_at: THEN,
                            balance: balance.as_ref().map(|balance| (balance, LATER)),
                        };
                        let first = diagnose(&known).remove(0);
                        let limit = limit.and_then(|limit| u32::try_from(limit).ok());
                        let micros = cents.map(|cents| cents * 10_000);
                        let verdict = CallVerdict::of(status, limit, rollup_billing, micros);
                        assert_eq!(verdict, first.severity.into(), "{known:?}");
                        assert_eq!(first.short.is_empty(), verdict == CallVerdict::Can);
                    }
                }
            }
        }
    }

    #[test]
    fn an_account_that_is_gone_has_nothing_else_to_say() {
        let balance = credit_of(100);
        let lines = diagnose(&CallFacts {
            gone_at: Some(LATER),
            ..fine(&balance)
        });
        assert_eq!(lines.len(), 1);
        assert_eq!(
            (lines[0].severity, lines[0].at),
            (Severity::Stops, Some(LATER))
        );
    }
}

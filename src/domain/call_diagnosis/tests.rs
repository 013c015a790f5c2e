//! Tests of the diagnosis.

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
                        limit: limit.map(|limit| fact(ChannelLimit::new(limit).expect("a limit"))),
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

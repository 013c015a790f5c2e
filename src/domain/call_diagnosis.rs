//! "Can they call?": reasons why an account cannot make calls, as far as the portal knows.
//! The reasons are sorted by severity. Only their sentences are defined here; the page decides
//! where a remedy links to.

#[cfg(test)]
mod tests;

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

/// Fact that a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallFact {
    /// Telnyx no longer has the account.
    Gone,
    /// Status of the account.
    Status,
    /// Channel limit.
    Limit,
    /// Available credit.
    Credit,
}

/// Observation that affects calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Fact that it is about.
    pub about: CallFact,
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
            about: CallFact::Gone,
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
        about: CallFact::Status,
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
            about: CallFact::Limit,
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
        about: CallFact::Limit,
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
        about: CallFact::Credit,
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

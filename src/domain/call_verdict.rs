//! Verdict on an account's calls: the one rule by which a status, a channel limit or a credit stops
//! them. The diagnosis explains it, and the index of accounts keeps it.

use super::account::AccountStatus;
use super::string_enum::string_enum;

/// Severity of a finding, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It stops calls.
    Stops,
    /// It is unknown if it stops calls.
    Unknown,
    /// It stops nothing.
    Fine,
}

string_enum! {
    /// Verdict on an account's calls, as far as the portal knows.
    pub enum CallVerdict {
        /// Something stops calls.
        Cannot = "cannot", "Cannot call";
        /// Nothing known stops calls, but a fact about them is missing.
        Unknown = "unknown", "Not known";
        /// Nothing stops calls.
        Can = "can", "Can call";
    }
}

impl From<Severity> for CallVerdict {
    fn from(worst: Severity) -> Self {
        match worst {
            Severity::Stops => Self::Cannot,
            Severity::Unknown => Self::Unknown,
            Severity::Fine => Self::Can,
        }
    }
}

impl CallVerdict {
    /// Returns the verdict on an account of which only these values are at hand.
    /// `limit` and `available_micros` are `None` if they are not known.
    #[must_use]
    pub fn of(
        status: AccountStatus,
        limit: Option<u32>,
        rollup_billing: Option<bool>,
        available_micros: Option<i64>,
    ) -> Self {
        let worst = status_severity(status)
            .min(limit_severity(limit))
            .min(credit_severity(
                rollup_billing,
                available_micros.map(|micros| micros > 0),
            ));
        worst.into()
    }
}

/// Returns the severity of a status.
pub(super) const fn status_severity(status: AccountStatus) -> Severity {
    match status {
        AccountStatus::Enabled => Severity::Fine,
        AccountStatus::Disabled | AccountStatus::Blocked | AccountStatus::Cancelled => {
            Severity::Stops
        }
        AccountStatus::Unknown => Severity::Unknown,
    }
}

/// Returns the severity of a channel limit.
pub(super) const fn limit_severity(limit: Option<u32>) -> Severity {
    match limit {
        None => Severity::Unknown,
        Some(0) => Severity::Stops,
        Some(_) => Severity::Fine,
    }
}

/// Returns the severity of the available credit. `has_credit` is `None` if it is not known.
pub(super) const fn credit_severity(
    rollup_billing: Option<bool>,
    has_credit: Option<bool>,
) -> Severity {
    match (rollup_billing, has_credit) {
        (Some(true), _) | (_, Some(true)) => Severity::Fine,
        (_, Some(false)) => Severity::Stops,
        (_, None) => Severity::Unknown,
    }
}

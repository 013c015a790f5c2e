//! Facts about a change that a plan needs before the change is made, for jobs.

use super::registry;
use super::request::ExpectedValues;
use crate::db::accounts::Account;
use crate::db::operations::Operation;
use crate::domain::account::AccountStatus;
use crate::domain::operation::{Change, PriorState};

/// Facts about a change of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangePlan {
    /// Values that the change depends on. If one of them differs later, the change is refused.
    pub shown: PriorState,
    /// Reason not to send it.
    pub obstacle: Option<Obstacle>,
}

/// Reason not to send a change, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The account has the requested value.
    SameValue(String),
    /// The account's status does not allow the change.
    Status(String),
}

/// Returns the facts about a change of an account of which these values are known.
#[must_use]
pub fn plan_change(change: &Change, known: &PriorState) -> ChangePlan {
    let kind = registry::of(change);
    let same = kind.same_value(known).map(Obstacle::SameValue);
    let obstacle = same.or_else(|| {
        let status = known.status.unwrap_or(AccountStatus::Unknown);
        let refused = kind.check_status(status).err()?;
        Some(Obstacle::Status(refused.to_string()))
    });
    ChangePlan {
        shown: kind.depends_on(known),
        obstacle,
    }
}

/// Returns the values to compare when a planned change is sent.
/// A value that was not known is compared too: if it is known by then, the plan is outdated.
#[must_use]
pub fn expected_values(change: &Change, shown: &PriorState) -> ExpectedValues {
    ExpectedValues {
        status: shown.status,
        channel_limit: matches!(change, Change::ChannelLimit { .. }).then_some(shown.channel_limit),
        custom_pricing: matches!(change, Change::CustomPricing { .. })
            .then_some(shown.custom_pricing),
    }
}

/// Returns the value before a planned change, if it is known, and the requested value.
#[must_use]
pub fn planned_values(change: &Change, shown: &PriorState) -> (Option<String>, String) {
    let kind = registry::of(change);
    (kind.before(shown), kind.after(None))
}

/// Returns `true` if the value before the operation is known.
#[must_use]
pub fn has_known_prior_value(operation: &Operation) -> bool {
    registry::of(&operation.change)
        .before(&operation.before)
        .is_some()
}

/// Returns the change that undoes an operation.
/// Returns `None` if the account no longer has the resulting value, or if there is no such change.
#[must_use]
pub fn inverse_change(
    operation: &Operation,
    account: &Account,
    reenable_all_connections: bool,
) -> Option<Change> {
    let kind = registry::of(&operation.change);
    kind.inverse(operation, account)?;
    kind.inverse_change(operation, reenable_all_connections)
}

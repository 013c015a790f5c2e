//! Labels of a change: its title, its state and its next step.

use crate::db::operations::Operation;
use crate::domain::operation::{OperationState, SettledBy};
use crate::domain::text::isolate_bidi;
use crate::operations::{kind_info, kind_of};

/// Returns the change as a request: "Set the channel limit of Acme Ltd to 45".
pub(super) fn title(operation: &Operation) -> String {
    kind_of(&operation.change).title(&isolate_bidi(&operation.label))
}

/// Returns the name of a state's icon in `static/icons.svg`.
pub(super) fn icon(state: OperationState) -> &'static str {
    match state {
        OperationState::Queued | OperationState::Running | OperationState::Checking => {
            "loader-circle"
        }
        OperationState::Done => "circle-check",
        OperationState::Refused => "circle-x",
        OperationState::Unknown => "circle-help",
    }
}

/// Returns the tone of a notice about the change.
pub(super) fn notice_kind(state: OperationState) -> &'static str {
    match state {
        OperationState::Queued | OperationState::Running | OperationState::Checking => "info",
        OperationState::Done => "good",
        OperationState::Refused => "bad",
        OperationState::Unknown => "warn",
    }
}

/// Returns the tone of the change's badge.
pub(super) fn badge_kind(state: OperationState) -> &'static str {
    match state {
        OperationState::Queued | OperationState::Running | OperationState::Checking => "busy",
        OperationState::Done => "good",
        OperationState::Refused => "bad",
        OperationState::Unknown => "warn",
    }
}

/// Returns the state of the change in a few words.
pub(super) fn headline(operation: &Operation) -> &'static str {
    match operation.state {
        OperationState::Queued => "Queued",
        OperationState::Running => "Being sent to Telnyx",
        OperationState::Checking => "Checking the outcome",
        OperationState::Done => "Done",
        OperationState::Refused
            if operation
                .outcome
                .as_ref()
                .is_some_and(|outcome| outcome.status.is_some()) =>
        {
            "Telnyx refused it"
        }
        OperationState::Refused => "It did not happen",
        OperationState::Unknown => "Outcome unknown",
    }
}

/// Describes what the portal does next, or what a person has to do. Empty if the change is settled.
pub(super) fn next_step(operation: &Operation) -> &'static str {
    match operation.state {
        OperationState::Queued | OperationState::Running => {
            "This page updates by itself. You can close it."
        }
        OperationState::Checking => kind_info(operation.kind).checking,
        OperationState::Unknown => kind_info(operation.kind).unknown,
        OperationState::Done | OperationState::Refused => "",
    }
}

/// Describes how the change was settled. Empty if Telnyx's answer settled it.
pub(super) fn settled_by(operation: &Operation) -> &'static str {
    match operation
        .outcome
        .as_ref()
        .and_then(|outcome| outcome.settled_by)
    {
        None => "",
        Some(SettledBy::Reading) => "By reading it at Telnyx",
        Some(SettledBy::SendingAgain) => "By sending the same value again",
        Some(SettledBy::Person) => "By hand",
    }
}

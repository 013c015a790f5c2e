//! What is said of a change: what it is called, where it stands, and what is being done about it.

use crate::db::operations::Operation;
use crate::domain::operation::{Change, OperationKind, OperationState, SettledBy};
use crate::domain::text::isolate_bidi;

/// The change as a sentence without a verb's ending: "Set the channel limit of Acme Ltd to 45".
pub(super) fn title(operation: &Operation) -> String {
    let label = isolate_bidi(&operation.label);
    match &operation.change {
        Change::Create { .. } => format!("Create {label}"),
        Change::Enable { .. } => format!("Enable {label}"),
        Change::Disable { .. } => format!("Disable {label}"),
        Change::ChannelLimit { limit, .. } if limit.get() == 0 => {
            format!("Block outbound calls of {label}")
        }
        Change::ChannelLimit { limit, .. } => {
            format!("Set the channel limit of {label} to {limit}")
        }
        Change::CustomPricing { allow: true, .. } => format!("Use custom pricing for {label}"),
        Change::CustomPricing { allow: false, .. } => format!("Use our rates for {label}"),
        Change::RemoveOrgUser { .. } => format!("Remove {label} from the organization"),
    }
}

/// A symbol of `static/icons.svg`.
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

/// The tone of a notice about it.
pub(super) fn notice_kind(state: OperationState) -> &'static str {
    match state {
        OperationState::Queued | OperationState::Running | OperationState::Checking => "info",
        OperationState::Done => "good",
        OperationState::Refused => "bad",
        OperationState::Unknown => "warn",
    }
}

/// The tone of its badge.
pub(super) fn badge_kind(state: OperationState) -> &'static str {
    match state {
        OperationState::Queued | OperationState::Running | OperationState::Checking => "busy",
        OperationState::Done => "good",
        OperationState::Refused => "bad",
        OperationState::Unknown => "warn",
    }
}

/// Where it stands, in a few words.
pub(super) fn headline(operation: &Operation) -> &'static str {
    match operation.state {
        OperationState::Queued => "Waiting for its turn",
        OperationState::Running => "Being sent to Telnyx",
        OperationState::Checking => "Checking what became of it",
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
        OperationState::Unknown => "Nobody knows yet whether it happened",
    }
}

/// What is being done about it, or what somebody has to do; empty where it is settled.
pub(super) fn next_step(operation: &Operation) -> &'static str {
    match (operation.state, operation.kind) {
        (OperationState::Queued | OperationState::Running, _) => {
            "This page shows the outcome by itself. Closing it changes nothing."
        }
        (OperationState::Checking, OperationKind::ChannelLimit | OperationKind::CustomPricing) => {
            "Telnyx gave no clear answer. For ten minutes from its beginning the portal sends the same value again, \
             which does no harm if it arrived the first time. Nothing needs to be done; this page shows the outcome."
        }
        (OperationState::Checking, OperationKind::Create) => {
            "Telnyx gave no clear answer. The portal looks for a new account with this name or e-mail address, for five \
             minutes at least, and sends nothing again. Do not create it a second time; this page shows the outcome."
        }
        (OperationState::Checking, OperationKind::Enable | OperationKind::Disable) => {
            "Telnyx gave no clear answer. The portal reads the account's status until it shows, and sends nothing again. \
             Nothing needs to be done; this page shows the outcome."
        }
        (OperationState::Checking, OperationKind::RemoveOrgUser) => {
            "Telnyx gave no clear answer. The portal looks whether the user is still listed, and sends nothing again. \
             Nothing needs to be done; this page shows the outcome."
        }
        (OperationState::Unknown, OperationKind::ChannelLimit | OperationKind::CustomPricing) => {
            "The portal no longer sends it by itself: it could undo what somebody did since. Look in Mission Control, \
             then send it again or settle it by hand. Until then no other change of this account is sent."
        }
        (OperationState::Unknown, OperationKind::Create) => {
            "Look in Mission Control which account it made, if any, and settle it by hand. Do not create it a second \
             time before."
        }
        (OperationState::Unknown, _) => {
            "Look in Mission Control, then check again or settle it by hand. Until then no other change of it is sent."
        }
        (OperationState::Done | OperationState::Refused, _) => "",
    }
}

/// How it was settled, where Telnyx's answer did not; empty where it did.
pub(super) fn settled_by(operation: &Operation) -> &'static str {
    match operation
        .outcome
        .as_ref()
        .and_then(|outcome| outcome.settled_by)
    {
        None => "",
        Some(SettledBy::Reading) => "By reading it at Telnyx afterwards",
        Some(SettledBy::SendingAgain) => "By sending the same value again",
        Some(SettledBy::Person) => "By hand",
    }
}

/// The button that sends the same value again; empty where there is none.
pub(super) fn resend_label(operation: &Operation) -> String {
    match &operation.change {
        Change::ChannelLimit { limit, .. } => format!("Send {limit} again"),
        Change::CustomPricing { allow: true, .. } => "Send “on” again".to_owned(),
        Change::CustomPricing { allow: false, .. } => "Send “off” again".to_owned(),
        _ => String::new(),
    }
}

/// What somebody may have seen: that it happened, that it did not.
pub(super) fn settlement_labels(operation: &Operation) -> (String, String) {
    match &operation.change {
        Change::Create { .. } => (
            "It made an account".to_owned(),
            "It made no account".to_owned(),
        ),
        Change::Enable { .. } => (
            "The account is enabled".to_owned(),
            "The account is not enabled".to_owned(),
        ),
        Change::Disable { .. } => (
            "The account is disabled".to_owned(),
            "The account is not disabled".to_owned(),
        ),
        Change::ChannelLimit { limit, .. } => (
            format!("The limit is {limit}"),
            format!("The limit is not {limit}: it did not happen"),
        ),
        Change::CustomPricing { allow, .. } => {
            let (now, not) = if *allow { ("on", "off") } else { ("off", "on") };
            (
                format!("Custom pricing is {now}"),
                format!("Custom pricing is {not}: it did not happen"),
            )
        }
        Change::RemoveOrgUser { .. } => (
            "The user is gone".to_owned(),
            "The user is still there".to_owned(),
        ),
    }
}

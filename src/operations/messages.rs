//! What the record says of an operation: outcomes in plain sentences, and its audit events.

use crate::db::operations::Operation;
use crate::domain::audit::{Event, EventActor, EventOutcome};
use crate::domain::operation::{Change, OperationKind, OperationOutcome, OperationState};
use crate::telnyx::{self, Certainty, ErrorKind, ErrorSummary};

pub(super) const INTERRUPTED: &str = "The portal was interrupted before Telnyx answered.";
pub(super) const DISABLED: &str =
    "The account is disabled. Calls that were going on are not cut off.";
pub(super) const ENABLED_WITH_CONNECTIONS: &str = "The account is enabled, and all of its connections were asked to be \
     switched on. Connections that failed Telnyx's checks stay off; Telnyx does not say which. Have the customer make a \
     test call.";
pub(super) const ENABLED_WITHOUT_CONNECTIONS: &str =
    "The account is enabled. Its connections were left as they were; calls may still fail.";
pub(super) const SETTLED_AS_ENABLED: &str = "Telnyx lists the account as enabled. What became of its connections is not known: have the customer make a test call.";
pub(super) const SETTLED_AS_DISABLED: &str = "Telnyx lists the account as disabled.";
pub(super) const DID_NOT_HAPPEN: &str =
    "It did not happen: Telnyx still shows what was there before.";
pub(super) const CUSTOM_PRICING_ON: &str = "Custom pricing is on. The account has no rates until Telnyx sets its own; that takes effect late.";
pub(super) const CUSTOM_PRICING_OFF: &str =
    "Custom pricing is off. The account goes back to our rates; that takes effect late.";
pub(super) const REMOVED: &str = "The user is removed from the organization. What becomes of their API keys, Telnyx does not say.";
pub(super) const CREATED: &str = "The account is created.";
pub(super) const NOT_CREATED: &str =
    "No account was created: for five minutes none appeared at Telnyx.";
pub(super) const SEVERAL_CANDIDATES: &str = "Several new accounts have this name or e-mail address. Somebody has to say which one this made.";

/// What an error of Telnyx's means, in words for staff.
pub(super) fn failure_outcome(kind: OperationKind, error: &telnyx::Error) -> OperationOutcome {
    let item = error.items().first();
    let message = match error.certainty() {
        Certainty::NotSent => {
            "Not sent: Telnyx could not be reached. Nothing was changed.".to_owned()
        }
        Certainty::Uncertain => format!(
            "Telnyx did not confirm it: {}. It may or may not have happened.",
            ErrorSummary::from(error).clause()
        ),
        Certainty::Refused => refusal_message(kind, error),
    };
    OperationOutcome {
        message,
        status: error.status(),
        code: item.and_then(|item| item.code.clone()),
        detail: Some(error.detail()).filter(|words| !words.is_empty()),
        pointer: item.and_then(|item| item.pointer.clone()),
        telnyx_request_id: error.request_id().map(str::to_owned),
        unanswered: error.certainty() == Certainty::Uncertain,
        ..OperationOutcome::default()
    }
}

fn refusal_message(kind: OperationKind, error: &telnyx::Error) -> String {
    let what = match kind {
        OperationKind::Create => "create the account",
        OperationKind::Enable => "enable the account",
        OperationKind::Disable => "disable the account",
        OperationKind::ChannelLimit => "set the channel limit",
        OperationKind::CustomPricing => "switch custom pricing",
        OperationKind::RemoveOrgUser => "remove the user",
    };
    match error.kind() {
        // Telnyx's own words follow: they say more than the status.
        ErrorKind::Invalid => format!("Telnyx did not {what}."),
        _ => ErrorSummary::from(error).describe(&format!("Telnyx did not {what}")),
    }
}

/// For a creation whose preparation failed: nothing was sent.
pub(super) fn not_sent_outcome(error: &telnyx::Error) -> OperationOutcome {
    OperationOutcome {
        message: "Not sent: Telnyx could not be asked which accounts have this name already. Nothing was created."
            .to_owned(),
        ..failure_outcome(OperationKind::Create, error)
    }
}

/// For a creation that was interrupted before anything was sent.
pub(super) fn interrupted_before_sending() -> OperationOutcome {
    OperationOutcome {
        message: "Not sent: the portal was interrupted before. Nothing was created.".to_owned(),
        ..OperationOutcome::default()
    }
}

/// What is there to read of an operation's outcome: the portal's sentence, then Telnyx's words.
#[must_use]
pub fn outcome_text(operation: &Operation) -> String {
    match (&operation.outcome, operation.state) {
        (Some(outcome), _) => match &outcome.detail {
            Some(detail) => format!("{} Telnyx says: “{detail}”", outcome.message),
            None => outcome.message.clone(),
        },
        (None, OperationState::Queued) => "It waits for its turn.".to_owned(),
        (None, _) => "It is being sent to Telnyx.".to_owned(),
    }
}

/// What was there before, in words; `None` where it was not known.
#[must_use]
pub fn before_text(operation: &Operation) -> Option<String> {
    let before = &operation.before;
    match operation.kind {
        OperationKind::Create | OperationKind::RemoveOrgUser => None,
        OperationKind::Enable | OperationKind::Disable => {
            before.status.map(|status| status.label().to_owned())
        }
        OperationKind::ChannelLimit => before.channel_limit.map(|limit| limit.to_string()),
        OperationKind::CustomPricing => before.custom_pricing.map(|on| on_off(on).to_owned()),
    }
}

/// What was asked for, in words; for a limit what Telnyx confirmed.
#[must_use]
pub fn after_text(operation: &Operation) -> Option<String> {
    Some(match &operation.change {
        Change::Create {
            email,
            custom_pricing,
            rollup_billing,
            channel_limit,
            ..
        } => {
            let email = email.as_deref().unwrap_or("e-mail made by Telnyx");
            let limit = channel_limit
                .map_or_else(|| "Telnyx's default".to_owned(), |limit| limit.to_string());
            format!(
                "{email}, rollup billing {}, custom pricing {}, channel limit {limit}",
                on_off(*rollup_billing),
                on_off(*custom_pricing)
            )
        }
        Change::Enable {
            reenable_all_connections,
            ..
        } => if *reenable_all_connections {
            "Enabled, with all connections"
        } else {
            "Enabled, connections left as they were"
        }
        .to_owned(),
        Change::Disable { .. } => "Disabled".to_owned(),
        Change::ChannelLimit { limit, .. } => operation
            .outcome
            .as_ref()
            .and_then(|outcome| outcome.channel_limit)
            .unwrap_or(*limit)
            .to_string(),
        Change::CustomPricing { allow, .. } => on_off(*allow).to_owned(),
        Change::RemoveOrgUser { .. } => "Removed".to_owned(),
    })
}

const fn on_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

/// The audit event of an operation at this point: recorded, or wherever it stands now.
#[must_use]
pub fn event(operation: &Operation, outcome: EventOutcome) -> Event {
    let reason = match (operation.reason.code, operation.reason.text.as_str()) {
        (None, "") => None,
        (None, text) => Some(text.to_owned()),
        (Some(code), "") => Some(code.label().to_owned()),
        (Some(code), text) => Some(format!("{}: {text}", code.label())),
    };
    let known = operation.outcome.as_ref();
    Event {
        who: Some(EventActor {
            staff_id: operation.staff_id,
            name: operation.staff_name.clone(),
            email: operation.staff_email.clone(),
        }),
        address: operation.address.clone(),
        request_id: operation.request_id.clone(),
        account: operation.account.clone(),
        operation: Some(operation.id),
        undoes: operation.undoes,
        before: before_text(operation),
        after: after_text(operation),
        reason,
        telnyx_request_id: known.and_then(|outcome| outcome.telnyx_request_id.clone()),
        message: known.map(|_| outcome_text(operation)).unwrap_or_default(),
        ..Event::by_system((&operation.change).into(), outcome, operation.label.clone())
    }
}

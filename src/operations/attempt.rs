//! The result of one attempt at an operation, and the sentences for what Telnyx answered.

use super::apply::Effect;
use crate::db::operations::Operation;
use crate::domain::ids::AccountId;
use crate::domain::operation::{OperationOutcome, SettledBy};
use crate::telnyx::{self, Certainty, ErrorKind, ErrorSummary};

const INTERRUPTED: &str = "The portal was interrupted before Telnyx answered.";
pub(super) const DID_NOT_HAPPEN: &str =
    "It did not happen: Telnyx still shows what was there before.";

/// Result of one attempt.
#[derive(Clone)]
pub(crate) enum AttemptResult {
    /// Telnyx did it.
    Done(Completion),
    /// Telnyx did not do it.
    Refused(OperationOutcome),
    /// Nothing proves either; look again.
    Unsettled(OperationOutcome),
    /// It cannot be found out.
    Unknown(OperationOutcome),
}

/// Change that Telnyx made.
#[derive(Clone, Default)]
pub(crate) struct Completion {
    /// For the record.
    pub outcome: OperationOutcome,
    /// For the directory.
    pub effects: Vec<Effect>,
    /// The account that a creation made.
    pub created: Option<AccountId>,
}

impl AttemptResult {
    /// Converts a Telnyx error: refused if it proves that nothing happened, otherwise to be checked.
    pub(super) fn from_error(infinitive: &str, error: &telnyx::Error) -> Self {
        let outcome = failure_outcome(infinitive, error);
        match error.certainty() {
            telnyx::Certainty::NotSent | telnyx::Certainty::Refused => Self::Refused(outcome),
            telnyx::Certainty::Uncertain => Self::Unsettled(outcome),
        }
    }

    /// Converts an error about a value that was sent before with an unknown outcome.
    pub(super) fn from_resend_error(
        infinitive: &str,
        operation: &Operation,
        error: &telnyx::Error,
    ) -> Self {
        if error.settles_earlier_attempts() {
            Self::Refused(failure_outcome(infinitive, error))
        } else {
            let outcome = operation
                .outcome
                .clone()
                .unwrap_or_else(|| failure_outcome(infinitive, error));
            Self::Unsettled(OperationOutcome {
                unanswered: error.certainty() == telnyx::Certainty::Uncertain,
                ..outcome
            })
        }
    }

    /// It provably did not happen, though Telnyx never said so.
    pub(super) fn did_not_happen(message: &str) -> Self {
        Self::Refused(OperationOutcome {
            message: message.to_owned(),
            settled_by: Some(SettledBy::Reading),
            ..OperationOutcome::default()
        })
    }

    /// A look did not settle it; what was known of the failure stays.
    pub(super) fn still_unsettled(operation: &Operation) -> Self {
        Self::Unsettled(
            operation
                .outcome
                .clone()
                .unwrap_or_else(|| OperationOutcome {
                    message: INTERRUPTED.to_owned(),
                    ..OperationOutcome::default()
                }),
        )
    }
}

/// Describes a Telnyx error in words for staff.
pub(super) fn failure_outcome(infinitive: &str, error: &telnyx::Error) -> OperationOutcome {
    let item = error.items().first();
    let message = match error.certainty() {
        Certainty::NotSent => {
            "Not sent: Telnyx could not be reached. Nothing was changed.".to_owned()
        }
        Certainty::Uncertain => format!(
            "Telnyx did not confirm it: {}. It may or may not have happened.",
            ErrorSummary::from(error).clause()
        ),
        Certainty::Refused => refusal_message(infinitive, error),
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

fn refusal_message(infinitive: &str, error: &telnyx::Error) -> String {
    match error.kind() {
        // Telnyx's own words follow: they say more than the status.
        ErrorKind::Invalid => format!("Telnyx did not {infinitive}."),
        _ => ErrorSummary::from(error).describe(&format!("Telnyx did not {infinitive}")),
    }
}

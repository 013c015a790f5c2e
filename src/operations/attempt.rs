//! Result of one attempt at an operation, and the texts for Telnyx's answers.

use std::time::Duration;

use super::apply::Effect;
use crate::db::operations::Operation;
use crate::domain::ids::AccountId;
use crate::domain::operation::{OperationOutcome, SettledBy};
use crate::domain::time::Timestamp;
use crate::telnyx::{self, ApiResponse, Certainty, ErrorKind, ErrorSummary};

const INTERRUPTED: &str = "The portal stopped before Telnyx answered.";
pub(super) const DID_NOT_HAPPEN: &str = "It did not happen: Telnyx still shows the earlier value.";

/// Result of one attempt.
#[derive(Clone)]
pub(crate) enum AttemptResult {
    /// Telnyx made the change.
    Done(Completion),
    /// Telnyx did not make the change.
    Refused(OperationOutcome),
    /// Nothing proves either, so the operation is checked again.
    Unsettled(OperationOutcome),
    /// The portal cannot find out.
    Unknown(OperationOutcome),
}

/// Change that Telnyx made, and its consequences.
#[derive(Clone, Default)]
pub(crate) struct Completion {
    /// Outcome, for the record.
    pub outcome: OperationOutcome,
    /// Effects on the directory.
    pub effects: Vec<Effect>,
    /// Account that a creation made.
    pub created: Option<AccountId>,
}

impl From<OperationOutcome> for Completion {
    fn from(outcome: OperationOutcome) -> Self {
        Self {
            outcome,
            ..Self::default()
        }
    }
}

impl AttemptResult {
    /// Returns a success with these effects on the directory.
    pub(super) fn done(outcome: OperationOutcome, effects: Vec<Effect>) -> Self {
        Self::Done(Completion {
            effects,
            ..outcome.into()
        })
    }

    /// Converts the answer to a request that is sent only once.
    /// `effects` receives the start time of the request.
    pub(super) fn from_answer<T>(
        infinitive: &str,
        message: &str,
        answer: Result<ApiResponse<T>, telnyx::Error>,
        effects: impl FnOnce(Timestamp) -> Vec<Effect>,
    ) -> Self {
        match answer {
            Ok(answer) => Self::done(confirmed(message, &answer), effects(answer.started_at)),
            Err(error) => Self::from_error(infinitive, None, &error),
        }
    }

    /// Converts an error. Refused if it proves that nothing happened, otherwise unsettled.
    /// `earlier` is the operation if the same value was sent before with an unknown outcome.
    pub(super) fn from_error(
        infinitive: &str,
        earlier: Option<&Operation>,
        error: &telnyx::Error,
    ) -> Self {
        let outcome = failure_outcome(infinitive, error);
        let is_refused = match earlier {
            Some(_) => error.settles_earlier_attempts(),
            None => error.certainty() != Certainty::Uncertain,
        };
        if is_refused {
            return Self::Refused(outcome);
        }
        let unanswered = outcome.unanswered;
        Self::Unsettled(OperationOutcome {
            unanswered,
            ..earlier
                .and_then(|operation| operation.outcome.clone())
                .unwrap_or(outcome)
        })
    }

    /// Returns the result of a read at `at` that did not show the change.
    /// It proves that the change did not happen if it was sent at least `settles_after` before.
    pub(super) fn not_seen(
        operation: &Operation,
        at: Timestamp,
        settles_after: Duration,
        message: &str,
    ) -> Self {
        let is_over = |sent: Timestamp| sent.until(at) >= settles_after;
        if operation.sent_at.is_some_and(is_over) {
            Self::Refused(settled_by_reading(message))
        } else {
            Self::still_unsettled(operation)
        }
    }

    /// Returns the result of a check that settled nothing. Keeps the earlier outcome.
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

/// Returns the outcome of a change that Telnyx confirmed.
pub(super) fn confirmed<T>(message: &str, answer: &ApiResponse<T>) -> OperationOutcome {
    OperationOutcome {
        message: message.to_owned(),
        status: Some(answer.status),
        telnyx_request_id: answer.request_id.clone(),
        unanswered: answer.earlier_unanswered,
        ..OperationOutcome::default()
    }
}

/// Returns the outcome of a change that a read settled.
pub(super) fn settled_by_reading(message: &str) -> OperationOutcome {
    OperationOutcome {
        message: message.to_owned(),
        settled_by: Some(SettledBy::Reading),
        ..OperationOutcome::default()
    }
}

/// Returns the outcome of a Telnyx error, described for staff.
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
        // Telnyx's own text follows and says more than the status.
        ErrorKind::Invalid => format!("Telnyx did not {infinitive}."),
        _ => ErrorSummary::from(error).describe(&format!("Telnyx did not {infinitive}")),
    }
}

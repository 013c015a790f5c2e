//! Changes that set an absolute value: the channel limit and custom pricing.
//! Repeating such a request does no harm. An uncertain one is therefore settled by sending the same
//! value again, for ten minutes.

use std::time::Duration;

use super::attempt::AttemptResult;
use super::kind::ChangeKind;
use crate::app::App;
use crate::db::operations::Operation;
use crate::domain::operation::OperationOutcome;

/// Time after an operation began during which its value may be sent again.
/// Later it could undo changes that were made since.
const RESEND_WITHIN: Duration = Duration::from_mins(10);

/// Text that says what the portal does while an absolute value is uncertain.
pub(super) const CHECKING: &str = "Telnyx gave no clear answer. The portal sends the same value \
                                   again, for ten minutes at most. You need to do nothing; this \
                                   page shows the outcome.";
/// Text that says what a person has to do if the outcome is unknown.
pub(super) const UNKNOWN: &str = "The portal no longer sends it by itself, because that could \
                                  undo a later change. Look in Mission Control, then send it \
                                  again or settle it by hand. Until then, no other change of this \
                                  account is sent.";

/// Returns `true` if the portal no longer sends the value again by itself.
pub(super) fn is_resend_over(app: &App, operation: &Operation) -> bool {
    operation.began_at().until(app.clock.now()) >= RESEND_WITHIN
}

/// Sends the value again if that still does no harm.
/// After that, the outcome is unknown, and `unknown` is its message.
pub(super) async fn settle(
    kind: &dyn ChangeKind,
    app: &App,
    operation: &Operation,
    unknown: String,
) -> AttemptResult {
    if is_resend_over(app, operation) {
        return AttemptResult::Unknown(OperationOutcome {
            message: unknown,
            ..operation.outcome.clone().unwrap_or_default()
        });
    }
    if app.settings.read_only {
        // No read returns a limit, and custom pricing may appear late or never. So this waits.
        return AttemptResult::still_unsettled(operation);
    }
    kind.send_again(app, operation).await
}

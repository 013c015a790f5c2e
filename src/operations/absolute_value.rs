//! Absolute values: what setting a limit and switching custom pricing share. The same value may be sent again without
//! harm, so an uncertain one is settled by sending it again, for ten minutes.

use std::time::Duration;

use super::attempt::AttemptResult;
use super::kind::ChangeKind;
use crate::app::App;
use crate::db::operations::Operation;
use crate::domain::operation::OperationOutcome;

/// How long after its beginning the same value may be sent again; later it could undo what was done since.
const RESEND_WITHIN: Duration = Duration::from_mins(10);

/// Tells what the portal does while an absolute value is uncertain.
pub(super) const CHECKING: &str = "Telnyx gave no clear answer. For ten minutes from its beginning the portal sends the same value again, \
     which does no harm if it arrived the first time. Nothing needs to be done; this page shows the outcome.";
/// Tells a person what to do about an absolute value that is unknown.
pub(super) const UNKNOWN: &str = "The portal no longer sends it by itself: it could undo what somebody did since. Look in Mission Control, \
     then send it again or settle it by hand. Until then no other change of this account is sent.";

/// Returns `true` if the portal no longer sends the same value again by itself.
pub(super) fn is_resend_over(app: &App, operation: &Operation) -> bool {
    operation.began_at().until(app.clock.now()) >= RESEND_WITHIN
}

/// Sends the value again while that does no harm; after that its outcome is unknown, and `unknown` tells what may be.
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
        // No read tells a limit, or if custom pricing took effect late or not at all: it waits.
        return AttemptResult::still_unsettled(operation);
    }
    kind.send_again(app, operation).await
}

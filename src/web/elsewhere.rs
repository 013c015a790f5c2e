//! How pages word an event that was done outside the portal: nobody saw it happen, so it is told between which times it
//! did, in the reader's zone. What is known of such an event is the directory's.

use super::view::Times;
use crate::domain::audit::Event;

/// What came of an event, in a sentence; may be empty. `Status changed, between 14:01 and 14:02, outside the portal.`
pub(super) fn message(event: &Event, times: &Times) -> String {
    match (event.not_before, event.not_after) {
        (Some(from), Some(to)) => format!(
            "{}, {}, outside the portal.",
            event.message.trim_end_matches('.'),
            times.between(from, to)
        ),
        _ => event.message.clone(),
    }
}

//! Texts about a list that Telnyx did not return completely.

use super::format::group_thousands;
use crate::telnyx::UnreadableItem;

/// Describes which users cannot be read, or that some may be missing. Empty if neither applies.
pub fn notice(is_partial: bool, unreadable: &[UnreadableItem]) -> String {
    if let Some(first) = unreadable.first() {
        let place = group_thousands(i64::try_from(first.position).unwrap_or(i64::MAX));
        let first = match &first.label {
            Some(label) => format!("number {place} on its page, {label}"),
            None => format!("number {place} on its page"),
        };
        let count = group_thousands(i64::try_from(unreadable.len()).unwrap_or(i64::MAX));
        let users = if unreadable.len() == 1 {
            "user"
        } else {
            "users"
        };
        return format!(
            "This list is incomplete: {count} {users} in Telnyx’s list cannot be read (first: {first}). Look in Mission \
             Control."
        );
    }
    if is_partial {
        return "This list is incomplete: it changed while it was read, or Telnyx did not send all of it. Reload the page \
                to read it again."
            .to_owned();
    }
    String::new()
}

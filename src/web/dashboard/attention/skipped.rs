//! Accounts in Telnyx's lists that cannot be read.

use super::{Item, number};
use crate::directory::Skipped;
use crate::domain::text::isolated;
use crate::web::view::grouped;

/// How many of them are named.
const NAMED: usize = 5;

/// Names them by list, place and email; none if every account could be read.
pub(super) fn item(skipped: &[Skipped]) -> Option<Item> {
    if skipped.is_empty() {
        return None;
    }
    let count = i64::try_from(skipped.len()).unwrap_or(i64::MAX);
    let text = number(
        count,
        "1 account in Telnyx’s lists cannot be read and was skipped",
        "accounts in Telnyx’s lists cannot be read and were skipped",
    );
    let named: Vec<String> = skipped.iter().take(NAMED).map(words).collect();
    let more = format!(
        "{}. Look for it in Mission Control; all others are up to date.",
        named.join("; ")
    );
    Some(Item::new("warn", "circle-help", text).more(more))
}

fn words(skipped: &Skipped) -> String {
    let place = grouped(i64::try_from(skipped.place).unwrap_or(i64::MAX));
    let place = format!("number {place} in the {} list", skipped.list);
    match &skipped.label {
        Some(label) => format!("{}, {place}", isolated(label)),
        None => format!("Without email and name, {place}"),
    }
}

//! Accounts in Telnyx's lists that cannot be read.

use super::{AttentionItem, counted};
use crate::directory::SkippedAccount;
use crate::domain::text::isolate_bidi;
use crate::web::format::group_thousands;

/// Maximum number of skipped accounts that are described.
const MAX_NAMES: usize = 5;

/// Returns an item that describes them by list, position and email. Returns `None` if every account
/// could be read.
pub(super) fn item(skipped: &[SkippedAccount]) -> Option<AttentionItem> {
    if skipped.is_empty() {
        return None;
    }
    let count = i64::try_from(skipped.len()).unwrap_or(i64::MAX);
    let text = counted(
        count,
        "1 account in Telnyx’s lists was skipped because it cannot be read",
        "accounts in Telnyx’s lists were skipped because they cannot be read",
    );
    let named: Vec<String> = skipped.iter().take(MAX_NAMES).map(describe).collect();
    let more = format!(
        "{}. Look for it in Mission Control. All others are up to date.",
        named.join("; ")
    );
    Some(AttentionItem::new("warn", "circle-help", text).more(more))
}

fn describe(skipped: &SkippedAccount) -> String {
    let place = group_thousands(i64::try_from(skipped.place).unwrap_or(i64::MAX));
    let place = format!("number {place} in the {} list", skipped.list);
    match &skipped.label {
        Some(label) => format!("{}, {place}", isolate_bidi(label)),
        None => format!("Without email and name, {place}"),
    }
}

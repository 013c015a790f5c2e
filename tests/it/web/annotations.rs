//! Display names, account managers, tags and notes, on the accounts' pages and on `/tags`.

mod assignees;
mod names;
mod notes;
mod tags;
mod views;

use reseller_portal::db::audit::{self, Entry, EventFilter};
use reseller_portal::domain::audit::EventKind;

use crate::support::{Browser, Portal};

/// Returns the audit events of this kind, newest first.
async fn told(portal: &Portal, kind: EventKind) -> Vec<Entry> {
    let filter = EventFilter {
        kinds: vec![kind],
        ..EventFilter::default()
    };
    audit::latest(&portal.db, &filter, 100).await.unwrap()
}

/// Returns the IDs of the accounts that the list shows.
async fn listed(browser: &Browser, query: &str) -> Vec<String> {
    let page = browser.get(&format!("/accounts?{query}")).await.expect(200);
    let ids = page.attrs_of("tr[id^=account-]", "id");
    ids.iter()
        .map(|id| id.trim_start_matches("account-").to_owned())
        .collect()
}

/// Adds a tag to an account.
async fn tag(browser: &Browser, id: &str, name: &str) {
    let path = format!("/accounts/{id}/tags");
    browser.post(&path, &[("tag", name)]).await.expect(303);
}

/// Returns the IDs of Telnyx's accounts.
async fn some(portal: &Portal) -> Vec<String> {
    let accounts = portal.sandbox.accounts().await;
    accounts
        .iter()
        .map(|account| account["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Text with special characters that could be misread.
const HOSTILE: [&str; 8] = [
    "a\0b",
    "\u{202e}evil\u{202c}",
    "%",
    "_",
    "\\",
    "'\"><script>alert(1)</script>",
    "\u{301}",
    "😀 ’ ﬀ İ",
];

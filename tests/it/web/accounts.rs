//! Accounts: the list and one account.

mod assignees;
mod calling;
mod calls;
mod export;
mod filters;
mod import;
mod limits;
mod list;
mod nameless;
mod paging;
mod refresh;
pub(super) mod show;
mod timeline;
mod views;

use reseller_portal::domain::role::Role;
use serde_json::Value;

use crate::support::{Browser, Portal};

/// Starts a portal, sweeps all accounts, and signs in a person with this role.
async fn swept(role: Role) -> (Portal, Browser) {
    let portal = Portal::start().await;
    portal.sweep().await;
    let browser = portal.signed_in(role).await;
    (portal, browser)
}

/// Returns Telnyx's value of this field of an account.
fn text<'a>(account: &'a Value, field: &str) -> &'a str {
    account[field].as_str().unwrap()
}

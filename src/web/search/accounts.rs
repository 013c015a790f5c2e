//! Accounts in the search.

use super::entry::{Entry, Target, shortened};
use crate::app::App;
use crate::db::accounts::{self, Account, AccountMatch};
use crate::domain::ids::AccountId;
use crate::domain::text::{MarkedPart, MatchRank, TextSearch};
use crate::web::error::Error;

/// Maximum number of accounts. The list of accounts shows the others.
const MAX_ACCOUNTS: usize = 8;

/// Returns the accounts that match best.
pub(super) async fn find(app: &App, q: &str) -> Result<Vec<AccountMatch>, Error> {
    let mut found = accounts::best_matches(&app.db, q, MAX_ACCOUNTS).await?;
    if found.is_empty()
        && let Ok(id) = q.parse::<AccountId>()
        // Lists leave out accounts that are gone, but their complete ID still leads to them.
        && let Some(account) = accounts::by_id(&app.db, &id).await?
    {
        found.push(AccountMatch {
            account,
            rank: MatchRank::Exact,
            tags: Vec::new(),
            note: false,
        });
    }
    Ok(found)
}

/// Returns the entries of accounts that were found.
pub(super) fn entries(found: &[AccountMatch], text: &mut TextSearch) -> Vec<Entry> {
    found.iter().map(|found| entry(found, text)).collect()
}

/// Returns the entry of an account that was opened before.
pub(super) fn recent_entry(account: &Account) -> Entry {
    Entry {
        status: account.gone_at.is_none().then_some(account.status.value),
        ..plain(account)
    }
    .with_detail(&detail(account))
}

fn plain(account: &Account) -> Entry {
    let target = Target::Page(format!("/accounts/{}", account.id));
    Entry::plain("building-2", account.name(), target)
}

/// Returns the second line: the name at Telnyx if it differs, and the email address.
fn detail(account: &Account) -> String {
    match account.name_at_telnyx() {
        Some(name) => format!("{} · {}", shortened(name), account.email),
        None => account.email.clone(),
    }
}

fn entry(found: &AccountMatch, text: &mut TextSearch) -> Entry {
    let account = &found.account;
    let mut entry =
        recent_entry(account).marked(account.name(), &detail(account), "", found.rank, text);
    let fuzzy = found.rank == MatchRank::Fuzzy;
    for tag in &found.tags {
        let (tag, _) = text.mark(&shortened(tag), fuzzy);
        entry.why.push(("Tag", tag));
    }
    if found.note {
        entry.why.push(("Note", Vec::new()));
    }
    let shows_match = |parts: &[MarkedPart]| parts.iter().any(|part| part.is_match);
    let is_explained =
        !entry.why.is_empty() || shows_match(&entry.title) || shows_match(&entry.detail);
    let (id, in_id) = text.mark(account.id.as_str(), fuzzy);
    if !is_explained && in_id.contains(&true) {
        entry.why.push(("ID", id));
    }
    if account.gone_at.is_some() {
        entry.why.push(("Gone from Telnyx", Vec::new()));
    }
    entry
}

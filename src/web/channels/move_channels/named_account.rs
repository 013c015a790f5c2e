//! Account that a person names: by ID, email address, or part of its name.

use crate::app::App;
use crate::db;
use crate::db::accounts::{self, Account};
use crate::domain::text::{self, MatchRank, folded};

/// Maximum number of accounts to choose from.
const MAX_CHOICES: usize = 20;

/// Result of looking for the account.
pub(super) enum NamedAccount {
    /// Nothing was typed.
    Missing,
    /// No account matches.
    NotFound,
    /// Exactly this account matches, or the person chose it.
    Found(Box<Account>),
    /// Several accounts match, best first.
    Ambiguous(Vec<Account>),
}

impl NamedAccount {
    /// Finds the account. `chosen` is the ID that the person picked among several matches. It counts
    /// only if it is one of them, because the text may have changed since.
    pub async fn find(app: &App, typed: &str, chosen: &str) -> db::Result<Self> {
        let typed = text::trim_invisible(typed);
        if typed.is_empty() {
            return Ok(Self::Missing);
        }
        let mut found = candidates(app, typed).await?;
        if let Some(at) = found
            .iter()
            .position(|one| one.id.as_str() == chosen.trim())
        {
            return Ok(Self::Found(Box::new(found.swap_remove(at))));
        }
        Ok(match found.len() {
            0 => Self::NotFound,
            1 => Self::Found(Box::new(found.swap_remove(0))),
            _ => Self::Ambiguous(found),
        })
    }

    /// Returns the account, or the message for the field.
    pub fn into_result(self) -> Result<Account, String> {
        match self {
            Self::Found(account) => Ok(*account),
            Self::Missing => Err("Enter a name, email or ID.".to_owned()),
            Self::NotFound => Err("No account has this name, email or ID.".to_owned()),
            Self::Ambiguous(_) => Err("Several accounts match. Choose one below.".to_owned()),
        }
    }
}

/// Returns the accounts that match, best first. An exact ID, email address or name excludes others.
async fn candidates(app: &App, typed: &str) -> db::Result<Vec<Account>> {
    if let Ok(id) = typed.parse()
        && let Some(account) = accounts::by_id(&app.db, &id).await?
    {
        return Ok(present([account]));
    }
    let with_email = present(accounts::with_email(&app.db, typed).await?);
    if !with_email.is_empty() {
        return Ok(with_email);
    }
    // A note, a tag or a similar spelling does not name an account.
    let found = accounts::best_matches(&app.db, typed, MAX_CHOICES).await?;
    let found = found
        .into_iter()
        .filter(|hit| hit.rank < MatchRank::Fuzzy && hit.tags.is_empty() && !hit.note);
    let found = present(found.map(|hit| hit.account));
    let is_exact = |account: &&Account| {
        [account.name(), &account.organization_name]
            .into_iter()
            .any(|name| folded(name) == folded(typed))
    };
    let exact: Vec<Account> = found.iter().filter(is_exact).cloned().collect();
    Ok(if exact.is_empty() { found } else { exact })
}

fn present(accounts: impl IntoIterator<Item = Account>) -> Vec<Account> {
    let accounts = accounts.into_iter();
    accounts
        .filter(|account| account.gone_at.is_none())
        .collect()
}

//! Actions in the search. An action opens its page or dialog, and changes nothing by itself.

use super::entry::{self, Entry, Target};
use crate::app::App;
use crate::db::accounts::{self, Account, AccountMatch};
use crate::db::recent_accounts;
use crate::domain::account::AccountStatus;
use crate::domain::channels::ChannelLimit;
use crate::domain::role::Permission;
use crate::domain::text::{MarkedPart, MatchRank, TextSearch, folded};
use crate::web::access::Viewer;
use crate::web::error::Error;

/// Maximum number of actions that match a text.
const MAX_ACTIONS: usize = 6;
/// Number of accounts for which the search offers actions if only their name was typed.
const MAX_SUBJECTS: usize = 2;
/// Number of accounts for which the search offers an action that was typed.
const MAX_SUBJECTS_OF_VERB: usize = 4;
/// Minimum length of a typed verb, in characters.
const MIN_VERB_LENGTH: usize = 3;

/// Action without an object.
struct Action {
    icon: &'static str,
    title: &'static str,
    /// Other names that people may type.
    keywords: &'static str,
    target: fn() -> Target,
    permission: Permission,
}

const ACTIONS: [Action; 6] = [
    Action {
        icon: "plus",
        title: "New account",
        keywords: "create, add, onboard",
        target: || Target::Page("/accounts/new".to_owned()),
        permission: Permission::CreateAccounts,
    },
    Action {
        icon: "upload",
        title: "Import accounts",
        keywords: "CSV, XLSX, upload",
        target: || Target::Page("/accounts/import".to_owned()),
        permission: Permission::CreateAccounts,
    },
    Action {
        icon: "audio-waveform",
        title: "Move channels",
        keywords: "transfer, reassign",
        target: || Target::Page("/channels/move".to_owned()),
        permission: Permission::ChangeLimits,
    },
    Action {
        icon: "user-cog",
        title: "Invite staff",
        keywords: "add a colleague",
        target: || Target::Page("/staff/new".to_owned()),
        permission: Permission::ManageStaff,
    },
    Action {
        icon: "keyboard",
        title: "Keyboard shortcuts",
        keywords: "keys, help",
        target: || Target::Dialog("/shortcuts".to_owned()),
        permission: Permission::Read,
    },
    Action {
        icon: "log-out",
        title: "Sign out",
        keywords: "log out",
        target: || Target::SignOut,
        permission: Permission::Read,
    },
];

impl Action {
    fn entry(&self) -> Entry {
        Entry::plain(self.icon, self.title, (self.target)())
    }
}

fn open_to(viewer: &Viewer) -> impl Iterator<Item = &'static Action> {
    ACTIONS
        .iter()
        .filter(|action| viewer.can(action.permission))
}

/// Returns all actions without an object.
pub(super) fn all(viewer: &Viewer) -> Vec<Entry> {
    open_to(viewer).map(Action::entry).collect()
}

/// Returns the actions without an object that match.
pub(super) fn matching(viewer: &Viewer, text: &mut TextSearch) -> Vec<Entry> {
    open_to(viewer)
        .filter_map(|action| {
            let entry = action.entry();
            entry.matched(action.title, "", action.keywords, text)
        })
        .collect()
}

/// Returns the actions that match best.
pub(super) fn best(entries: Vec<Entry>) -> Vec<Entry> {
    entry::best(entries, MAX_ACTIONS)
}

/// Action on an account.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Disable,
    Enable,
    ChangeLimit,
    BlockCalls,
}

impl Verb {
    const ALL: [Self; 4] = [
        Self::Disable,
        Self::Enable,
        Self::ChangeLimit,
        Self::BlockCalls,
    ];

    /// Returns the first words by which people type it.
    const fn first_typed(self) -> &'static [&'static str] {
        match self {
            Self::Disable => &["disable", "suspend"],
            Self::Enable => &["enable"],
            Self::ChangeLimit => &["change", "limit", "channels"],
            Self::BlockCalls => &["block"],
        }
    }

    /// Returns the text before the name of the account.
    const fn label(self) -> &'static str {
        match self {
            Self::Disable => "Disable ",
            Self::Enable => "Enable ",
            Self::ChangeLimit => "Change limit of ",
            Self::BlockCalls => "Block outbound calls of ",
        }
    }

    const fn icon(self) -> &'static str {
        match self {
            Self::Disable => "power-off",
            Self::Enable => "power",
            Self::ChangeLimit => "audio-waveform",
            Self::BlockCalls => "phone-off",
        }
    }

    fn target(self, account: &Account) -> Target {
        let at = |form: &str| format!("/accounts/{}/{form}", account.id);
        match self {
            Self::Disable => Target::Dialog(at("disable")),
            Self::Enable => Target::Dialog(at("enable")),
            Self::ChangeLimit => Target::Page(at("channel-limit")),
            Self::BlockCalls => Target::Dialog(at("block-calls")),
        }
    }

    /// Returns `true` if this person may do it to this account, as far as the directory knows.
    fn is_possible(self, account: &Account, viewer: &Viewer) -> bool {
        let status = account.status.value;
        let limit = account.channel_limit.map(|fact| fact.value);
        account.gone_at.is_none()
            && match self {
                Self::Disable => viewer.can(Permission::ChangeStatus) && status.may_be_disabled(),
                Self::Enable => viewer.can(Permission::ChangeStatus) && status.may_be_enabled(),
                Self::ChangeLimit => {
                    viewer.can(Permission::ChangeLimits) && status != AccountStatus::Cancelled
                }
                Self::BlockCalls => {
                    viewer.can(Permission::ChangeLimits)
                        && status != AccountStatus::Cancelled
                        && limit != Some(ChannelLimit::ZERO)
                }
            }
    }

    fn entry(self, account: &Account, text: &mut TextSearch, rank: MatchRank) -> Entry {
        let entry = Entry::plain(self.icon(), "", self.target(account));
        let mut entry = entry.marked(account.name(), &account.email, "", rank, text);
        let plain = |text: &str| MarkedPart::plain(text).into_iter();
        entry.title = plain(self.label())
            .chain(std::mem::take(&mut entry.title))
            .chain(plain("\u{2026}"))
            .collect();
        entry.status = Some(account.status.value);
        entry
    }
}

/// Splits a text into a verb and the name of an account: `disable acme`.
fn parse_verb(q: &str) -> Option<(Verb, String)> {
    /// Words between a verb and a name.
    const BETWEEN: [&str; 6] = ["channel", "channels", "limit", "outbound", "calls", "of"];
    let folded = folded(q);
    let mut typed = folded.split(' ');
    let first = typed.next()?;
    let is_verb = |verb: &Verb| {
        let mut all = verb.first_typed().iter();
        all.any(|name| name.starts_with(first))
    };
    let verb = Verb::ALL.into_iter().find(is_verb)?;
    let name: Vec<&str> = typed.skip_while(|typed| BETWEEN.contains(typed)).collect();
    (first.chars().count() >= MIN_VERB_LENGTH).then(|| (verb, name.join(" ")))
}

/// Returns the actions on accounts: the typed one for the accounts whose name follows it, and all
/// possible ones for the accounts that were found.
pub(super) async fn for_accounts(
    app: &App,
    viewer: &Viewer,
    q: &str,
    found: &[AccountMatch],
) -> Result<Vec<Entry>, Error> {
    let mut entries = Vec::new();
    if let Some((verb, name)) = parse_verb(q) {
        entries = typed_verb(app, viewer, verb, &name).await?;
    }
    let mut text = TextSearch::new(q);
    let subjects = found
        .iter()
        .filter(|found| found.rank < MatchRank::Fuzzy)
        .take(MAX_SUBJECTS);
    for found in subjects {
        for verb in [Verb::Disable, Verb::Enable, Verb::ChangeLimit] {
            if verb.is_possible(&found.account, viewer) {
                entries.push(verb.entry(&found.account, &mut text, found.rank));
            }
        }
    }
    Ok(entries)
}

/// Returns a typed action for the accounts with this name, or for recent ones without a name.
async fn typed_verb(
    app: &App,
    viewer: &Viewer,
    verb: Verb,
    name: &str,
) -> Result<Vec<Entry>, Error> {
    let mut text = TextSearch::new(name);
    let subjects: Vec<Account> = if text.is_empty() {
        recent_accounts::of_staff(&app.db, viewer.staff().id).await?
    } else {
        let found = accounts::best_matches(&app.db, name, 2 * MAX_SUBJECTS_OF_VERB).await?;
        found.into_iter().map(|found| found.account).collect()
    };
    let possible = subjects
        .iter()
        .filter(|account| verb.is_possible(account, viewer));
    Ok(possible
        .take(MAX_SUBJECTS_OF_VERB)
        .map(|account| Entry {
            rank: MatchRank::Prefix,
            ..verb.entry(account, &mut text, MatchRank::Fuzzy)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_verb_is_told_from_the_name_after_it() {
        let parsed = |q| parse_verb(q).map(|(verb, name)| (verb.label(), name));
        for (q, verb, name) in [
            ("disable Acme Ltd", "Disable ", "acme ltd"),
            ("dis acme", "Disable ", "acme"),
            ("Change limit of acme", "Change limit of ", "acme"),
            ("limit acme", "Change limit of ", "acme"),
            ("block calls of acme", "Block outbound calls of ", "acme"),
            ("enable", "Enable ", ""),
        ] {
            assert_eq!(parsed(q), Some((verb, name.to_owned())), "{q}");
        }
        for q in ["acme", "di acme", "disabled acme", ""] {
            assert_eq!(parsed(q), None, "{q}");
        }
    }
}

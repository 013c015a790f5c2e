//! Largest changes of channel limits in the last seven days, by account.

use std::collections::HashMap;
use std::time::Duration;

use crate::app::App;
use crate::db::accounts;
use crate::db::operations::limit_changes::{self, LimitChange};
use crate::domain::channels::ChannelLimit;
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;
use crate::web::error::Error;
use crate::web::format::group_thousands;

/// Time that the list looks back.
const PERIOD: Duration = Duration::from_hours(7 * 24);
/// Maximum number of accounts in the list.
const MAX_ACCOUNTS: usize = 5;
/// Maximum number of changes that are read. Large jobs may make more in a week.
const MAX_CHANGES: i64 = 2_000;

/// Accounts whose limits changed most.
#[derive(Clone, Debug, Default)]
pub struct LargestMoves {
    pub rows: Vec<AccountMove>,
    /// Sentence about changes that were not read; may be empty.
    pub note: String,
}

/// Change of one account's limit over the whole period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountMove {
    pub account: AccountId,
    pub name: String,
    pub before: String,
    pub after: String,
    /// Difference with its sign, such as `+40`.
    pub difference: String,
    /// Size of the difference. An unknown limit before counts as 0.
    size: u32,
}

impl LargestMoves {
    /// Loads the largest changes of the last seven days.
    pub async fn load(app: &App, now: Timestamp) -> Result<Self, Error> {
        let changes = limit_changes::latest(&app.db, now - PERIOD, MAX_CHANGES).await?;
        let is_partial = i64::try_from(changes.len()).is_ok_and(|read| read >= MAX_CHANGES);
        let mut rows = largest(changes);
        let ids: Vec<AccountId> = rows.iter().map(|row| row.account.clone()).collect();
        for account in accounts::by_ids(&app.db, &ids).await? {
            let row = rows.iter_mut().find(|row| row.account == account.id);
            if let Some(row) = row {
                account.name().clone_into(&mut row.name);
            }
        }
        let note = format!(
            "Only the latest {} changes are compared.",
            group_thousands(MAX_CHANGES)
        );
        Ok(Self {
            rows,
            note: if is_partial { note } else { String::new() },
        })
    }
}

/// Joins the changes of each account, newest first, and returns the largest.
fn largest(changes: Vec<LimitChange>) -> Vec<AccountMove> {
    let mut joined: HashMap<AccountId, LimitChange> = HashMap::new();
    for change in changes {
        match joined.get_mut(&change.account) {
            Some(later) => later.before = change.before,
            None => drop(joined.insert(change.account.clone(), change)),
        }
    }
    let mut moves: Vec<AccountMove> = joined.into_values().filter_map(AccountMove::of).collect();
    moves.sort_by(|a, b| (b.size, &a.name, &a.account).cmp(&(a.size, &b.name, &b.account)));
    moves.truncate(MAX_ACCOUNTS);
    moves
}

impl AccountMove {
    /// Returns the move; `None` if the limit is the same again.
    fn of(change: LimitChange) -> Option<Self> {
        let after = change.after.get();
        let before = change.before.map(ChannelLimit::get);
        let size = after.abs_diff(before.unwrap_or_default());
        let sign = match before {
            Some(before) if before > after => "\u{2212}",
            Some(_) => "+",
            None => "",
        };
        let difference = match before {
            Some(_) => format!("{sign}{}", group_thousands(i64::from(size))),
            None => String::new(),
        };
        (before != Some(after)).then(|| Self {
            account: change.account,
            name: change.name,
            before: before.map_or_else(
                || "not known".to_owned(),
                |before| group_thousands(i64::from(before)),
            ),
            after: group_thousands(i64::from(after)),
            difference,
            size,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(account: &str, before: Option<u64>, after: u64) -> LimitChange {
        let limit = |channels| ChannelLimit::new(channels).expect("a limit");
        LimitChange {
            account: account.parse().expect("an ID"),
            name: account.to_owned(),
            before: before.map(limit),
            after: limit(after),
        }
    }

    #[test]
    fn the_changes_of_an_account_are_joined_and_the_largest_comes_first() {
        // Newest first.
        let moves = largest(vec![
            change("a", Some(30), 40),
            change("b", Some(1_500), 100),
            change("same", Some(20), 10),
            change("a", Some(10), 30),
            change("same", Some(10), 20),
            change("new", None, 500),
        ]);
        let told: Vec<[&str; 4]> = moves
            .iter()
            .map(|row| [&*row.name, &*row.before, &*row.after, &*row.difference])
            .collect();
        assert_eq!(
            told,
            [
                ["b", "1,500", "100", "\u{2212}1,400"],
                ["new", "not known", "500", ""],
                ["a", "10", "40", "+30"],
            ]
        );
    }
}

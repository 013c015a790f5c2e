//! Search for accounts that have a similar name, for many names at once.

use std::collections::HashMap;

use crate::db::accounts::{MIN_PARTIAL_LENGTH, name_without_legal_form};
use crate::domain::ids::AccountId;

/// Maximum number of similar accounts for one name.
const MAX_SIMILAR: usize = 3;

/// Returns the similar accounts of each name, which may be none. Equal names come first.
///
/// The rule is that of [`possible_duplicates`](crate::db::accounts::possible_duplicates), which asks
/// about one name. Costs about one lookup for each part of each name.
pub(super) fn similar_accounts(
    names: &[&str],
    accounts: &[(AccountId, String)],
) -> Vec<Vec<AccountId>> {
    let stems: Vec<String> = names
        .iter()
        .map(|name| name_without_legal_form(name))
        .collect();
    let names_by_stem = positions(stems.iter().map(String::as_str));
    let accounts_by_stem = positions(accounts.iter().map(|(_, stem)| stem.as_str()));
    let mut similar: Vec<Vec<AccountId>> = vec![Vec::new(); names.len()];
    let mut add = |name: usize, account: usize| {
        let (id, _) = &accounts[account];
        let similar = &mut similar[name];
        if similar.len() < MAX_SIMILAR && !similar.contains(id) {
            similar.push(id.clone());
        }
    };
    for (name, stem) in stems.iter().enumerate() {
        for part in std::iter::once(stem.as_str()).chain(parts(stem)) {
            for account in accounts_by_stem.get(part).into_iter().flatten() {
                add(name, *account);
            }
        }
    }
    for (account, (_, stem)) in accounts.iter().enumerate() {
        for part in parts(stem) {
            for name in names_by_stem.get(part).into_iter().flatten() {
                add(*name, account);
            }
        }
    }
    similar
}

/// Returns the positions of each text that is not empty.
fn positions<'a>(stems: impl Iterator<Item = &'a str>) -> HashMap<&'a str, Vec<usize>> {
    let mut positions: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, stem) in stems.enumerate().filter(|(_, stem)| !stem.is_empty()) {
        positions.entry(stem).or_default().push(at);
    }
    positions
}

/// Returns the beginnings of a name, and its runs of whole words, that are long enough to tell it
/// apart. Some are returned twice.
fn parts(stem: &str) -> impl Iterator<Item = &str> {
    let starts = std::iter::once(0).chain(stem.match_indices(' ').map(|(at, _)| at + 1));
    let runs = starts.flat_map(move |start| {
        let rest = &stem[start..];
        let ends = rest.match_indices(' ').map(|(at, _)| at);
        ends.chain(std::iter::once(rest.len()))
            .map(move |end| &rest[..end])
    });
    let ends = stem.char_indices().map(|(at, _)| at).skip(1);
    ends.map(|end| &stem[..end])
        .chain(runs)
        .filter(|part| part.chars().nth(MIN_PARTIAL_LENGTH - 1).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_similar_if_one_begins_with_the_other_or_contains_its_words() {
        let accounts: Vec<(AccountId, String)> =
            ["acme telecom", "acme", "north acme sales", "acmes"]
                .into_iter()
                .enumerate()
                .map(|(at, stem)| {
                    (
                        format!("account-{at}").parse().expect("an ID"),
                        stem.to_owned(),
                    )
                })
                .collect();
        let found = similar_accounts(&["ACME, Inc.", "Acme Telecom GmbH", "Abc"], &accounts);
        let count = |at: usize| found[at].len();
        assert_eq!((count(0), count(1), count(2)), (3, 2, 0));
        assert_eq!(found[0][0].as_str(), "account-1", "the equal name is first");
        let found = similar_accounts(&["Acmes Ltd", "ACM", "Äcme T"], &accounts);
        assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [2, 0, 2]);
    }
}

//! Search for accounts that have a similar name, for many names at once.

use std::collections::HashMap;

use crate::db::accounts::{MIN_PARTIAL_LENGTH, name_without_legal_form};
use crate::domain::ids::AccountId;

/// Maximum number of similar accounts for one name.
const MAX_SIMILAR: usize = 3;

/// Returns the similar accounts of each name, which may be none.
///
/// Names are similar if they are equal without legal forms and punctuation, or if one contains the
/// other as whole words. Costs about one lookup for each run of words of each name.
pub(super) fn similar_accounts(
    names: &[&str],
    accounts: &[(AccountId, String)],
) -> Vec<Vec<AccountId>> {
    let stems: Vec<String> = names
        .iter()
        .map(|name| name_without_legal_form(name))
        .collect();
    let mut wanted: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, stem) in stems
        .iter()
        .enumerate()
        .filter(|(_, stem)| !stem.is_empty())
    {
        wanted.entry(stem).or_default().push(at);
    }
    let mut found: Vec<Vec<AccountId>> = vec![Vec::new(); names.len()];
    let mut runs_of_names: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, stem) in stems.iter().enumerate() {
        for run in word_runs(stem) {
            runs_of_names.entry(run).or_default().push(at);
        }
    }
    for (id, stem) in accounts {
        let inside_names = runs_of_names.get(stem.as_str()).into_iter().flatten();
        let containing = word_runs(stem).filter_map(|run| wanted.get(run)).flatten();
        let same = wanted.get(stem.as_str()).into_iter().flatten();
        for at in same.chain(inside_names).chain(containing) {
            let similar = &mut found[*at];
            if similar.len() < MAX_SIMILAR && !similar.contains(id) {
                similar.push(id.clone());
            }
        }
    }
    found
}

/// Returns the parts of a name that consist of whole words and are long enough to tell it apart.
fn word_runs(stem: &str) -> impl Iterator<Item = &str> {
    let starts = std::iter::once(0).chain(stem.match_indices(' ').map(|(at, _)| at + 1));
    starts.flat_map(move |start| {
        let rest = &stem[start..];
        let ends = rest.match_indices(' ').map(|(at, _)| at);
        ends.chain(std::iter::once(rest.len()))
            .map(move |end| &rest[..end])
            .filter(|run| run.chars().count() >= MIN_PARTIAL_LENGTH)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_contain_each_other_as_whole_words_are_similar() {
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
    }
}

//! Names of people, as used in email addresses.

use std::sync::LazyLock;

use super::super::random::SeededRandom;

static FIRST: LazyLock<Vec<&str>> =
    LazyLock::new(|| include_str!("people/first.txt").lines().collect());

static LAST: LazyLock<Vec<&str>> =
    LazyLock::new(|| include_str!("people/last.txt").lines().collect());

/// Returns the local part of an email address, such as `magda.kowalska`.
pub(in super::super) fn local_part(chance: &mut SeededRandom) -> String {
    format!("{}.{}", chance.pick(&FIRST), chance.pick(&LAST))
}

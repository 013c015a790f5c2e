//! Names of people, as they stand in e-mail addresses.

use std::sync::LazyLock;

use super::super::random::SeededRandom;

static FIRST: LazyLock<Vec<&str>> =
    LazyLock::new(|| include_str!("people/first.txt").lines().collect());

static LAST: LazyLock<Vec<&str>> =
    LazyLock::new(|| include_str!("people/last.txt").lines().collect());

/// `magda.kowalska`
pub(in super::super) fn local_part(chance: &mut SeededRandom) -> String {
    format!("{}.{}", chance.pick(&FIRST), chance.pick(&LAST))
}

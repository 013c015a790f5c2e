//! Parts of the sentences about a file.

use crate::domain::text::group_thousands;

/// Number of items that a sentence lists before it counts the others.
const LISTED: usize = 5;

/// Returns a number with its noun: "1 row", "2,000 rows".
pub(super) fn counted(number: usize, one: &str, many: &str) -> String {
    let grouped = group_thousands(i64::try_from(number).unwrap_or(i64::MAX));
    format!("{grouped} {}", if number == 1 { one } else { many })
}

/// Returns the lines as a list: "line 4", "lines 4, 9 and 12", "lines 1, 2, 3, 4, 5 and 20 others".
pub(super) fn lines(numbers: &[u64]) -> String {
    let listed: Vec<String> = numbers
        .iter()
        .map(|number| group_thousands(i64::try_from(*number).unwrap_or(i64::MAX)))
        .collect();
    let noun = if numbers.len() == 1 { "line" } else { "lines" };
    format!("{noun} {}", join(&listed))
}

/// Joins items for a sentence. Only the first ones are listed.
pub(super) fn join(items: &[String]) -> String {
    let others = items.len().saturating_sub(LISTED);
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] if others == 0 => format!("{} and {last}", first.join(", ")),
        _ => format!(
            "{} and {}",
            items[..LISTED].join(", "),
            counted(others, "other", "others")
        ),
    }
}

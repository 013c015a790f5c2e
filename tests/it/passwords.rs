//! The most common passwords are refused, and so are simple extensions to twelve characters.
//! `passwords/commonest.txt` contains the 10,000 most common of any length.

use reseller_portal::staff::passwords::{MIN_LENGTH, validate_new};

/// From zxcvbn-ts, whose license is in `src/staff/passwords/LICENSE.txt`.
const COMMONEST: &str = include_str!("passwords/commonest.txt");
/// Passwords that are long enough, among the 49,000 most common.
const LONG: &str = include_str!("../../src/staff/passwords/commonest.txt");

fn is_refused(password: &str) -> bool {
    validate_new(password, password, &[]).is_err()
}

/// Returns variants: first letter in upper case, all in upper case, letters as digits.
fn written_otherwise(password: &str) -> Vec<String> {
    let mut letters = password.chars();
    let first = letters.next().unwrap_or_default().to_uppercase();
    vec![
        password.to_owned(),
        first.chain(letters).collect(),
        password.to_uppercase(),
        password
            .replace('a', "@")
            .replace('o', "0")
            .replace('e', "3"),
    ]
}

/// Returns usual extensions of a password to at least twelve characters.
fn lengthened(password: &str) -> Vec<String> {
    let ends = ["1", "!", "123", "1234", "2026", "12345678", "123456789"];
    let twice = format!("{password}{password}");
    let longer = ends
        .iter()
        .map(|end| format!("{password}{end}"))
        .chain([twice]);
    longer
        .filter(|text| text.chars().count() >= MIN_LENGTH)
        .collect()
}

#[test]
fn the_commonest_passwords_are_refused_however_they_are_written() {
    let all: Vec<&str> = COMMONEST.lines().chain(LONG.lines()).collect();
    assert_eq!(all.len(), 10_308);
    let taken = in_parts(&all, |password| {
        written_otherwise(password)
            .into_iter()
            .filter(|written| !is_refused(written))
            .collect()
    });
    assert!(
        taken.is_empty(),
        "{} of them are taken: {taken:?}",
        taken.len()
    );
}

#[test]
fn the_commonest_passwords_with_something_common_behind_them_are_refused() {
    let all: Vec<&str> = COMMONEST.lines().collect();
    let taken = in_parts(&all, |password| {
        lengthened(password)
            .into_iter()
            .filter(|longer| !is_refused(longer))
            .collect()
    });
    assert!(
        taken.is_empty(),
        "{} of them are taken: {taken:?}",
        taken.len()
    );
}

/// Returns the findings for all passwords. Uses two threads, because there are many.
fn in_parts(all: &[&str], found: impl Fn(&str) -> Vec<String> + Sync) -> Vec<String> {
    let (first, second) = all.split_at(all.len() / 2);
    let find = |part: &[&str]| {
        part.iter()
            .flat_map(|password| found(password))
            .collect::<Vec<_>>()
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| find(second));
        let mut all = find(first);
        all.extend(other.join().unwrap());
        all
    })
}

//! Finding accounts by name or email address.
//! Serves the check for duplicates before a creation.

use sqlx::QueryBuilder;

use super::{Account, IDS_PER_QUERY, select};
use crate::db::{Db, Result, escape_like, push_list, replace_nul};
use crate::domain::email;
use crate::domain::ids::AccountId;
use crate::domain::text::folded;

/// Maximum number of accounts found.
const MAX_RESULTS: i64 = 20;
/// Minimum length of a name that is searched for inside other names, in characters.
/// Shorter names would match too many others.
pub const MIN_PARTIAL_LENGTH: usize = 4;
/// Legal forms and similar words that a comparison of names ignores.
const LEGAL_FORMS: [&str; 41] = [
    "ab",
    "ag",
    "aps",
    "as",
    "asa",
    "bv",
    "co",
    "company",
    "corp",
    "corporation",
    "doo",
    "eirl",
    "eood",
    "gmbh",
    "group",
    "holding",
    "holdings",
    "inc",
    "incorporated",
    "kft",
    "kg",
    "limited",
    "llc",
    "llp",
    "lp",
    "ltd",
    "ltda",
    "mbh",
    "nv",
    "ohg",
    "oy",
    "plc",
    "pty",
    "pte",
    "sa",
    "sarl",
    "sas",
    "sl",
    "spa",
    "srl",
    "the",
];

/// Returns a name for comparison: folded, without punctuation and legal forms.
/// `Acme, Inc.` and `ACME GmbH` both become `acme`.
#[must_use]
pub fn name_without_legal_form(name: &str) -> String {
    let plain: String = folded(&replace_nul(name))
        .replace('&', " and ")
        .chars()
        // Dots and apostrophes can be inside words: `S.A.`, `O'Neill`.
        .filter(|c| !matches!(c, '.' | '\''))
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let telling: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| !LEGAL_FORMS.contains(word))
        .collect();
    if telling.is_empty() {
        words.join(" ")
    } else {
        telling.join(" ")
    }
}

/// Returns accounts with the same email address, or the same or a similar name.
///
/// The closest come first, at most 20. Names are similar if they are equal without legal forms and
/// punctuation, if one starts with the other, or if one contains the other as whole words. An import
/// applies the same rule to many names (`bulk/import/similar.rs`).
pub async fn possible_duplicates(db: &Db, name: &str, email: Option<&str>) -> Result<Vec<Account>> {
    let email = email
        .map(|email| email::key(&replace_nul(email)))
        .unwrap_or_default();
    let stem = name_without_legal_form(name);
    let long = stem.chars().count() >= MIN_PARTIAL_LENGTH;
    // A short name gets a pattern that never matches: no stem contains a slash.
    let (begins, contains) = if long {
        (
            format!("{}%", escape_like(&stem)),
            format!("% {} %", escape_like(&stem)),
        )
    } else {
        ("/".to_owned(), "/".to_owned())
    };
    let padded = format!(" {stem} ");
    Ok(on!(db => query_as(
        select!("WHERE gone_at IS NULL AND (
                (email_key = $1 AND email_key <> '')
                OR (name_stem = $2 AND name_stem <> '')
                OR name_stem LIKE $3 ESCAPE '\\'
                OR (' ' || name_stem || ' ') LIKE $4 ESCAPE '\\'
                OR (LENGTH(name_stem) >= $5 AND ($2 LIKE (name_stem || '%') OR $6 LIKE ('% ' || name_stem || ' %')))
             )
             ORDER BY CASE WHEN email_key = $1 AND email_key <> '' THEN 0 WHEN name_stem = $2 THEN 1 ELSE 2 END,
                name_stem, id
             LIMIT $7"),
        &email, &stem, &begins, &contains, i64::try_from(MIN_PARTIAL_LENGTH).unwrap_or(i64::MAX),
        &padded, MAX_RESULTS,
    ).fetch_all))
}

/// Returns accounts with exactly this email address (see [`email::key`]); at most 20.
pub async fn with_email(db: &Db, email: &str) -> Result<Vec<Account>> {
    let email = email::key(&replace_nul(email));
    Ok(on!(db => query_as(
        select!("WHERE gone_at IS NULL AND email_key = $1 AND email_key <> ''
             ORDER BY id LIMIT $2"),
        &email, MAX_RESULTS,
    ).fetch_all))
}

/// Returns accounts with one of these email addresses (see [`email::key`]).
/// They are in no particular order.
pub async fn with_emails(db: &Db, emails: &[String]) -> Result<Vec<Account>> {
    let mut found = Vec::new();
    for emails in emails.chunks(IDS_PER_QUERY) {
        let rows: Vec<Account> = on!(db, pool => {
            let mut query = QueryBuilder::new(select!("WHERE gone_at IS NULL AND email_key <> '' AND email_key IN ("));
            push_list(&mut query, emails.iter().map(|email| email::key(&replace_nul(email))));
            query.push(" LIMIT 10000");
            query.build_query_as().fetch_all(pool).await?
        });
        found.extend(rows);
    }
    Ok(found)
}

/// Returns the name of every account for comparison (see [`name_without_legal_form`]).
pub async fn name_stems(db: &Db) -> Result<Vec<(AccountId, String)>> {
    Ok(on!(db => query_as(
        "SELECT id, name_stem FROM accounts WHERE gone_at IS NULL AND name_stem <> ''",
    ).fetch_all))
}

#[cfg(test)]
mod tests {
    use super::name_without_legal_form;

    #[test]
    fn legal_forms_and_punctuation_do_not_tell_names_apart() {
        for name in ["Acme, Inc.", "ACME GmbH", "The Acme Group LLC", " acmé "] {
            assert_eq!(name_without_legal_form(name), "acme", "{name}");
        }
        assert_eq!(
            name_without_legal_form("Smith & Sons S.A."),
            "smith and sons"
        );
        assert_eq!(name_without_legal_form("The Group"), "the group");
        assert_eq!(name_without_legal_form("!!!"), "");
    }
}

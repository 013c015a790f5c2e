//! Finding accounts by what people call them: namesakes before a creation, the jump box, e-mail addresses.

use sqlx::QueryBuilder;
use uuid::Uuid;

use super::list::resolve_search;
use super::{Account, IDS_PER_QUERY, load_owned_in_order, select};
use crate::db::{Db, Result, escape_like, push_list, replace_nul, tags};
use crate::domain::account_filter::AccountFilter;
use crate::domain::email;
use crate::domain::text::folded;

/// Number of namesakes that are shown at most.
const MAX_RESULTS: i64 = 20;
/// Shorter names say too little to look for them inside others, in characters.
const MIN_PARTIAL_LENGTH: usize = 4;
/// Legal forms and the like, without which two names are the same.
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

/// A name as it is compared: folded, without punctuation and legal forms (`Acme, Inc.` and `ACME GmbH` are `acme`).
#[must_use]
pub fn name_without_legal_form(name: &str) -> String {
    let plain: String = folded(&replace_nul(name))
        .replace('&', " and ")
        .chars()
        // Dots and apostrophes stand inside words: `S.A.`, `O'Neill`.
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

/// Accounts with the same or a similar name, or the same e-mail address, the closest first, at most 20.
///
/// Similar: equal without legal forms and punctuation, one beginning with the other, or one containing the other as
/// whole words.
pub async fn possible_duplicates(db: &Db, name: &str, email: Option<&str>) -> Result<Vec<Account>> {
    let email = email
        .map(|email| email::key(&replace_nul(email)))
        .unwrap_or_default();
    let stem = name_without_legal_form(name);
    let long = stem.chars().count() >= MIN_PARTIAL_LENGTH;
    // A pattern that nothing is like, where the name says too little: stems have no such character.
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

/// An account that the jump box found.
#[derive(Clone, Debug)]
pub struct JumpResult {
    /// The account.
    pub account: Account,
    /// The names of the tags by which it was found, where its name, email and ID do not tell.
    pub tags: Vec<String>,
    /// True if only a note explains why it was found.
    pub note: bool,
}

impl JumpResult {
    /// Returns `true` if its name, email or ID contains everything searched for.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.tags.is_empty() && !self.note
    }
}

/// Accounts for the jump box: by names, emails and IDs first, then by tags and notes.
pub async fn jump(db: &Db, q: &str, limit: u32) -> Result<Vec<JumpResult>> {
    let criteria = AccountFilter::text_search(q).into();
    let wanted = resolve_search(db, &criteria).await?;
    if wanted.needle.is_empty() {
        return Ok(Vec::new());
    }
    let most = usize::try_from(limit.clamp(1, 100)).unwrap_or(1);
    let hits = db.index().jump(db, &wanted, most).await?;
    let tagged: Vec<Uuid> = hits
        .iter()
        .flat_map(|hit| hit.tags.iter().copied())
        .collect();
    let names = tags::names_of(db, &tagged).await?;
    let accounts = load_owned_in_order(db, hits.iter().map(|hit| hit.id.clone()).collect()).await?;
    let found = accounts.into_iter().filter_map(|account| {
        let hit = hits.iter().find(|hit| hit.id == account.id.as_str())?;
        Some(JumpResult {
            account,
            tags: hit
                .tags
                .iter()
                .filter_map(|tag| names.get(tag).cloned())
                .collect(),
            note: hit.note,
        })
    });
    Ok(found.collect())
}

/// Accounts with exactly this email address (see [`email::key`]); at most 20.
pub async fn with_email(db: &Db, email: &str) -> Result<Vec<Account>> {
    let email = email::key(&replace_nul(email));
    Ok(on!(db => query_as(
        select!("WHERE gone_at IS NULL AND email_key = $1 AND email_key <> ''
             ORDER BY id LIMIT $2"),
        &email, MAX_RESULTS,
    ).fetch_all))
}

/// Accounts with one of these email addresses (see [`email::key`]), in no order.
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

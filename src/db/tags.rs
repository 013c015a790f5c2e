//! Tags, and the accounts that have them. Names that fold to the same text are one tag.
//!
//! A transaction that changes tags locks the tag's row first, then those of accounts. So two of
//! them wait for each other and never deadlock.

use std::collections::{HashMap, HashSet};

use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{Db, Result, Tx, escape_like, push_list, replace_nul};
use crate::domain::ids::{AccountId, StaffId, TagId};
use crate::domain::text::{folded, search_words};
use crate::domain::time::Timestamp;

/// Tag for accounts.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Tag {
    /// ID of the tag.
    pub id: TagId,
    /// Name as it was typed.
    pub name: String,
    /// Version of the tag. It grows with each rename or merge, so that an outdated form is
    /// detected.
    pub version: i64,
}

/// Tag with the number of accounts that have it.
/// Accounts that are gone from Telnyx are not counted, because no list shows them.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct TagCount {
    /// Tag itself.
    #[sqlx(flatten)]
    pub tag: Tag,
    /// Number of accounts with the tag.
    pub accounts: i64,
}

macro_rules! select_counted {
    ($rest:literal) => {
        concat!(
            "SELECT t.id, t.name, t.version, COUNT(a.id) AS accounts FROM tags t \
             LEFT JOIN account_tags s ON s.tag_id = t.id LEFT JOIN accounts a ON a.id = s.account_id AND a.gone_at IS NULL ",
            $rest
        )
    };
}

/// Returns the first `most` tags whose name contains all words of `part`, by name.
pub async fn list(db: &Db, part: &str, most: i64) -> Result<Vec<TagCount>> {
    let words = search_words(&replace_nul(part));
    Ok(on!(db, pool => {
        let mut query = QueryBuilder::new(select_counted!("WHERE TRUE"));
        for word in &words {
            query.push(" AND t.name_folded LIKE ").push_bind(format!("%{}%", escape_like(word))).push(" ESCAPE '\\'");
        }
        query.push(" GROUP BY t.id, t.name, t.version, t.name_folded ORDER BY t.name_folded LIMIT ").push_bind(most);
        query.build_query_as().fetch_all(pool).await?
    }))
}

/// Returns the names of the first `most` tags.
pub async fn names(db: &Db, most: i64) -> Result<Vec<String>> {
    Ok(on!(db => query_scalar(
        "SELECT name FROM tags ORDER BY name_folded LIMIT $1", most,
    ).fetch_all))
}

/// Returns the names of these tags.
pub async fn names_of(db: &Db, ids: &[Uuid]) -> Result<HashMap<Uuid, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Uuid, String)> = on!(db, pool => {
        let mut query = QueryBuilder::new("SELECT id, name FROM tags WHERE id IN (");
        push_list(&mut query, ids);
        query.build_query_as().fetch_all(pool).await?
    });
    Ok(rows.into_iter().collect())
}

/// Returns one tag.
pub async fn by_id(db: &Db, id: TagId) -> Result<Option<TagCount>> {
    Ok(on!(db => query_as(
        select_counted!("WHERE t.id = $1 GROUP BY t.id, t.name, t.version"), id,
    ).fetch_optional))
}

/// Returns the tag with this name, ignoring case.
pub async fn by_name(db: &Db, name: &str) -> Result<Option<Tag>> {
    Ok(on!(db => query_as(
        "SELECT id, name, version FROM tags WHERE name_folded = $1", folded(&replace_nul(name)),
    ).fetch_optional))
}

/// Returns those of the names that are tags, folded.
pub async fn existing(db: &Db, names: &[String]) -> Result<HashSet<String>> {
    if names.is_empty() {
        return Ok(HashSet::new());
    }
    let names = names.iter().map(|name| folded(&replace_nul(name)));
    let rows: Vec<String> = on!(db, pool => {
        let mut query = QueryBuilder::new("SELECT name_folded FROM tags WHERE name_folded IN (");
        push_list(&mut query, names.clone());
        query.build_query_scalar().fetch_all(pool).await?
    });
    Ok(rows.into_iter().collect())
}

/// Returns an account's tags, by name.
pub async fn of_account(db: &Db, account: &AccountId) -> Result<Vec<Tag>> {
    Ok(on!(db => query_as(
        "SELECT t.id, t.name, t.version FROM account_tags s JOIN tags t ON t.id = s.tag_id
         WHERE s.account_id = $1 ORDER BY t.name_folded",
        account,
    ).fetch_all))
}

/// Returns the names of each account's tags, by name.
/// Leaves out accounts without tags. Meant for one page of accounts at a time.
pub async fn of_accounts(
    db: &Db,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, Vec<String>>> {
    let mut found: HashMap<AccountId, Vec<String>> = HashMap::new();
    if accounts.is_empty() {
        return Ok(found);
    }
    let rows: Vec<(AccountId, String)> = on!(db, pool => {
        let mut query = QueryBuilder::new(
            "SELECT s.account_id, t.name FROM account_tags s JOIN tags t ON t.id = s.tag_id WHERE s.account_id IN (",
        );
        push_list(&mut query, accounts);
        query.push(" ORDER BY t.name_folded");
        query.build_query_as().fetch_all(pool).await?
    });
    for (account, name) in rows {
        found.entry(account).or_default().push(name);
    }
    Ok(found)
}

/// Returns an account's tags, by name, and locks the account's row.
pub async fn lock_of_account(tx: &mut Tx, account: &AccountId) -> Result<Vec<Tag>> {
    // An UPDATE without changes locks the row on PostgreSQL. SQLite has only one writer anyway.
    within!(tx => query("UPDATE accounts SET revision = revision WHERE id = $1", account).execute);
    Ok(within!(tx => query_as(
        "SELECT t.id, t.name, t.version FROM account_tags s JOIN tags t ON t.id = s.tag_id
         WHERE s.account_id = $1 ORDER BY t.name_folded",
        account,
    ).fetch_all))
}

/// Returns the tag with this ID and locks its row.
pub async fn lock(tx: &mut Tx, id: TagId) -> Result<Option<Tag>> {
    Ok(within!(tx => query_as(
        "UPDATE tags SET version = version WHERE id = $1 RETURNING id, name, version", id,
    ).fetch_optional))
}

/// Returns the tag with this name, ignoring case, and locks its row.
/// Creates the tag if it does not exist.
pub async fn find_or_create(tx: &mut Tx, name: &str, by: StaffId, at: Timestamp) -> Result<Tag> {
    Ok(within!(tx => query_as(
        "INSERT INTO tags (id, name, name_folded, created_at, created_by) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (name_folded) DO UPDATE SET version = tags.version RETURNING id, name, version",
        TagId::new(at), name, folded(name), at, by,
    ).fetch_one))
}

/// Counts the accounts with a tag as the transaction sees them, without gone ones.
pub async fn account_count(tx: &mut Tx, id: TagId) -> Result<i64> {
    Ok(within!(tx => query_scalar(
        "SELECT COUNT(*) FROM account_tags s JOIN accounts a ON a.id = s.account_id
         WHERE s.tag_id = $1 AND a.gone_at IS NULL",
        id,
    ).fetch_one))
}

/// Adds a tag to an account, if the account does not have it.
pub async fn add_to_account(tx: &mut Tx, account: &AccountId, id: TagId) -> Result<()> {
    within!(tx => query(
        "INSERT INTO account_tags (account_id, tag_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        account, id,
    ).execute);
    Ok(())
}

/// Removes a tag from an account.
pub async fn remove_from_account(tx: &mut Tx, account: &AccountId, id: TagId) -> Result<()> {
    within!(tx => query(
        "DELETE FROM account_tags WHERE account_id = $1 AND tag_id = $2", account, id,
    ).execute);
    Ok(())
}

/// Renames a tag. Returns `false` if another tag has this name.
///
/// # Errors
/// Fails with a unique violation if a tag with this name is created at the same moment. Also fails
/// with the error of the database.
pub async fn rename(tx: &mut Tx, id: TagId, name: &str) -> Result<bool> {
    let changed = within!(tx => query(
        "UPDATE tags SET name = $1, name_folded = $2, version = version + 1
         WHERE id = $3 AND NOT EXISTS (SELECT 1 FROM tags WHERE name_folded = $2 AND id <> $3)",
        name, folded(name), id,
    ).execute);
    Ok(changed > 0)
}

/// Moves all accounts of the tag `from` to the tag `into`, and deletes `from`.
pub async fn merge(tx: &mut Tx, from: TagId, into: TagId) -> Result<()> {
    within!(tx => query(
        "INSERT INTO account_tags (account_id, tag_id)
         SELECT account_id, $1 FROM account_tags WHERE tag_id = $2 ON CONFLICT DO NOTHING",
        into, from,
    ).execute);
    within!(tx => query("UPDATE tags SET version = version + 1 WHERE id = $1", into).execute);
    delete(tx, from).await
}

/// Deletes a tag and removes it from all accounts.
pub async fn delete(tx: &mut Tx, id: TagId) -> Result<()> {
    within!(tx => query("DELETE FROM account_tags WHERE tag_id = $1", id).execute);
    within!(tx => query("DELETE FROM tags WHERE id = $1", id).execute);
    Ok(())
}

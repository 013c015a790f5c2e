//! Tags and which accounts have them. Two tags whose names fold to the same are one.
//!
//! Whoever changes tags takes the tag's row first, then those of accounts: so two who are at it wait for each other and
//! never block each other for good.

use std::collections::HashMap;

use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{Db, Result, Tx, escape_like, push_list, replace_nul};
use crate::domain::ids::{AccountId, StaffId, TagId};
use crate::domain::text::{folded, search_words};
use crate::domain::time::Timestamp;

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Tag {
    /// Its id.
    pub id: TagId,
    /// As somebody typed it.
    pub name: String,
    /// Goes up with each renaming and merging, so that a form can tell that it is stale.
    pub version: i64,
}

/// A tag with the number of accounts that have it; those that are gone from Telnyx are in no list and not counted.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct TagCount {
    /// The tag.
    #[sqlx(flatten)]
    pub tag: Tag,
    /// So many.
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

/// The first so many tags in whose name this is found, by name.
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

/// The names of the first so many tags.
pub async fn names(db: &Db, most: i64) -> Result<Vec<String>> {
    Ok(on!(db => query_scalar(
        "SELECT name FROM tags ORDER BY name_folded LIMIT $1", most,
    ).fetch_all))
}

/// The names of these tags.
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

/// One tag.
pub async fn by_id(db: &Db, id: TagId) -> Result<Option<TagCount>> {
    Ok(on!(db => query_as(
        select_counted!("WHERE t.id = $1 GROUP BY t.id, t.name, t.version"), id,
    ).fetch_optional))
}

/// The tag that is called so, in whatever case.
pub async fn by_name(db: &Db, name: &str) -> Result<Option<Tag>> {
    Ok(on!(db => query_as(
        "SELECT id, name, version FROM tags WHERE name_folded = $1", folded(&replace_nul(name)),
    ).fetch_optional))
}

/// An account's tags, by name.
pub async fn of_account(db: &Db, account: &AccountId) -> Result<Vec<Tag>> {
    Ok(on!(db => query_as(
        "SELECT t.id, t.name, t.version FROM account_tags s JOIN tags t ON t.id = s.tag_id
         WHERE s.account_id = $1 ORDER BY t.name_folded",
        account,
    ).fetch_all))
}

/// The names of the tags of each of these accounts, by name; an account without tags is not among them. For a page of
/// accounts at a time.
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

/// An account's tags as this transaction sees them, by name, with the account's row taken for it.
pub async fn lock_of_account(tx: &mut Tx, account: &AccountId) -> Result<Vec<Tag>> {
    // An UPDATE that changes nothing locks the row on PostgreSQL; on SQLite the transaction is alone already.
    within!(tx => query("UPDATE accounts SET revision = revision WHERE id = $1", account).execute);
    Ok(within!(tx => query_as(
        "SELECT t.id, t.name, t.version FROM account_tags s JOIN tags t ON t.id = s.tag_id
         WHERE s.account_id = $1 ORDER BY t.name_folded",
        account,
    ).fetch_all))
}

/// The tag with this id, taken for the transaction.
pub async fn lock(tx: &mut Tx, id: TagId) -> Result<Option<Tag>> {
    Ok(within!(tx => query_as(
        "UPDATE tags SET version = version WHERE id = $1 RETURNING id, name, version", id,
    ).fetch_optional))
}

/// The tag that is called so, in whatever case, made where there is none; taken for the transaction.
pub async fn find_or_create(tx: &mut Tx, name: &str, by: StaffId, at: Timestamp) -> Result<Tag> {
    Ok(within!(tx => query_as(
        "INSERT INTO tags (id, name, name_folded, created_at, created_by) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (name_folded) DO UPDATE SET version = tags.version RETURNING id, name, version",
        TagId::new(at), name, folded(name), at, by,
    ).fetch_one))
}

/// Counts the accounts with a tag as this transaction sees them, without gone ones.
pub async fn account_count(tx: &mut Tx, id: TagId) -> Result<i64> {
    Ok(within!(tx => query_scalar(
        "SELECT COUNT(*) FROM account_tags s JOIN accounts a ON a.id = s.account_id
         WHERE s.tag_id = $1 AND a.gone_at IS NULL",
        id,
    ).fetch_one))
}

/// Gives an account a tag; nothing happens where it has it.
pub async fn add_to_account(tx: &mut Tx, account: &AccountId, id: TagId) -> Result<()> {
    within!(tx => query(
        "INSERT INTO account_tags (account_id, tag_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        account, id,
    ).execute);
    Ok(())
}

/// Takes a tag from an account.
pub async fn remove_from_account(tx: &mut Tx, account: &AccountId, id: TagId) -> Result<()> {
    within!(tx => query(
        "DELETE FROM account_tags WHERE account_id = $1 AND tag_id = $2", account, id,
    ).execute);
    Ok(())
}

/// Gives a tag another name. `false` where another tag is called so.
///
/// # Errors
/// When the database fails; where somebody makes a tag of that name at this very moment, with a unique violation.
pub async fn rename(tx: &mut Tx, id: TagId, name: &str) -> Result<bool> {
    let changed = within!(tx => query(
        "UPDATE tags SET name = $1, name_folded = $2, version = version + 1
         WHERE id = $3 AND NOT EXISTS (SELECT 1 FROM tags WHERE name_folded = $2 AND id <> $3)",
        name, folded(name), id,
    ).execute);
    Ok(changed > 0)
}

/// Gives every account that has one tag the other one, once, and deletes the first.
pub async fn merge(tx: &mut Tx, from: TagId, into: TagId) -> Result<()> {
    within!(tx => query(
        "INSERT INTO account_tags (account_id, tag_id)
         SELECT account_id, $1 FROM account_tags WHERE tag_id = $2 ON CONFLICT DO NOTHING",
        into, from,
    ).execute);
    within!(tx => query("UPDATE tags SET version = version + 1 WHERE id = $1", into).execute);
    delete(tx, from).await
}

/// Deletes a tag from all accounts.
pub async fn delete(tx: &mut Tx, id: TagId) -> Result<()> {
    within!(tx => query("DELETE FROM account_tags WHERE tag_id = $1", id).execute);
    within!(tx => query("DELETE FROM tags WHERE id = $1", id).execute);
    Ok(())
}

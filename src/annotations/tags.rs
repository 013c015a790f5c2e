//! Tags of accounts, and changes to the tags themselves: rename, merge and delete.

use super::{annotation_event, audit_and_commit, tagged_views};
use crate::app::App;
use crate::db::accounts::Account;
use crate::db::tags::{self, Tag};
use crate::db::{self, Tx};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind};
use crate::domain::ids::TagId;
use crate::domain::new_account;
use crate::domain::text::{self, InvalidText};

/// Maximum number of tags on an account.
pub const MAX_PER_ACCOUNT: usize = new_account::MAX_TAGS;
/// Maximum length of a tag's name, in characters.
pub const MAX_NAME_LENGTH: usize = new_account::MAX_TAG_LENGTH;

/// Outcome of adding a tag to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddTagOutcome {
    /// The account has the tag.
    Done,
    /// The account already had the tag, under this name.
    AlreadyTagged(String),
    /// The account has the maximum number of tags.
    TooMany,
}

/// Outcome of changing a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagChangeOutcome {
    /// The tag is as requested.
    Done,
    /// The tag, or the number of its accounts, changed since the form was shown.
    Stale,
    /// The tag no longer exists.
    Gone,
    /// Another tag has this name.
    NameTaken,
}

/// Tag as a form showed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagSnapshot {
    /// Version of the tag.
    pub version: i64,
    /// Number of accounts that have it.
    pub accounts: i64,
}

/// Parses a name as typed.
///
/// # Errors
/// Fails with an [`InvalidText`] whose text is meant for the form field.
pub fn parse_name(typed: &str) -> Result<String, InvalidText> {
    text::parse_line(typed, MAX_NAME_LENGTH)
}

/// Adds a tag to an account. Creates the tag if it does not exist.
pub async fn add_to_account(
    app: &App,
    actor: &Actor,
    account: &Account,
    name: &str,
) -> db::Result<AddTagOutcome> {
    let mut tx = app.db.begin().await?;
    let tag = tags::find_or_create(&mut tx, name, actor.staff_id, app.clock.now()).await?;
    let before = tags::lock_of_account(&mut tx, &account.id).await?;
    if before.iter().any(|other| other.id == tag.id) {
        return Ok(AddTagOutcome::AlreadyTagged(tag.name));
    }
    if before.len() >= MAX_PER_ACCOUNT {
        return Ok(AddTagOutcome::TooMany);
    }
    tags::add_to_account(&mut tx, &account.id, tag.id).await?;
    commit_tag_change(app, tx, actor, account, &before).await?;
    Ok(AddTagOutcome::Done)
}

/// Removes a tag from an account. Returns its name if the account had it.
pub async fn remove_from_account(
    app: &App,
    actor: &Actor,
    account: &Account,
    id: TagId,
) -> db::Result<Option<String>> {
    let mut tx = app.db.begin().await?;
    let Some(tag) = tags::lock(&mut tx, id).await? else {
        return Ok(None);
    };
    let before = tags::lock_of_account(&mut tx, &account.id).await?;
    if !before.iter().any(|other| other.id == id) {
        return Ok(None);
    }
    tags::remove_from_account(&mut tx, &account.id, id).await?;
    commit_tag_change(app, tx, actor, account, &before).await?;
    Ok(Some(tag.name))
}

/// Renames a tag.
pub async fn rename(
    app: &App,
    actor: &Actor,
    id: TagId,
    version: i64,
    name: &str,
) -> db::Result<TagChangeOutcome> {
    let mut tx = app.db.begin().await?;
    let Some(tag) = tags::lock(&mut tx, id).await? else {
        return Ok(TagChangeOutcome::Gone);
    };
    if tag.name == name {
        return Ok(TagChangeOutcome::Done);
    }
    if tag.version != version {
        return Ok(TagChangeOutcome::Stale);
    }
    match tags::rename(&mut tx, id, name).await {
        Ok(true) => {}
        Ok(false) => return Ok(TagChangeOutcome::NameTaken),
        Err(error) if error.is_unique_violation() => return Ok(TagChangeOutcome::NameTaken),
        Err(error) => return Err(error),
    }
    tagged_views::rename_tag(&mut tx, &tag.name, name).await?;
    let event = Event {
        before: Some(tag.name.clone()),
        after: Some(name.to_owned()),
        ..annotation_event(actor, EventKind::TagRenamed, &tag.name)
    };
    audit_and_commit(app, tx, &event).await?;
    Ok(TagChangeOutcome::Done)
}

/// Merges a tag into another. Each account with the first gets the second, once.
pub async fn merge(
    app: &App,
    actor: &Actor,
    id: TagId,
    seen: TagSnapshot,
    into: TagId,
) -> db::Result<TagChangeOutcome> {
    let mut tx = app.db.begin().await?;
    // Lock in a fixed order, so that two opposite merges wait for each other.
    let mut both = [id, into];
    both.sort();
    let mut found = Vec::with_capacity(2);
    for id in both {
        found.extend(tags::lock(&mut tx, id).await?);
    }
    let of = |id: TagId| found.iter().find(|tag| tag.id == id).cloned();
    let (Some(tag), Some(other)) = (of(id), of(into)) else {
        return Ok(TagChangeOutcome::Gone);
    };
    let Some(accounts) = count_if_unchanged(&mut tx, &tag, seen).await? else {
        return Ok(TagChangeOutcome::Stale);
    };
    tags::merge(&mut tx, id, into).await?;
    tagged_views::rename_tag(&mut tx, &tag.name, &other.name).await?;
    let event = Event {
        before: Some(tag.name.clone()),
        after: Some(other.name),
        message: account_count_message(accounts),
        ..annotation_event(actor, EventKind::TagMerged, &tag.name)
    };
    audit_and_commit(app, tx, &event).await?;
    Ok(TagChangeOutcome::Done)
}

/// Deletes a tag from all accounts.
pub async fn delete(
    app: &App,
    actor: &Actor,
    id: TagId,
    seen: TagSnapshot,
) -> db::Result<TagChangeOutcome> {
    let mut tx = app.db.begin().await?;
    let Some(tag) = tags::lock(&mut tx, id).await? else {
        return Ok(TagChangeOutcome::Gone);
    };
    let Some(accounts) = count_if_unchanged(&mut tx, &tag, seen).await? else {
        return Ok(TagChangeOutcome::Stale);
    };
    tags::delete(&mut tx, id).await?;
    let event = Event {
        message: account_count_message(accounts),
        ..annotation_event(actor, EventKind::TagDeleted, &tag.name)
    };
    audit_and_commit(app, tx, &event).await?;
    Ok(TagChangeOutcome::Done)
}

/// Counts the accounts that have the tag.
/// Returns `None` if the tag differs from what the form showed.
async fn count_if_unchanged(tx: &mut Tx, tag: &Tag, seen: TagSnapshot) -> db::Result<Option<i64>> {
    let now = TagSnapshot {
        version: tag.version,
        accounts: tags::account_count(tx, tag.id).await?,
    };
    Ok((now == seen).then_some(now.accounts))
}

fn account_count_message(accounts: i64) -> String {
    match accounts {
        0 => "No account had it.".to_owned(),
        1 => "One account had it.".to_owned(),
        many => format!("{} accounts had it.", text::group_thousands(many)),
    }
}

/// Records an account's tags before and after a change, and commits.
async fn commit_tag_change(
    app: &App,
    mut tx: Tx,
    actor: &Actor,
    account: &Account,
    before: &[Tag],
) -> db::Result<()> {
    let after = tags::lock_of_account(&mut tx, &account.id).await?;
    let event = Event {
        account: Some(account.id.clone()),
        before: Some(join_names(before)),
        after: Some(join_names(&after)),
        ..annotation_event(actor, EventKind::AccountTags, account.name())
    };
    audit_and_commit(app, tx, &event).await
}

fn join_names(tags: &[Tag]) -> String {
    if tags.is_empty() {
        return "none".to_owned();
    }
    let names: Vec<&str> = tags.iter().map(|tag| tag.name.as_str()).collect();
    names.join(", ")
}

//! Adding, editing, pinning and deleting notes.
//! The audit records the action but not the text, so that deleting a note deletes its text.

use super::{annotation_event, audit_and_commit};
use crate::app::App;
use crate::db::accounts::Account;
use crate::db::notes::{self, Note};
use crate::db::{self, Tx};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind};
use crate::domain::ids::{NoteId, OperationId};
use crate::domain::role::Permission;

/// Outcome of adding a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddNoteOutcome {
    /// The note exists, from this form or from an earlier submission of it.
    Done,
    /// The form was sent before with another text, or by someone else.
    DifferentInput,
}

/// Outcome of changing a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteChangeOutcome {
    /// The note is as requested.
    Done,
    /// Its text changed since the form was shown.
    Stale,
    /// The note was deleted or never existed.
    Gone,
    /// Someone else wrote the note.
    NotAuthor,
}

/// Returns `true` if the actor may edit the note. People edit only their own notes.
#[must_use]
pub fn may_edit(actor: &Actor, note: &Note) -> bool {
    actor.may(Permission::Annotate) && note.created_by == actor.staff_id
}

/// Returns `true` if the actor may delete the note.
/// They may delete their own, or any if their role allows it.
#[must_use]
pub fn may_delete(actor: &Actor, note: &Note) -> bool {
    may_edit(actor, note) || actor.may(Permission::DeleteNotes)
}

/// Adds a note. A form that is sent twice has the same `id` and makes one note.
pub async fn add(
    app: &App,
    actor: &Actor,
    account: &Account,
    id: NoteId,
    body: &str,
) -> db::Result<AddNoteOutcome> {
    let mut tx = app.db.begin().await?;
    let note = Note {
        id,
        account: account.id.clone(),
        body: body.to_owned(),
        pinned: false,
        created_by: actor.staff_id,
        created_by_name: actor.name.clone(),
        created_at: app.clock.now(),
        edited_at: None,
        deleted_at: None,
        version: 1,
    };
    if !notes::insert(&mut tx, &note).await? {
        let there = notes::by_id_in_tx(&mut tx, id).await?;
        let same = |there: &Note| {
            there.account == note.account
                && there.created_by == note.created_by
                && there.body == note.body
        };
        return Ok(if there.as_ref().is_some_and(same) {
            AddNoteOutcome::Done
        } else {
            AddNoteOutcome::DifferentInput
        });
    }
    audit_and_commit(
        app,
        tx,
        &note_event(actor, account, EventKind::NoteAdded, String::new()),
    )
    .await?;
    Ok(AddNoteOutcome::Done)
}

/// Changes the text of the actor's own note. `version` is the one in the form.
pub async fn edit(
    app: &App,
    actor: &Actor,
    account: &Account,
    (id, version): (NoteId, i64),
    body: &str,
) -> db::Result<NoteChangeOutcome> {
    let mut tx = app.db.begin().await?;
    let Some(note) = find_note(&mut tx, account, id).await? else {
        return Ok(NoteChangeOutcome::Gone);
    };
    if !may_edit(actor, &note) {
        return Ok(NoteChangeOutcome::NotAuthor);
    }
    if note.body == body {
        return Ok(NoteChangeOutcome::Done);
    }
    if !notes::edit(&mut tx, id, version, body, app.clock.now()).await? {
        return Ok(NoteChangeOutcome::Stale);
    }
    let event = note_event(actor, account, EventKind::NoteChanged, "Edited.".to_owned());
    audit_and_commit(app, tx, &event).await?;
    Ok(NoteChangeOutcome::Done)
}

/// Pins or unpins a note.
pub async fn pin(
    app: &App,
    actor: &Actor,
    account: &Account,
    id: NoteId,
    pinned: bool,
) -> db::Result<NoteChangeOutcome> {
    let mut tx = app.db.begin().await?;
    let Some(note) = find_note(&mut tx, account, id).await? else {
        return Ok(NoteChangeOutcome::Gone);
    };
    if !notes::pin(&mut tx, id, pinned).await? {
        return Ok(NoteChangeOutcome::Done);
    }
    let verb = if pinned { "pinned" } else { "unpinned" };
    let message = format!("A note by {} was {verb}.", note.created_by_name);
    audit_and_commit(
        app,
        tx,
        &note_event(actor, account, EventKind::NoteChanged, message),
    )
    .await?;
    Ok(NoteChangeOutcome::Done)
}

/// Deletes a note and its text. `version` is the one in the form.
pub async fn delete(
    app: &App,
    actor: &Actor,
    account: &Account,
    (id, version): (NoteId, i64),
) -> db::Result<NoteChangeOutcome> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let Some(note) = find_note(&mut tx, account, id).await? else {
        return Ok(NoteChangeOutcome::Gone);
    };
    if !may_delete(actor, &note) {
        return Ok(NoteChangeOutcome::NotAuthor);
    }
    if !notes::delete(&mut tx, id, version, now).await? {
        return Ok(NoteChangeOutcome::Stale);
    }
    // A note that was given with a creation has the ID of its operation.
    db::operations::write::forget_note(&mut tx, OperationId::from_uuid(id.as_uuid())).await?;
    let message = format!("A note by {} was deleted.", note.created_by_name);
    audit_and_commit(
        app,
        tx,
        &note_event(actor, account, EventKind::NoteDeleted, message),
    )
    .await?;
    Ok(NoteChangeOutcome::Done)
}

/// Returns the note if it belongs to this account and is not deleted.
async fn find_note(tx: &mut Tx, account: &Account, id: NoteId) -> db::Result<Option<Note>> {
    let note = notes::by_id_in_tx(tx, id).await?;
    Ok(note.filter(|note| note.account == account.id && note.deleted_at.is_none()))
}

fn note_event(actor: &Actor, account: &Account, kind: EventKind, message: String) -> Event {
    Event {
        account: Some(account.id.clone()),
        message,
        ..annotation_event(actor, kind, account.name())
    }
}

//! Notes about an account: their page, and adding, editing, pinning and deleting them.

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

use super::AnnotationContext;
use crate::annotations::notes::{self as annotations, AddNoteOutcome, NoteChangeOutcome};
use crate::app::App;
use crate::domain::ids::NoteId;
use crate::domain::new_account::MAX_NOTE_LENGTH;
use crate::domain::role::Permission;
use crate::domain::text;
use crate::web::access::{Annotate, Read, RequiredPermission};
use crate::web::accounts::timeline::{self, Focus, Place, Timeline, TimelineEntry};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Field, Form};
use crate::web::layout::{Layout, Section};
use crate::web::notice::Notice;
use crate::web::render;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/accounts/{id}/notes", get(index).post(create))
        .route("/accounts/{id}/notes/{note}", get(edit).post(update))
        .route("/accounts/{id}/notes/{note}/pin", post(pin))
        .route("/accounts/{id}/notes/{note}/delete", post(delete))
}

#[derive(Template)]
#[template(path = "accounts/timeline/_timeline.html")]
struct NotesFragment {
    timeline: Timeline,
}

#[derive(Template)]
#[template(path = "accounts/annotations/notes.html")]
struct NotesPage {
    layout: Layout,
    name: String,
    timeline: Timeline,
}

/// Submitted note. For a new note, `op` is its ID; otherwise the address names the note.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NoteForm {
    op: String,
    version: i64,
    note: Field,
    /// Requested pin state, if the request changes it.
    pinned: String,
    /// Part of the timeline to return to; empty for all.
    show: String,
}

/// `GET /accounts/{id}/notes`
async fn index(context: AnnotationContext<Read>, kept: DraftForm) -> Result<Response, Error> {
    let mut notes = all_notes(&context).await?;
    notes.new.typed = kept.parse::<NoteForm>().unwrap_or_default().note;
    show(&context, StatusCode::OK, notes).await
}

/// `POST /accounts/{id}/notes`
async fn create(
    context: AnnotationContext<Annotate>,
    Form(mut form): Form<NoteForm>,
) -> Result<Response, Error> {
    let Some(body) = form
        .note
        .read(|typed| text::parse_lines(typed, MAX_NOTE_LENGTH))
    else {
        let mut notes = reload(&context).await?;
        notes.new.typed = form.note;
        return show(&context, StatusCode::UNPROCESSABLE_ENTITY, notes).await;
    };
    let added = match form.op.parse() {
        Ok(op) => {
            annotations::add(
                &context.app,
                context.may.actor(),
                &context.account,
                op,
                &body,
            )
            .await?
        }
        Err(_) => AddNoteOutcome::DifferentInput,
    };
    if added == AddNoteOutcome::Done {
        return respond_with_timeline(&context, &form.show, |_| ()).await;
    }
    let mut notes = reload(&context).await?;
    notes.new.typed = form.note;
    notes.notice = Some(Notice::alert(
        "warn",
        "Not saved: this form was used before",
        "What you typed is still here. Add it again to save it.",
    ));
    show(&context, StatusCode::CONFLICT, notes).await
}

/// `GET /accounts/{id}/notes/{note}`
///
/// Shows all notes, with the field of this one open.
async fn edit(context: AnnotationContext<Annotate>, kept: DraftForm) -> Result<Response, Error> {
    let id: NoteId = context.path_param("note")?;
    let mut notes = all_notes(&context).await?;
    let there = notes.note(id);
    let is_gone = there.is_none();
    let body = there
        .filter(|note| note.may_edit)
        .map(|note| Field::from(note.body.as_str()));
    let kept = kept.parse::<NoteForm>().map(|form| form.note);
    if is_gone && kept.is_some() {
        notes.notice = Some(Notice::alert(
            "warn",
            "The note was deleted while you were signed out",
            "What you typed is still here, in the field of a new note.",
        ));
    }
    match kept.or(body) {
        Some(typed) => notes.open(&context.app, id, typed),
        None if is_gone => return Err(Error::NotFound),
        None => {
            notes.notice = Some(Notice::alert(
                "warn",
                "Only the author can edit a note",
                "You can add a note below.",
            ));
        }
    }
    show(&context, StatusCode::OK, notes).await
}

/// `POST /accounts/{id}/notes/{note}`
async fn update(
    context: AnnotationContext<Annotate>,
    Form(mut form): Form<NoteForm>,
) -> Result<Response, Error> {
    let id: NoteId = context.path_param("note")?;
    let Some(body) = form
        .note
        .read(|typed| text::parse_lines(typed, MAX_NOTE_LENGTH))
    else {
        let mut notes = reload(&context).await?;
        notes.keeps_draft = true;
        notes.open(&context.app, id, form.note);
        return show(&context, StatusCode::UNPROCESSABLE_ENTITY, notes).await;
    };
    let note = (id, form.version);
    let changed = annotations::edit(
        &context.app,
        context.may.actor(),
        &context.account,
        note,
        &body,
    )
    .await?;
    let typed = Some(form.note);
    respond(&context, changed, id, typed, (&form.show, Focus::Note(id))).await
}

/// `POST /accounts/{id}/notes/{note}/pin`
async fn pin(
    context: AnnotationContext<Annotate>,
    Form(form): Form<NoteForm>,
) -> Result<Response, Error> {
    let id: NoteId = context.path_param("note")?;
    let pinned = form.pinned == "yes";
    let changed = annotations::pin(
        &context.app,
        context.may.actor(),
        &context.account,
        id,
        pinned,
    )
    .await?;
    respond(&context, changed, id, None, (&form.show, Focus::Unchanged)).await
}

/// `POST /accounts/{id}/notes/{note}/delete`
async fn delete(
    context: AnnotationContext<Annotate>,
    Form(form): Form<NoteForm>,
) -> Result<Response, Error> {
    let id: NoteId = context.path_param("note")?;
    let note = (id, form.version);
    let changed =
        annotations::delete(&context.app, context.may.actor(), &context.account, note).await?;
    let changed = match changed {
        // Someone else deleted it first, or the form was sent twice.
        NoteChangeOutcome::Gone => NoteChangeOutcome::Done,
        changed => changed,
    };
    respond(&context, changed, id, None, (&form.show, Focus::Heading)).await
}

/// Answers a change of a note. `next` is the part of the timeline to show, and the element to focus
/// there.
async fn respond(
    context: &AnnotationContext<Annotate>,
    changed: NoteChangeOutcome,
    id: NoteId,
    typed: Option<Field>,
    next: (&str, Focus),
) -> Result<Response, Error> {
    let (part, focus) = next;
    let (title, text) = match changed {
        NoteChangeOutcome::Done => {
            return respond_with_timeline(context, part, |notes| {
                notes.keeps_draft = true;
                notes.focus = focus;
            })
            .await;
        }
        NoteChangeOutcome::NotAuthor if typed.is_some() => {
            return Err(Error::Rule("Only the author can edit a note.".to_owned()));
        }
        NoteChangeOutcome::NotAuthor => return Err(Error::Forbidden(Permission::DeleteNotes)),
        NoteChangeOutcome::Stale => (
            "Nothing was changed: the note was edited while the form was open",
            "You see the current text below.",
        ),
        NoteChangeOutcome::Gone => (
            "Nothing was changed: the note was deleted while the form was open",
            "It no longer exists.",
        ),
    };
    let kept = if typed.is_some() {
        " What you typed is still here, in its field."
    } else {
        ""
    };
    let mut notes = reload(context).await?;
    notes.keeps_draft = true;
    notes.notice = Some(Notice::alert("warn", title, format!("{text}{kept}")));
    match typed {
        Some(typed) => notes.open(&context.app, id, typed),
        None => notes.focus = Focus::Notice,
    }
    show(context, StatusCode::CONFLICT, notes).await
}

/// Loads all notes, for their page.
async fn all_notes<P>(context: &AnnotationContext<P>) -> Result<Timeline, Error>
where
    P: RequiredPermission,
{
    Timeline::load(&context.app, &context.may, &context.account, Place::Notes).await
}

/// Loads the timeline as the requesting page shows it. Without htmx, loads all notes.
async fn reload(context: &AnnotationContext<Annotate>) -> Result<Timeline, Error> {
    let own = format!("/accounts/{}/notes", context.account.id);
    let place = match &context.htmx.page {
        Some(page) if context.htmx.partial && !page.starts_with(&own) => {
            Place::of_query(page.split_once('?').map_or("", |(_, query)| query))
        }
        _ if context.htmx.partial && context.htmx.page.is_none() => Place::Account(None),
        _ => Place::Notes,
    };
    Timeline::load(&context.app, &context.may, &context.account, place).await
}

async fn respond_with_timeline(
    context: &AnnotationContext<Annotate>,
    part: &str,
    with: impl FnOnce(&mut Timeline),
) -> Result<Response, Error> {
    if !context.htmx.partial {
        let page = timeline::account_href(context.account.id.as_str(), part);
        return Ok(render::redirect(&format!("{page}#notes")));
    }
    let mut timeline = reload(context).await?;
    with(&mut timeline);
    render::html(&NotesFragment { timeline })
}

async fn show<P>(
    context: &AnnotationContext<P>,
    status: StatusCode,
    timeline: Timeline,
) -> Result<Response, Error> {
    if context.htmx.partial {
        return render::with_status(status, &NotesFragment { timeline });
    }
    let name = context.account.name().to_owned();
    let layout = context
        .may
        .layout(format!("Notes about {name}"), Section::Accounts)
        .await?;
    render::with_status(
        status,
        &NotesPage {
            layout,
            name,
            timeline,
        },
    )
}

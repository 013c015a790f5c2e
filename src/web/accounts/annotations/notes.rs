//! Notes about an account: their page, and adding, editing, pinning and deleting them.

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

use super::AnnotationContext;
use super::notes_card::{CARD_LENGTH, Focus, NotesCard};
use crate::annotations::notes::{self as annotations, AddNoteOutcome, NoteChangeOutcome};
use crate::app::App;
use crate::domain::ids::NoteId;
use crate::domain::new_account::MAX_NOTE_LENGTH;
use crate::domain::role::Permission;
use crate::domain::text;
use crate::web::access::{Annotate, Read};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Field, Form};
use crate::web::layout::{Layout, Section};
use crate::web::notice::Notice;
use crate::web::render;

/// Maximum number of notes on the page of all notes.
const PAGE_LENGTH: i64 = 1_000;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/accounts/{id}/notes", get(index).post(create))
        .route("/accounts/{id}/notes/{note}", get(edit).post(update))
        .route("/accounts/{id}/notes/{note}/pin", post(pin))
        .route("/accounts/{id}/notes/{note}/delete", post(delete))
}

#[derive(Template)]
#[template(path = "accounts/annotations/_notes.html")]
struct NotesFragment {
    notes: NotesCard,
}

#[derive(Template)]
#[template(path = "accounts/annotations/notes.html")]
struct NotesPage {
    layout: Layout,
    name: String,
    notes: NotesCard,
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
}

/// `GET /accounts/{id}/notes`
async fn index(context: AnnotationContext<Read>, kept: DraftForm) -> Result<Response, Error> {
    let mut notes =
        NotesCard::new(&context.app, &context.may, &context.account, PAGE_LENGTH).await?;
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
        return respond_with_card(&context, |_| ()).await;
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
    let mut notes =
        NotesCard::new(&context.app, &context.may, &context.account, PAGE_LENGTH).await?;
    let there = notes.all.iter().find(|note| note.id == id);
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
    respond(&context, changed, id, Some(form.note), Focus::Note(id)).await
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
    respond(&context, changed, id, None, Focus::Unchanged).await
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
    respond(&context, changed, id, None, Focus::Heading).await
}

/// Answers a change of a note. `focus` is the element to focus afterwards.
async fn respond(
    context: &AnnotationContext<Annotate>,
    changed: NoteChangeOutcome,
    id: NoteId,
    typed: Option<Field>,
    focus: Focus,
) -> Result<Response, Error> {
    let (title, text) = match changed {
        NoteChangeOutcome::Done => {
            return respond_with_card(context, |notes| {
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

/// Loads as many notes as the requesting page shows.
async fn reload(context: &AnnotationContext<Annotate>) -> Result<NotesCard, Error> {
    let own = format!("/accounts/{}/notes", context.account.id);
    let from_own = context
        .htmx
        .page
        .as_ref()
        .is_some_and(|page| page.starts_with(&own));
    let most = if context.htmx.partial && !from_own {
        CARD_LENGTH
    } else {
        PAGE_LENGTH
    };
    NotesCard::new(&context.app, &context.may, &context.account, most).await
}

async fn respond_with_card(
    context: &AnnotationContext<Annotate>,
    with: impl FnOnce(&mut NotesCard),
) -> Result<Response, Error> {
    if !context.htmx.partial {
        return Ok(context.redirect_to_account("#notes"));
    }
    let mut notes = reload(context).await?;
    with(&mut notes);
    render::html(&NotesFragment { notes })
}

async fn show<P>(
    context: &AnnotationContext<P>,
    status: StatusCode,
    notes: NotesCard,
) -> Result<Response, Error> {
    if context.htmx.partial {
        return render::with_status(status, &NotesFragment { notes });
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
            notes,
        },
    )
}

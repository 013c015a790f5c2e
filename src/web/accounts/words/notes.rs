//! The card with the notes about an account: who wrote what and when, pinned ones first.

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

use super::{Bar, Place};
use crate::annotations::notes::{self as annotations, AddNoteOutcome, NoteChangeOutcome};
use crate::app::App;
use crate::db::accounts::Account;
use crate::db::notes::{self, Note};
use crate::domain::ids::NoteId;
use crate::domain::role::Permission;
use crate::domain::text;
use crate::web::access::{Annotate, Read, Viewer};
use crate::web::error::Error;
use crate::web::form::{Field, Form, Kept};
use crate::web::page;
use crate::web::shell::{Section, Shell};
use crate::web::view::When;

/// The longest note, in characters.
const LONGEST: usize = 5_000;
/// How many the account's page shows.
const FEW: i64 = 20;
/// How many their own page shows.
const MANY: i64 = 1_000;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/accounts/{id}/notes", get(index).post(create))
        .route("/accounts/{id}/notes/{note}", get(edit).post(update))
        .route("/accounts/{id}/notes/{note}/pin", post(pin))
        .route("/accounts/{id}/notes/{note}/delete", post(delete))
}

/// The card.
pub(in crate::web::accounts) struct Notes {
    pub account: String,
    pub all: Vec<Shown>,
    /// How many there are besides those shown.
    pub more: i64,
    /// A note can be added.
    pub may: bool,
    /// The form that adds one.
    pub new: NewNote,
    /// Another text for a note that was deleted meanwhile, in a form that adds it as a new one.
    pub lost: Option<NewNote>,
    pub bar: Option<Bar>,
    /// What takes the focus where htmx puts the card in place: what had it may be gone.
    pub focus: Focus,
    /// An answer to something else than the form for a new note: whatever is half typed into that form stays there.
    pub keeps_typed: bool,
}

/// A form that adds a note.
pub(in crate::web::accounts) struct NewNote {
    /// The id of the note that it adds.
    pub op: NoteId,
    pub typed: Field,
}

/// A part of the card.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::web::accounts) enum Focus {
    /// Whatever has it by the same id.
    Stays,
    Heading,
    Bar,
    /// This note.
    Note(NoteId),
}

impl Focus {
    pub fn is_heading(self) -> bool {
        self == Self::Heading
    }

    pub fn is_bar(self) -> bool {
        self == Self::Bar
    }

    pub fn is_note(self, id: &NoteId) -> bool {
        self == Self::Note(*id)
    }
}

/// A note.
pub(in crate::web::accounts) struct Shown {
    pub id: NoteId,
    pub version: i64,
    pub author: String,
    pub at: When,
    pub edited: Option<When>,
    pub pinned: bool,
    pub body: String,
    pub may_edit: bool,
    pub may_delete: bool,
    /// What was typed for another text: the field is open then, else it has the text as it is.
    pub typed: Option<Field>,
}

impl Notes {
    /// The first few as they are now.
    pub async fn few(app: &App, viewer: &Viewer, account: &Account) -> Result<Self, Error> {
        Self::new(app, viewer, account, FEW).await
    }

    async fn new(app: &App, viewer: &Viewer, account: &Account, most: i64) -> Result<Self, Error> {
        let may = viewer.can(Permission::Annotate) && account.gone_at.is_none();
        let (all, total) = notes::of_account(&app.db, &account.id, most).await?;
        Ok(Self {
            account: account.id.to_string(),
            more: total - i64::try_from(all.len()).unwrap_or(total),
            all: all.into_iter().map(|note| Shown::new(note, viewer, may)).collect(),
            may,
            new: NewNote::new(app, Field::default()),
            lost: None,
            bar: None,
            focus: Focus::Stays,
            keeps_typed: false,
        })
    }

    /// Opens a note's field with what was typed; where the note is not shown, a form for a new one has it.
    fn open(&mut self, app: &App, id: NoteId, typed: Field) {
        match self.all.iter_mut().find(|note| note.id == id && note.may_edit) {
            Some(note) => note.typed = Some(typed),
            None => self.lost = Some(NewNote::new(app, typed)),
        }
    }
}

impl NewNote {
    fn new(app: &App, typed: Field) -> Self {
        Self {
            op: NoteId::new(app.clock.now()),
            typed,
        }
    }
}

impl Shown {
    fn new(note: Note, viewer: &Viewer, may: bool) -> Self {
        let times = viewer.times();
        Self {
            may_edit: may && annotations::may_edit(viewer.actor(), &note),
            may_delete: may && annotations::may_delete(viewer.actor(), &note),
            id: note.id,
            version: note.version,
            author: note.created_by_name,
            at: times.at(note.created_at),
            edited: note.edited_at.map(|at| times.at(at)),
            pinned: note.pinned,
            body: note.body,
            typed: None,
        }
    }
}

impl Shown {
    /// What the field has.
    pub fn text(&self) -> &str {
        self.typed.as_ref().map_or(&self.body, |typed| &typed.value)
    }

    /// What is wrong with it; empty where nothing is.
    pub fn error(&self) -> &str {
        self.typed.as_ref().map_or("", |typed| &typed.error)
    }
}

#[derive(Template)]
#[template(path = "accounts/words/_notes.html")]
struct Part {
    notes: Notes,
}

#[derive(Template)]
#[template(path = "accounts/words/notes.html")]
struct Page {
    shell: Shell,
    name: String,
    notes: Notes,
}

/// A note as typed: a new one with the id that its form had, or another text for the one that is named.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NoteForm {
    op: String,
    version: i64,
    note: Field,
    /// Whether to pin it, where that is what is asked for.
    pinned: String,
}

/// `GET /accounts/{id}/notes`
async fn index(place: Place<Read>, kept: Kept) -> Result<Response, Error> {
    let mut notes = Notes::new(&place.app, &place.may, &place.account, MANY).await?;
    notes.new.typed = kept.fill::<NoteForm>().unwrap_or_default().note;
    show(&place, StatusCode::OK, notes).await
}

/// `POST /accounts/{id}/notes`
async fn create(place: Place<Annotate>, Form(mut form): Form<NoteForm>) -> Result<Response, Error> {
    let Some(body) = form.note.read(|typed| text::lines(typed, LONGEST)) else {
        let mut notes = shown(&place).await?;
        notes.new.typed = form.note;
        return show(&place, StatusCode::UNPROCESSABLE_ENTITY, notes).await;
    };
    let added = match form.op.parse() {
        Ok(op) => annotations::add(&place.app, place.may.actor(), &place.account, op, &body).await?,
        Err(_) => AddNoteOutcome::DifferentInput,
    };
    if added == AddNoteOutcome::Done {
        return done(&place, |_| ()).await;
    }
    let mut notes = shown(&place).await?;
    notes.new.typed = form.note;
    notes.bar = Some(Bar {
        title: "Not saved: this form was used before, for something else",
        text: "What you typed is still here: look at the notes there are, and add it again to go on.".to_owned(),
    });
    show(&place, StatusCode::CONFLICT, notes).await
}

/// `GET /accounts/{id}/notes/{note}`: all notes, with this one's field open.
async fn edit(place: Place<Annotate>, kept: Kept) -> Result<Response, Error> {
    let id: NoteId = place.param("note")?;
    let mut notes = Notes::new(&place.app, &place.may, &place.account, MANY).await?;
    let there = notes.all.iter().find(|note| note.id == id);
    let is_gone = there.is_none();
    let body = there
        .filter(|note| note.may_edit)
        .map(|note| Field::from(note.body.as_str()));
    let kept = kept.fill::<NoteForm>().map(|form| form.note);
    if is_gone && kept.is_some() {
        notes.bar = Some(Bar {
            title: "The note was deleted while you were signed out",
            text: "What you typed is still here, in the field of a new note.".to_owned(),
        });
    }
    match kept.or(body) {
        Some(typed) => notes.open(&place.app, id, typed),
        None if is_gone => return Err(Error::NotFound),
        None => {
            notes.bar = Some(Bar {
                title: "Only whoever wrote a note edits it",
                text: "Write one of your own below.".to_owned(),
            });
        }
    }
    show(&place, StatusCode::OK, notes).await
}

/// `POST /accounts/{id}/notes/{note}`
async fn update(place: Place<Annotate>, Form(mut form): Form<NoteForm>) -> Result<Response, Error> {
    let id: NoteId = place.param("note")?;
    let Some(body) = form.note.read(|typed| text::lines(typed, LONGEST)) else {
        let mut notes = shown(&place).await?;
        notes.keeps_typed = true;
        notes.open(&place.app, id, form.note);
        return show(&place, StatusCode::UNPROCESSABLE_ENTITY, notes).await;
    };
    let note = (id, form.version);
    let changed = annotations::edit(&place.app, place.may.actor(), &place.account, note, &body).await?;
    answer(&place, changed, id, Some(form.note), Focus::Note(id)).await
}

/// `POST /accounts/{id}/notes/{note}/pin`
async fn pin(place: Place<Annotate>, Form(form): Form<NoteForm>) -> Result<Response, Error> {
    let id: NoteId = place.param("note")?;
    let pinned = form.pinned == "yes";
    let changed = annotations::pin(&place.app, place.may.actor(), &place.account, id, pinned).await?;
    answer(&place, changed, id, None, Focus::Stays).await
}

/// `POST /accounts/{id}/notes/{note}/delete`
async fn delete(place: Place<Annotate>, Form(form): Form<NoteForm>) -> Result<Response, Error> {
    let id: NoteId = place.param("note")?;
    let note = (id, form.version);
    let changed = annotations::delete(&place.app, place.may.actor(), &place.account, note).await?;
    let changed = match changed {
        // Somebody else was quicker, or the form was sent twice.
        NoteChangeOutcome::Gone => NoteChangeOutcome::Done,
        changed => changed,
    };
    answer(&place, changed, id, None, Focus::Heading).await
}

/// What became of a change of a note; `focus` is where to go on once it is done.
async fn answer(
    place: &Place<Annotate>,
    changed: NoteChangeOutcome,
    id: NoteId,
    typed: Option<Field>,
    focus: Focus,
) -> Result<Response, Error> {
    let (title, text) = match changed {
        NoteChangeOutcome::Done => {
            return done(place, |notes| {
                notes.keeps_typed = true;
                notes.focus = focus;
            })
            .await;
        }
        NoteChangeOutcome::NotAuthor if typed.is_some() => {
            return Err(Error::Rule("Only whoever wrote a note edits it.".to_owned()));
        }
        NoteChangeOutcome::NotAuthor => return Err(Error::Forbidden(Permission::DeleteNotes)),
        NoteChangeOutcome::Stale => (
            "Nothing was changed: the note was edited while the form was open",
            "Its text below is how it is now.",
        ),
        NoteChangeOutcome::Gone => (
            "Nothing was changed: the note was deleted while the form was open",
            "It is not there any more.",
        ),
    };
    let kept = if typed.is_some() {
        " What you typed is still here, in its field."
    } else {
        ""
    };
    let mut notes = shown(place).await?;
    notes.keeps_typed = true;
    notes.bar = Some(Bar {
        title,
        text: format!("{text}{kept}"),
    });
    match typed {
        Some(typed) => notes.open(&place.app, id, typed),
        None => notes.focus = Focus::Bar,
    }
    show(place, StatusCode::CONFLICT, notes).await
}

/// As many notes as the page has that asked.
async fn shown(place: &Place<Annotate>) -> Result<Notes, Error> {
    let own = format!("/accounts/{}/notes", place.account.id);
    let from_own = place.htmx.page.as_ref().is_some_and(|page| page.starts_with(&own));
    let most = if place.htmx.partial && !from_own { FEW } else { MANY };
    Notes::new(&place.app, &place.may, &place.account, most).await
}

async fn done(place: &Place<Annotate>, with: impl FnOnce(&mut Notes)) -> Result<Response, Error> {
    if !place.htmx.partial {
        return Ok(place.back("#notes"));
    }
    let mut notes = shown(place).await?;
    with(&mut notes);
    page::html(&Part { notes })
}

async fn show<P>(place: &Place<P>, status: StatusCode, notes: Notes) -> Result<Response, Error> {
    if place.htmx.partial {
        return page::with_status(status, &Part { notes });
    }
    let name = place.account.name().to_owned();
    let shell = place
        .may
        .shell(format!("Notes about {name}"), Section::Accounts)
        .await?;
    page::with_status(status, &Page { shell, name, notes })
}

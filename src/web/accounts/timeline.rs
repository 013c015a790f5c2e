//! Card with the notes about an account, and its forms.

use linkify::{LinkFinder, LinkKind};

use crate::annotations::notes as annotations;
use crate::app::App;
use crate::db::accounts::Account;
use crate::db::notes::{self, Note};
use crate::domain::ids::NoteId;
use crate::domain::role::Permission;
use crate::web::access::Viewer;
use crate::web::error::Error;
use crate::web::form::Field;
use crate::web::format::FormattedTime;
use crate::web::notice::Notice;

/// Maximum number of notes on the account's page.
pub(super) const CARD_LENGTH: i64 = 20;

pub(in crate::web::accounts) struct NotesCard {
    pub account: String,
    pub all: Vec<NoteView>,
    /// Number of notes beyond those shown.
    pub more: i64,
    /// True if the reader may add notes.
    pub may_annotate: bool,
    /// Form that adds a note.
    pub new: NewNote,
    /// Form that adds the new text of a deleted note as a new note.
    pub orphaned_edit: Option<NewNote>,
    pub notice: Option<Notice>,
    /// Element to focus after htmx swaps in the card. The focused element may be gone.
    pub focus: Focus,
    /// True to keep text typed into the form for a new note. Set if the answer concerns another
    /// form.
    pub keeps_draft: bool,
}

/// Form that adds a note.
pub(in crate::web::accounts) struct NewNote {
    /// ID of the note that it adds.
    pub op: NoteId,
    pub typed: Field,
}

/// Element of the card that gets the focus.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::web::accounts) enum Focus {
    /// The element with the same ID as the focused one.
    Unchanged,
    Heading,
    Notice,
    /// The note with this ID.
    Note(NoteId),
}

impl Focus {
    pub fn is_heading(self) -> bool {
        self == Self::Heading
    }

    pub fn is_notice(self) -> bool {
        self == Self::Notice
    }

    pub fn is_note(self, id: &NoteId) -> bool {
        self == Self::Note(*id)
    }
}

pub(in crate::web::accounts) struct NoteView {
    pub id: NoteId,
    pub version: i64,
    pub author: String,
    pub at: FormattedTime,
    pub edited: Option<FormattedTime>,
    pub pinned: bool,
    pub body: String,
    pub may_edit: bool,
    pub may_delete: bool,
    /// Submitted new text of the note. If set, the field is open and shows it. Otherwise, the field
    /// holds the current text.
    pub typed: Option<Field>,
}

impl NoteView {
    /// Returns the text in parts, each with `true` if it is the address of a web page.
    pub fn parts(&self) -> Vec<(&str, bool)> {
        let mut finder = LinkFinder::new();
        finder.kinds(&[LinkKind::Url]);
        let parts = finder.spans(&self.body).map(|span| {
            let address = span.as_str().to_ascii_lowercase();
            let is_web = ["https://", "http://"]
                .into_iter()
                .any(|scheme| address.starts_with(scheme));
            (span.as_str(), span.kind().is_some() && is_web)
        });
        parts.collect()
    }
}

impl NotesCard {
    /// Loads the notes for the account's page.
    pub async fn for_account_page(
        app: &App,
        viewer: &Viewer,
        account: &Account,
    ) -> Result<Self, Error> {
        Self::new(app, viewer, account, CARD_LENGTH).await
    }

    pub(super) async fn new(
        app: &App,
        viewer: &Viewer,
        account: &Account,
        most: i64,
    ) -> Result<Self, Error> {
        let may = viewer.can(Permission::Annotate) && account.gone_at.is_none();
        let (all, total) = notes::of_account(&app.db, &account.id, most).await?;
        Ok(Self {
            account: account.id.to_string(),
            more: total - i64::try_from(all.len()).unwrap_or(total),
            all: all
                .into_iter()
                .map(|note| NoteView::new(note, viewer, may))
                .collect(),
            may_annotate: may,
            new: NewNote::new(app, Field::default()),
            orphaned_edit: None,
            notice: None,
            focus: Focus::Unchanged,
            keeps_draft: false,
        })
    }

    /// Opens a note's field with the submitted text. If the note is not shown, opens a form for a
    /// new note instead.
    pub(super) fn open(&mut self, app: &App, id: NoteId, typed: Field) {
        match self
            .all
            .iter_mut()
            .find(|note| note.id == id && note.may_edit)
        {
            Some(note) => note.typed = Some(typed),
            None => self.orphaned_edit = Some(NewNote::new(app, typed)),
        }
    }
}

impl NewNote {
    pub(super) fn new(app: &App, typed: Field) -> Self {
        Self {
            op: NoteId::new(app.clock.now()),
            typed,
        }
    }
}

impl NoteView {
    fn new(note: Note, viewer: &Viewer, may: bool) -> Self {
        let times = viewer.times();
        Self {
            may_edit: may && annotations::may_edit(viewer.actor(), &note),
            may_delete: may && annotations::may_delete(viewer.actor(), &note),
            id: note.id,
            version: note.version,
            author: note.created_by_name,
            at: times.format(note.created_at),
            edited: note.edited_at.map(|at| times.format(at)),
            pinned: note.pinned,
            body: note.body,
            typed: None,
        }
    }
}

impl NoteView {
    /// Returns the text of the note's field.
    pub fn text(&self) -> &str {
        self.typed.as_ref().map_or(&self.body, |typed| &typed.value)
    }

    /// Returns the error of the text; empty if there is none.
    pub fn error(&self) -> &str {
        self.typed.as_ref().map_or("", |typed| &typed.error)
    }
}

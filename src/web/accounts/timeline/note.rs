//! Note in the timeline, with its forms.

use linkify::{LinkFinder, LinkKind};

use crate::annotations::notes as annotations;
use crate::app::App;
use crate::db::notes::Note;
use crate::domain::ids::NoteId;
use crate::web::access::Viewer;
use crate::web::form::Field;
use crate::web::format::FormattedTime;

/// Form that adds a note.
pub(in crate::web::accounts) struct NewNote {
    /// ID of the note that it adds.
    pub op: NoteId,
    pub typed: Field,
}

impl NewNote {
    pub fn new(app: &App, typed: Field) -> Self {
        Self {
            op: NoteId::new(app.clock.now()),
            typed,
        }
    }
}

/// Element of the timeline that gets the focus.
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
    /// Builds the view. `may` is true if the reader may add notes.
    pub(super) fn new(note: Note, viewer: &Viewer, may: bool) -> Self {
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

    /// Returns the text of the note's field.
    pub fn text(&self) -> &str {
        self.typed.as_ref().map_or(&self.body, |typed| &typed.value)
    }

    /// Returns the error of the text; empty if there is none.
    pub fn error(&self) -> &str {
        self.typed.as_ref().map_or("", |typed| &typed.error)
    }
}

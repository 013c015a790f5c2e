//! Timeline of an account: its notes and the events of the activity, newest first. Pinned notes come
//! before everything else, and the form for a new note is at its head.

use crate::app::App;
use crate::db::accounts::Account;
use crate::db::notes;
use crate::domain::ids::NoteId;
use crate::domain::role::Permission;
use crate::domain::string_enum::string_enum;
use crate::domain::time::Timestamp;
use crate::web::access::Viewer;
use crate::web::error::Error;
use crate::web::form::Field;
use crate::web::notice::Notice;
use crate::web::paths;

mod event;
mod note;

use event::EventView;
pub(super) use note::{Focus, NewNote, NoteView};

/// Maximum number of entries beside pinned notes, if notes and events are mixed.
const MIXED_LENGTH: usize = 8;
/// Maximum number of entries of a timeline that is shorter than the cards beside it.
const SHORT_LENGTH: usize = 2;
/// Maximum number of entries of one part.
const PART_LENGTH: i64 = 20;
/// Maximum number of notes on the page of all notes.
const PAGE_LENGTH: i64 = 1_000;

string_enum! {
    /// Part of the timeline that is shown alone.
    pub(super) enum TimelinePart {
        /// Notes only.
        Notes = "notes", "Notes";
        /// Events only.
        Changes = "changes", "Changes";
    }
}

/// Place in which the timeline is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Page of the account, with the part that its address asks for.
    Account(Option<TimelinePart>),
    /// Page of all notes.
    Notes,
}

impl Place {
    /// Returns the place that a query of the account's page asks for. Ignores unknown parts.
    pub fn of_query(query: &str) -> Self {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        let show = pairs.find(|(name, _)| name == "show");
        Self::Account(show.and_then(|(_, value)| value.trim().parse().ok()))
    }

    /// Returns the part that is shown alone.
    const fn part(self) -> Option<TimelinePart> {
        match self {
            Self::Account(part) => part,
            Self::Notes => Some(TimelinePart::Notes),
        }
    }
}

pub(super) struct Timeline {
    pub account: String,
    place: Place,
    pub entries: Vec<TimelineEntry>,
    /// Number of notes beyond those shown.
    pub more_notes: i64,
    /// True if the reader may add notes.
    pub may_annotate: bool,
    /// Form that adds a note.
    pub new: NewNote,
    /// Form that adds the new text of a deleted note as a new note.
    pub orphaned_edit: Option<NewNote>,
    pub notice: Option<Notice>,
    /// Element to focus after htmx swaps in the timeline. The focused element may be gone.
    pub focus: Focus,
    /// True to keep text typed into the form for a new note. Set if the answer concerns something
    /// else.
    pub keeps_draft: bool,
}

/// Entry of the timeline.
pub(super) enum TimelineEntry {
    Note(Box<NoteView>),
    Event(Box<EventView>),
}

/// Link to a part of the timeline.
pub(super) struct PartLink {
    pub label: &'static str,
    pub href: String,
    pub is_current: bool,
}

impl Timeline {
    pub async fn load(
        app: &App,
        viewer: &Viewer,
        account: &Account,
        place: Place,
    ) -> Result<Self, Error> {
        let may = viewer.can(Permission::Annotate) && account.gone_at.is_none();
        let part = place.part();
        let most_notes = match (place, part) {
            (Place::Notes, _) => PAGE_LENGTH,
            (_, Some(TimelinePart::Changes)) => 0,
            _ => PART_LENGTH,
        };
        let (found, total) = notes::of_account(&app.db, &account.id, most_notes).await?;
        let (pinned, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|note| note.pinned);
        let view = |note| TimelineEntry::Note(Box::new(NoteView::new(note, viewer, may)));
        let mut dated: Vec<(Timestamp, TimelineEntry)> = others
            .into_iter()
            .map(|note| (note.created_at, view(note)))
            .collect();
        if part != Some(TimelinePart::Notes) {
            let events = event::latest(app, viewer, account, PART_LENGTH).await?;
            dated.extend(
                events
                    .into_iter()
                    .map(|(at, event)| (at, TimelineEntry::Event(Box::new(event)))),
            );
            // The sort is stable: at the same time, the note comes before its event.
            dated.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        }
        if part.is_none() {
            dated.truncate(MIXED_LENGTH);
        }
        let mut entries: Vec<TimelineEntry> = pinned.into_iter().map(view).collect();
        entries.extend(dated.into_iter().map(|(_, entry)| entry));
        let mut timeline = Self {
            account: account.id.to_string(),
            place,
            entries,
            more_notes: 0,
            may_annotate: may,
            new: NewNote::new(app, Field::default()),
            orphaned_edit: None,
            notice: None,
            focus: Focus::Unchanged,
            keeps_draft: false,
        };
        if part != Some(TimelinePart::Changes) {
            let shown = i64::try_from(timeline.notes().count()).unwrap_or(total);
            timeline.more_notes = total - shown;
        }
        Ok(timeline)
    }

    /// Returns the notes that are shown.
    fn notes(&self) -> impl Iterator<Item = &NoteView> {
        self.entries.iter().filter_map(|entry| match entry {
            TimelineEntry::Note(note) => Some(note.as_ref()),
            TimelineEntry::Event(_) => None,
        })
    }

    /// Returns the note with this ID, if it is shown.
    pub fn note(&self, id: NoteId) -> Option<&NoteView> {
        self.notes().find(|note| note.id == id)
    }

    /// Opens a note's field with the submitted text. If the note is not shown, opens a form for a
    /// new note instead.
    pub fn open(&mut self, app: &App, id: NoteId, typed: Field) {
        let mut notes = self.entries.iter_mut().filter_map(|entry| match entry {
            TimelineEntry::Note(note) => Some(note),
            TimelineEntry::Event(_) => None,
        });
        match notes.find(|note| note.id == id && note.may_edit) {
            Some(note) => note.typed = Some(typed),
            None => self.orphaned_edit = Some(NewNote::new(app, typed)),
        }
    }

    /// Returns `true` on the page of all notes.
    pub fn is_notes_page(&self) -> bool {
        self.place == Place::Notes
    }

    /// Returns `true` if there is room below the timeline for another card.
    pub fn is_short(&self) -> bool {
        self.entries.len() <= SHORT_LENGTH
    }

    pub fn heading(&self) -> &'static str {
        if self.is_notes_page() {
            "Notes"
        } else {
            "Timeline"
        }
    }

    /// Returns the part that forms carry, so that they lead back to it. Empty for all.
    pub fn part(&self) -> &'static str {
        match self.place {
            Place::Account(Some(part)) => part.as_str(),
            _ => "",
        }
    }

    /// Returns the links to all parts.
    pub fn parts(&self) -> Vec<PartLink> {
        let part = self.place.part();
        let link = |shown: Option<TimelinePart>| PartLink {
            label: shown.map_or("All", TimelinePart::label),
            href: account_href(&self.account, shown.map_or("", TimelinePart::as_str)),
            is_current: shown == part,
        };
        let parts = TimelinePart::ALL.into_iter().map(Some);
        std::iter::once(None).chain(parts).map(link).collect()
    }

    /// Returns the text of an empty timeline.
    pub fn empty_text(&self) -> &'static str {
        match self.place.part() {
            Some(TimelinePart::Notes) => "No notes.",
            Some(TimelinePart::Changes) => "Nobody changed this account in the portal yet.",
            None => "No notes, and nobody changed this account in the portal yet.",
        }
    }
}

/// Returns the address of an account's page with this part of the timeline.
pub(super) fn account_href(account: &str, part: &str) -> String {
    paths::with_query(&format!("/accounts/{account}"), [("show", part)])
}

//! GET and POST /channels/record: many limits that Mission Control shows, pasted as lines, checked, then recorded.
//! Nothing is sent to Telnyx.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::ADDRESS;
use super::record::{SeenAt, not_recorded};
use crate::app::App;
use crate::directory::record::{self, Entry, LineError, MOST_LINES, Parsed};
use crate::web::access::{ChangeLimits, May, Viewer};
use crate::web::error::Error;
use crate::web::form::{Form, Kept};
use crate::web::page;
use crate::web::shell::{Section, Shell, Toast};
use crate::web::view::grouped;

/// Rows of the preview that are shown; more are counted.
const SHOWN: usize = 200;

/// The form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Pasted {
    lines: String,
    seen_at: SeenAt,
    /// `record` where the preview was confirmed; anything else asks for the preview.
    step: String,
}

/// The form, and once it was sent what its lines say.
#[derive(Template)]
#[template(path = "channels/record_many.html")]
struct RecordMany {
    shell: Shell,
    lines: String,
    seen_at: i64,
    checked: bool,
    parsed: Parsed,
    /// Nothing was pasted.
    missing: bool,
    /// What was not recorded although its line is right.
    skipped: Vec<(Entry, String)>,
    /// How many were recorded beside those.
    recorded: usize,
}

impl RecordMany {
    async fn new(viewer: &Viewer, form: Pasted) -> Result<Self, Error> {
        Ok(Self {
            shell: viewer.shell("Record channel limits", Section::Channels).await?,
            seen_at: form.seen_at.or_now(viewer.times().now()).as_millis(),
            lines: form.lines,
            checked: false,
            parsed: Parsed::default(),
            missing: false,
            skipped: Vec::new(),
            recorded: 0,
        })
    }

    fn most() -> String {
        count(MOST_LINES)
    }

    fn is_ready(&self) -> bool {
        self.checked && self.parsed.errors.is_empty() && !self.parsed.entries.is_empty() && self.skipped.is_empty()
    }

    fn is_wrong(&self) -> bool {
        self.missing || !self.parsed.errors.is_empty()
    }

    fn errors(&self) -> &[LineError] {
        self.parsed.errors.get(..SHOWN).unwrap_or(&self.parsed.errors)
    }

    fn preview(&self) -> &[Entry] {
        self.parsed.entries.get(..SHOWN).unwrap_or(&self.parsed.entries)
    }

    /// How many lines there are beyond those that are shown; empty where all are.
    fn more(all: usize) -> String {
        if all > SHOWN { count(all - SHOWN) } else { String::new() }
    }

    fn limits(&self) -> String {
        limits(self.parsed.entries.len())
    }

    fn known(entry: &Entry) -> String {
        entry
            .known
            .map_or_else(|| "not known".to_owned(), |fact| fact.value.to_string())
    }

    fn is_same(entry: &Entry) -> bool {
        entry.known.is_some_and(|fact| fact.value == entry.limit)
    }
}

fn count(number: usize) -> String {
    grouped(i64::try_from(number).unwrap_or(i64::MAX))
}

fn limits(number: usize) -> String {
    format!("{} {}", count(number), if number == 1 { "limit" } else { "limits" })
}

/// GET /channels/record
pub(super) async fn new(may: May<ChangeLimits>, kept: Kept) -> Result<Response, Error> {
    page::html(&RecordMany::new(&may, kept.fill().unwrap_or_default()).await?)
}

/// POST /channels/record
pub(super) async fn create(
    may: May<ChangeLimits>,
    State(app): State<App>,
    Form(form): Form<Pasted>,
) -> Result<Response, Error> {
    let seen_at = form.seen_at.or_now(app.clock.now());
    let confirmed = form.step == "record";
    let mut page = RecordMany::new(&may, form).await?;
    page.parsed = record::parse(&app.db, may.scope(), &page.lines, seen_at).await?;
    page.checked = true;
    page.missing = page.lines.trim().is_empty();
    if page.is_wrong() {
        return page::invalid(&page);
    }
    if !confirmed {
        return page::html(&page);
    }
    let applied = record::apply(&app, may.actor(), page.parsed.entries.clone())
        .await
        .map_err(not_recorded)?;
    if applied.skipped.is_empty() {
        may.toast(Toast {
            kind: "success",
            text: format!(
                "{} recorded, as seen in Mission Control, not confirmed by Telnyx.",
                limits(applied.recorded.len())
            ),
            undo: None,
        })
        .await?;
        return Ok(page::redirect(ADDRESS));
    }
    page.recorded = applied.recorded.len();
    page.skipped = applied.skipped;
    page::invalid(&page)
}

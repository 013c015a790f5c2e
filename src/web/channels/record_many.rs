//! Recording of many limits as seen in Mission Control. They are pasted as lines, checked and then
//! recorded. Nothing is sent to Telnyx.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::PATH;
use super::record::{SeenAt, record_error};
use crate::app::App;
use crate::directory::recorded_limits::{self, LimitEntry, LineError, MAX_LINES, ParsedLines};
use crate::web::access::{Authorized, ChangeLimits, Viewer};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Form};
use crate::web::format::group_thousands;
use crate::web::layout::{Layout, Section, Toast};
use crate::web::render;

/// Maximum number of rows in the preview. The others are counted.
const MAX_PREVIEW_ROWS: usize = 200;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RecordManyForm {
    lines: String,
    seen_at: SeenAt,
    /// `record` if the preview was confirmed. Any other value requests the preview.
    step: String,
}

/// Page with the form and, after it was sent, the content of its lines.
#[derive(Template)]
#[template(path = "channels/record_many.html")]
struct RecordManyPage {
    layout: Layout,
    lines: String,
    seen_at: i64,
    checked: bool,
    parsed: ParsedLines,
    /// True if nothing was pasted.
    nothing_pasted: bool,
    /// Entries that were not recorded although their line is valid.
    skipped: Vec<(LimitEntry, String)>,
    /// Number of entries that were recorded.
    recorded: usize,
}

impl RecordManyPage {
    async fn new(viewer: &Viewer, form: RecordManyForm) -> Result<Self, Error> {
        Ok(Self {
            layout: viewer
                .layout("Record channel limits", Section::Channels)
                .await?,
            seen_at: form.seen_at.or_now(viewer.times().now()).as_millis(),
            lines: form.lines,
            checked: false,
            parsed: ParsedLines::default(),
            nothing_pasted: false,
            skipped: Vec::new(),
            recorded: 0,
        })
    }

    fn max_lines() -> String {
        format_count(MAX_LINES)
    }

    fn is_ready(&self) -> bool {
        self.checked
            && self.parsed.errors.is_empty()
            && !self.parsed.entries.is_empty()
            && self.skipped.is_empty()
    }

    fn is_wrong(&self) -> bool {
        self.nothing_pasted || !self.parsed.errors.is_empty()
    }

    fn errors(&self) -> &[LineError] {
        self.parsed
            .errors
            .get(..MAX_PREVIEW_ROWS)
            .unwrap_or(&self.parsed.errors)
    }

    fn preview(&self) -> &[LimitEntry] {
        self.parsed
            .entries
            .get(..MAX_PREVIEW_ROWS)
            .unwrap_or(&self.parsed.entries)
    }

    /// Returns the number of lines beyond those shown; empty if all are shown.
    fn hidden_count(all: usize) -> String {
        if all > MAX_PREVIEW_ROWS {
            format_count(all - MAX_PREVIEW_ROWS)
        } else {
            String::new()
        }
    }

    fn limits(&self) -> String {
        limits(self.parsed.entries.len())
    }

    fn known_limit(entry: &LimitEntry) -> String {
        entry
            .known
            .map_or_else(|| "not known".to_owned(), |fact| fact.value.to_string())
    }

    fn is_unchanged(entry: &LimitEntry) -> bool {
        entry.known.is_some_and(|fact| fact.value == entry.limit)
    }
}

fn format_count(number: usize) -> String {
    group_thousands(i64::try_from(number).unwrap_or(i64::MAX))
}

fn limits(number: usize) -> String {
    format!(
        "{} {}",
        format_count(number),
        if number == 1 { "limit" } else { "limits" }
    )
}

/// `GET /channels/record`
pub(super) async fn new(may: Authorized<ChangeLimits>, kept: DraftForm) -> Result<Response, Error> {
    render::html(&RecordManyPage::new(&may, kept.parse().unwrap_or_default()).await?)
}

/// `POST /channels/record`
pub(super) async fn create(
    may: Authorized<ChangeLimits>,
    State(app): State<App>,
    Form(form): Form<RecordManyForm>,
) -> Result<Response, Error> {
    let seen_at = form.seen_at.or_now(app.clock.now());
    let confirmed = form.step == "record";
    let mut page = RecordManyPage::new(&may, form).await?;
    page.parsed = recorded_limits::parse(&app.db, &page.lines, seen_at).await?;
    page.checked = true;
    page.nothing_pasted = page.lines.trim().is_empty();
    if page.is_wrong() {
        return render::invalid_form(&page);
    }
    if !confirmed {
        return render::html(&page);
    }
    let applied = recorded_limits::apply(&app, may.actor(), page.parsed.entries.clone())
        .await
        .map_err(record_error)?;
    if applied.skipped.is_empty() {
        may.toast(Toast::success(format!(
            "{} recorded, as seen in Mission Control, not confirmed by Telnyx.",
            limits(applied.recorded.len())
        )))
        .await?;
        return Ok(render::redirect(PATH));
    }
    page.recorded = applied.recorded.len();
    page.skipped = applied.skipped;
    render::invalid_form(&page)
}

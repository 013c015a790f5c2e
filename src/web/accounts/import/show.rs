//! Page of an import: how the file was read, what its columns mean, and what is found in its rows.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;

use super::rows::{self, RowsPage, RowsQuery};
use super::{ImportContext, sentence};
use crate::app::App;
use crate::bulk::import::{self, ImportError, Review, RowStatus};
use crate::db::channel_pool;
use crate::db::imports::{self, Import};
use crate::db::jobs;
use crate::domain::ids::JobId;
use crate::domain::job::JobState;
use crate::domain::operation::Change;
use crate::domain::text::group_thousands;
use crate::import::{Column, Encoding, Format, Separator, error_kind};
use crate::web::error::Error;
use crate::web::format::FormattedTime;
use crate::web::layout::{Layout, Section};
use crate::web::listing::Tab;
use crate::web::notice::Notice;
use crate::web::render;

/// Number of rows that are shown as they were read.
const SAMPLE_ROWS: usize = 3;
/// Maximum number of kinds of errors that are listed.
const MAX_ERROR_KINDS: usize = 20;

#[derive(Template)]
#[template(path = "accounts/import/show.html")]
struct ImportPage {
    layout: Layout,
    path: String,
    name: String,
    at: FormattedTime,
    version: i64,
    /// ID of the job that the preview creates.
    job: JobId,
    notices: Vec<Notice>,
    reading: ReadingForm,
    /// Everything about the rows; `None` if the file cannot be read.
    review: Option<ReviewView>,
    query: RowsQuery,
}

/// Form that chooses how the file is read.
struct ReadingForm {
    findings: Vec<String>,
    /// Value, label, and mark of the present choice.
    encodings: Vec<(&'static str, &'static str, bool)>,
    separators: Vec<(&'static str, &'static str, bool)>,
    sheets: Vec<(String, String, bool)>,
    is_open: bool,
}

struct ReviewView {
    columns: Vec<ColumnView>,
    answers: [AnswerView; 2],
    welcome_email: bool,
    is_mapped: bool,
    /// Labels of the required columns that no column is mapped to.
    missing: Vec<&'static str>,
    tabs: Vec<Tab>,
    error_kinds: Vec<(String, String)>,
    kinds: Vec<KindView>,
    channels: String,
    headings: Vec<&'static str>,
    rows: RowsPage,
    ready: usize,
    total: String,
}

/// Question whose answer counts for all rows that do not give their own.
struct AnswerView {
    name: &'static str,
    label: &'static str,
    /// `yes`, `no`, or empty.
    chosen: &'static str,
    /// True if a column of the file gives the answers.
    has_column: bool,
    yes: &'static str,
    no: &'static str,
    hint: &'static str,
}

/// Column of the file, as it was read.
struct ColumnView {
    name: String,
    header: String,
    samples: Vec<String>,
    /// Value, label, and mark of the present choice.
    options: Vec<(&'static str, &'static str, bool)>,
}

/// Rows with the same status, which a person can decide about together.
struct KindView {
    status: &'static str,
    sentence: String,
    may_create: bool,
    may_leave_out: bool,
    may_undo: bool,
}

impl ReviewView {
    /// Returns `true` if the form of the columns is open: until it is saved, and while it is
    /// incomplete.
    fn is_open(&self) -> bool {
        !self.is_mapped || !self.missing.is_empty()
    }

    fn preview_label(&self) -> String {
        let unit = if self.ready == 1 {
            "account"
        } else {
            "accounts"
        };
        format!("Preview {} {unit}", count(self.ready))
    }
}

/// `GET /accounts/import/{id}?status=&q=&page=&per=`
pub(super) async fn show(
    context: ImportContext,
    RawQuery(raw): RawQuery,
) -> Result<Response, Error> {
    let query = RowsQuery::parse(raw.as_deref().unwrap_or_default());
    respond(&context, query, None, StatusCode::OK).await
}

/// Answers with the page, a notice on top, and this status.
pub(super) async fn respond(
    context: &ImportContext,
    query: RowsQuery,
    notice: Option<Notice>,
    status: StatusCode,
) -> Result<Response, Error> {
    let mut query = query.at_path(context.path());
    let mut notices: Vec<Notice> = notice.into_iter().collect();
    notices.extend(notices_about_jobs(context).await?);
    let (reading, review) = match import::review(&context.app, &context.import).await {
        Ok(review) => {
            let reading = ReadingForm::of(context, Some(&review));
            let view = view(context, &review, &mut query).await?;
            (reading, Some(view))
        }
        Err(ImportError::Db(error)) => return Err(error.into()),
        Err(error) => {
            notices.push(Notice::new(
                "bad",
                "The file cannot be read",
                sentence(error)?,
            ));
            (ReadingForm::of(context, None), None)
        }
    };
    let name = context.import.file_name.clone();
    let page = ImportPage {
        layout: context
            .may
            .layout(format!("Import {name}"), Section::Accounts)
            .await?,
        path: context.path(),
        name,
        at: context.may.times().format(context.import.created_at),
        version: context.import.version,
        job: JobId::new(context.app.clock.now()),
        notices,
        reading,
        review,
        query,
    };
    render::with_status(status, &page)
}

/// Returns notices about the job of this import, and about other imports of the same file.
async fn notices_about_jobs(context: &ImportContext) -> Result<Vec<Notice>, Error> {
    let mut notices = Vec::new();
    if let Some(state) = job_state(&context.app, &context.import).await?
        && let Some(job) = context.import.job
    {
        let href = format!("/jobs/{job}");
        notices.push(if state == JobState::Preview {
            let text = "A preview was made of it. A new preview replaces that one.";
            Notice::new("info", "", text).with_link("Open the preview", href)
        } else {
            let text = "Its rows are in a job. To correct failed rows, download them there and upload that file.";
            Notice::new("info", "This import was run", text).with_link("Open the job", href)
        });
    }
    for other in imports::same_file(&context.app.db, &context.import).await? {
        let state = job_state(&context.app, &other).await?;
        let at = context.may.times().format(other.created_at);
        match state
            .filter(|state| *state != JobState::Preview)
            .and(other.job)
        {
            Some(job) => {
                let text = format!("The same file was uploaded {} and run.", at.relative);
                let notice = Notice::new("warn", "Already imported", text);
                notices.push(notice.with_link("Open that job", format!("/jobs/{job}")));
                break;
            }
            None if other.staff_id == context.import.staff_id => {
                let text = format!("You uploaded the same file {}.", at.relative);
                let notice = Notice::new("info", "Uploaded before", text);
                notices.push(notice.with_link("Open that import", super::path(other.id)));
                break;
            }
            None => {}
        }
    }
    Ok(notices)
}

async fn job_state(app: &App, import: &Import) -> Result<Option<JobState>, Error> {
    let Some(id) = import.job else {
        return Ok(None);
    };
    Ok(jobs::by_id(&app.db, id).await?.map(|job| job.state))
}

impl ReadingForm {
    fn of(context: &ImportContext, review: Option<&Review>) -> Self {
        let options = &context.decisions.options;
        let format = review.map(|review| &review.table.format);
        let mut form = Self {
            findings: review.map_or_else(Vec::new, |review| review.table.findings.clone()),
            encodings: Vec::new(),
            separators: Vec::new(),
            sheets: Vec::new(),
            is_open: review.is_none(),
        };
        if let Some(Format::Spreadsheet { sheet, sheets }) = format {
            let choices = sheets
                .iter()
                .map(|other| (other.name.clone(), other.to_string(), other.name == *sheet));
            form.sheets = choices.collect();
            return form;
        }
        let automatic = ("", "Recognize", options.encoding.is_none());
        let encodings = Encoding::ALL.into_iter().map(|encoding| {
            (
                encoding.as_str(),
                encoding.label(),
                options.encoding == Some(encoding),
            )
        });
        form.encodings = std::iter::once(automatic).chain(encodings).collect();
        let automatic = ("", "Recognize", options.separator.is_none());
        let separators = Separator::ALL.into_iter().map(|separator| {
            (
                separator.as_str(),
                separator.label(),
                options.separator == Some(separator),
            )
        });
        form.separators = std::iter::once(automatic).chain(separators).collect();
        form
    }
}

async fn view(
    context: &ImportContext,
    review: &Review,
    query: &mut RowsQuery,
) -> Result<ReviewView, Error> {
    let decisions = &review.decisions;
    let rows = rows::load(context, review, query).await?;
    let answer = |answer: Option<bool>| match answer {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    };
    let is_mapped = |column: &Column| decisions.mapping.position(*column).is_some();
    let required = [Column::OrganizationName, Column::Email];
    let missing = required.iter().filter(|column| !is_mapped(column));
    Ok(ReviewView {
        columns: columns(review),
        answers: [
            AnswerView {
                name: "rollup_billing",
                label: "Rollup billing",
                chosen: answer(decisions.defaults.rollup_billing),
                has_column: is_mapped(&Column::RollupBilling),
                yes: "Yes: they use our shared balance",
                no: "No: each has its own balance",
                hint: "It cannot be changed once an account exists.",
            },
            AnswerView {
                name: "custom_pricing",
                label: "Custom pricing",
                chosen: answer(decisions.defaults.custom_pricing),
                has_column: is_mapped(&Column::CustomPricing),
                yes: "Yes: Telnyx sets their own rates",
                no: "No: they use our rates",
                hint: "",
            },
        ],
        welcome_email: decisions.welcome_email,
        is_mapped: decisions.is_mapped,
        missing: missing.map(|column| column.label()).collect(),
        tabs: tabs(review, query),
        error_kinds: error_kinds(review),
        kinds: kinds(review),
        channels: channels(context, review).await?,
        headings: rows::shown_columns(review)
            .into_iter()
            .map(Column::label)
            .collect(),
        rows,
        ready: review.count(RowStatus::Ready),
        total: count(review.rows.len()),
    })
}

fn columns(review: &Review) -> Vec<ColumnView> {
    let mapping = review.decisions.mapping.columns();
    let columns = review.table.header.iter().enumerate().map(|(at, header)| {
        let chosen = mapping.get(at).copied().flatten();
        let none = ("", "Do not import", chosen.is_none());
        let options = Column::ALL
            .into_iter()
            .map(|column| (column.as_str(), column.label(), chosen == Some(column)));
        let samples = review.rows.iter().take(SAMPLE_ROWS);
        ColumnView {
            name: format!("column-{at}"),
            header: header.clone(),
            samples: samples
                .map(|row| row.cells.get(at).cloned().unwrap_or_default())
                .collect(),
            options: std::iter::once(none).chain(options).collect(),
        }
    });
    columns.collect()
}

fn tabs(review: &Review, query: &RowsQuery) -> Vec<Tab> {
    let number = |rows: usize| i64::try_from(rows).unwrap_or(i64::MAX);
    let mut tabs = vec![query.tab("All", number(review.rows.len()), |filter| {
        filter.status = None;
    })];
    for status in RowStatus::ALL {
        let rows = review.count(status);
        if rows > 0 || query.filter.status == Some(status) {
            tabs.push(query.tab(status.label(), number(rows), |filter| {
                filter.status = Some(status);
            }));
        }
    }
    tabs
}

/// Returns the number of errors of each kind, the most frequent first.
fn error_kinds(review: &Review) -> Vec<(String, String)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let invalid = review
        .rows
        .iter()
        .filter(|row| row.status == RowStatus::Invalid);
    for error in invalid.flat_map(|row| &row.errors) {
        *counts.entry(error_kind(error)).or_default() += 1;
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
    counts.truncate(MAX_ERROR_KINDS);
    counts
        .into_iter()
        .map(|(kind, rows)| (row_count(rows), kind))
        .collect()
}

fn kinds(review: &Review) -> Vec<KindView> {
    let kind = |status: RowStatus, words: &str| {
        let rows = review.count(status);
        (rows > 0).then(|| KindView {
            status: status.as_str(),
            sentence: format!("{} {words}", row_count(rows)),
            may_create: status == RowStatus::Similar,
            may_leave_out: matches!(
                status,
                RowStatus::Similar | RowStatus::Exists | RowStatus::Duplicate
            ),
            may_undo: status == RowStatus::LeftOut,
        })
    };
    [
        kind(
            RowStatus::Similar,
            "with a name like another account. Decide if each is another customer.",
        ),
        kind(
            RowStatus::Exists,
            "with the email address of an account. These are not created.",
        ),
        kind(
            RowStatus::Duplicate,
            "with the email address of an earlier row. These are not created.",
        ),
        kind(RowStatus::LeftOut, "left out."),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Returns a sentence about the channels that the ready rows need.
async fn channels(context: &ImportContext, review: &Review) -> Result<String, Error> {
    let (mut needed, mut defaults) = (0_i64, 0_usize);
    for row in review
        .rows
        .iter()
        .filter(|row| row.status == RowStatus::Ready)
    {
        match &row.change {
            Some(Change::Create {
                channel_limit: Some(limit),
                ..
            }) => needed += i64::from(limit.get()),
            _ => defaults += 1,
        }
    }
    let mut sentence = format!(
        "The ready rows ask for {} channels.",
        group_thousands(needed)
    );
    let pool = channel_pool::latest(&context.app.db).await?;
    if let Some((pool, _)) = pool.filter(|(pool, _)| pool.is_enabled()) {
        let free = i64::from(pool.free());
        sentence = format!("{sentence} The pool has {} free.", group_thousands(free));
        if needed > free {
            let missing = group_thousands(needed - free);
            sentence =
                format!("{sentence} {missing} are missing: the rows that do not fit are left out.");
        }
    }
    if defaults > 0 {
        sentence = format!(
            "{sentence} {} without a limit: Telnyx gives a default, whose size is not known before.",
            row_count(defaults)
        );
    }
    Ok(sentence)
}

fn row_count(rows: usize) -> String {
    let unit = if rows == 1 { "row" } else { "rows" };
    format!("{} {unit}", count(rows))
}

fn count(rows: usize) -> String {
    group_thousands(i64::try_from(rows).unwrap_or(i64::MAX))
}

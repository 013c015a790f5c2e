//! Page of an import: how the file was read, and notices about its job and the same file.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;

use self::review::ReviewView;
use super::rows::RowsQuery;
use super::{ImportContext, sentence};
use crate::app::App;
use crate::bulk::import::{self, ImportError, Review};
use crate::config::Retention;
use crate::db::imports::{self, Import};
use crate::db::jobs;
use crate::domain::ids::JobId;
use crate::domain::job::JobState;
use crate::import::{Encoding, Format, Separator};
use crate::web::error::Error;
use crate::web::format::FormattedTime;
use crate::web::layout::{Layout, Section};
use crate::web::notice::Notice;
use crate::web::render;

mod review;

#[derive(Template)]
#[template(path = "accounts/import/show.html")]
struct ImportPage {
    layout: Layout,
    path: String,
    name: String,
    at: FormattedTime,
    /// Time for which it is kept after its last change, if it has an end.
    kept: Option<String>,
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
    choices: Vec<ReadingChoice>,
    is_open: bool,
}

/// Choice about reading the file.
struct ReadingChoice {
    name: &'static str,
    label: &'static str,
    /// Value, label, and mark of the present choice.
    options: Vec<(String, String, bool)>,
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
            let view = review::view(context, &review, &mut query).await?;
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
        kept: Retention::in_days(context.app.settings.retention.imports),
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
        let choices = match review.map(|review| &review.table.format) {
            Some(Format::Spreadsheet { sheet, sheets }) => {
                let sheets = sheets
                    .iter()
                    .map(|other| (other.name.clone(), other.to_string(), other.name == *sheet));
                vec![ReadingChoice {
                    name: "sheet",
                    label: "Sheet",
                    options: sheets.collect(),
                }]
            }
            _ => vec![
                ReadingChoice::of_text(
                    "encoding",
                    "Encoding",
                    options.encoding,
                    Encoding::ALL.map(|encoding| (encoding, encoding.as_str(), encoding.label())),
                ),
                ReadingChoice::of_text(
                    "separator",
                    "Separator",
                    options.separator,
                    Separator::ALL
                        .map(|separator| (separator, separator.as_str(), separator.label())),
                ),
            ],
        };
        Self {
            findings: review.map_or_else(Vec::new, |review| review.table.findings.clone()),
            choices,
            is_open: review.is_none(),
        }
    }
}

impl ReadingChoice {
    /// Returns a choice that a person may leave to the file.
    fn of_text<T: Copy + PartialEq>(
        name: &'static str,
        label: &'static str,
        chosen: Option<T>,
        values: impl IntoIterator<Item = (T, &'static str, &'static str)>,
    ) -> Self {
        let automatic = (String::new(), "Recognize".to_owned(), chosen.is_none());
        let values = values.into_iter().map(|(value, text, label)| {
            let is_chosen = chosen == Some(value);
            (text.to_owned(), label.to_owned(), is_chosen)
        });
        Self {
            name,
            label,
            options: std::iter::once(automatic).chain(values).collect(),
        }
    }
}

//! `/accounts/import`: the form that uploads a file or takes a pasted table, and the imports that
//! the person has begun.

use askama::Template;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::{PATH, path, sentence};
use crate::app::App;
use crate::bulk::import::{self, ImportError, Upload};
use crate::config::Retention;
use crate::db::imports::{self, Import};
use crate::db::jobs;
use crate::domain::ids::ImportId;
use crate::domain::job::JobState;
use crate::domain::text;
use crate::import::{MAX_BYTES, template as template_csv};
use crate::web::access::{Authorized, CreateAccounts};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Form};
use crate::web::format::FormattedTime;
use crate::web::layout::{Layout, Section};
use crate::web::notice::Notice;
use crate::web::render;
use crate::web::upload::{UploadForm, UploadedFile};

/// Maximum length of a file's name, in characters. The rest is cut off.
const MAX_FILE_NAME_LENGTH: usize = 100;
/// Name of a pasted table.
const PASTED: &str = "pasted rows";

#[derive(Template)]
#[template(path = "accounts/import/index.html")]
struct UploadPage {
    layout: Layout,
    /// ID of the import that the form creates.
    id: ImportId,
    pasted: String,
    notice: Option<Notice>,
    imports: Vec<ImportRow>,
    /// Time for which imports are kept after their last change, if it has an end.
    kept: Option<String>,
}

/// Import that the person has begun.
struct ImportRow {
    href: String,
    name: String,
    at: FormattedTime,
    /// Address of the job that was made of it; empty if none was run.
    job_href: String,
    discard: String,
}

/// `GET /accounts/import`
pub(super) async fn index(
    may: Authorized<CreateAccounts>,
    State(app): State<App>,
    kept: DraftForm,
) -> Result<Response, Error> {
    let form = kept.parse::<PasteInput>().unwrap_or_default();
    let notice = kept.is_present().then(Notice::restored_draft);
    show_form(&app, &may, form.rows, notice, StatusCode::OK).await
}

/// `GET /accounts/import/paste`
///
/// Shows the form again after an expired login.
pub(super) async fn resume(
    may: Authorized<CreateAccounts>,
    State(app): State<App>,
    kept: DraftForm,
) -> Result<Response, Error> {
    match kept.parse::<PasteInput>() {
        Some(form) => {
            let notice = Some(Notice::restored_draft());
            show_form(&app, &may, form.rows, notice, StatusCode::OK).await
        }
        None => Ok(render::redirect(PATH)),
    }
}

async fn show_form(
    app: &App,
    may: &Authorized<CreateAccounts>,
    pasted: String,
    notice: Option<Notice>,
    status: StatusCode,
) -> Result<Response, Error> {
    let mut rows = Vec::new();
    for import in imports::of_staff(&app.db, may.actor().staff_id).await? {
        rows.push(row(app, may, import).await?);
    }
    let page = UploadPage {
        layout: may.layout("Import accounts", Section::Accounts).await?,
        id: ImportId::new(app.clock.now()),
        pasted,
        notice,
        imports: rows,
        kept: Retention::in_days(app.settings.retention.imports),
    };
    render::with_status(status, &page)
}

async fn row(
    app: &App,
    may: &Authorized<CreateAccounts>,
    import: Import,
) -> Result<ImportRow, Error> {
    let job = match import.job {
        Some(id) => jobs::by_id(&app.db, id).await?,
        None => None,
    };
    let run = job.filter(|job| job.state != JobState::Preview);
    Ok(ImportRow {
        href: path(import.id),
        at: may.times().format(import.updated_at),
        job_href: run
            .map(|job| format!("/jobs/{}", job.id))
            .unwrap_or_default(),
        discard: format!("{}/discard", path(import.id)),
        name: import.file_name,
    })
}

/// `GET /accounts/import/template.csv`
pub(super) async fn template(_may: Authorized<CreateAccounts>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"accounts-template.csv\"",
        ),
    ];
    (headers, template_csv()).into_response()
}

/// `POST /accounts/import`
///
/// Stores an uploaded file. Creates nothing.
pub(super) async fn upload(
    may: Authorized<CreateAccounts>,
    State(app): State<App>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Error> {
    let form = UploadForm::read(form, MAX_BYTES).await?;
    let id = form.text("id").parse().ok();
    let UploadedFile { name, content } = form.file;
    if content.is_empty() {
        let notice = Notice::alert(
            "bad",
            "Nothing was uploaded",
            "Choose a file that is not empty.",
        );
        return show_form(
            &app,
            &may,
            String::new(),
            Some(notice),
            StatusCode::UNPROCESSABLE_ENTITY,
        )
        .await;
    }
    let upload = Upload {
        id: id.unwrap_or_else(|| ImportId::new(app.clock.now())),
        file_name: file_name(&name),
        content,
        is_pasted: false,
    };
    store(&app, &may, upload, String::new()).await
}

/// Submitted fields of a pasted table.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PasteInput {
    id: String,
    rows: String,
}

/// `POST /accounts/import/paste`
///
/// Stores a pasted table. Creates nothing.
pub(super) async fn paste(
    may: Authorized<CreateAccounts>,
    State(app): State<App>,
    Form(input): Form<PasteInput>,
) -> Result<Response, Error> {
    let upload = Upload {
        id: input
            .id
            .trim()
            .parse()
            .unwrap_or_else(|_| ImportId::new(app.clock.now())),
        file_name: PASTED.to_owned(),
        content: input.rows.clone().into_bytes(),
        is_pasted: true,
    };
    store(&app, &may, upload, input.rows).await
}

async fn store(
    app: &App,
    may: &Authorized<CreateAccounts>,
    upload: Upload,
    pasted: String,
) -> Result<Response, Error> {
    match import::store_upload(app, may.actor(), upload).await {
        Ok(id) => Ok(render::redirect(&path(id))),
        Err(ImportError::Db(error)) => Err(error.into()),
        Err(error) => {
            let notice = Notice::alert("bad", "The rows were not read", sentence(error)?);
            show_form(
                app,
                may,
                pasted,
                Some(notice),
                StatusCode::UNPROCESSABLE_ENTITY,
            )
            .await
        }
    }
}

/// Returns the name of a file without its folders and control characters.
fn file_name(sent: &str) -> String {
    let name = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_FILE_NAME_LENGTH)
        .collect();
    text::parse_line(&name, MAX_FILE_NAME_LENGTH).unwrap_or_else(|_| "file".to_owned())
}

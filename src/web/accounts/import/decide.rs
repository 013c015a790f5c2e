//! Actions on an import: how the file is read, which rows are created, the preview, and discarding.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::rows::RowsQuery;
use super::{ImportContext, PATH, sentence, show};
use crate::bulk::PlanError;
use crate::bulk::import::{self, RowChoice, RowStatus, preview_import};
use crate::db::imports;
use crate::domain::ids::JobId;
use crate::domain::text::group_thousands;
use crate::import::ReadOptions;
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::layout::Toast;
use crate::web::notice::Notice;
use crate::web::render;

/// Submitted choices about reading the file. An empty one leaves the decision to the file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ReadInput {
    encoding: String,
    separator: String,
    sheet: String,
}

/// `POST /accounts/import/{id}/read`
///
/// Reads the file in another way. Edited cells and choices are dropped if the rows differ then.
pub(super) async fn read(
    context: ImportContext,
    Form(input): Form<ReadInput>,
) -> Result<Response, Error> {
    let options = ReadOptions {
        encoding: input.encoding.trim().parse().ok(),
        separator: input.separator.trim().parse().ok(),
        sheet: Some(input.sheet).filter(|sheet| !sheet.is_empty()),
    };
    let mut decisions = context.decisions.clone();
    if decisions.options == options {
        return Ok(render::redirect(&context.path()));
    }
    let app = &context.app;
    match import::table(app, &context.import, &options).await {
        Ok(table) => {
            decisions.mapping =
                import::remembered_mapping(app, context.may.actor(), &table.header).await?;
            decisions.is_mapped = false;
            decisions.edits.clear();
            decisions.choices.clear();
            decisions.options = options;
            let back = context.path();
            context.decide(decisions, &back).await
        }
        Err(error) => {
            let notice = Notice::alert(
                "bad",
                "The file cannot be read in this way",
                sentence(error)?,
            );
            decisions.options = options;
            let context = ImportContext {
                decisions,
                ..context
            };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            show::respond(&context, RowsQuery::default(), Some(notice), status).await
        }
    }
}

/// Submitted choice about one row, or about all rows of a status.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ChooseInput {
    /// Number of the row; empty for all rows of the status.
    number: String,
    status: String,
    /// `create`, `leave_out`, or `undo` to take an earlier choice back.
    choice: String,
    /// Query of the page with the button.
    back: String,
}

/// `POST /accounts/import/{id}/choose`
pub(super) async fn choose(
    context: ImportContext,
    Form(input): Form<ChooseInput>,
) -> Result<Response, Error> {
    let damaged = || Error::BadRequest("The request was damaged. Reload the page.".into());
    let choice = match input.choice.trim() {
        "create" => Some(RowChoice::Create),
        "leave_out" => Some(RowChoice::LeaveOut),
        "undo" => None,
        _ => return Err(damaged()),
    };
    let review = match import::review(&context.app, &context.import).await {
        Ok(review) => review,
        Err(error) => return Err(Error::Conflict(sentence(error)?)),
    };
    let numbers: Vec<usize> = if input.number.trim().is_empty() {
        let status: RowStatus = input.status.trim().parse().map_err(|_| damaged())?;
        let rows = review.rows.iter().filter(|row| row.status == status);
        rows.map(|row| row.number).collect()
    } else {
        let number: usize = input.number.trim().parse().map_err(|_| damaged())?;
        if !(1..=review.rows.len()).contains(&number) {
            return Err(damaged());
        }
        vec![number]
    };
    let mut decisions = context.decisions.clone();
    for number in &numbers {
        match choice {
            Some(choice) => decisions.choices.insert(*number, choice),
            None => decisions.choices.remove(number),
        };
    }
    let back = RowsQuery::from_path(&input.back)
        .at_path(context.path())
        .href();
    let anchor = match numbers.as_slice() {
        [number] if !input.number.trim().is_empty() => format!("#row-{number}"),
        _ => "#rows".to_owned(),
    };
    context.decide(decisions, &format!("{back}{anchor}")).await
}

/// Submitted fields of the button that previews the job.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PreviewInput {
    /// ID of the new job. The same form sent twice is one job.
    job: String,
    /// Version of the import that the page showed.
    version: String,
}

/// `POST /accounts/import/{id}/preview`
///
/// Stores the plan of the job and opens its preview. Creates nothing.
pub(super) async fn preview(
    context: ImportContext,
    Form(input): Form<PreviewInput>,
) -> Result<Response, Error> {
    let app = &context.app;
    let refuse = async |title: &str, text: String, status: StatusCode| {
        let notice = Notice::alert("warn", title, text);
        show::respond(&context, RowsQuery::default(), Some(notice), status).await
    };
    let id = match input.job.trim() {
        "" => JobId::new(app.clock.now()),
        id => id
            .parse()
            .map_err(|_| Error::BadRequest("The form was damaged. Reload the page.".to_owned()))?,
    };
    let shown = input.version.trim();
    if !shown.is_empty() && shown != context.import.version.to_string() {
        let text = "This import was changed in another tab. Check it, then preview.".to_owned();
        return refuse("No preview yet", text, StatusCode::CONFLICT).await;
    }
    let review = match import::review(app, &context.import).await {
        Ok(review) => review,
        Err(error) => return Err(Error::Conflict(sentence(error)?)),
    };
    match preview_import(app, context.may.actor(), id, &context.import, &review).await {
        Ok(job) => Ok(render::redirect(&format!("/jobs/{}", job.id))),
        Err(PlanError::Forbidden(permission)) => Err(Error::Forbidden(permission)),
        Err(PlanError::Db(error)) => Err(error.into()),
        Err(error) => {
            let text = plan_sentence(&error);
            refuse("No preview yet", text, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

fn plan_sentence(error: &PlanError) -> String {
    let count = |rows: usize| group_thousands(i64::try_from(rows).unwrap_or(i64::MAX));
    match error {
        PlanError::TooMany { selected, most } => format!(
            "A job may create at most {} accounts, and this file has {} rows. Split it.",
            count(*most),
            count(*selected)
        ),
        PlanError::Empty => "The file has no rows.".to_owned(),
        other => other.to_string(),
    }
}

/// `POST /accounts/import/{id}/discard`
///
/// Deletes the uploaded file and everything decided about it. A job that runs goes on.
pub(super) async fn discard(context: ImportContext) -> Result<Response, Error> {
    let staff = context.may.actor().staff_id;
    imports::delete(&context.app.db, context.import.id, staff).await?;
    let name = &context.import.file_name;
    context
        .may
        .toast(Toast::new("success", format!("{name} was discarded.")))
        .await?;
    Ok(render::redirect(PATH))
}

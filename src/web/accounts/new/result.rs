//! What came of a creation: a page that waits while it is not known, then the account and its limit, or the form again.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::fields::Fields;
use crate::app::App;
use crate::db::accounts;
use crate::db::operations::{self, Operation};
use crate::domain::channels::ChannelLimit;
use crate::domain::ids::{AccountId, OperationId};
use crate::domain::operation::{Change, Kind, State as At};
use crate::domain::role::Permission;
use crate::operations::Submission;
use crate::web::access::{May, Read};
use crate::web::change::{Marks, Turned, turn};
use crate::web::error::Error;
use crate::web::form::Query;
use crate::web::htmx::Htmx;
use crate::web::page;
use crate::web::shell::{Section, Shell};
use crate::web::view::When;

mod made;
mod news;

use made::Made;
use news::{News, Stage};

pub(super) fn router() -> Router<App> {
    Router::new().route("/accounts/created/{op}", get(show))
}

/// The address of a creation's result.
pub(super) fn path(op: OperationId) -> String {
    format!("/accounts/created/{op}")
}

#[derive(Template)]
#[template(path = "accounts/new/result.html", blocks = ["operation"])]
struct ResultPage {
    shell: Shell,
    op: String,
    label: String,
    stage: Stage,
    news: News,
    /// Kind and word of where the creation stands.
    badge: (&'static str, &'static str),
    asked: When,
    who: String,
    /// The limit that was asked for; empty where none was.
    wanted_limit: String,
    candidates: Vec<AccountId>,
    made: Option<Made>,
    /// Of the form that sets the limit after it was refused.
    marks: Marks,
}

/// What a page that waits tells of itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Polling {
    /// The stage that it shows.
    seen: Vec<String>,
}

/// `GET /accounts/created/{op}`
///
/// What came of a creation. A page that waits asks for its part; once there is more to show it loads anew.
async fn show(
    may: May<Read>,
    State(app): State<App>,
    Path(op): Path<String>,
    Query(polling): Query<Polling>,
    htmx: Htmx,
) -> Result<Response, Error> {
    let op: OperationId = op.parse().map_err(|_| Error::NotFound)?;
    let operation = operations::by_id(&app.db, may.scope(), op)
        .await?
        .ok_or(Error::NotFound)?;
    if operation.kind != Kind::Create {
        return Ok(page::redirect(&format!("/operations/{op}")));
    }
    if operation.state == At::Refused {
        return refused(&app, &may, operation, &htmx).await;
    }
    let page = result(&app, &may, operation).await?;
    if htmx.partial && polling.seen.first().is_some_and(|seen| seen != page.stage.word()) {
        return Ok(page::redirect(&path(op)));
    }
    page::render(&htmx, &page, &page.as_operation())
}

/// The form again, filled but for the password, with Telnyx's words at the field that they are about.
async fn refused(app: &App, may: &May<Read>, operation: Operation, htmx: &Htmx) -> Result<Response, Error> {
    if htmx.partial {
        return Ok(page::redirect(&path(operation.id)));
    }
    if !may.can(Permission::CreateAccounts) {
        let page = result(app, may, operation).await?;
        return page::html(&page);
    }
    let mut fields = Fields::of_change(&operation.change);
    let with_password = matches!(
        operation.change,
        Change::Create {
            with_password: true,
            ..
        }
    );
    let wanted = fields
        .read()
        .ok_or_else(|| Error::Internal("a creation with input that cannot be sent".to_owned()))?;
    match turn(app, may.actor(), may.times(), Ok(Submission::Settled(operation))).await? {
        Turned::Problem(problem) => {
            let mut response = super::not_created(app, may, fields, &wanted, problem, with_password).await?;
            // Reading the page is not refused, whatever became of the creation.
            *response.status_mut() = StatusCode::OK;
            Ok(response)
        }
        Turned::Done { operation, .. } | Turned::Open(operation) => Ok(page::redirect(&path(operation.id))),
    }
}

async fn result(app: &App, may: &May<Read>, operation: Operation) -> Result<ResultPage, Error> {
    let times = may.times();
    let limit = operations::following(&app.db, may.scope(), operation.id).await?;
    let account = match &operation.account {
        Some(id) => accounts::by_id(&app.db, may.scope(), id).await?,
        None => None,
    };
    let stage = Stage::of(&operation, limit.as_ref());
    let news = News::of(&operation, limit.as_ref(), account.as_ref());
    let made = match account {
        Some(account) if operation.state == At::Done => {
            Some(Made::of(app, may, &operation, limit.as_ref(), account).await?)
        }
        _ => None,
    };
    let mut shell = may.shell(operation.label.clone(), Section::Accounts).await?;
    shell.refresh = stage.goes_on().then(|| path(operation.id));
    Ok(ResultPage {
        shell,
        op: operation.id.to_string(),
        stage,
        news,
        badge: badge(operation.state),
        asked: times.at(operation.created_at),
        who: operation.staff_name.clone(),
        wanted_limit: wanted_limit(&operation)
            .map(|limit| limit.to_string())
            .unwrap_or_default(),
        candidates: match &operation.outcome {
            Some(outcome) if operation.state == At::Unknown => outcome.candidates.clone(),
            _ => Vec::new(),
        },
        made,
        marks: Marks::new(app.clock.now()),
        label: operation.label,
    })
}

/// The limit that was asked for together with the account.
fn wanted_limit(operation: &Operation) -> Option<ChannelLimit> {
    match operation.change {
        Change::Create { channel_limit, .. } => channel_limit,
        _ => None,
    }
}

const fn badge(state: At) -> (&'static str, &'static str) {
    match state {
        At::Queued | At::Running => ("busy", "Sending"),
        At::Checking => ("busy", "Checking"),
        At::Unknown => ("warn", "Unknown"),
        At::Done => ("good", "Created"),
        At::Refused => ("bad", "Not created"),
    }
}

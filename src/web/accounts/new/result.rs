//! Result of a creation. The page waits until the result is known. It then shows the account and
//! its limit, or the form again.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::fields::NewAccountFields;
use crate::app::App;
use crate::db::accounts;
use crate::db::operations::{self, Operation};
use crate::domain::channels::ChannelLimit;
use crate::domain::ids::{AccountId, OperationId};
use crate::domain::operation::{Change, OperationKind, OperationState};
use crate::domain::role::Permission;
use crate::operations::Submission;
use crate::web::access::{Authorized, Read};
use crate::web::change::{ChangeOutcome, FormTokens, change_outcome};
use crate::web::error::Error;
use crate::web::form::Query;
use crate::web::format::FormattedTime;
use crate::web::htmx::Htmx;
use crate::web::layout::{Layout, Section};
use crate::web::notice::Notice;
use crate::web::render;

mod created_account;
mod status_notice;
mod welcome_card;

use created_account::CreatedAccount;
use status_notice::{CreationStage, status_notice};

pub(super) fn router() -> Router<App> {
    Router::new().route("/accounts/created/{op}", get(show))
}

/// Returns the address of a creation's result.
pub(super) fn path(op: OperationId) -> String {
    format!("/accounts/created/{op}")
}

#[derive(Template)]
#[template(path = "accounts/new/result.html", blocks = ["operation"])]
struct ResultPage {
    layout: Layout,
    op: String,
    label: String,
    stage: CreationStage,
    notice: Notice,
    /// Color and label of the creation's state.
    badge: (&'static str, &'static str),
    asked: FormattedTime,
    who: String,
    /// Requested limit; empty if none was requested.
    requested_limit: String,
    candidates: Vec<AccountId>,
    created_account: Option<CreatedAccount>,
    /// True if the reader may create accounts.
    may_create: bool,
    /// Hidden fields of the form that sets the limit after it was refused.
    form_tokens: FormTokens,
}

/// Query parameters of a page that polls.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PollQuery {
    /// State that the page shows.
    seen: Vec<String>,
}

/// `GET /accounts/created/{op}`
///
/// Shows the result of a creation. While it is pending, the page polls its own part, and reloads
/// when there is more to show.
async fn show(
    may: Authorized<Read>,
    State(app): State<App>,
    Path(op): Path<String>,
    Query(polling): Query<PollQuery>,
    htmx: Htmx,
) -> Result<Response, Error> {
    let op: OperationId = op.parse().map_err(|_| Error::NotFound)?;
    let operation = operations::by_id(&app.db, op)
        .await?
        .ok_or(Error::NotFound)?;
    if operation.kind != OperationKind::Create {
        return Ok(render::redirect(&format!("/operations/{op}")));
    }
    if operation.state == OperationState::Refused {
        return show_refused(&app, &may, operation, &htmx).await;
    }
    let page = build_page(&app, &may, operation).await?;
    if htmx.partial
        && polling
            .seen
            .first()
            .is_some_and(|seen| seen != page.stage.as_str())
    {
        return Ok(render::redirect(&path(op)));
    }
    render::page_or_fragment(&htmx, &page, &page.as_operation())
}

/// Shows the form again, without the password. Puts Telnyx's message at the field that it concerns.
async fn show_refused(
    app: &App,
    may: &Authorized<Read>,
    operation: Operation,
    htmx: &Htmx,
) -> Result<Response, Error> {
    if htmx.partial {
        return Ok(render::redirect(&path(operation.id)));
    }
    if !may.can(Permission::CreateAccounts) {
        let page = build_page(app, may, operation).await?;
        return render::html(&page);
    }
    let mut fields = NewAccountFields::from_change(&operation.change);
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
    match change_outcome(
        app,
        may.actor(),
        may.times(),
        Ok(Submission::Settled(operation)),
    )
    .await?
    {
        ChangeOutcome::Problem(problem) => {
            let mut response =
                super::show_failure(app, may, fields, &wanted, problem, with_password).await?;
            // The creation was refused, but this request for the page was not.
            *response.status_mut() = StatusCode::OK;
            Ok(response)
        }
        ChangeOutcome::Done { operation, .. } | ChangeOutcome::Pending(operation) => {
            Ok(render::redirect(&path(operation.id)))
        }
    }
}

async fn build_page(
    app: &App,
    may: &Authorized<Read>,
    operation: Operation,
) -> Result<ResultPage, Error> {
    let times = may.times();
    let limit = operations::follow_up_of(&app.db, operation.id).await?;
    let account = match &operation.account {
        Some(id) => accounts::by_id(&app.db, id).await?,
        None => None,
    };
    let stage = CreationStage::of(&operation, limit.as_ref());
    let notice = Notice {
        busy: stage.is_in_progress(),
        ..status_notice(&operation, limit.as_ref(), account.as_ref())
    };
    let created_account = match account {
        Some(account) if operation.state == OperationState::Done => {
            Some(CreatedAccount::load(app, may, &operation, limit.as_ref(), account).await?)
        }
        _ => None,
    };
    let mut layout = may
        .layout(operation.label.clone(), Section::Accounts)
        .await?;
    layout.refresh = stage.is_in_progress().then(|| path(operation.id));
    Ok(ResultPage {
        layout,
        op: operation.id.to_string(),
        stage,
        notice,
        badge: badge(operation.state),
        asked: times.format(operation.created_at),
        who: operation.staff_name.clone(),
        requested_limit: requested_limit(&operation)
            .map(|limit| limit.to_string())
            .unwrap_or_default(),
        candidates: match &operation.outcome {
            Some(outcome) if operation.state == OperationState::Unknown => {
                outcome.candidates.clone()
            }
            _ => Vec::new(),
        },
        created_account,
        may_create: may.can(Permission::CreateAccounts),
        form_tokens: FormTokens::new(app.clock.now()),
        label: operation.label,
    })
}

/// Returns the limit that was requested together with the account.
fn requested_limit(operation: &Operation) -> Option<ChannelLimit> {
    match operation.change {
        Change::Create { channel_limit, .. } => channel_limit,
        _ => None,
    }
}

const fn badge(state: OperationState) -> (&'static str, &'static str) {
    match state {
        OperationState::Queued | OperationState::Running => ("busy", "Sending"),
        OperationState::Checking => ("busy", "Checking"),
        OperationState::Unknown => ("warn", "Unknown"),
        OperationState::Done => ("good", "Created"),
        OperationState::Refused => ("bad", "Not created"),
    }
}

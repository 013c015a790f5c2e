//! Page of a change: its state, the request, the result and possible actions.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::{OperationContext, labels};
use crate::db::accounts;
use crate::db::operations::{self, Operation};
use crate::domain::operation::{OperationKind, OperationState};
use crate::domain::role::Permission;
use crate::operations::{
    after_text, before_text, kind_info, kind_of, late_effects, outcome_text, undo,
};
use crate::web::access::{Read, RequiredPermission};
use crate::web::change::{FormTokens, Problem};
use crate::web::error::Error;
use crate::web::format::FormattedTime;
use crate::web::layout::{Layout, Section};
use crate::web::render;

#[derive(Template)]
#[template(path = "operations/show.html", blocks = ["operation"])]
pub(super) struct OperationPage {
    layout: Layout,
    view: OperationView,
    form_tokens: FormTokens,
    problem: Option<Problem>,
}

impl OperationPage {
    fn error_of(&self, field: &str) -> &str {
        self.problem
            .as_ref()
            .map_or("", |problem| problem.field_message(field))
    }

    fn is_wrong(&self, field: &str) -> bool {
        !self.error_of(field).is_empty()
    }
}

struct OperationView {
    id: String,
    title: String,
    state: &'static str,
    badge: &'static str,
    tone: &'static str,
    icon: &'static str,
    headline: &'static str,
    sentence: String,
    meanwhile: &'static str,
    /// Time until which one of its requests may still act.
    late: Option<FormattedTime>,
    operation_state: OperationState,
    kind: OperationKind,
    who: String,
    asked: FormattedTime,
    settled: Option<FormattedTime>,
    settled_by: &'static str,
    before: String,
    after: String,
    reason: String,
    telnyx_request_id: String,
    status: String,
    /// Address of the page of its subject, and the subject's name.
    subject: Option<(String, String)>,
    /// Change that this one undoes.
    undoes: Option<String>,
    /// Change that undoes this one.
    undone_by: Option<String>,
    /// Job that the change belongs to.
    job: Option<String>,
    may_undo: bool,
    may_settle: bool,
    send_again: String,
    happened: String,
    did_not: String,
    /// For a creation, the accounts that it may have created: ID, name, and if it is chosen.
    candidates: Vec<(String, String, bool)>,
    typed: SettleInput,
}

impl OperationView {
    fn is_in_progress(&self) -> bool {
        matches!(
            self.operation_state,
            OperationState::Queued | OperationState::Running | OperationState::Checking
        )
    }

    fn is_unknown(&self) -> bool {
        self.operation_state == OperationState::Unknown
    }

    fn is_creation(&self) -> bool {
        self.kind == OperationKind::Create
    }
}

/// Submitted fields for settling a change by hand.
#[derive(Clone, Debug, Default)]
pub(super) struct SettleInput {
    pub seen: String,
    pub account_id: String,
    pub reason: String,
}

/// `GET /operations/{id}`
pub(super) async fn show(context: OperationContext<Read>) -> Result<Response, Error> {
    // A creation has its own page for the result.
    let operation = &context.operation;
    if operation.kind == OperationKind::Create && operation.state != OperationState::Unknown {
        return Ok(render::redirect(&format!(
            "/accounts/created/{}",
            operation.id
        )));
    }
    show_page(&context, SettleInput::default(), None).await
}

/// Shows the current page, with the problem above it if there is one.
pub(super) async fn show_page<P: RequiredPermission>(
    context: &OperationContext<P>,
    typed: SettleInput,
    problem: Option<Problem>,
) -> Result<Response, Error> {
    let operation = operations::by_id(&context.app.db, context.operation.id)
        .await?
        .ok_or(Error::NotFound)?;
    let status = problem
        .as_ref()
        .map_or(StatusCode::OK, |problem| problem.status);
    let view = build_view(context, &operation, typed).await?;
    let mut layout = context
        .may
        .layout(view.title.clone(), Section::Activity)
        .await?;
    layout.refresh = view
        .is_in_progress()
        .then(|| format!("/operations/{}", operation.id));
    let page = OperationPage {
        layout,
        view,
        form_tokens: FormTokens::new(context.app.clock.now()),
        problem,
    };
    let mut response = render::page_or_fragment(&context.htmx, &page, &page.as_operation())?;
    *response.status_mut() = status;
    Ok(response)
}

async fn build_view<P: RequiredPermission>(
    context: &OperationContext<P>,
    operation: &Operation,
    typed: SettleInput,
) -> Result<OperationView, Error> {
    let times = context.may.times();
    let kind = kind_of(&operation.change);
    let outcome = operation.outcome.clone().unwrap_or_default();
    let (happened, did_not) = kind.settlement_labels();
    let reason = match (operation.reason.code, operation.reason.text.as_str()) {
        (None, text) => text.to_owned(),
        (Some(code), "") => code.label().to_owned(),
        (Some(code), text) => format!("{}: {text}", code.label()),
    };
    let unknown = operation.state == OperationState::Unknown;
    let may_settle = unknown && context.may.can(Permission::SettleOperations);
    let subject = match (&operation.account, &operation.org_user) {
        (Some(account), _) => Some((format!("/accounts/{account}"), operation.label.clone())),
        (None, Some(_)) if operation.state == OperationState::Done => {
            Some(("/org-users".to_owned(), "Telnyx users".to_owned()))
        }
        (None, Some(user)) => Some((format!("/org-users/{user}"), operation.label.clone())),
        (None, None) => None,
    };
    Ok(OperationView {
        id: operation.id.to_string(),
        title: labels::title(operation),
        state: operation.state.label(),
        badge: labels::badge_kind(operation.state),
        tone: labels::notice_kind(operation.state),
        icon: labels::icon(operation.state),
        headline: labels::headline(operation),
        sentence: outcome_text(operation),
        meanwhile: labels::next_step(operation),
        late: late_effects::may_act_until(operation, times.now()).map(|until| times.format(until)),
        operation_state: operation.state,
        kind: operation.kind,
        who: operation.staff_name.clone(),
        asked: times.format(operation.created_at),
        settled: operation.finished_at.map(|at| times.format(at)),
        settled_by: labels::settled_by(operation),
        before: before_text(operation).unwrap_or_else(|| "not known".to_owned()),
        after: after_text(operation),
        reason,
        telnyx_request_id: outcome.telnyx_request_id.unwrap_or_default(),
        status: outcome
            .status
            .map(|status| status.to_string())
            .unwrap_or_default(),
        subject,
        undoes: operation
            .undoes
            .map(|undone| format!("/operations/{undone}")),
        undone_by: operations::undo_of(&context.app.db, operation.id)
            .await?
            .map(|undoing| format!("/operations/{}", undoing.id)),
        job: operation.job.map(|job| format!("/jobs/{job}")),
        may_undo: undo::undo_offer(&context.app, context.may.actor(), operation)
            .await?
            .is_some(),
        may_settle,
        send_again: if may_settle && context.may.can(kind_info(operation.kind).permission) {
            kind.resend_label().unwrap_or_default()
        } else {
            String::new()
        },
        happened,
        did_not,
        candidates: candidates(context, &outcome.candidates, &typed).await?,
        typed,
    })
}

async fn candidates<P: RequiredPermission>(
    context: &OperationContext<P>,
    ids: &[crate::domain::ids::AccountId],
    typed: &SettleInput,
) -> Result<Vec<(String, String, bool)>, Error> {
    let known = accounts::by_ids(&context.app.db, ids).await?;
    Ok(ids
        .iter()
        .map(|id| {
            let name = known.iter().find(|account| account.id == *id).map_or_else(
                || "not in the directory yet".to_owned(),
                |account| {
                    let created = account
                        .created_at
                        .map(|at| context.may.times().absolute(at));
                    format!(
                        "{}, {}, created {}",
                        account.shown_organization_name(),
                        account.email,
                        created.as_deref().unwrap_or("at an unknown time")
                    )
                },
            );
            (id.to_string(), name, typed.account_id == id.as_str())
        })
        .collect())
}

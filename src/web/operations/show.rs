//! The page of a change: where it stands, what was asked, what came of it, and what can be done about it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::{Desk, words};
use crate::db::accounts;
use crate::db::operations::{self, Operation};
use crate::domain::operation::{Kind, State};
use crate::domain::role::Permission;
use crate::operations::{after_words, before_words, late, sentence, undo};
use crate::web::access::{Needed, Read};
use crate::web::change::{Marks, Problem};
use crate::web::error::Error;
use crate::web::page;
use crate::web::shell::{Section, Shell};
use crate::web::view::When;

#[derive(Template)]
#[template(path = "operations/show.html", blocks = ["operation"])]
pub(super) struct Page {
    shell: Shell,
    view: View,
    marks: Marks,
    problem: Option<Problem>,
}

impl Page {
    fn error_of(&self, field: &str) -> &str {
        self.problem.as_ref().map_or("", |problem| problem.message_of(field))
    }

    fn is_wrong(&self, field: &str) -> bool {
        !self.error_of(field).is_empty()
    }
}

/// What is shown of a change.
struct View {
    id: String,
    title: String,
    state: &'static str,
    badge: &'static str,
    tone: &'static str,
    icon: &'static str,
    headline: &'static str,
    sentence: String,
    meanwhile: &'static str,
    /// Until when a request of it may still act.
    late: Option<When>,
    stands: State,
    kind: Kind,
    who: String,
    asked: When,
    settled: Option<When>,
    settled_by: &'static str,
    before: String,
    after: String,
    reason: String,
    telnyx_request_id: String,
    status: String,
    /// The page of what it concerns, and what it is called.
    subject: Option<(String, String)>,
    /// The change that this one undoes.
    undoes: Option<String>,
    /// The change that undoes this one.
    undone_by: Option<String>,
    may_undo: bool,
    may_settle: bool,
    send_again: String,
    happened: String,
    did_not: String,
    /// For a creation: each account that it may have made, its name, and whether it is chosen.
    candidates: Vec<(String, String, bool)>,
    typed: SettleTyped,
}

impl View {
    fn waiting(&self) -> bool {
        matches!(self.stands, State::Queued | State::Running | State::Checking)
    }

    fn is_unknown(&self) -> bool {
        self.stands == State::Unknown
    }

    fn is_creation(&self) -> bool {
        self.kind == Kind::Create
    }
}

/// What was typed to settle it by hand.
#[derive(Clone, Debug, Default)]
pub(super) struct SettleTyped {
    pub seen: String,
    pub account_id: String,
    pub reason: String,
}

/// `GET /operations/{id}`
pub(super) async fn show(desk: Desk<Read>) -> Result<Response, Error> {
    // A creation has a page of its own for its result.
    let operation = &desk.operation;
    if operation.kind == Kind::Create && operation.state != State::Unknown {
        return Ok(page::redirect(&format!("/accounts/created/{}", operation.id)));
    }
    render(&desk, SettleTyped::default(), None).await
}

/// The page as it stands, with a problem above it where there is one.
pub(super) async fn render<P: Needed>(
    desk: &Desk<P>,
    typed: SettleTyped,
    problem: Option<Problem>,
) -> Result<Response, Error> {
    let operation = operations::by_id(&desk.app.db, desk.may.scope(), desk.operation.id)
        .await?
        .ok_or(Error::NotFound)?;
    let status = problem.as_ref().map_or(StatusCode::OK, |problem| problem.status);
    let view = view(desk, &operation, typed).await?;
    let mut shell = desk.may.shell(view.title.clone(), Section::Activity).await?;
    shell.refresh = view.waiting().then(|| format!("/operations/{}", operation.id));
    let page = Page {
        shell,
        view,
        marks: Marks::new(desk.app.clock.now()),
        problem,
    };
    let mut response = page::render(&desk.htmx, &page, &page.as_operation())?;
    *response.status_mut() = status;
    Ok(response)
}

async fn view<P: Needed>(desk: &Desk<P>, operation: &Operation, typed: SettleTyped) -> Result<View, Error> {
    let times = desk.may.times();
    let outcome = operation.outcome.clone().unwrap_or_default();
    let (happened, did_not) = words::seen(operation);
    let reason = match (operation.reason.code, operation.reason.text.as_str()) {
        (None, text) => text.to_owned(),
        (Some(code), "") => code.label().to_owned(),
        (Some(code), text) => format!("{}: {text}", code.label()),
    };
    let unknown = operation.state == State::Unknown;
    let may_settle = unknown && desk.may.can(Permission::SettleOperations);
    let subject = match (&operation.account, &operation.org_user) {
        (Some(account), _) => Some((format!("/accounts/{account}"), operation.label.clone())),
        (None, Some(_)) if operation.state == State::Done => Some(("/org-users".to_owned(), "Telnyx users".to_owned())),
        (None, Some(user)) => Some((format!("/org-users/{user}"), operation.label.clone())),
        (None, None) => None,
    };
    Ok(View {
        id: operation.id.to_string(),
        title: words::title(operation),
        state: operation.state.label(),
        badge: words::badge(operation.state),
        tone: words::tone(operation.state),
        icon: words::icon(operation.state),
        headline: words::headline(operation),
        sentence: sentence(operation),
        meanwhile: words::meanwhile(operation),
        late: late::may_act_until(operation, times.now()).map(|until| times.at(until)),
        stands: operation.state,
        kind: operation.kind,
        who: operation.staff_name.clone(),
        asked: times.at(operation.created_at),
        settled: operation.finished_at.map(|at| times.at(at)),
        settled_by: words::settled_by(operation),
        before: before_words(operation).unwrap_or_else(|| "not known".to_owned()),
        after: after_words(operation).unwrap_or_default(),
        reason,
        telnyx_request_id: outcome.telnyx_request_id.unwrap_or_default(),
        status: outcome.status.map(|status| status.to_string()).unwrap_or_default(),
        subject,
        undoes: operation.undoes.map(|undone| format!("/operations/{undone}")),
        undone_by: operations::undoing(&desk.app.db, desk.may.scope(), operation.id)
            .await?
            .map(|undoing| format!("/operations/{}", undoing.id)),
        may_undo: undo::offer(&desk.app, desk.may.actor(), operation).await?.is_some(),
        may_settle,
        send_again: if may_settle && desk.may.can(operation.kind.permission()) {
            words::send_again(operation)
        } else {
            String::new()
        },
        happened,
        did_not,
        candidates: candidates(desk, &outcome.candidates, &typed).await?,
        typed,
    })
}

async fn candidates<P: Needed>(
    desk: &Desk<P>,
    ids: &[crate::domain::ids::AccountId],
    typed: &SettleTyped,
) -> Result<Vec<(String, String, bool)>, Error> {
    let known = accounts::many_by_ids(&desk.app.db, desk.may.scope(), ids).await?;
    Ok(ids
        .iter()
        .map(|id| {
            let name = known.iter().find(|account| account.id == *id).map_or_else(
                || "not in the directory yet".to_owned(),
                |account| {
                    let created = account.created_at.map(|at| desk.may.times().absolute(at));
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

//! Removing a user from the organization: irreversible, so the e-mail address is typed.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::show::{PendingRemoval, user_not_found};
use super::{OrgUserView, live_read, parse_user_id};
use crate::app::App;
use crate::directory::TimeBudget;
use crate::domain::email;
use crate::domain::ids::OrgUserId;
use crate::domain::operation::{Change, Reason};
use crate::operations::{self, Request};
use crate::web::access::{Authorized, RecentlyAuthenticated, RemoveOrgUsers};
use crate::web::change::{self, ChangeOutcome, FormTokenFields, FormTokens, Problem};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Form};
use crate::web::htmx::Htmx;
use crate::web::layout::{Layout, Section};
use crate::web::render;

pub(super) fn router() -> Router<App> {
    Router::new().route("/org-users/{id}/remove", get(edit).post(update))
}

/// The form and the page around it.
#[derive(Template)]
#[template(path = "org_users/remove.html", blocks = ["confirm"])]
struct RemovePage {
    layout: Layout,
    person: OrgUserView,
    form_tokens: FormTokens,
    problem: Option<Problem>,
    typed: String,
    open: Option<PendingRemoval>,
    /// Nobody told the portal whose key it uses.
    key_owner_unknown: bool,
}

impl RemovePage {
    fn error(&self) -> &str {
        self.problem
            .as_ref()
            .map_or("", |problem| problem.field_message("confirm_email"))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RemoveForm {
    confirm_email: String,
    #[serde(flatten)]
    form_tokens: FormTokenFields,
}

/// `GET /org-users/{id}/remove`
async fn edit(
    may: RecentlyAuthenticated<RemoveOrgUsers>,
    State(app): State<App>,
    id: Path<String>,
    htmx: Htmx,
    kept: DraftForm,
) -> Result<Response, Error> {
    let id = parse_user_id(id)?;
    let typed = kept.parse::<RemoveForm>().unwrap_or_default().confirm_email;
    show_confirmation(&app, &may, &htmx, &id, typed, None).await
}

/// `POST /org-users/{id}/remove`
async fn update(
    may: RecentlyAuthenticated<RemoveOrgUsers>,
    State(app): State<App>,
    id: Path<String>,
    htmx: Htmx,
    Form(fields): Form<RemoveForm>,
) -> Result<Response, Error> {
    let id = parse_user_id(id)?;
    let typed = fields.confirm_email.trim().to_owned();
    match remove(&app, &may, &id, &typed, &fields.form_tokens).await? {
        ChangeOutcome::Done { toast, .. } => {
            may.toast(toast).await?;
            Ok(render::redirect("/org-users"))
        }
        ChangeOutcome::Pending(operation) => {
            Ok(render::redirect(&ChangeOutcome::operation_path(&operation)))
        }
        ChangeOutcome::Problem(problem) => {
            show_confirmation(&app, &may, &htmx, &id, fields.confirm_email, Some(problem)).await
        }
    }
}

async fn remove(
    app: &App,
    may: &Authorized<RemoveOrgUsers>,
    id: &OrgUserId,
    typed: &str,
    form_tokens: &FormTokenFields,
) -> Result<ChangeOutcome, Error> {
    if typed.is_empty() {
        let problem = Problem::at_field(
            "confirm_email",
            "Type the e-mail address of this user to confirm.",
        );
        return Ok(ChangeOutcome::Problem(problem));
    }
    let form_tokens = match form_tokens.parse(app.clock.now()) {
        Ok(form_tokens) => form_tokens,
        Err(problem) => return Ok(ChangeOutcome::Problem(problem)),
    };
    let request = Request {
        id: form_tokens.op,
        change: Change::RemoveOrgUser {
            user: id.clone(),
            // The same address in another case is the same form.
            email: email::key(typed),
        },
        reason: Reason::default(),
        undoes: None,
        expected: form_tokens.expected(),
        try_anyway: form_tokens.try_anyway,
        password: None,
    };
    let result = operations::submit(app, may.actor(), request).await;
    Ok(change::change_outcome(app, may.actor(), may.times(), result).await?)
}

/// Shows the form, with what came of it before.
async fn show_confirmation(
    app: &App,
    may: &Authorized<RemoveOrgUsers>,
    htmx: &Htmx,
    id: &OrgUserId,
    typed: String,
    problem: Option<Problem>,
) -> Result<Response, Error> {
    let seen = live_read::read_user(app, &TimeBudget::for_page(app), id).await?;
    let Some(user) = seen.value else {
        return match problem {
            // It is gone meanwhile: that is what to say, not that nothing is here.
            Some(problem) if seen.failure.is_none() => Err(Error::Conflict(problem.summary())),
            _ => user_not_found(may, seen.failure).await,
        };
    };
    let person = OrgUserView::new(&user, app, may);
    let mismatch = !typed.trim().is_empty() && !email::is_same(&typed, &person.email);
    let problem = match problem {
        // The rule is about the address: it belongs at the field.
        Some(problem)
            if mismatch
                && person.removal_obstacle.is_empty()
                && problem.status == StatusCode::UNPROCESSABLE_ENTITY =>
        {
            let words = format!(
                "This is not the e-mail address of this user. Type {} to confirm.",
                person.email
            );
            Some(Problem::at_field("confirm_email", words))
        }
        problem => problem,
    };
    let status = problem
        .as_ref()
        .map_or(StatusCode::OK, |problem| problem.status);
    let page = RemovePage {
        layout: may
            .layout(format!("Remove {}", person.email), Section::OrgUsers)
            .await?,
        person,
        form_tokens: FormTokens::new(app.clock.now()),
        problem,
        typed,
        open: PendingRemoval::load(app, may, id).await?,
        key_owner_unknown: app.settings.key_owner_email.is_none(),
    };
    if htmx.partial {
        render::with_status(status, &page.as_confirm())
    } else {
        render::with_status(status, &page)
    }
}

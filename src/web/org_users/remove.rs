//! Removing a user from the organization: irreversible, so the e-mail address is typed.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::show::{Open, nobody};
use super::{Person, reading, user_id};
use crate::app::App;
use crate::directory::Patience;
use crate::domain::email;
use crate::domain::ids::OrgUserId;
use crate::domain::operation::{Change, Reason};
use crate::operations::{self, Request};
use crate::web::access::{Fresh, May, RemoveOrgUsers};
use crate::web::change::{self, Marks, MarksFields, Problem, Turned};
use crate::web::error::Error;
use crate::web::form::{Form, Kept};
use crate::web::htmx::Htmx;
use crate::web::page;
use crate::web::shell::{Section, Shell};

pub(super) fn router() -> Router<App> {
    Router::new().route("/org-users/{id}/remove", get(edit).post(update))
}

/// The form and the page around it.
#[derive(Template)]
#[template(path = "org_users/remove.html", blocks = ["confirm"])]
struct RemovePage {
    shell: Shell,
    person: Person,
    marks: Marks,
    problem: Option<Problem>,
    typed: String,
    open: Option<Open>,
    /// Nobody told the portal whose key it uses.
    key_owner_unknown: bool,
}

impl RemovePage {
    fn error(&self) -> &str {
        self.problem
            .as_ref()
            .map_or("", |problem| problem.message_of("confirm_email"))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Fields {
    confirm_email: String,
    #[serde(flatten)]
    marks: MarksFields,
}

/// `GET /org-users/{id}/remove`
async fn edit(
    may: Fresh<RemoveOrgUsers>,
    State(app): State<App>,
    id: Path<String>,
    htmx: Htmx,
    kept: Kept,
) -> Result<Response, Error> {
    let id = user_id(id)?;
    let typed = kept.fill::<Fields>().unwrap_or_default().confirm_email;
    confirm(&app, &may, &htmx, &id, typed, None).await
}

/// `POST /org-users/{id}/remove`
async fn update(
    may: Fresh<RemoveOrgUsers>,
    State(app): State<App>,
    id: Path<String>,
    htmx: Htmx,
    Form(fields): Form<Fields>,
) -> Result<Response, Error> {
    let id = user_id(id)?;
    let typed = fields.confirm_email.trim().to_owned();
    match remove(&app, &may, &id, &typed, &fields.marks).await? {
        Turned::Done { toast, .. } => {
            may.toast(toast).await?;
            Ok(page::redirect("/org-users"))
        }
        Turned::Open(operation) => Ok(page::redirect(&Turned::page_of(&operation))),
        Turned::Problem(problem) => confirm(&app, &may, &htmx, &id, fields.confirm_email, Some(problem)).await,
    }
}

async fn remove(
    app: &App,
    may: &May<RemoveOrgUsers>,
    id: &OrgUserId,
    typed: &str,
    marks: &MarksFields,
) -> Result<Turned, Error> {
    if typed.is_empty() {
        let problem = Problem::at_field("confirm_email", "Type the e-mail address of this user to confirm.");
        return Ok(Turned::Problem(problem));
    }
    let marks = match marks.read(app.clock.now()) {
        Ok(marks) => marks,
        Err(problem) => return Ok(Turned::Problem(problem)),
    };
    let request = Request {
        id: marks.op,
        change: Change::RemoveOrgUser {
            user: id.clone(),
            // The same address in another case is the same form.
            email: email::key(typed),
        },
        reason: Reason::default(),
        undoes: None,
        expected: marks.expected(),
        try_anyway: marks.try_anyway,
        password: None,
    };
    let result = operations::submit(app, may.actor(), request).await;
    Ok(change::turn(app, may.actor(), may.times(), result).await?)
}

/// Shows the form, with what came of it before.
async fn confirm(
    app: &App,
    may: &May<RemoveOrgUsers>,
    htmx: &Htmx,
    id: &OrgUserId,
    typed: String,
    problem: Option<Problem>,
) -> Result<Response, Error> {
    let seen = reading::user(app, &Patience::of_page(app), id).await?;
    let Some(user) = seen.value else {
        return match problem {
            // It is gone meanwhile: that is what to say, not that nothing is here.
            Some(problem) if seen.trouble.is_none() => Err(Error::Conflict(problem.in_one_line())),
            _ => nobody(may, seen.trouble).await,
        };
    };
    let person = Person::new(&user, app, may);
    let mismatch = !typed.trim().is_empty() && !email::same(&typed, &person.email);
    let problem = match problem {
        // The rule is about the address: it belongs at the field.
        Some(problem) if mismatch && person.kept.is_empty() && problem.status == StatusCode::UNPROCESSABLE_ENTITY => {
            let words = format!(
                "This is not the e-mail address of this user. Type {} to confirm.",
                person.email
            );
            Some(Problem::at_field("confirm_email", words))
        }
        problem => problem,
    };
    let status = problem.as_ref().map_or(StatusCode::OK, |problem| problem.status);
    let page = RemovePage {
        shell: may.shell(format!("Remove {}", person.email), Section::OrgUsers).await?,
        person,
        marks: Marks::new(app.clock.now()),
        problem,
        typed,
        open: Open::of(app, may, id).await?,
        key_owner_unknown: app.settings.key_owner_email.is_none(),
    };
    if htmx.partial {
        page::with_status(status, &page.as_confirm())
    } else {
        page::with_status(status, &page)
    }
}

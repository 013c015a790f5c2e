//! Removal of a user from the organization. It is irreversible, so the email address must be typed.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::show::{pending_removal, user_not_found};
use super::{OrgUserView, live_read, parse_user_id};
use crate::app::App;
use crate::directory::TimeBudget;
use crate::domain::email;
use crate::domain::ids::OrgUserId;
use crate::domain::operation::{Change, Reason};
use crate::operations::{self, Request};
use crate::web::access::{Authorized, RecentlyAuthenticated, RemoveOrgUsers};
use crate::web::change::{self, ChangeOutcome, FormTokenFields, FormTokens, Problem};
use crate::web::confirmation::{
    Confirmation, ConfirmationField, Consequence, Control, Fact, FactValue, Subject, crumbs,
};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Form};
use crate::web::htmx::Htmx;
use crate::web::layout::Section;
use crate::web::notice::Notice;
use crate::web::render;

pub(super) fn router() -> Router<App> {
    Router::new().route("/org-users/{id}/remove", get(edit).post(update))
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
        let problem = Problem::at_field("confirm_email", "Type the user's email to confirm.");
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
            // An address in another case counts as the same form.
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

/// Shows the form, with the problem of the last attempt.
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
            // The user is gone meanwhile. The message tells that, instead of "not found".
            Some(problem) if seen.failure.is_none() => Err(Error::Conflict(problem.summary())),
            _ => user_not_found(may, seen.failure).await,
        };
    };
    let mut person = OrgUserView::new(&user, app, may);
    let obstacle = std::mem::take(&mut person.removal_obstacle);
    let mismatch = !typed.trim().is_empty() && !email::is_same(&typed, &person.email);
    let problem = match problem {
        // The rule concerns the typed address, so the message belongs at its field.
        Some(problem)
            if mismatch
                && obstacle.is_empty()
                && problem.status == StatusCode::UNPROCESSABLE_ENTITY =>
        {
            let words = format!(
                "This is not the user's email. Type {} to confirm.",
                person.email
            );
            Some(Problem::at_field("confirm_email", words))
        }
        problem => problem,
    };
    let open = pending_removal(app, may, id).await?;
    let mut form = confirmation(app, person, typed);
    if let Some(open) = open {
        form.obstruct(open);
    } else if !obstacle.is_empty() {
        form.obstruct(Notice::new("info", "Cannot be removed here", obstacle));
    }
    if let Some(problem) = problem {
        form.show_problem(problem);
    }
    form.respond(may, htmx).await
}

/// Returns the confirmation of a user who can be removed.
fn confirmation(app: &App, person: OrgUserView, typed: String) -> Confirmation {
    let title = format!("Remove {}", person.email);
    let groups = match person.groups {
        Some(names) if names.is_empty() => FactValue::Missing("none"),
        Some(names) => FactValue::Names(names),
        None => FactValue::Missing("not reported"),
    };
    let mut consequences = vec![
        Consequence::bad(
            "They can no longer sign in to Mission Control for us, and they leave all groups.",
        ),
        Consequence::bad(
            "Telnyx does not say what happens to API keys they created. Replace those in use \
             first.",
        ),
    ];
    if app.settings.key_owner_email.is_none() {
        consequences.push(Consequence::bad(
            "This portal does not know whose API key it uses. If it is theirs, the portal may \
             stop working.",
        ));
    }
    consequences.push(Consequence::plain(
        "Staff of this portal are separate. Their access to this portal does not change.",
    ));
    Confirmation {
        section: Section::OrgUsers,
        page_title: Some(title.clone()),
        crumbs: crumbs([
            ("Telnyx users", "/org-users"),
            (&person.email, &person.href),
            ("Remove", ""),
        ]),
        title: format!("{title}?"),
        lead: "From our organization at Telnyx. This cannot be undone, and the portal cannot \
               invite them back."
            .to_owned(),
        icon: "user-minus",
        danger: true,
        action: format!("{}/remove", person.href),
        hidden: FormTokens::new(app.clock.now()).pairs(),
        facts: vec![
            Fact::text("Email", person.email.as_str()).wide(),
            Fact::text("Status", person.status),
            Fact::text("Kind", person.kind),
            Fact::new("Last sign-in", FactValue::Time(person.last_sign_in)),
            Fact::new("Groups", groups).wide(),
        ],
        consequences,
        fields: vec![
            ConfirmationField::new("confirm_email", "Type the email to confirm", typed)
                .hint(person.email.as_str())
                .control(Control::ConfirmText { inputmode: "email" }),
        ],
        subject: Subject::new(person.email, ""),
        cancel: ("Cancel", person.href),
        button: title,
        ..Confirmation::default()
    }
}

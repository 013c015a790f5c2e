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
use crate::domain::operation::{Change, Reason, ReasonCode};
use crate::domain::time::Timestamp;
use crate::operations::{self, Request};
use crate::web::access::{Authorized, RecentlyAuthenticated, RemoveOrgUsers};
use crate::web::change::{self, ChangeOutcome, FormTokenFields, FormTokens, Problem, parse_reason};
use crate::web::confirmation::{
    Confirmation, ConfirmationField, Consequence, Control, Fact, FactValue, Subject, crumbs,
};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Form, Query};
use crate::web::htmx::Htmx;
use crate::web::layout::Section;
use crate::web::notice::Notice;
use crate::web::{paths, render};

pub(super) fn router() -> Router<App> {
    Router::new().route("/org-users/{id}/remove", get(edit).post(update))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RemoveForm {
    confirm_email: String,
    reason_code: String,
    reason: String,
    /// Address of the list or review to return to.
    return_to: String,
    #[serde(flatten)]
    form_tokens: FormTokenFields,
}

impl RemoveForm {
    /// Reads the fields. The problem names each one that is missing or invalid.
    fn read(&self, now: Timestamp) -> Result<(FormTokens, Reason), Problem> {
        let form_tokens = self.form_tokens.parse(now)?;
        let mut fields = Vec::new();
        let reason = parse_reason(&self.reason_code, &self.reason);
        let checked = reason
            .as_ref()
            .map(|reason| reason.require(&ReasonCode::FOR_ORG_USERS));
        match checked {
            Ok(Err((field, sentence))) => fields.push((field, sentence.to_owned())),
            Err(problem) => fields.extend(problem.fields.clone()),
            Ok(Ok(())) => {}
        }
        if self.confirm_email.trim().is_empty() {
            let sentence = "Type the user's email to confirm.";
            fields.push(("confirm_email", sentence.to_owned()));
        }
        match reason {
            Ok(reason) if fields.is_empty() => Ok((form_tokens, reason)),
            _ => Err(Problem::at_fields(fields)),
        }
    }

    /// Returns the address of the list or review that the form came from.
    fn return_path(&self) -> Option<String> {
        let path = paths::local(&self.return_to)?;
        let page = path.split(['?', '#']).next().unwrap_or_default();
        let is_list = page == "/org-users" || page.starts_with("/org-users/reviews/");
        is_list.then_some(path)
    }
}

/// `GET /org-users/{id}/remove`
async fn edit(
    may: RecentlyAuthenticated<RemoveOrgUsers>,
    State(app): State<App>,
    id: Path<String>,
    htmx: Htmx,
    Query(query): Query<RemoveForm>,
    kept: DraftForm,
) -> Result<Response, Error> {
    let id = parse_user_id(id)?;
    let mut form = kept.parse::<RemoveForm>().unwrap_or(query);
    if form.return_to.is_empty() {
        form.return_to = htmx.page.clone().unwrap_or_default();
    }
    show_confirmation(&app, &may, &htmx, &id, form, None).await
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
    match remove(&app, &may, &id, &fields).await? {
        ChangeOutcome::Done { toast, .. } => {
            may.toast(toast).await?;
            let mut back = fields
                .return_path()
                .unwrap_or_else(|| "/org-users".to_owned());
            if let Some((_, row)) = fields.return_to.split_once('#').filter(|_| !htmx.sent) {
                let row: String = row.chars().filter(char::is_ascii_alphanumeric).collect();
                back = format!("{back}#{row}");
            }
            Ok(render::redirect(&back))
        }
        ChangeOutcome::Pending(operation) => {
            Ok(render::redirect(&ChangeOutcome::operation_path(&operation)))
        }
        ChangeOutcome::Problem(problem) => {
            show_confirmation(&app, &may, &htmx, &id, fields, Some(problem)).await
        }
    }
}

async fn remove(
    app: &App,
    may: &Authorized<RemoveOrgUsers>,
    id: &OrgUserId,
    form: &RemoveForm,
) -> Result<ChangeOutcome, Error> {
    let (form_tokens, reason) = match form.read(app.clock.now()) {
        Ok(read) => read,
        Err(problem) => return Ok(ChangeOutcome::Problem(problem)),
    };
    let request = Request {
        id: form_tokens.op,
        change: Change::RemoveOrgUser {
            user: id.clone(),
            // An address in another case counts as the same form.
            email: email::key(form.confirm_email.trim()),
        },
        reason,
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
    input: RemoveForm,
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
    let typed = input.confirm_email.trim();
    let mismatch = !typed.is_empty() && !email::is_same(typed, &person.email);
    let problem = match problem {
        // The rule concerns the typed address, so the message belongs at its field.
        Some(problem)
            if mismatch
                && obstacle.is_empty()
                && problem.fields.is_empty()
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
    let mut form = confirmation(app, person, input);
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
fn confirmation(app: &App, person: OrgUserView, input: RemoveForm) -> Confirmation {
    let back = input.return_path();
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
    let mut hidden = FormTokens::new(app.clock.now()).pairs();
    // The redirect needs the row too, which the path leaves out.
    hidden.extend(
        back.as_ref()
            .map(|_| ("return_to", input.return_to.clone())),
    );
    let codes = ReasonCode::FOR_ORG_USERS.map(|code| (code.as_str(), code.label()));
    let reasons = [("", "Choose a reason")].into_iter().chain(codes);
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
        hidden,
        facts: vec![
            Fact::text("Email", person.email.as_str()).wide(),
            Fact::text("Status", person.status),
            Fact::text("Kind", person.kind),
            Fact::new("Last sign-in", FactValue::Time(person.last_sign_in)),
            Fact::new("Groups", groups).wide(),
        ],
        consequences,
        fields: vec![
            ConfirmationField::new("reason_code", "Reason", input.reason_code.trim())
                .control(Control::select(reasons)),
            ConfirmationField::new("reason", "In a few words", input.reason.as_str())
                .hint("Recorded in the activity. Required for “Other”.")
                .optional(true)
                .control(Control::TextArea),
            ConfirmationField::new(
                "confirm_email",
                "Type the email to confirm",
                input.confirm_email,
            )
            .hint(person.email.as_str())
            .control(Control::ConfirmText { inputmode: "email" }),
        ],
        subject: Subject::new(person.email, ""),
        cancel: ("Cancel", back.unwrap_or(person.href)),
        button: title,
        ..Confirmation::default()
    }
}

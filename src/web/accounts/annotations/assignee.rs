//! Account manager of an account: one of the staff, chosen in a form or assigned to oneself with
//! one click.

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::AnnotationContext;
use crate::annotations::assignees::{self as annotations, AssignOutcome, Assignment};
use crate::app::App;
use crate::db::assignees::{self, Assignee};
use crate::db::{self, accounts};
use crate::domain::ids::StaffId;
use crate::domain::text::isolate_bidi;
use crate::web::access::Annotate;
use crate::web::assignee::{self, NOBODY};
use crate::web::confirmation::{Confirmation, ConfirmationField, Control, Subject, account_crumbs};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Field, Form};
use crate::web::layout::{Section, Toast};
use crate::web::notice::Notice;

pub(super) fn router() -> Router<App> {
    Router::new().route("/accounts/{id}/assignee", get(edit).post(update))
}

/// Submitted choice, and the account manager that the form showed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AssigneeForm {
    assignee: Field,
    /// ID of the account manager; empty if there was none.
    shown: String,
}

/// `GET /accounts/{id}/assignee`
async fn edit(context: AnnotationContext<Annotate>, kept: DraftForm) -> Result<Response, Error> {
    let now = id_text(context.account.assignee_id);
    let form = kept.parse().unwrap_or_else(|| AssigneeForm {
        assignee: (if now.is_empty() { NOBODY } else { &now }).into(),
        shown: now.clone(),
    });
    show(&context, StatusCode::OK, form, None).await
}

/// `POST /accounts/{id}/assignee`
async fn update(
    mut context: AnnotationContext<Annotate>,
    Form(mut form): Form<AssigneeForm>,
) -> Result<Response, Error> {
    let Some(to) = form.assignee.read(assignee::parse) else {
        return show(&context, StatusCode::UNPROCESSABLE_ENTITY, form, None).await;
    };
    let assignment = Assignment {
        // Anything else than an ID was shown for an account without one.
        shown: form.shown.parse().ok(),
        to,
        may_be_disabled: false,
    };
    let (app, actor) = (&context.app, context.may.actor());
    match annotations::assign(app, actor, &context.account.id, assignment).await? {
        AssignOutcome::Done => {
            let text = match find(&context.app, to).await? {
                Some(person) => {
                    format!("Its account manager is {}.", isolate_bidi(&person.name))
                }
                None => "The account manager was removed.".to_owned(),
            };
            context.may.toast(Toast::success(text)).await?;
            // From the dialog, an address that differs only by its anchor would not load the page.
            let card = if context.htmx.partial {
                ""
            } else {
                "#overview"
            };
            Ok(context.redirect_to_account(card))
        }
        AssignOutcome::Unavailable => {
            form.assignee.set_error(assignee::UNAVAILABLE);
            show(&context, StatusCode::UNPROCESSABLE_ENTITY, form, None).await
        }
        AssignOutcome::Stale => {
            let now = accounts::by_id(&context.app.db, &context.account.id).await?;
            context.account = now.ok_or(Error::NotFound)?;
            let now = context.account.assignee_id;
            form.shown = id_text(now);
            let what = match find(&context.app, now).await? {
                Some(person) => {
                    format!("Its account manager is {} now.", isolate_bidi(&person.name))
                }
                None => "Its account manager was removed.".to_owned(),
            };
            let notice = Notice::alert(
                "warn",
                "Not saved: this changed in the meantime",
                format!("{what} Your choice is still selected. Save again to replace it."),
            );
            show(&context, StatusCode::CONFLICT, form, Some(notice)).await
        }
    }
}

fn id_text(id: Option<StaffId>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

async fn find(app: &App, id: Option<StaffId>) -> db::Result<Option<Assignee>> {
    match id {
        Some(id) => assignees::by_id(&app.db, id).await,
        None => Ok(None),
    }
}

async fn show(
    context: &AnnotationContext<Annotate>,
    status: StatusCode,
    form: AssigneeForm,
    notice: Option<Notice>,
) -> Result<Response, Error> {
    let account = &context.account;
    let choices = assignee::choices(&context.app, &context.may, account.assignee_id).await?;
    let form = Confirmation {
        section: Section::Accounts,
        crumbs: account_crumbs(account),
        title: format!("Account manager of {}", account.name()),
        dialog_title: Some("Account manager".to_owned()),
        lead: "The staff member responsible for the account. Nothing is sent to Telnyx.".to_owned(),
        icon: "user",
        action: format!("/accounts/{}/assignee", account.id),
        hidden: vec![("shown", form.shown)],
        notices: notice.into_iter().collect(),
        fields: vec![
            ConfirmationField::new("assignee", "Account manager", form.assignee)
                .control(Control::Select(choices))
                .focused(),
        ],
        subject: Subject::account(account),
        cancel: ("Cancel", format!("/accounts/{}", account.id)),
        button: "Save account manager".to_owned(),
        status,
        ..Confirmation::default()
    };
    form.respond(&context.may, &context.htmx).await
}

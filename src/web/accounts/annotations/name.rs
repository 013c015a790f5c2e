//! Display name of an account. The portal has its own, because Telnyx cannot rename an account.

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::AnnotationContext;
use crate::annotations::display_name::{self, DisplayNameOutcome};
use crate::app::App;
use crate::db::accounts;
use crate::domain::new_account;
use crate::domain::text::isolate_bidi;
use crate::web::access::Annotate;
use crate::web::confirmation::{Confirmation, ConfirmationField, Subject, account_crumbs};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Field, Form};
use crate::web::layout::{Section, Toast};
use crate::web::notice::Notice;

pub(super) fn router() -> Router<App> {
    Router::new().route("/accounts/{id}/display-name", get(edit).post(update))
}

/// Submitted name, and the name that the form showed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NameForm {
    display_name: Field,
    shown: String,
}

/// `GET /accounts/{id}/display-name`
async fn edit(context: AnnotationContext<Annotate>, kept: DraftForm) -> Result<Response, Error> {
    let now = context.account.display_name.clone().unwrap_or_default();
    let form = kept.parse().unwrap_or_else(|| NameForm {
        display_name: now.as_str().into(),
        shown: now,
    });
    show(&context, StatusCode::OK, form, None).await
}

/// `POST /accounts/{id}/display-name`
async fn update(
    mut context: AnnotationContext<Annotate>,
    Form(mut form): Form<NameForm>,
) -> Result<Response, Error> {
    let Some(name) = form.display_name.read(new_account::parse_display_name) else {
        return show(&context, StatusCode::UNPROCESSABLE_ENTITY, form, None).await;
    };
    let shown =
        Some(form.shown.as_str()).filter(|shown| !shown.is_empty() && !shown.contains('\0'));
    match display_name::set(
        &context.app,
        context.may.actor(),
        &context.account,
        shown,
        name.as_deref(),
    )
    .await?
    {
        DisplayNameOutcome::Done => {
            let text = match name {
                Some(name) => format!("It is called {} in this portal.", isolate_bidi(&name)),
                None => "The display name was removed.".to_owned(),
            };
            context.may.toast(Toast::success(text)).await?;
            Ok(context.redirect_to_account(""))
        }
        DisplayNameOutcome::Stale => {
            let now = accounts::by_id(&context.app.db, &context.account.id).await?;
            context.account = now.ok_or(Error::NotFound)?;
            form.shown = context.account.display_name.clone().unwrap_or_default();
            let what = match &context.account.display_name {
                Some(name) => format!("Its display name is “{}” now.", isolate_bidi(name)),
                None => "Its display name was removed.".to_owned(),
            };
            let notice = Notice::alert(
                "warn",
                "Not saved: this changed in the meantime",
                format!("{what} What you typed is still here. Save again to replace it."),
            );
            show(&context, StatusCode::CONFLICT, form, Some(notice)).await
        }
    }
}

async fn show(
    context: &AnnotationContext<Annotate>,
    status: StatusCode,
    form: NameForm,
    notice: Option<Notice>,
) -> Result<Response, Error> {
    let account = &context.account;
    let organization = account.shown_organization_name();
    let form = Confirmation {
        section: Section::Accounts,
        crumbs: account_crumbs(account),
        title: format!("Display name of {}", account.name()),
        dialog_title: Some("Display name".to_owned()),
        lead: format!("Only in this portal. At Telnyx, the account stays {organization}."),
        icon: "pencil",
        action: format!("/accounts/{}/display-name", account.id),
        hidden: vec![("shown", form.shown)],
        notices: notice.into_iter().collect(),
        fields: vec![
            ConfirmationField::new("display_name", "Display name", form.display_name)
                .hint("Leave blank to show only the organization name.")
                .optional(true)
                .focused(),
        ],
        subject: Subject::new(organization, ""),
        cancel: ("Cancel", format!("/accounts/{}", account.id)),
        button: "Save display name".to_owned(),
        status,
        ..Confirmation::default()
    };
    form.respond(&context.may, &context.htmx).await
}

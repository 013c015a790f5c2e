//! The display name: what the portal calls an account, since Telnyx renames none.

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::{AnnotationContext, FormNotice};
use crate::annotations::display_name::{self, DisplayNameOutcome};
use crate::app::App;
use crate::db::accounts;
use crate::domain::text::{self, isolate_bidi};
use crate::web::access::Annotate;
use crate::web::error::Error;
use crate::web::form::{DraftForm, Field, Form};
use crate::web::layout::{Layout, Section, Toast};
use crate::web::render;

/// The longest, in characters.
const MAX_LENGTH: usize = 200;

pub(super) fn router() -> Router<App> {
    Router::new().route("/accounts/{id}/display-name", get(edit).post(update))
}

#[derive(Template)]
#[template(path = "accounts/annotations/name.html", blocks = ["dialog"])]
struct Page {
    layout: Layout,
    id: String,
    name: String,
    organization: String,
    form: NameForm,
    notice: Option<FormNotice>,
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
    let Some(name) = form
        .display_name
        .read_optional(|typed| text::parse_line(typed, MAX_LENGTH))
    else {
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
                None => "It has no display name any more.".to_owned(),
            };
            context
                .may
                .toast(Toast {
                    kind: "success",
                    text,
                    undo: None,
                })
                .await?;
            Ok(context.redirect_to_account(""))
        }
        DisplayNameOutcome::Stale => {
            let now = accounts::by_id(&context.app.db, &context.account.id).await?;
            context.account = now.ok_or(Error::NotFound)?;
            form.shown = context.account.display_name.clone().unwrap_or_default();
            let what = match &context.account.display_name {
                Some(name) => format!("Its display name is “{}” now.", isolate_bidi(name)),
                None => "Its display name was taken away.".to_owned(),
            };
            let bar = FormNotice {
                title: "Not saved: this changed while the form was open",
                text: format!("{what} What you typed is still here: save again to go on."),
            };
            show(&context, StatusCode::CONFLICT, form, Some(bar)).await
        }
    }
}

async fn show(
    context: &AnnotationContext<Annotate>,
    status: StatusCode,
    form: NameForm,
    bar: Option<FormNotice>,
) -> Result<Response, Error> {
    let account = &context.account;
    let page = Page {
        layout: context
            .may
            .layout(
                format!("Display name of {}", account.name()),
                Section::Accounts,
            )
            .await?,
        id: account.id.to_string(),
        name: account.name().to_owned(),
        organization: account.shown_organization_name().to_owned(),
        form,
        notice: bar,
    };
    let mut response = render::page_or_fragment(&context.htmx, &page, &page.as_dialog())?;
    *response.status_mut() = status;
    Ok(response)
}

//! The display name: what the portal calls an account, since Telnyx renames none.

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::{Bar, Place};
use crate::annotations::display_name::{self, DisplayNameOutcome};
use crate::app::App;
use crate::db::accounts;
use crate::domain::text::{self, isolated};
use crate::web::access::Annotate;
use crate::web::error::Error;
use crate::web::form::{Field, Form, Kept};
use crate::web::page;
use crate::web::shell::{Section, Shell, Toast};

/// The longest, in characters.
const LONGEST: usize = 200;

pub(super) fn router() -> Router<App> {
    Router::new().route("/accounts/{id}/display-name", get(edit).post(update))
}

#[derive(Template)]
#[template(path = "accounts/words/name.html", blocks = ["dialog"])]
struct Page {
    shell: Shell,
    id: String,
    name: String,
    organization: String,
    form: NameForm,
    bar: Option<Bar>,
}

/// What was typed, and the name that the form showed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NameForm {
    display_name: Field,
    shown: String,
}

/// `GET /accounts/{id}/display-name`
async fn edit(place: Place<Annotate>, kept: Kept) -> Result<Response, Error> {
    let now = place.account.display_name.clone().unwrap_or_default();
    let form = kept.fill().unwrap_or_else(|| NameForm {
        display_name: now.as_str().into(),
        shown: now,
    });
    show(&place, StatusCode::OK, form, None).await
}

/// `POST /accounts/{id}/display-name`
async fn update(mut place: Place<Annotate>, Form(mut form): Form<NameForm>) -> Result<Response, Error> {
    let Some(name) = form.display_name.read_optional(|typed| text::line(typed, LONGEST)) else {
        return show(&place, StatusCode::UNPROCESSABLE_ENTITY, form, None).await;
    };
    let shown = Some(form.shown.as_str()).filter(|shown| !shown.is_empty() && !shown.contains('\0'));
    match display_name::set(&place.app, place.may.actor(), &place.account, shown, name.as_deref()).await? {
        DisplayNameOutcome::Done => {
            let text = match name {
                Some(name) => format!("It is called {} in this portal.", isolated(&name)),
                None => "It has no display name any more.".to_owned(),
            };
            place
                .may
                .toast(Toast {
                    kind: "success",
                    text,
                    undo: None,
                })
                .await?;
            Ok(place.back(""))
        }
        DisplayNameOutcome::Stale => {
            let now = accounts::by_id(&place.app.db, place.may.scope(), &place.account.id).await?;
            place.account = now.ok_or(Error::NotFound)?;
            form.shown = place.account.display_name.clone().unwrap_or_default();
            let what = match &place.account.display_name {
                Some(name) => format!("Its display name is “{}” now.", isolated(name)),
                None => "Its display name was taken away.".to_owned(),
            };
            let bar = Bar {
                title: "Not saved: this changed while the form was open",
                text: format!("{what} What you typed is still here: save again to go on."),
            };
            show(&place, StatusCode::CONFLICT, form, Some(bar)).await
        }
    }
}

async fn show(
    place: &Place<Annotate>,
    status: StatusCode,
    form: NameForm,
    bar: Option<Bar>,
) -> Result<Response, Error> {
    let account = &place.account;
    let page = Page {
        shell: place
            .may
            .shell(format!("Display name of {}", account.name()), Section::Accounts)
            .await?,
        id: account.id.to_string(),
        name: account.name().to_owned(),
        organization: account.shown_organization_name().to_owned(),
        form,
        bar,
    };
    let mut response = page::render(&place.htmx, &page, &page.as_dialog())?;
    *response.status_mut() = status;
    Ok(response)
}

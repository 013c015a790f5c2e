//! The jump box: a few letters, and the accounts that they can mean. A part of a page, never a page.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;

use super::list::query;
use crate::app::App;
use crate::db::accounts::{self, Account};
use crate::domain::ids::AccountId;
use crate::web::access::{May, Read};
use crate::web::error::Error;
use crate::web::page;

/// More are found by typing on.
const MOST: u32 = 10;

pub(super) fn router() -> Router<App> {
    Router::new().route("/accounts/jump", get(index))
}

#[derive(Template)]
#[template(path = "accounts/_jump.html")]
struct Found {
    /// Whether anything was typed.
    asked: bool,
    accounts: Vec<Account>,
}

/// `GET /accounts/jump?q=`
async fn index(may: May<Read>, State(app): State<App>, RawQuery(raw): RawQuery) -> Result<Response, Error> {
    let q = query::search_of(raw.as_deref().unwrap_or_default()).0;
    let mut found = accounts::jump(&app.db, may.scope(), &q, MOST).await?;
    if found.is_empty()
        && let Ok(id) = q.parse::<AccountId>()
    {
        // Lists leave out who is gone; their whole id still leads to them.
        found.extend(accounts::by_id(&app.db, may.scope(), &id).await?);
    }
    page::html(&Found {
        asked: !q.is_empty(),
        accounts: found,
    })
}

//! Jump box: shows the accounts that match a few typed letters, as a part of a page. Enter opens
//! the first one that has the letters in its name, email or ID.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;

use super::list::filter::AccountsQuery;
use crate::app::App;
use crate::db::accounts::{self, JumpResult};
use crate::domain::ids::AccountId;
use crate::web::access::{Authorized, Read};
use crate::web::error::Error;
use crate::web::htmx::Htmx;
use crate::web::{paths, render};

/// Maximum number of results. Typing on finds the others.
const MAX_RESULTS: u32 = 10;

pub(super) fn router() -> Router<App> {
    Router::new().route("/accounts/jump", get(index))
}

#[derive(Template)]
#[template(path = "accounts/_jump_results.html")]
struct JumpFragment {
    /// True if anything was typed.
    has_query: bool,
    found: Vec<JumpResult>,
}

/// `GET /accounts/jump?q=`
///
/// Returns the accounts that match the letters typed so far. If the box is submitted with Enter,
/// redirects to the best match. It is searched again then, because Enter may come before the latest
/// results are shown. If only a tag or a note matches, redirects to the list, which shows that
/// account among the others.
async fn index(
    _: Authorized<Read>,
    State(app): State<App>,
    htmx: Htmx,
    RawQuery(raw): RawQuery,
) -> Result<Response, Error> {
    let q = AccountsQuery::parse(raw.as_deref().unwrap_or_default())
        .filter
        .q;
    let most = if htmx.sent { MAX_RESULTS } else { 1 };
    let mut found = accounts::jump(&app.db, &q, most).await?;
    if found.is_empty()
        && let Ok(id) = q.parse::<AccountId>()
        // Lists leave out accounts that are gone, but their complete ID still leads to them.
        && let Some(account) = accounts::by_id(&app.db, &id).await?
    {
        found.push(JumpResult {
            account,
            tags: Vec::new(),
            note: false,
        });
    }
    if !htmx.sent {
        let named = found.first().filter(|found| found.is_named());
        return Ok(render::redirect(&match named {
            Some(found) => format!("/accounts/{}", found.account.id),
            None => paths::with_query("/accounts", [("q", &*q)]),
        }));
    }
    render::html(&JumpFragment {
        has_query: !q.is_empty(),
        found,
    })
}

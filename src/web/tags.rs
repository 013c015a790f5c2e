//! Tags: the list with the number of accounts of each, and renaming, merging and deleting. The
//! pages of the accounts assign tags.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use crate::app::App;
use crate::db::tags;
use crate::domain::ids::TagId;
use crate::domain::role::Permission;
use crate::domain::text::group_thousands;
use crate::web::access::{Authorized, Read};
use crate::web::error::Error;
use crate::web::form::Query;
use crate::web::layout::{Layout, Section};
use crate::web::{paths, render};

mod change;

/// Returns the routes below `/tags`.
pub fn router() -> Router<App> {
    Router::new()
        .route("/tags", get(index))
        .merge(change::router())
}

/// Maximum number of tags shown. A search by name finds the others.
const MAX_TAGS: i64 = 500;
/// Maximum length of a search, in characters.
const MAX_SEARCH_LENGTH: usize = 100;

#[derive(Template)]
#[template(path = "tags/index.html")]
struct TagsPage {
    layout: Layout,
    q: String,
    rows: Vec<TagRow>,
    /// True if there are more tags than shown.
    is_truncated: bool,
    may_edit: bool,
}

struct TagRow {
    id: TagId,
    name: String,
    /// Address of the list of accounts with this tag.
    href: String,
    accounts: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TagsQuery {
    q: String,
}

/// `GET /tags?q=`
async fn index(
    may: Authorized<Read>,
    State(app): State<App>,
    Query(search): Query<TagsQuery>,
) -> Result<Response, Error> {
    let q: String = search.q.trim().chars().take(MAX_SEARCH_LENGTH).collect();
    let mut found = tags::list(&app.db, &q, MAX_TAGS + 1).await?;
    let most = usize::try_from(MAX_TAGS).unwrap_or(usize::MAX);
    let cut = found.len() > most;
    found.truncate(most);
    render::html(&TagsPage {
        layout: may.layout("Tags", Section::Tags).await?,
        q,
        rows: found
            .into_iter()
            .map(|counted| TagRow {
                id: counted.tag.id,
                href: paths::with_query("/accounts", [("tag", counted.tag.name.as_str())]),
                name: counted.tag.name,
                accounts: group_thousands(counted.accounts),
            })
            .collect(),
        is_truncated: cut,
        may_edit: may.can(Permission::Annotate),
    })
}

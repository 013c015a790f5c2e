//! Tags: the list with the number of accounts of each, and renaming, merging and deleting. The
//! pages of the accounts assign tags.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;

use crate::app::App;
use crate::db::tags;
use crate::domain::ids::TagId;
use crate::domain::role::Permission;
use crate::domain::text::group_thousands;
use crate::web::access::{Authorized, Read};
use crate::web::error::Error;
use crate::web::layout::{Layout, Section};
use crate::web::listing::{Filter, Param, Query, Value, read};
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

/// Filter of the list of tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct TagsFilter {
    q: String,
}

type TagsQuery = Query<TagsFilter>;

impl Filter for TagsFilter {
    type Order = ();

    const PATH: &'static str = "/tags";
    const HAS_PAGES: bool = false;
    const PARAMS: &'static [Param<Self>] = &[Param::new(
        "q",
        |filter, value| read::search(&mut filter.q, value),
        |filter| Value::of_text(&filter.q, "Search"),
    )];
}

#[derive(Template)]
#[template(path = "tags/index.html")]
struct TagsPage {
    layout: Layout,
    query: TagsQuery,
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

/// `GET /tags?q=`
async fn index(
    may: Authorized<Read>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Error> {
    let query = TagsQuery::parse(raw.as_deref().unwrap_or_default());
    let mut found = tags::list(&app.db, &query.filter.q, MAX_TAGS + 1).await?;
    let most = usize::try_from(MAX_TAGS).unwrap_or(usize::MAX);
    let cut = found.len() > most;
    found.truncate(most);
    render::html(&TagsPage {
        layout: may.layout("Tags", Section::Tags).await?,
        query,
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

//! The tags that accounts have: how many have each, and what renames, merges and deletes them. Putting them on accounts
//! is on the accounts' pages.

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
use crate::domain::text::grouped;
use crate::web::access::{May, Read};
use crate::web::error::Error;
use crate::web::form::Query;
use crate::web::shell::{Section, Shell};
use crate::web::{page, paths};

mod change;

/// For whoever is signed in.
pub fn router() -> Router<App> {
    Router::new().route("/tags", get(index)).merge(change::router())
}

/// How many are shown; more are found by their name.
const MOST: i64 = 500;
/// The longest search, in characters.
const LONGEST: usize = 100;

#[derive(Template)]
#[template(path = "tags/index.html")]
struct Page {
    shell: Shell,
    q: String,
    rows: Vec<Row>,
    /// There are more than are shown.
    cut: bool,
    may: bool,
}

struct Row {
    id: TagId,
    name: String,
    /// The list of the accounts that have it.
    href: String,
    accounts: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Search {
    q: String,
}

/// `GET /tags?q=`
async fn index(may: May<Read>, State(app): State<App>, Query(search): Query<Search>) -> Result<Response, Error> {
    let q: String = search.q.trim().chars().take(LONGEST).collect();
    let mut found = tags::list(&app.db, &q, MOST + 1).await?;
    let most = usize::try_from(MOST).unwrap_or(usize::MAX);
    let cut = found.len() > most;
    found.truncate(most);
    page::html(&Page {
        shell: may.shell("Tags", Section::Tags).await?,
        q,
        rows: found
            .into_iter()
            .map(|counted| Row {
                id: counted.tag.id,
                href: paths::with_query("/accounts", [("tag", counted.tag.name.as_str())]),
                name: counted.tag.name,
                accounts: grouped(counted.accounts),
            })
            .collect(),
        cut,
        may: may.can(Permission::Annotate),
    })
}

//! `/search`: one search over accounts, pages, actions, people and jobs. The palette shows its
//! results as a part of every page; without scripts it is a page of its own.
//!
//! [`entry`] has what a result is. Each kind of result has a file of its own.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;

use crate::app::App;
use crate::db::recent_accounts;
use crate::domain::text::{MatchRank, TextSearch};
use crate::web::access::{Authorized, Read, Viewer};
use crate::web::error::Error;
use crate::web::htmx::Htmx;
use crate::web::layout::{Layout, Section};
use crate::web::{listing, render};

mod accounts;
mod actions;
mod entry;
mod jobs;
mod pages;
mod people;

use entry::{Entry, Group, Target};

/// Number of recent accounts that the search offers before anything is typed.
const MAX_RECENT: usize = 5;

/// Returns the route of the search.
pub fn router() -> Router<App> {
    Router::new().route("/search", get(index))
}

/// Results of one search.
struct Results {
    /// Searched text after cleaning.
    q: String,
    /// Sentence about characters that were not searched for; empty if all were.
    ignored: String,
    groups: Vec<Group>,
}

#[derive(Template)]
#[template(path = "search/page.html")]
struct SearchPage {
    layout: Layout,
    results: Results,
}

#[derive(Template)]
#[template(path = "search/_palette.html")]
struct PaletteFragment {
    results: Results,
}

impl Results {
    /// Returns the number of results in words.
    fn count(&self) -> String {
        match self.groups.iter().map(|group| group.entries.len()).sum() {
            0 => "No results".to_owned(),
            1 => "1 result".to_owned(),
            many => format!("{many} results"),
        }
    }

    fn nothing_matches(&self) -> String {
        format!("Nothing matches \u{201c}{}\u{201d}.", self.q)
    }
}

/// `GET /search?q=`
async fn index(
    may: Authorized<Read>,
    State(app): State<App>,
    htmx: Htmx,
    RawQuery(raw): RawQuery,
) -> Result<Response, Error> {
    let (q, ignored) = parse(raw.as_deref().unwrap_or_default());
    let groups = if q.is_empty() {
        first_groups(&app, &may, &htmx).await?
    } else {
        found_groups(&app, &may, &q).await?
    };
    let results = Results { q, ignored, groups };
    if htmx.partial {
        return render::html(&PaletteFragment { results });
    }
    let layout = may.layout("Search", Section::Other).await?;
    render::html(&SearchPage { layout, results })
}

/// Returns the searched text, and a sentence about what was left out of it.
fn parse(raw: &str) -> (String, String) {
    let typed = url::form_urlencoded::parse(raw.as_bytes())
        .find(|(name, _)| name == "q")
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default();
    let mut q = String::new();
    let ignored = listing::read::search(&mut q, &typed);
    (q, ignored.err().unwrap_or_default())
}

/// Returns what is offered before anything is typed.
async fn first_groups(app: &App, viewer: &Viewer, htmx: &Htmx) -> Result<Vec<Group>, Error> {
    let recent = recent_accounts::of_staff(&app.db, viewer.staff().id).await?;
    // The account that the page shows needs no way to it.
    let here = htmx.page.as_deref().unwrap_or_default();
    let recent = recent
        .iter()
        .map(accounts::recent_entry)
        .filter(|entry| entry.target.href() != here)
        .take(MAX_RECENT);
    let groups = [
        Group::new("Recent accounts", recent.collect()),
        Group::new("Pages", pages::all(viewer)),
        Group::new("Actions", actions::all(viewer)),
    ];
    Ok(groups
        .into_iter()
        .filter(|group| !group.is_empty())
        .collect())
}

/// Returns what matches a text. The group with the closest match comes first.
async fn found_groups(app: &App, viewer: &Viewer, q: &str) -> Result<Vec<Group>, Error> {
    let mut text = TextSearch::new(q);
    let found = accounts::find(app, q).await?;
    let mut entries = actions::for_accounts(app, viewer, q, &found).await?;
    entries.extend(actions::matching(viewer, &mut text));
    let mut groups = vec![
        Group::new("Accounts", accounts::entries(&found, &mut text)),
        Group::new("Pages", pages::matching(viewer, &mut text)),
        Group::new("Actions", actions::best(entries)),
        Group::new("People", people::matching(app, &mut text).await?),
        Group::new("Jobs", jobs::matching(app, viewer, &mut text).await?),
    ];
    groups.retain(|group| !group.is_empty());
    groups.sort_by_key(Group::best_rank);
    if !found.is_empty() {
        let all = Entry {
            rank: MatchRank::Fuzzy,
            ..Entry::plain("search", "Search the list of accounts", Target::list(q))
        };
        let accounts = groups.iter_mut().find(|group| group.title == "Accounts");
        if let Some(accounts) = accounts {
            accounts.entries.push(all);
        }
    }
    Ok(groups)
}

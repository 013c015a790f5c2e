//! Saved views of the list: saving the current list under a name, opening, renaming, ordering,
//! deleting, and choosing the default one. A view belongs to one person or is shared with the team.
//!
//! [`tabs`] shows them above the list. This file has the dialog and a person's own views, [`shared`]
//! the shared ones, and [`change`] what both do.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use serde::Deserialize;

use super::filter::{self, AccountsQuery};
use crate::app::App;
use crate::db::views::{self, SaveResult, SavedView, ViewOwner};
use crate::domain::account_filter::AccountFilter;
use crate::domain::ids::ViewId;
use crate::domain::role::Permission;
use crate::domain::text::{self, InvalidText, isolate_bidi};
use crate::web::access::{Authorized, Read, Viewer};
use crate::web::columns;
use crate::web::error::Error;
use crate::web::form::{DraftForm, Field, Form};
use crate::web::htmx::Htmx;
use crate::web::layout::{Layout, Section, Toast};
use crate::web::listing::ViewRef;
use crate::web::{listing, paths, render};

mod change;
pub(super) mod delete;
pub(super) mod shared;
mod tabs;

use tabs::action;
pub(super) use tabs::{SavedViews, ViewTabs};

/// Maximum length of a name, in characters.
const MAX_NAME_LENGTH: usize = 60;
/// Maximum length of a query, in bytes. Its address also names the view.
const MAX_QUERY_LENGTH: usize = 1_900;
/// Message at a query that is longer.
const TOO_LONG: &str = "This list has too many filters to be saved. Remove some.";

#[derive(Template)]
#[template(path = "accounts/views.html", blocks = ["dialog"])]
struct ViewsPage {
    layout: Layout,
    own: Vec<SavedView>,
    shared: Vec<SavedView>,
    /// True if the viewer may share views and change shared ones.
    may_share: bool,
    /// Address of the current list.
    list: String,
    /// Description of the filter in words; empty if it shows all accounts.
    description: String,
    /// Name for a new view.
    name: Field,
    /// New name of a view that was refused, with the view's ID.
    renamed: Option<(ViewId, Field)>,
}

/// Form about a view.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(super) struct ViewForm {
    name: Field,
    /// List to save, or to return to.
    list: String,
    /// `yes` to make the view the default one.
    default: String,
    /// ID of the view to rename, for when the form is shown again.
    view: Option<ViewId>,
    /// Version of the view that the form showed.
    version: i64,
    /// `up` or `down`.
    direction: String,
}

impl ViewForm {
    fn query(&self) -> AccountsQuery {
        AccountsQuery::from_path(&self.list)
    }
}

/// Returns the address that opens a view.
fn view_path(view: &SavedView) -> String {
    path_of(&view.query, view.id, view.version)
}

fn path_of(saved: &str, id: ViewId, version: i64) -> String {
    format!("/accounts?{saved}&view={}", ViewRef { id, version })
}

/// Returns the address that asks before a view is deleted. It leads back to `list`.
fn delete_href(view: &SavedView, list: &str) -> String {
    paths::with_query(&action(view, "delete"), [("list", list)])
}

/// Returns the action that shares a view, or stops sharing it.
const fn share_verb(view: &SavedView) -> &'static str {
    if view.is_shared { "unshare" } else { "share" }
}

/// Returns the query to save, starting at the first page. For all accounts, it says so explicitly.
fn saved_query(query: &AccountsQuery) -> String {
    let from_start = AccountsQuery {
        says_all: true,
        view: None,
        ..query.with(|_| ())
    };
    let address = from_start.href();
    address
        .split_once('?')
        .map(|(_, query)| query.to_owned())
        .unwrap_or_default()
}

/// Returns the query to save, with the columns that the viewer sees.
async fn query_to_save(app: &App, viewer: &Viewer, query: &AccountsQuery) -> Result<String, Error> {
    let mut query = query.clone();
    if query.columns.is_none() {
        query.columns = columns::remembered::<AccountFilter>(app, viewer).await?;
    }
    Ok(saved_query(&query))
}

/// `GET /accounts/views`, with the query of the list.
pub(super) async fn index(
    may: Authorized<Read>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    htmx: Htmx,
    kept: DraftForm,
) -> Result<Response, Error> {
    let typed = kept.parse::<ViewForm>();
    let query = match &typed {
        Some(typed) => typed.query(),
        None => AccountsQuery::parse(raw.as_deref().unwrap_or_default()),
    };
    let mut page = build_page(&may, &app, &query).await?;
    match typed.map(|typed| (typed.view, typed.name)) {
        Some((Some(view), name)) => page.renamed = Some((view, name)),
        Some((None, name)) => page.name = name,
        None => {}
    }
    render::page_or_fragment(&htmx, &page, &page.as_dialog())
}

/// `POST /accounts/views/save`
pub(super) async fn create(
    may: Authorized<Read>,
    State(app): State<App>,
    Form(mut typed): Form<ViewForm>,
) -> Result<Response, Error> {
    let query = typed.query();
    let saved = query_to_save(&app, &may, &query).await?;
    if let Some(name) = typed.name.read(parse_name) {
        if saved.len() > MAX_QUERY_LENGTH {
            typed.name.set_error(TOO_LONG);
        } else {
            let now = may.times().now();
            match views::save(&app.db, may.staff().id, &name, &saved, now).await? {
                SaveResult::Done(id) => {
                    let text = format!("Saved as the view {}.", quote(&name));
                    may.toast(Toast::success(text)).await?;
                    return Ok(render::redirect(&path_of(&saved, id, 1)));
                }
                SaveResult::Taken => typed.name.set_error(
                    "You already have a view of this name. Choose another name, or \
                                delete that view.",
                ),
                SaveResult::TooMany => {
                    typed.name.set_error(format!(
                        "You have {} views, the maximum. Delete one first.",
                        views::MAX_PER_STAFF
                    ));
                }
            }
        }
    }
    let page = ViewsPage {
        name: typed.name,
        ..build_page(&may, &app, &query).await?
    };
    render::invalid_form(&page)
}

/// `POST /accounts/views/{id}/rename`
pub(super) async fn rename(
    may: Authorized<Read>,
    State(app): State<App>,
    Path(id): Path<ViewId>,
    Form(typed): Form<ViewForm>,
) -> Result<Response, Error> {
    change::rename(&app, &may, own(&may), id, typed).await
}

/// `POST /accounts/views/{id}/update`
pub(super) async fn update(
    may: Authorized<Read>,
    State(app): State<App>,
    Path(id): Path<ViewId>,
    Form(typed): Form<ViewForm>,
) -> Result<Response, Error> {
    change::update(&app, &may, own(&may), id, &typed).await
}

/// `POST /accounts/views/{id}/move`
pub(super) async fn reorder(
    may: Authorized<Read>,
    State(app): State<App>,
    Path(id): Path<ViewId>,
    Form(typed): Form<ViewForm>,
) -> Result<Response, Error> {
    change::reorder(&app, &may, own(&may), id, &typed).await
}

/// `POST /accounts/views/{id}/delete`
pub(super) async fn destroy(
    may: Authorized<Read>,
    State(app): State<App>,
    Path(id): Path<ViewId>,
    Form(typed): Form<ViewForm>,
) -> Result<Response, Error> {
    change::delete(&app, &may, own(&may), id, &typed).await
}

/// `POST /accounts/views/{id}/default`, for own and shared views.
pub(super) async fn update_default(
    may: Authorized<Read>,
    State(app): State<App>,
    Path(id): Path<ViewId>,
    Form(typed): Form<ViewForm>,
) -> Result<Response, Error> {
    let query = typed.query();
    let views = views::of_staff(&app.db, may.staff().id).await?;
    let Some(view) = views.into_iter().find(|view| view.id == id) else {
        return change::not_found(&may, query, id).await;
    };
    let default = typed.default == "yes";
    views::set_default(&app.db, may.staff().id, default.then_some(id)).await?;
    let text = if default {
        format!("{} is your default view now.", quote(&view.name))
    } else {
        "You have no default view now.".to_owned()
    };
    may.toast(Toast::success(text)).await?;
    Ok(redirect_to_views(&query))
}

/// Returns the viewer as the owner of views.
fn own(viewer: &Viewer) -> ViewOwner {
    ViewOwner::Person(viewer.staff().id)
}

async fn build_page(viewer: &Viewer, app: &App, query: &AccountsQuery) -> Result<ViewsPage, Error> {
    // From a list of all accounts, the way back must avoid the default view.
    let query = AccountsQuery {
        says_all: true,
        ..query.with(|_| ())
    };
    let views = views::of_staff(&app.db, viewer.staff().id).await?;
    let (shared, own) = views.into_iter().partition(|view| view.is_shared);
    Ok(ViewsPage {
        layout: viewer.layout("Views", Section::Accounts).await?,
        own,
        shared,
        may_share: viewer.can(Permission::ShareViews),
        description: listing::describe(&filter::chips(app, &query).await?),
        list: query.href(),
        name: Field::default(),
        renamed: None,
    })
}

fn parse_name(typed: &str) -> Result<String, InvalidText> {
    text::parse_line(typed, MAX_NAME_LENGTH)
}

fn quote(name: &str) -> String {
    format!("\u{201c}{}\u{201d}", isolate_bidi(name))
}

fn redirect_to_views(query: &AccountsQuery) -> Response {
    render::redirect(&query.href_at("/accounts/views"))
}

impl ViewsPage {
    /// Returns both groups of views, each with its heading.
    fn groups(&self) -> [(&'static str, &[SavedView]); 2] {
        [
            ("Your views", &self.own),
            ("Shared with the team", &self.shared),
        ]
    }

    /// Returns `true` if the viewer may change the view.
    const fn may_change(&self, view: &SavedView) -> bool {
        !view.is_shared || self.may_share
    }

    /// Returns `true` if the new name of a view was refused.
    fn is_renamed(&self, view: &SavedView) -> bool {
        self.renamed.as_ref().is_some_and(|(id, _)| *id == view.id)
    }

    /// Returns the new name of a view as typed, with its error.
    fn renamed(&self, view: &SavedView) -> Field {
        let refused = self.renamed.as_ref().filter(|(id, _)| *id == view.id);
        refused.map_or_else(|| view.name.as_str().into(), |(_, field)| field.clone())
    }
}

//! Saved views of the list: saving the current list under a name, opening, renaming, deleting, and
//! choosing the default one. A view belongs to one person. Its link can be shared, because it is
//! only a query.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::filter::{self, AccountsQuery};
use crate::app::App;
use crate::db::views::{self, SaveResult, SavedView};
use crate::domain::account_filter::AccountFilter;
use crate::domain::ids::ViewId;
use crate::domain::text::{self, InvalidText, isolate_bidi};
use crate::web::access::{Authorized, Read};
use crate::web::columns;
use crate::web::error::Error;
use crate::web::form::{DraftForm, Field, Form};
use crate::web::htmx::Htmx;
use crate::web::layout::{Layout, Section, Toast};
use crate::web::{listing, render};

/// Maximum length of a name, in characters.
const MAX_NAME_LENGTH: usize = 60;
/// Maximum length of a query, in bytes.
const MAX_QUERY_LENGTH: usize = 2_000;

#[derive(Template)]
#[template(path = "accounts/views.html", blocks = ["dialog"])]
struct ViewsPage {
    layout: Layout,
    views: Vec<SavedView>,
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
}

/// Saved views of a person: the default of the list, and the one matching a query.
pub(super) struct SavedViews(Vec<SavedView>);

impl SavedViews {
    pub async fn load(app: &App, may: &Authorized<Read>) -> Result<Self, Error> {
        Ok(Self(views::of_staff(&app.db, may.staff().id).await?))
    }

    /// Returns the address that the list opens with. `None` means all accounts.
    pub fn default_path(&self) -> Option<String> {
        let view = self.0.iter().find(|view| view.is_default)?;
        Some(view_path(view))
    }

    /// Returns the name of the view with this query; empty if there is none.
    pub fn name_of(&self, query: &AccountsQuery) -> String {
        let shown = saved_query(query);
        let view = self.0.iter().find(|view| view.query == shown);
        view.map(|view| view.name.clone()).unwrap_or_default()
    }
}

fn view_path(view: &SavedView) -> String {
    format!("/accounts?{}", view.query)
}

/// Returns the query to save, starting at the first page. For all accounts, it says so explicitly.
fn saved_query(query: &AccountsQuery) -> String {
    let from_start = AccountsQuery {
        says_all: true,
        ..query.with(|_| ())
    };
    let address = from_start.href();
    address
        .split_once('?')
        .map(|(_, query)| query.to_owned())
        .unwrap_or_default()
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
        Some(typed) => AccountsQuery::from_path(&typed.list),
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
    let mut query = AccountsQuery::from_path(&typed.list);
    if query.columns.is_none() {
        query.columns = columns::remembered::<AccountFilter>(&app, &may).await?;
    }
    let saved = saved_query(&query);
    if let Some(name) = typed.name.read(parse_name) {
        if saved.len() > MAX_QUERY_LENGTH {
            typed
                .name
                .set_error("This list has too many filters to be saved. Remove some.");
        } else {
            let now = may.times().now();
            match views::save(&app.db, may.staff().id, &name, &saved, now).await? {
                SaveResult::Done | SaveResult::Gone => {
                    success_toast(
                        &may,
                        format!("Saved as the view \u{201c}{}\u{201d}.", isolate_bidi(&name)),
                    )
                    .await?;
                    return Ok(render::redirect(&format!("/accounts?{saved}")));
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
    Form(mut typed): Form<ViewForm>,
) -> Result<Response, Error> {
    let query = AccountsQuery::from_path(&typed.list);
    if let Some(name) = typed.name.read(parse_name) {
        match views::rename(&app.db, may.staff().id, id, &name).await? {
            SaveResult::Taken => typed.name.set_error("You have another view of this name."),
            SaveResult::Done | SaveResult::TooMany => {
                success_toast(
                    &may,
                    format!(
                        "The view is called \u{201c}{}\u{201d} now.",
                        isolate_bidi(&name)
                    ),
                )
                .await?;
                return Ok(redirect_to_views(&query));
            }
            SaveResult::Gone => return view_not_found(&may, &query).await,
        }
    }
    let page = ViewsPage {
        renamed: Some((id, typed.name)),
        ..build_page(&may, &app, &query).await?
    };
    render::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// `POST /accounts/views/{id}/delete`
pub(super) async fn delete(
    may: Authorized<Read>,
    State(app): State<App>,
    Path(id): Path<ViewId>,
    Form(typed): Form<ViewForm>,
) -> Result<Response, Error> {
    let query = AccountsQuery::from_path(&typed.list);
    if !views::delete(&app.db, may.staff().id, id).await? {
        return view_not_found(&may, &query).await;
    }
    success_toast(&may, "View deleted.".to_owned()).await?;
    Ok(redirect_to_views(&query))
}

/// `POST /accounts/views/{id}/default`
pub(super) async fn update_default(
    may: Authorized<Read>,
    State(app): State<App>,
    Path(id): Path<ViewId>,
    Form(typed): Form<ViewForm>,
) -> Result<Response, Error> {
    let query = AccountsQuery::from_path(&typed.list);
    let views = views::of_staff(&app.db, may.staff().id).await?;
    let Some(view) = views.into_iter().find(|view| view.id == id) else {
        return view_not_found(&may, &query).await;
    };
    let default = typed.default == "yes";
    views::set_default(&app.db, may.staff().id, default.then_some(id)).await?;
    let text = if default {
        format!(
            "\u{201c}{}\u{201d} is your default view now.",
            isolate_bidi(&view.name)
        )
    } else {
        "You have no default view now.".to_owned()
    };
    success_toast(&may, text).await?;
    Ok(redirect_to_views(&query))
}

async fn build_page(
    may: &Authorized<Read>,
    app: &App,
    query: &AccountsQuery,
) -> Result<ViewsPage, Error> {
    // From a list of all accounts, the way back must avoid the default view.
    let query = AccountsQuery {
        says_all: true,
        ..query.with(|_| ())
    };
    Ok(ViewsPage {
        layout: may.layout("Views", Section::Accounts).await?,
        views: views::of_staff(&app.db, may.staff().id).await?,
        description: listing::describe(&filter::chips(app, &query).await?),
        list: query.href(),
        name: Field::default(),
        renamed: None,
    })
}

fn parse_name(typed: &str) -> Result<String, InvalidText> {
    text::parse_line(typed, MAX_NAME_LENGTH)
}

async fn success_toast(may: &Authorized<Read>, text: String) -> Result<(), Error> {
    may.toast(Toast::success(text)).await
}

/// Answers if the person deleted the view meanwhile, in another tab.
async fn view_not_found(may: &Authorized<Read>, query: &AccountsQuery) -> Result<Response, Error> {
    may.toast(Toast::new("warning", "This view no longer exists."))
        .await?;
    Ok(redirect_to_views(query))
}

fn redirect_to_views(query: &AccountsQuery) -> Response {
    render::redirect(&query.href_at("/accounts/views"))
}

impl ViewsPage {
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

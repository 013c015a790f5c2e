//! Saved views of the list: saving the list as it stands under a name, opening, renaming, deleting, choosing the one
//! that the list opens with. A view is its owner's own; as a link it is shared, since it is a query and nothing else.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::query::Query;
use crate::app::App;
use crate::db::views::{self, Saved, View};
use crate::domain::ids::ViewId;
use crate::domain::text::{self, InvalidText, isolated};
use crate::web::access::{May, Read};
use crate::web::error::Error;
use crate::web::form::{Field, Form, Kept};
use crate::web::htmx::Htmx;
use crate::web::page;
use crate::web::shell::{Section, Shell, Toast};

/// The longest name, in characters.
const LONGEST: usize = 60;
/// The longest query, in bytes.
const LONGEST_QUERY: usize = 2_000;

#[derive(Template)]
#[template(path = "accounts/views.html", blocks = ["dialog"])]
struct Page {
    shell: Shell,
    views: Vec<View>,
    /// The list as it stands.
    list: String,
    /// What it shows, in words; empty where it is all accounts.
    words: String,
    /// The name to save it under.
    name: Field,
    /// A new name of one of the views that was not taken so far.
    renamed: Option<(ViewId, Field)>,
}

/// A form about views.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(super) struct Typed {
    name: Field,
    /// The list to save, or to come back to.
    list: String,
    /// `yes` where the view is to be the default one.
    default: String,
    /// Which view is to have another name: for when the form is shown again.
    view: Option<ViewId>,
}

/// What the list opens with, and the view that a query is.
pub(super) struct Views(Vec<View>);

impl Views {
    pub async fn of(app: &App, may: &May<Read>) -> Result<Self, Error> {
        Ok(Self(views::of_staff(&app.db, may.staff().id).await?))
    }

    /// The address that the list opens with; none where that is all accounts.
    pub fn opens_with(&self) -> Option<String> {
        let view = self.0.iter().find(|view| view.is_default)?;
        Some(address(view))
    }

    /// The name of the view that shows just this; empty where there is none.
    pub fn name_of(&self, query: &Query) -> String {
        let shown = saved_as(query);
        let view = self.0.iter().find(|view| view.query == shown);
        view.map(|view| view.name.clone()).unwrap_or_default()
    }
}

fn address(view: &View) -> String {
    format!("/accounts?{}", view.query)
}

/// The query of a list from its first page on; one of all accounts says so.
fn saved_as(query: &Query) -> String {
    let from_start = Query {
        everything: true,
        ..query.at_page(1)
    };
    let address = from_start.href();
    address
        .split_once('?')
        .map(|(_, query)| query.to_owned())
        .unwrap_or_default()
}

/// `GET /accounts/views`, with the query of the list
pub(super) async fn index(
    may: May<Read>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    htmx: Htmx,
    kept: Kept,
) -> Result<Response, Error> {
    let typed = kept.fill::<Typed>();
    let query = match &typed {
        Some(typed) => Query::of_path(&typed.list),
        None => Query::parse(raw.as_deref().unwrap_or_default()),
    };
    let mut page = page_of(&may, &app, &query).await?;
    match typed.map(|typed| (typed.view, typed.name)) {
        Some((Some(view), name)) => page.renamed = Some((view, name)),
        Some((None, name)) => page.name = name,
        None => {}
    }
    page::render(&htmx, &page, &page.as_dialog())
}

/// `POST /accounts/views/save`
pub(super) async fn create(
    may: May<Read>,
    State(app): State<App>,
    Form(mut typed): Form<Typed>,
) -> Result<Response, Error> {
    let query = Query::of_path(&typed.list);
    let saved = saved_as(&query);
    if let Some(name) = typed.name.read(name) {
        if saved.len() > LONGEST_QUERY {
            typed
                .name
                .refuse("This list asks for too much to be saved: take some of its filters off.");
        } else {
            let now = may.times().now();
            match views::save(&app.db, may.staff().id, &name, &saved, now).await? {
                Saved::Done | Saved::Gone => {
                    say(&may, format!("Saved as the view \u{201c}{}\u{201d}.", isolated(&name))).await?;
                    return Ok(page::redirect(&format!("/accounts?{saved}")));
                }
                Saved::Taken => typed
                    .name
                    .refuse("You have a view of this name. Choose another, or delete that one."),
                Saved::TooMany => {
                    typed.name.refuse(format!(
                        "You have {} views, the most there can be: delete one.",
                        views::MOST
                    ));
                }
            }
        }
    }
    let page = Page {
        name: typed.name,
        ..page_of(&may, &app, &query).await?
    };
    page::invalid(&page)
}

/// `POST /accounts/views/{id}/rename`
pub(super) async fn rename(
    may: May<Read>,
    State(app): State<App>,
    Path(id): Path<ViewId>,
    Form(mut typed): Form<Typed>,
) -> Result<Response, Error> {
    let query = Query::of_path(&typed.list);
    if let Some(name) = typed.name.read(name) {
        match views::rename(&app.db, may.staff().id, id, &name).await? {
            Saved::Taken => typed.name.refuse("You have another view of this name."),
            Saved::Done | Saved::TooMany => {
                say(
                    &may,
                    format!("The view is called \u{201c}{}\u{201d} now.", isolated(&name)),
                )
                .await?;
                return Ok(back(&query));
            }
            Saved::Gone => return gone(&may, &query).await,
        }
    }
    let page = Page {
        renamed: Some((id, typed.name)),
        ..page_of(&may, &app, &query).await?
    };
    page::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// `POST /accounts/views/{id}/delete`
pub(super) async fn delete(
    may: May<Read>,
    State(app): State<App>,
    Path(id): Path<ViewId>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let query = Query::of_path(&typed.list);
    if !views::delete(&app.db, may.staff().id, id).await? {
        return gone(&may, &query).await;
    }
    say(&may, "The view is deleted. No account changed.".to_owned()).await?;
    Ok(back(&query))
}

/// `POST /accounts/views/{id}/default`
pub(super) async fn update_default(
    may: May<Read>,
    State(app): State<App>,
    Path(id): Path<ViewId>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let query = Query::of_path(&typed.list);
    let views = views::of_staff(&app.db, may.staff().id).await?;
    let Some(view) = views.into_iter().find(|view| view.id == id) else {
        return gone(&may, &query).await;
    };
    let default = typed.default == "yes";
    views::set_default(&app.db, may.staff().id, default.then_some(id)).await?;
    let text = if default {
        format!(
            "Accounts opens with \u{201c}{}\u{201d} from now on.",
            isolated(&view.name)
        )
    } else {
        "Accounts opens with all of them from now on.".to_owned()
    };
    say(&may, text).await?;
    Ok(back(&query))
}

async fn page_of(may: &May<Read>, app: &App, query: &Query) -> Result<Page, Error> {
    // The way back from a list of all accounts must not lead to the view that opens first.
    let query = Query {
        everything: true,
        ..query.at_page(1)
    };
    Ok(Page {
        shell: may.shell("Views", Section::Accounts).await?,
        views: views::of_staff(&app.db, may.staff().id).await?,
        words: super::chips::words(&query.filter),
        list: query.href(),
        name: Field::default(),
        renamed: None,
    })
}

/// A name as typed.
fn name(typed: &str) -> Result<String, InvalidText> {
    text::line(typed, LONGEST)
}

async fn say(may: &May<Read>, text: String) -> Result<(), Error> {
    may.toast(Toast {
        kind: "success",
        text,
        undo: None,
    })
    .await
}

/// Somebody deleted it meanwhile, in another tab.
async fn gone(may: &May<Read>, query: &Query) -> Result<Response, Error> {
    may.toast(Toast {
        kind: "warning",
        text: "There is no such view of yours any more.".to_owned(),
        undo: None,
    })
    .await?;
    Ok(back(query))
}

fn back(query: &Query) -> Response {
    page::redirect(&query.href_at("/accounts/views"))
}

impl Page {
    /// Whether the new name of a view was not taken so far.
    fn is_renamed(&self, view: &View) -> bool {
        self.renamed.as_ref().is_some_and(|(id, _)| *id == view.id)
    }

    /// What is wrong with the new name of a view, and what was typed.
    fn renamed(&self, view: &View) -> Field {
        let refused = self.renamed.as_ref().filter(|(id, _)| *id == view.id);
        refused.map_or_else(|| view.name.as_str().into(), |(_, field)| field.clone())
    }
}

//! Choice of a list's columns and of the height of its rows, which each person makes for
//! themselves. A list declares its columns in its [`Filter`] and implements [`ColumnsList`]. Its
//! routes of the form lead to [`show`] and [`save`].

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::access::{Authorized, Read, Viewer};
use super::error::Error;
use super::form::{Form, Query as UrlQuery};
use super::htmx::Htmx;
use super::layout::{Layout, Section};
use super::listing::{
    Column, ColumnKeys, Filter, Query, SelectOption, columns_of, default_column_keys,
    format_column_keys, parse_column_keys, select_option,
};
use super::{paths, render};
use crate::app::App;
use crate::db::{list_columns, staff};
use crate::domain::density::Density;

/// List whose columns people choose.
pub trait ColumnsList: Filter {
    /// Section of the list.
    const SECTION: Section;
}

/// Columns of a list as one person sees them.
pub struct ShownColumns<O: 'static> {
    /// Columns to show, in order.
    pub shown: Vec<&'static Column<O>>,
    /// Address of the form that chooses them.
    pub href: String,
}

impl<O> ShownColumns<O> {
    /// Returns `true` if the column with this key is shown.
    pub fn has(&self, key: &str) -> bool {
        self.shown.iter().any(|column| column.key == key)
    }
}

/// Loads the columns of a list: those of its address, or those that the person chose, or its own.
pub async fn load<F: Filter>(
    app: &App,
    viewer: &Viewer,
    query: &Query<F>,
) -> Result<ShownColumns<F::Order>, Error> {
    let keys = keys(app, viewer, query).await?;
    Ok(ShownColumns {
        shown: columns_of(F::COLUMNS, &keys),
        href: paths::with_query(&form_path::<F>(), [("list", query.href().as_str())]),
    })
}

async fn keys<F: Filter>(
    app: &App,
    viewer: &Viewer,
    query: &Query<F>,
) -> Result<ColumnKeys, Error> {
    Ok(match &query.columns {
        Some(keys) => keys.clone(),
        None => remembered::<F>(app, viewer)
            .await?
            .unwrap_or_else(|| default_column_keys(F::COLUMNS)),
    })
}

/// Returns the columns that the person chose for a list. `None` if they chose none.
pub async fn remembered<F: Filter>(
    app: &App,
    viewer: &Viewer,
) -> Result<Option<ColumnKeys>, Error> {
    let keys = list_columns::of_staff(&app.db, viewer.staff().id, F::PATH).await?;
    Ok(keys.map(|keys| parse_column_keys(F::COLUMNS, &keys).0))
}

fn form_path<F: Filter>() -> String {
    format!("{}/columns", F::PATH)
}

/// Form of the columns, as an address or a body has it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ColumnsForm {
    /// Address of the list.
    list: String,
    /// Keys of all columns, in their order. Empty if the form was not filled yet.
    order: Vec<String>,
    /// Keys of the ticked columns.
    shown: Vec<String>,
    /// Key of the column to move up.
    up: String,
    /// Key of the column to move down.
    down: String,
    /// Height of the rows.
    density: String,
    /// Not empty to show the list's own columns.
    reset: String,
}

/// Column as the form shows it.
struct Choice {
    key: &'static str,
    label: &'static str,
    shown: bool,
    /// True to focus its button to move up or down, because it was just used.
    is_moved_up: bool,
    is_moved_down: bool,
}

#[derive(Template)]
#[template(path = "columns.html", blocks = ["dialog"])]
struct ColumnsPage {
    layout: Layout,
    /// Name of the list.
    title: &'static str,
    /// Address of the list, and of the form.
    list: String,
    path: String,
    fixed: Vec<&'static str>,
    choices: Vec<Choice>,
    densities: Vec<SelectOption>,
}

impl ColumnsPage {
    /// Returns `true` if a column was just moved, whose button then has the focus.
    fn is_moved(&self) -> bool {
        let mut choices = self.choices.iter();
        choices.any(|choice| choice.is_moved_up || choice.is_moved_down)
    }
}

impl ColumnsForm {
    /// Returns the ticked columns in their order.
    fn chosen<F: Filter>(&self) -> ColumnKeys {
        let keys = self.order.iter().chain(&self.shown);
        let keys: Vec<&str> = keys
            .filter(|key| self.shown.contains(key))
            .map(String::as_str)
            .collect();
        parse_column_keys(F::COLUMNS, &keys.join(".")).0
    }

    /// Returns all columns in their order, with the requested move.
    fn ordered<F: Filter>(&self, chosen: &ColumnKeys) -> ColumnKeys {
        let mut keys = if self.order.is_empty() {
            chosen.clone()
        } else {
            parse_column_keys(F::COLUMNS, &self.order.join(".")).0
        };
        let rest = F::COLUMNS.iter().filter(|column| !column.is_fixed);
        let rest: ColumnKeys = rest
            .map(|column| column.key)
            .filter(|key| !keys.contains(key))
            .collect();
        keys.extend(rest);
        let place = |key: &str| keys.iter().position(|other| *other == key);
        let (up, down) = (place(&self.up), place(&self.down));
        if let Some(at) = up.filter(|at| *at > 0) {
            keys.swap(at, at - 1);
        }
        if let Some(at) = down.filter(|at| at + 1 < keys.len()) {
            keys.swap(at, at + 1);
        }
        keys
    }
}

/// `GET` of the list's address with `/columns?list=`
///
/// Shows the form. Without scripts, a button that moves a column shows it again.
pub async fn show<F: ColumnsList>(
    may: Authorized<Read>,
    State(app): State<App>,
    htmx: Htmx,
    UrlQuery(form): UrlQuery<ColumnsForm>,
) -> Result<Response, Error> {
    let query = Query::<F>::from_path(&form.list);
    let chosen = if form.order.is_empty() {
        keys(&app, &may, &query).await?
    } else {
        form.chosen::<F>()
    };
    let density = form.density.parse();
    let density: Density = density.unwrap_or_else(|_| may.staff().density);
    let choices = form.ordered::<F>(&chosen);
    let choices = choices.into_iter().filter_map(|key| {
        let column = F::COLUMNS.iter().find(|column| column.key == key)?;
        Some(Choice {
            key,
            label: column.label,
            shown: chosen.contains(&key),
            is_moved_up: form.up == key,
            is_moved_down: form.down == key,
        })
    });
    let fixed = F::COLUMNS.iter().filter(|column| column.is_fixed);
    let densities = Density::ALL.into_iter();
    let page = ColumnsPage {
        layout: may.layout("Columns", F::SECTION).await?,
        title: F::SECTION.nav_entry().map_or("List", |(_, label, _)| label),
        list: query.href(),
        path: form_path::<F>(),
        fixed: fixed.map(|column| column.label).collect(),
        choices: choices.collect(),
        densities: densities
            .map(|other| select_option(other.as_str(), other.label(), density.as_str()))
            .collect(),
    };
    render::page_or_fragment(&htmx, &page, &page.as_dialog())
}

/// `POST` to the list's address with `/columns/save`
///
/// Stores the choice and leads back to the list, whose address then has the columns.
pub async fn save<F: ColumnsList>(
    may: Authorized<Read>,
    State(app): State<App>,
    Form(form): Form<ColumnsForm>,
) -> Result<Response, Error> {
    let staff = may.staff();
    let mut query = Query::<F>::from_path(&form.list);
    // A form without columns was not filled on the page.
    if form.order.is_empty() && form.reset.is_empty() {
        return Ok(render::redirect(&query.href()));
    }
    let chosen = form.chosen::<F>();
    let is_own = form.reset.is_empty() && chosen != default_column_keys(F::COLUMNS);
    if is_own {
        let keys = format_column_keys(&chosen);
        list_columns::save(&app.db, staff.id, F::PATH, &keys).await?;
    } else {
        list_columns::reset(&app.db, staff.id, F::PATH).await?;
    }
    query.columns = is_own.then_some(chosen);
    if let Ok(density) = form.density.parse::<Density>()
        && density != staff.density
    {
        staff::set_density(&app.db, staff.id, density).await?;
    }
    Ok(render::redirect(&query.href()))
}

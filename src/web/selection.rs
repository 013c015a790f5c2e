//! Accounts selected in a list: single ones, or all matches of a query except some. In the second
//! case, their IDs are not listed, because there could be 100,000.

use std::collections::HashSet;
use std::future::Future;

use serde::Deserialize;

use super::access::Viewer;
use super::error::Error;
use super::layout::Section;
use super::listing::{self, Chip, Filter, Query};
use crate::app::App;
use crate::domain::ids::AccountId;
use crate::domain::text::group_thousands;

/// Maximum number of accounts selected or excepted one by one. Beyond it, the page asks for a
/// filter.
pub const MAX_SELECTED: usize = 500;

/// Filter of a list in which accounts can be selected.
pub trait SelectableFilter: Filter {
    /// Section of the list.
    const SECTION: Section;

    /// Returns the IDs of all accounts that the query finds, on all pages, in the list's order.
    fn ids(
        query: &Query<Self>,
        app: &App,
        viewer: &Viewer,
    ) -> impl Future<Output = Result<Vec<AccountId>, Error>> + Send;

    /// Returns the chips of the query. A filter whose values are IDs replaces them by names.
    fn chips(
        query: &Query<Self>,
        _app: &App,
    ) -> impl Future<Output = Result<Vec<Chip>, Error>> + Send {
        let chips = query.chips();
        async { Ok(chips) }
    }
}

/// Selection as the list's form sends it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Selection {
    /// Address of the list. It tells which accounts `all` means, and in which order.
    pub list: String,
    /// Not empty if all accounts that the query finds are selected.
    pub all: String,
    /// IDs of accounts selected one by one.
    pub id: Vec<String>,
    /// IDs of accounts left out when all are selected.
    pub except: Vec<String>,
}

impl Selection {
    /// Selects everything that a query finds.
    pub fn all_matching<F: Filter>(query: &Query<F>) -> Self {
        Self {
            list: query.href(),
            all: "yes".to_owned(),
            ..Self::default()
        }
    }

    /// Returns the query of the list in which the selection was made.
    pub fn query<F: Filter>(&self) -> Query<F> {
        Query::from_path(&self.list)
    }

    /// Returns `true` if all matches of the query are selected, rather than single accounts.
    pub const fn is_all(&self) -> bool {
        !self.all.is_empty()
    }

    /// Returns `true` if all matches of the query are selected, without an exception.
    pub const fn is_without_exceptions(&self) -> bool {
        self.is_all() && self.except.is_empty()
    }

    /// Returns the selected IDs. They are in the list's order if all are selected, otherwise in the
    /// order of the rows.
    pub async fn ids<F: SelectableFilter>(
        &self,
        app: &App,
        viewer: &Viewer,
    ) -> Result<Vec<AccountId>, Error> {
        if !self.is_all() {
            let mut seen = HashSet::new();
            let ids = self.id.iter().filter_map(|id| id.parse().ok());
            return Ok(ids
                .filter(|id: &AccountId| seen.insert(id.clone()))
                .collect());
        }
        let mut ids = F::ids(&self.query(), app, viewer).await?;
        if !self.except.is_empty() {
            let except: HashSet<&str> = self.except.iter().map(String::as_str).collect();
            ids.retain(|id| !except.contains(id.as_str()));
        }
        Ok(ids)
    }

    /// Describes how many accounts are selected, and which.
    pub async fn describe<F: SelectableFilter>(
        &self,
        app: &App,
        accounts: usize,
    ) -> Result<String, Error> {
        let unit = if accounts == 1 { "account" } else { "accounts" };
        let number = group_thousands(i64::try_from(accounts).unwrap_or(i64::MAX));
        if !self.is_all() {
            return Ok(format!("{number} {unit}, selected one by one"));
        }
        let filter = listing::describe(&F::chips(&self.query(), app).await?);
        let left_out = match self.except.len() {
            0 => String::new(),
            left_out => format!("all but {left_out} left out by hand"),
        };
        Ok(match (filter.is_empty(), left_out.is_empty()) {
            (true, true) => format!("All {number} {unit}"),
            (true, false) => format!("{number} {unit}: {left_out}"),
            (false, true) => format!("{number} {unit}: {filter}"),
            (false, false) => format!("{number} {unit}: {filter}; {left_out}"),
        })
    }

    /// Returns the hidden fields that carry the selection through a form.
    pub fn hidden_fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = vec![("list", self.list.clone()), ("all", self.all.clone())];
        let many = |name, values: &[String]| -> Vec<(&'static str, String)> {
            values.iter().map(|value| (name, value.clone())).collect()
        };
        fields.extend(many("id", if self.is_all() { &[] } else { &self.id }));
        fields.extend(many(
            "except",
            if self.is_all() { &self.except } else { &[] },
        ));
        fields
    }
}

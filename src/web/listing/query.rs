//! Address of a list: its parameters, and how they are read and written.

use std::borrow::Cow;

use url::form_urlencoded;

use super::columns::{Column, ColumnKeys, format_column_keys, parse_column_keys};
use super::read;
use super::view_ref::ViewRef;
use crate::domain::number::{self, InvalidNumber};
use crate::web::paths;

/// Selectable numbers of rows per page.
pub(super) const PAGE_SIZES: [u32; 3] = [25, 50, 100];
const DEFAULT_PAGE_SIZE: u32 = 50;
/// Parameter that selects all rows of a page, and its value.
const SELECT: &str = "select";
const SELECTED_PAGE: &str = "page";
/// Maximum number of sentences that a page shows about ignored parameters.
const MAX_IGNORED: usize = 10;

/// Filter of a list. The default matches every row.
pub trait Filter: Clone + Default + PartialEq + 'static {
    /// Sort order of the rows; `()` if there is only one.
    type Order: Copy + Default + PartialEq + 'static;

    /// Path of the list.
    const PATH: &'static str;
    /// Parameters of the filter, in the order of addresses and chips.
    const PARAMS: &'static [Param<Self>];
    /// Columns that people can choose from, the fixed ones first. Empty if they cannot choose.
    const COLUMNS: &'static [Column<Self::Order>] = &[];
    /// Parameter and value that request all rows. For a list whose bare address may open something
    /// else.
    const ALL: Option<(&'static str, &'static str)> = None;
    /// True if people can save views of the list.
    const HAS_VIEWS: bool = false;
    /// False if the list has no page numbers but is read from a place.
    const HAS_PAGES: bool = true;

    /// Parses a sort order. The error is a sentence for the reader.
    fn read_order(_value: &str) -> Result<Self::Order, String> {
        Err(read::no_such_filter("sort"))
    }

    /// Formats a sort order so that [`Self::read_order`] can parse it.
    fn write_order(_order: Self::Order) -> String {
        String::new()
    }

    /// Corrects the filter after all parameters are read, for example reversed days. Returns a
    /// sentence about the correction.
    fn settle(&mut self) -> Option<String> {
        None
    }
}

/// Parameter of a filter: its name in addresses, its parser and its formatter.
pub struct Param<F> {
    name: &'static str,
    read: fn(&mut F, &str) -> Result<(), String>,
    values: fn(&F) -> Vec<Value>,
}

impl<F> Param<F> {
    /// Creates a parameter. `read` gets a trimmed value that is not empty, and its error is a
    /// sentence. `values` returns the current values.
    pub const fn new(
        name: &'static str,
        read: fn(&mut F, &str) -> Result<(), String>,
        values: fn(&F) -> Vec<Value>,
    ) -> Self {
        Self { name, read, values }
    }

    /// Creates the parameter that selects all rows of a page once, for browsers without scripts. No
    /// address of a list is written with it.
    pub const fn select_page() -> Self {
        Self::new(
            SELECT,
            |_, value| match value {
                SELECTED_PAGE => Ok(()),
                _ => Err(read::no_such_filter(SELECT)),
            },
            |_| Vec::new(),
        )
    }
}

/// Describes a parameter with one value of a `string_enum`: its name, the filter's field, what it is
/// called in the sentence about an unknown value, and the chip's label with `{}` for the value's.
macro_rules! choice_param {
    ($name:literal, $field:ident, $what:literal, $label:literal) => {
        $crate::web::listing::Param::new(
            $name,
            |filter, value| {
                $crate::web::listing::read::choice(&mut filter.$field, $what, value, |word| {
                    word.parse().ok()
                })
            },
            |filter| {
                $crate::web::listing::Value::of(
                    filter.$field,
                    |value| value.as_str().to_owned(),
                    |value| format!($label, value.label()),
                )
            },
        )
    };
}

pub(crate) use choice_param;

/// Current value of a parameter: its text in the address and its chip's label.
pub struct Value {
    pub text: String,
    pub label: String,
}

impl Value {
    /// Returns the value of a parameter that has at most one.
    pub fn of<T>(
        value: Option<T>,
        text: impl FnOnce(&T) -> String,
        label: impl FnOnce(&T) -> String,
    ) -> Vec<Self> {
        let value = value.map(|value| Self {
            text: text(&value),
            label: label(&value),
        });
        value.into_iter().collect()
    }

    /// Returns the value of a text parameter. An empty text means that there is none.
    pub fn of_text(text: &str, label: &str) -> Vec<Self> {
        let text = Some(text).filter(|text| !text.is_empty());
        Self::of(
            text,
            |text| (*text).to_owned(),
            |text| format!("{label}: {text}"),
        )
    }
}

/// Returns `true` if the query of an address selects all rows of its page.
pub fn selects_page(raw: &str) -> bool {
    form_urlencoded::parse(raw.as_bytes())
        .any(|(name, value)| name == SELECT && value == SELECTED_PAGE)
}

/// Parsed address of a list. Any address gives a usable list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query<F: Filter> {
    pub filter: F,
    pub order: F::Order,
    /// Number of the page, from 1.
    pub page: u32,
    /// Number of rows per page.
    pub page_size: u32,
    /// Columns that the address asks for.
    pub columns: Option<ColumnKeys>,
    /// Saved view that the list was opened with. It stays while filters are changed.
    pub view: Option<ViewRef>,
    /// True to write [`Filter::ALL`] into the address of all rows.
    pub says_all: bool,
    /// Sentences about ignored or corrected parts of the address.
    pub ignored: Vec<String>,
    /// Path of the list; differs from [`Filter::PATH`] if each object has a list of its own.
    pub path: Cow<'static, str>,
}

impl<F: Filter> Default for Query<F> {
    fn default() -> Self {
        Self {
            filter: F::default(),
            order: F::Order::default(),
            page: 1,
            page_size: DEFAULT_PAGE_SIZE,
            columns: None,
            view: None,
            says_all: false,
            ignored: Vec::new(),
            path: Cow::Borrowed(F::PATH),
        }
    }
}

impl<F: Filter> Query<F> {
    /// Parses the query of an address. If a name is repeated, the last value counts, unless the
    /// parameter takes several.
    pub fn parse(raw: &str) -> Self {
        let mut query = Self::default();
        for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
            let value = value.trim();
            if name.contains(char::REPLACEMENT_CHARACTER)
                || value.contains(char::REPLACEMENT_CHARACTER)
            {
                query.ignore(read::unreadable(&name));
            } else if !value.is_empty()
                && let Err(sentence) = query.read_param(&name, value)
            {
                query.ignore(sentence);
            }
        }
        if let Some(sentence) = query.filter.settle() {
            query.ignore(sentence);
        }
        query
    }

    /// Moves the list to another path.
    pub fn at_path(mut self, path: impl Into<String>) -> Self {
        self.path = Cow::Owned(path.into());
        self
    }

    /// Parses the query of an address of the list, after its `?`.
    pub fn from_path(path: &str) -> Self {
        Self::parse(path.split_once('?').map_or("", |(_, query)| query))
    }

    fn read_param(&mut self, name: &str, value: &str) -> Result<(), String> {
        if let Some(param) = F::PARAMS.iter().find(|param| param.name == name) {
            (param.read)(&mut self.filter, value)?;
            self.says_all |=
                F::ALL.is_some_and(|all| all.0 == name && all.1.eq_ignore_ascii_case(value));
            return Ok(());
        }
        match name {
            "sort" => self.order = F::read_order(value)?,
            "page" if F::HAS_PAGES => self.page = read_page(value)?,
            "per" => self.page_size = read_page_size(value)?,
            "view" if F::HAS_VIEWS => self.view = Some(ViewRef::parse(value)?),
            "columns" if !F::COLUMNS.is_empty() => self.read_columns(value),
            _ => return Err(read::no_such_filter(name)),
        }
        Ok(())
    }

    /// Reads the columns. Names each one that the list does not have.
    fn read_columns(&mut self, value: &str) {
        let (known, unknown) = parse_column_keys(F::COLUMNS, value);
        for key in &unknown {
            self.ignore(format!(
                "There is no column {}: it was ignored.",
                read::quote_shortened(key)
            ));
        }
        if unknown.is_empty() || !known.is_empty() {
            self.columns = Some(known);
        }
    }

    /// Adds a sentence about an ignored part of the address, up to a maximum.
    pub fn ignore(&mut self, sentence: String) {
        if self.ignored.len() < MAX_IGNORED && !self.ignored.contains(&sentence) {
            self.ignored.push(sentence);
        }
    }

    /// Moves to the last page if the current one does not exist. Returns `true` if it did.
    pub fn clamp_page(&mut self, total: i64) -> bool {
        let last =
            u32::try_from((total - 1).max(0) / i64::from(self.page_size) + 1).unwrap_or(u32::MAX);
        if self.page <= last {
            return false;
        }
        self.page = last;
        self.ignore(format!(
            "There are fewer pages. This is the last one, page {last}."
        ));
        true
    }

    /// Returns `true` if there is a search or a filter.
    pub fn is_filtered(&self) -> bool {
        self.values().next().is_some()
    }

    /// Returns the parameters of the address without defaults. The filter's values come first.
    pub(super) fn own_pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs: Vec<_> = self
            .values()
            .map(|(name, value)| (name, value.text))
            .collect();
        if self.order != F::Order::default() {
            pairs.push(("sort", F::write_order(self.order)));
        }
        if self.page != 1 {
            pairs.push(("page", self.page.to_string()));
        }
        if self.page_size != DEFAULT_PAGE_SIZE {
            pairs.push(("per", self.page_size.to_string()));
        }
        if let Some(keys) = &self.columns {
            pairs.push(("columns", format_column_keys(keys)));
        }
        if let Some(view) = self.view {
            pairs.push(("view", view.to_string()));
        }
        pairs
    }

    /// Returns the filter's values, each with the name of its parameter.
    pub(super) fn values(&self) -> impl Iterator<Item = (&'static str, Value)> {
        F::PARAMS.iter().flat_map(|param| {
            let values = (param.values)(&self.filter).into_iter();
            values.map(|value| (param.name, value))
        })
    }

    /// Adds [`Filter::ALL`] if all rows are meant and there are no other parameters.
    fn or_all(&self, mut pairs: Vec<(&'static str, String)>) -> Vec<(&'static str, String)> {
        if let Some((name, value)) = F::ALL.filter(|_| self.says_all && pairs.is_empty()) {
            pairs.push((name, value.to_owned()));
        }
        pairs
    }

    pub(super) fn write_href(&self, path: &str, pairs: Vec<(&'static str, String)>) -> String {
        let pairs = self.or_all(pairs);
        paths::with_query(path, pairs.iter().map(|(name, value)| (*name, &**value)))
    }

    /// Returns the hidden fields of a form that chooses only the parameter `without`.
    pub fn form_fields(&self, without: &str) -> Vec<(&'static str, String)> {
        let mut pairs = self.or_all(self.with(|_| ()).own_pairs());
        pairs.retain(|(name, _)| *name != without);
        pairs
    }

    /// Returns the hidden fields of a form that contains all filters.
    pub fn hidden_fields(&self) -> Vec<(&'static str, String)> {
        self.with(|query| query.filter = F::default()).own_pairs()
    }

    /// Returns the address of this list.
    pub fn href(&self) -> String {
        self.href_at(&self.path)
    }

    /// Returns another address with the same query.
    pub fn href_at(&self, path: &str) -> String {
        self.write_href(path, self.own_pairs())
    }

    /// Returns the address of this list with one more parameter.
    pub fn href_and(&self, name: &'static str, value: &str) -> String {
        let mut pairs = self.or_all(self.own_pairs());
        pairs.push((name, value.to_owned()));
        self.write_href(&self.path, pairs)
    }

    /// Returns a changed query, starting at its first page.
    pub fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut query = self.clone();
        query.page = 1;
        change(&mut query);
        query
    }

    /// Returns the address of this page with all of its rows selected.
    pub fn select_page_href(&self) -> String {
        self.href_and(SELECT, SELECTED_PAGE)
    }

    /// Returns the address of the list with a changed query, starting at its first page.
    pub fn href_with(&self, change: impl FnOnce(&mut Self)) -> String {
        self.with(change).href()
    }

    /// Returns the address of the list without search and filters.
    pub fn clear_href(&self) -> String {
        self.href_with(|query| query.filter = F::default())
    }
}

fn read_page(value: &str) -> Result<u32, String> {
    match number::parse_whole(value) {
        Ok(page) if page > 0 => Ok(u32::try_from(page).unwrap_or(u32::MAX)),
        // However large the number is, the last page is the nearest one.
        Err(InvalidNumber::TooLarge) => Ok(u32::MAX),
        _ => Err(format!(
            "There is no page {}. This is the first one.",
            read::quote_shortened(value)
        )),
    }
}

fn read_page_size(value: &str) -> Result<u32, String> {
    let rows = number::parse_whole(value).ok();
    rows.and_then(|rows| PAGE_SIZES.into_iter().find(|per| u64::from(*per) == rows))
        .ok_or_else(|| {
            format!(
                "A page has 25, 50 or 100 rows, not {}.",
                read::quote_shortened(value)
            )
        })
}

//! The address of a list: what its parameters are, how it is read, and how it is written.

use url::form_urlencoded;

use super::read;
use crate::domain::number::{self, InvalidNumber};
use crate::web::paths;

/// Rows a page that can be chosen.
pub(super) const PAGE_SIZES: [u32; 3] = [25, 50, 100];
const DEFAULT_PAGE_SIZE: u32 = 50;
/// Maximum number of sentences on a page about what was ignored.
const MAX_IGNORED: usize = 10;

/// Conditions that a list can be filtered by; the default lets every row through.
pub trait Filter: Clone + Default + PartialEq + 'static {
    /// The orders of its rows; `()` if there is only one.
    type Order: Copy + Default + PartialEq;

    /// The list's address.
    const PATH: &'static str;
    /// The filter's parameters, in the order in which addresses and chips have them.
    const PARAMS: &'static [Param<Self>];
    /// Parameter and value that ask for all rows, for a list whose bare address may open something else.
    const ALL: Option<(&'static str, &'static str)> = None;
    /// False if the list is read from a place rather than by the number of a page.
    const HAS_PAGES: bool = true;

    /// Reads an order; fails with a sentence.
    fn read_order(_value: &str) -> Result<Self::Order, String> {
        Err(read::no_such_filter("sort"))
    }

    /// Writes an order as [`Self::read_order`] reads it.
    fn write_order(_order: Self::Order) -> String {
        String::new()
    }

    /// Mends what is wrong only once all is read, such as reversed days, and says so.
    fn settle(&mut self) -> Option<String> {
        None
    }
}

/// A parameter of a filter: its name in addresses, how it is read, and how it is written.
pub struct Param<F> {
    name: &'static str,
    read: fn(&mut F, &str) -> Result<(), String>,
    values: fn(&F) -> Vec<Value>,
}

impl<F> Param<F> {
    /// `read` takes a value that is trimmed and not empty, and fails with a sentence; `values` gives what now holds.
    pub const fn new(
        name: &'static str,
        read: fn(&mut F, &str) -> Result<(), String>,
        values: fn(&F) -> Vec<Value>,
    ) -> Self {
        Self { name, read, values }
    }
}

/// A value that a filter has, as its address writes it and as its chip says it.
pub struct Value {
    pub text: String,
    pub label: String,
}

impl Value {
    /// The value of a parameter that has at most one.
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

    /// The value of a parameter that is a text, empty if it asks for nothing.
    pub fn of_text(text: &str, label: &str) -> Vec<Self> {
        let text = Some(text).filter(|text| !text.is_empty());
        Self::of(
            text,
            |text| (*text).to_owned(),
            |text| format!("{label}: {text}"),
        )
    }
}

/// An address of a list, read. Whatever it says, there is a sensible list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query<F: Filter> {
    pub filter: F,
    pub order: F::Order,
    /// From 1.
    pub page: u32,
    /// Rows a page.
    pub page_size: u32,
    /// True if the address of all rows says [`Filter::ALL`].
    pub says_all: bool,
    /// Sentences on what was ignored or changed, one each.
    pub ignored: Vec<String>,
}

impl<F: Filter> Default for Query<F> {
    fn default() -> Self {
        Self {
            filter: F::default(),
            order: F::Order::default(),
            page: 1,
            page_size: DEFAULT_PAGE_SIZE,
            says_all: false,
            ignored: Vec::new(),
        }
    }
}

impl<F: Filter> Query<F> {
    /// Reads the query of an address; of a name that comes twice the last counts, unless its parameter takes several.
    pub fn parse(raw: &str) -> Self {
        let mut query = Self::default();
        for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
            let value = value.trim();
            if !value.is_empty()
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

    /// Reads what stands after the `?` of an address of the list.
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
            _ => return Err(read::no_such_filter(name)),
        }
        Ok(())
    }

    fn ignore(&mut self, sentence: String) {
        if self.ignored.len() < MAX_IGNORED && !self.ignored.contains(&sentence) {
            self.ignored.push(sentence);
        }
    }

    /// Goes back to the last page if there are fewer; returns whether it did.
    pub fn clamp_page(&mut self, total: i64) -> bool {
        let last =
            u32::try_from((total - 1).max(0) / i64::from(self.page_size) + 1).unwrap_or(u32::MAX);
        if self.page <= last {
            return false;
        }
        self.page = last;
        self.ignore(format!(
            "There are not so many pages: this is the last, page {last}."
        ));
        true
    }

    /// Returns whether anything is searched for or filtered by.
    pub fn is_filtered(&self) -> bool {
        self.values().next().is_some()
    }

    /// Returns the pairs of the address without defaults; the filter's values come first.
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
        pairs
    }

    /// The filter's values, each with the name of its parameter.
    pub(super) fn values(&self) -> impl Iterator<Item = (&'static str, Value)> {
        F::PARAMS.iter().flat_map(|param| {
            let values = (param.values)(&self.filter).into_iter();
            values.map(|value| (param.name, value))
        })
    }

    /// Says that all rows are meant, if nothing else is said.
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

    /// The parameters that a form on the list's page keeps beside the one that is chosen in it.
    pub fn form_fields(&self, without: &str) -> Vec<(&'static str, String)> {
        let mut pairs = self.or_all(self.with(|_| ()).own_pairs());
        pairs.retain(|(name, _)| *name != without);
        pairs
    }

    /// The parameters that a form with all filters in it keeps.
    pub fn hidden_fields(&self) -> Vec<(&'static str, String)> {
        self.with(|query| query.filter = F::default()).own_pairs()
    }

    /// The address of this list.
    pub fn href(&self) -> String {
        self.href_at(F::PATH)
    }

    /// The same query at another address.
    pub fn href_at(&self, path: &str) -> String {
        self.write_href(path, self.own_pairs())
    }

    /// The address of this list with one more parameter.
    pub fn href_and(&self, name: &'static str, value: &str) -> String {
        let mut pairs = self.or_all(self.own_pairs());
        pairs.push((name, value.to_owned()));
        self.write_href(F::PATH, pairs)
    }

    /// The query with something changed, from its first page on.
    pub fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut query = self.clone();
        query.page = 1;
        change(&mut query);
        query
    }

    /// The address of the list with something changed, from its first page on.
    pub fn href_with(&self, change: impl FnOnce(&mut Self)) -> String {
        self.with(change).href()
    }

    /// The address without search and filters.
    pub fn clear_href(&self) -> String {
        self.href_with(|query| query.filter = F::default())
    }
}

fn read_page(value: &str) -> Result<u32, String> {
    match number::parse_whole(value) {
        Ok(page) if page > 0 => Ok(u32::try_from(page).unwrap_or(u32::MAX)),
        // However large the number: the last page is the nearest.
        Err(InvalidNumber::TooLarge) => Ok(u32::MAX),
        _ => Err(format!(
            "There is no page {}: this is the first.",
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

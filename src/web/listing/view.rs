//! Parts of a list page that follow from its address: chips, tabs, headings and the pager.

use super::columns::Column;
use super::query::{Filter, PAGE_SIZES, Query};
use crate::domain::text::group_thousands;

/// Active filter, with the address that removes it.
pub struct Chip {
    /// Name of the filter's parameter.
    pub name: &'static str,
    pub label: String,
    pub href: String,
}

/// Describes the active filters; empty if there are none.
pub fn describe<'a>(chips: impl IntoIterator<Item = &'a Chip>) -> String {
    let chips = chips.into_iter();
    let labels: Vec<&str> = chips.map(|chip| chip.label.as_str()).collect();
    labels.join("; ")
}

/// Tab above a list.
pub struct Tab {
    pub label: &'static str,
    pub count: String,
    pub href: String,
    pub current: bool,
}

/// Heading of a column.
pub struct Heading {
    pub key: &'static str,
    pub label: &'static str,
    pub class: &'static str,
    /// Address of the list sorted by the column; empty if it cannot be sorted by it.
    pub href: String,
    /// `ascending` or `descending` if the list is sorted by this column, otherwise empty.
    pub sorted: &'static str,
}

impl Heading {
    /// Returns the classes of the heading.
    pub fn classes(&self) -> String {
        format!("col-{} {}", self.key, self.class)
            .trim_end()
            .to_owned()
    }
}

/// Option of a select field.
pub struct SelectOption {
    pub value: String,
    pub label: String,
    pub chosen: bool,
}

/// Creates an option of a select field, chosen if its value equals `chosen`.
pub fn select_option(
    value: impl Into<String>,
    label: impl Into<String>,
    chosen: &str,
) -> SelectOption {
    let value = value.into();
    SelectOption {
        chosen: value == chosen,
        value,
        label: label.into(),
    }
}

/// Links to the previous and the next page, and the range of rows shown.
pub struct Pager {
    /// Range of rows, such as `51–100 of 1,204`.
    pub shown: String,
    /// Address of the previous page; empty if there is none.
    pub previous: String,
    /// Address of the next page; empty if there is none.
    pub next: String,
}

impl<F: Filter> Query<F> {
    /// Returns a chip for the search and for each filter.
    pub fn chips(&self) -> Vec<Chip> {
        let pairs = self.with(|_| ()).own_pairs();
        self.values()
            .enumerate()
            .map(|(at, (name, value))| {
                let mut others = pairs.clone();
                others.remove(at);
                Chip {
                    name,
                    label: value.label,
                    href: self.write_href(&self.path, others),
                }
            })
            .collect()
    }

    /// Returns a tab that leads to the list with a changed filter.
    pub fn tab(&self, label: &'static str, count: i64, change: impl FnOnce(&mut F)) -> Tab {
        let tab = self.with(|query| change(&mut query.filter));
        Tab {
            label,
            count: group_thousands(count),
            href: tab.href(),
            current: tab.filter == self.filter,
        }
    }

    /// Returns the headings of these columns.
    pub fn headings(&self, columns: &[&'static Column<F::Order>]) -> Vec<Heading> {
        let headings = columns.iter().map(|column| {
            let (sorted, href) = column.orders.map_or_else(
                || ("", String::new()),
                |[(up, _), (down, _)]| {
                    let (sorted, next) = if self.order == up {
                        ("ascending", down)
                    } else if self.order == down {
                        ("descending", up)
                    } else {
                        ("", up)
                    };
                    (sorted, self.href_with(|query| query.order = next))
                },
            );
            Heading {
                key: column.key,
                label: column.label,
                class: column.class,
                href,
                sorted,
            }
        });
        headings.collect()
    }

    /// Returns every sort order, for windows too narrow for headings.
    pub fn sort_options(&self) -> Vec<SelectOption> {
        let orders = F::COLUMNS.iter().filter_map(|column| column.orders);
        orders
            .flatten()
            .map(|(order, label)| SelectOption {
                value: F::write_order(order),
                label: label.to_owned(),
                chosen: order == self.order,
            })
            .collect()
    }

    /// Returns the pager of this page. `total` is the number of rows on all pages.
    pub fn pager(&self, total: i64) -> Pager {
        let size = i64::from(self.page_size);
        let last = i64::from(self.page) * size;
        let page = |exists: bool, page: u32| {
            let href = exists.then(|| self.href_with(|query| query.page = page));
            href.unwrap_or_default()
        };
        Pager {
            shown: format!(
                "{}\u{2013}{} of {}",
                group_thousands(last - size + 1),
                group_thousands(last.min(total)),
                group_thousands(total)
            ),
            previous: page(self.page > 1, self.page.saturating_sub(1)),
            next: page(last < total, self.page.saturating_add(1)),
        }
    }

    /// Returns the possible numbers of rows per page, with their addresses, and which is current.
    pub fn page_sizes(&self) -> [(u32, String, bool); PAGE_SIZES.len()] {
        PAGE_SIZES.map(|size| {
            let href = self.href_with(|query| query.page_size = size);
            (size, href, size == self.page_size)
        })
    }
}

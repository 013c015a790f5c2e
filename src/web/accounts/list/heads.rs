//! The heads of the list: a tab for each status with its count, a heading for each column with its order.

use super::chips::status_label;
use super::query::Query;
use crate::db::accounts::{Listing, Sort};
use crate::domain::account::AccountStatus;
use crate::domain::text::grouped;

/// A tab above the list.
pub(super) struct Tab {
    pub label: &'static str,
    pub count: String,
    pub href: String,
    pub current: bool,
}

/// A column's heading.
pub(super) struct Heading {
    pub label: &'static str,
    pub href: String,
    /// `ascending` or `descending` where the list is sorted by it, else empty.
    pub sorted: &'static str,
    pub class: &'static str,
}

pub(super) fn tabs(query: &Query, listing: &Listing) -> Vec<Tab> {
    let tab = |status: Option<AccountStatus>, label, count| Tab {
        label,
        count: grouped(count),
        href: query.with_status(status).href(),
        current: query.filter.status == status,
    };
    let mut tabs = vec![tab(None, "All", listing.all())];
    for count in &listing.counts {
        tabs.push(tab(Some(count.status), status_label(count.status), count.accounts));
    }
    tabs
}

pub(super) fn headings(query: &Query) -> [Heading; 6] {
    [
        (Sort::Name, "Organization name", ""),
        (Sort::Email, "E-mail", ""),
        (Sort::Status, "Status", ""),
        (Sort::Limit, "Channel limit", "num"),
        (Sort::Created, "Created", ""),
        (Sort::Balance, "Balance", "num"),
    ]
    .map(|(sort, label, class)| Heading {
        label,
        class,
        href: query.sorted_by(sort).href(),
        sorted: match (query.sort.by == sort, query.sort.descending) {
            (false, _) => "",
            (true, false) => "ascending",
            (true, true) => "descending",
        },
    })
}

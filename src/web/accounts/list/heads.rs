//! The heads of the list: a tab for each status with its count, a heading for each column with its order.

use super::chips::status_label;
use super::query::Query;
use crate::db::accounts::{Listing, Order, Sort};
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

/// An order that windows too narrow for headings offer in a list.
pub(super) struct SortChoice {
    pub value: String,
    pub label: &'static str,
    pub chosen: bool,
}

/// Returns every order, each heading's two beside each other.
pub(super) fn sort_choices(query: &Query) -> Vec<SortChoice> {
    let labels = [
        (Sort::Name, ["Name, A to Z", "Name, Z to A"]),
        (Sort::Email, ["E-mail, A to Z", "E-mail, Z to A"]),
        (Sort::Status, ["Status", "Status, reversed"]),
        (
            Sort::Limit,
            ["Channel limit, lowest first", "Channel limit, highest first"],
        ),
        (Sort::Created, ["Created, oldest first", "Created, newest first"]),
        (Sort::Balance, ["Balance, lowest first", "Balance, highest first"]),
    ];
    let orders = labels.into_iter().flat_map(|(by, [ascending, descending])| {
        [(by, false, ascending), (by, true, descending)]
            .map(|(by, descending, label)| (Order { by, descending }, label))
    });
    orders
        .map(|(order, label)| SortChoice {
            value: order.as_text(),
            label,
            chosen: query.sort == order,
        })
        .collect()
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

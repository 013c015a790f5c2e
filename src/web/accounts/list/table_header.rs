//! The heads of the list: a tab for each status with its count, a heading for each column with its order.

use super::chips::status_label;
use super::query::AccountsQuery;
use crate::db::accounts::{AccountsPage, SortColumn, SortOrder};
use crate::domain::account::AccountStatus;
use crate::domain::text::group_thousands;

/// A tab above the list.
pub(super) struct StatusTab {
    pub label: &'static str,
    pub count: String,
    pub href: String,
    pub current: bool,
}

/// A column's heading.
pub(super) struct ColumnHeading {
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
pub(super) fn sort_choices(query: &AccountsQuery) -> Vec<SortChoice> {
    let labels = [
        (SortColumn::Name, ["Name, A to Z", "Name, Z to A"]),
        (SortColumn::Email, ["E-mail, A to Z", "E-mail, Z to A"]),
        (SortColumn::Status, ["Status", "Status, reversed"]),
        (
            SortColumn::Limit,
            [
                "Channel limit, lowest first",
                "Channel limit, highest first",
            ],
        ),
        (
            SortColumn::Created,
            ["Created, oldest first", "Created, newest first"],
        ),
        (
            SortColumn::Balance,
            ["Balance, lowest first", "Balance, highest first"],
        ),
    ];
    let orders = labels
        .into_iter()
        .flat_map(|(by, [ascending, descending])| {
            [(by, false, ascending), (by, true, descending)]
                .map(|(by, descending, label)| (SortOrder { by, descending }, label))
        });
    orders
        .map(|(order, label)| SortChoice {
            value: order.as_text(),
            label,
            chosen: query.sort == order,
        })
        .collect()
}

pub(super) fn status_tabs(query: &AccountsQuery, listing: &AccountsPage) -> Vec<StatusTab> {
    let tab = |status: Option<AccountStatus>, label, count| StatusTab {
        label,
        count: group_thousands(count),
        href: query.with_status(status).href(),
        current: query.filter.status == status,
    };
    let mut tabs = vec![tab(None, "All", listing.total_of_all_statuses())];
    for count in &listing.counts {
        tabs.push(tab(
            Some(count.status),
            status_label(count.status),
            count.accounts,
        ));
    }
    tabs
}

pub(super) fn column_headings(query: &AccountsQuery) -> [ColumnHeading; 6] {
    [
        (SortColumn::Name, "Organization name", ""),
        (SortColumn::Email, "E-mail", ""),
        (SortColumn::Status, "Status", ""),
        (SortColumn::Limit, "Channel limit", "num"),
        (SortColumn::Created, "Created", ""),
        (SortColumn::Balance, "Balance", "num"),
    ]
    .map(|(sort, label, class)| ColumnHeading {
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

//! Sort orders of a list, with the accounts in each order.

use super::row::RowId;
use crate::db::accounts::{SortColumn, SortOrder};

/// Key by which accounts are kept sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SortKey {
    /// By ID, including gone accounts. Used to find an ID.
    Id,
    /// By the name that lists show.
    Name,
    /// By email address.
    Email,
    /// By status, then by name.
    Status,
    /// By date of creation, unknown ones last.
    Created,
    /// By channel limit, unknown ones last, then by name.
    Limit,
    /// By channel limit, the largest first, unknown ones last, then by name.
    LimitDesc,
    /// By available credit, unknown ones last.
    Balance,
}

impl SortKey {
    pub const ALL: [Self; 8] = [
        Self::Id,
        Self::Name,
        Self::Email,
        Self::Status,
        Self::Created,
        Self::Limit,
        Self::LimitDesc,
        Self::Balance,
    ];
}

/// All sort orders, each with all accounts that lists show.
/// The order by ID also has the gone accounts.
#[derive(Debug, Default)]
pub(super) struct SortOrders(pub [Vec<RowId>; SortKey::ALL.len()]);

impl SortOrders {
    pub fn sorted_by(&self, key: SortKey) -> &[RowId] {
        &self.0[key as usize]
    }
}

/// Returns the key of a sort order, and `true` if it is read from its end.
/// There is no key for an order that is not kept.
pub(super) fn sort_key(order: SortOrder) -> (Option<SortKey>, bool) {
    let key = match (order.by, order.descending) {
        (SortColumn::Name, _) => SortKey::Name,
        (SortColumn::Email, _) => SortKey::Email,
        (SortColumn::Status, _) => SortKey::Status,
        (SortColumn::Created, _) => SortKey::Created,
        (SortColumn::Balance, _) => SortKey::Balance,
        (SortColumn::Limit, false) => SortKey::Limit,
        (SortColumn::Limit, true) => return (Some(SortKey::LimitDesc), false),
        (
            SortColumn::Assignee
            | SortColumn::Calls
            | SortColumn::Pricing
            | SortColumn::Billing
            | SortColumn::Tags
            | SortColumn::Changed
            | SortColumn::Id,
            descending,
        ) => return (None, descending),
    };
    (Some(key), order.descending)
}

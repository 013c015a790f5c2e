//! The orders that a list can have, and the accounts in each of them.

use super::row::RowId;

/// By what accounts are held in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SortKey {
    /// By id, gone ones too: where an id is.
    Id,
    /// By the name that lists show.
    Name,
    /// By e-mail address.
    Email,
    /// By status, then by name.
    Status,
    /// By date of creation, unknown ones last.
    Created,
    /// By channel limit, unknown ones last, then by name.
    Limit,
    /// The largest channel limit first, unknown ones last, then by name.
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

/// Every order, each with all accounts that lists show; the one by id has the gone ones too.
#[derive(Debug, Default)]
pub(super) struct SortOrders(pub [Vec<RowId>; SortKey::ALL.len()]);

impl SortOrders {
    pub fn sorted_by(&self, key: SortKey) -> &[RowId] {
        &self.0[key as usize]
    }
}

//! A row of the index: its number, and an account as it is put there.

use crate::domain::account_filter::AccountFacts;

/// Number of an account's row. An account keeps its number while the index lives.
pub(super) type RowId = u32;

/// An account as a row of the database has it.
pub(super) struct IndexedRow {
    pub id: String,
    /// The name that lists show, folded.
    pub name: String,
    pub email: String,
    /// The other text that a search looks through, folded.
    pub other_text: String,
    pub facts: AccountFacts,
    /// The last complete sweep confirms this account.
    pub swept: bool,
    pub gone: bool,
}

pub(super) fn to_u32(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

//! Row of the index: its number, and the account to store in it.

use crate::domain::account_filter::AccountFacts;
use crate::domain::ids::StaffId;
use crate::domain::time::Timestamp;

/// Number of an account's row. An account keeps its number while the index lives.
pub(super) type RowId = u32;

/// Account as its row in the database has it.
pub(super) struct IndexedRow {
    pub id: String,
    /// Name that lists show, folded.
    pub name: String,
    pub email: String,
    /// Other searchable text, folded.
    pub other_text: String,
    pub facts: AccountFacts,
    pub assignee: Option<StaffId>,
    /// Time of the last change at Telnyx.
    pub updated_at: Option<Timestamp>,
    /// True if the last complete sweep confirms this account.
    pub swept: bool,
    pub gone: bool,
}

pub(super) fn to_u32(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

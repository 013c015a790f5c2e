//! Accounts in the index: columns for filters, and texts for searches.

use std::collections::BTreeMap;

use fixedbitset::FixedBitSet;
use uuid::Uuid;

use super::assignee_column::AssigneeColumn;
use super::capacity::Capacity;
use super::filter_columns::FilterColumns;
use super::row::{IndexedRow, RowId, to_u32};
use super::sort_orders::{SortKey, SortOrders};
use super::text_arena::TextArena;
use crate::domain::account::AccountStatus;
use crate::domain::account_filter::AccountFacts;
use crate::domain::call_verdict::CallVerdict;
use crate::domain::time::Timestamp;

/// Number of texts of each account: name, email, other text, folded ID.
const TEXT_PARTS: usize = 4;

/// Position of an account's texts in the arena.
#[derive(Clone, Copy, Debug)]
pub(super) struct TextSpans {
    /// Start of the account's span, in bytes.
    pub start: u32,
    /// Length of the name, in bytes.
    name_len: u32,
    /// Length of the email address, in bytes.
    email_len: u32,
    pub gone: bool,
}

/// All accounts of the directory, including gone ones.
#[derive(Debug, Default)]
pub(super) struct Columns {
    pub text_spans: Vec<TextSpans>,
    pub filters: FilterColumns,
    pub assignees: AssigneeColumn,
    /// Name, email address and other text of each account.
    pub texts: TextArena,
    /// ID of each account, in the order of the rows.
    /// A search for a letter that no ID contains does not read them.
    pub ids: TextArena,
    /// Accounts of each status, without gone ones, in the order of [`AccountStatus::ALL`].
    pub by_status: [FixedBitSet; 5],
    /// Number of accounts of each status, in the same order.
    pub status_counts: [i64; 5],
    /// Accounts of each verdict on calls, without gone ones, in the order of [`CallVerdict::ALL`].
    pub by_verdict: [FixedBitSet; 3],
    /// Number of accounts of each verdict, in the same order.
    pub verdict_counts: [i64; 3],
    pub sort_orders: SortOrders,
    /// Start of the last complete sweep that was applied.
    pub swept_at: Option<Timestamp>,
    /// Tags of each account that has any.
    pub tags: BTreeMap<RowId, Box<[Uuid]>>,
    /// Notes of each account that has any, folded.
    pub notes: BTreeMap<RowId, Box<str>>,
}

/// Returns the position of a status in [`AccountStatus::ALL`].
pub(super) fn status_index(status: AccountStatus) -> usize {
    AccountStatus::ALL
        .iter()
        .position(|other| *other == status)
        .unwrap_or_default()
}

/// Returns the position of a verdict in [`CallVerdict::ALL`].
pub(super) fn verdict_index(verdict: CallVerdict) -> usize {
    CallVerdict::ALL
        .iter()
        .position(|other| *other == verdict)
        .unwrap_or_default()
}

impl Columns {
    /// Returns empty columns with reserved memory for this many accounts.
    pub fn with_capacity(room: Capacity) -> Self {
        let accounts = room.accounts();
        Self {
            text_spans: Vec::with_capacity(accounts),
            filters: FilterColumns::with_capacity(accounts),
            assignees: AssigneeColumn::with_capacity(accounts),
            texts: TextArena::with_capacity(accounts, TEXT_PARTS, room.texts()),
            ids: TextArena::with_capacity(accounts, 1, room.ids()),
            ..Self::default()
        }
    }

    /// Returns the number of accounts, including gone ones.
    pub fn len(&self) -> usize {
        self.text_spans.len()
    }

    pub fn spans_of(&self, slot: RowId) -> &TextSpans {
        &self.text_spans[slot as usize]
    }

    pub fn id(&self, slot: RowId) -> &str {
        self.ids.span_text(slot as usize)
    }

    /// Returns the name that lists show, folded.
    pub fn name(&self, slot: RowId) -> &str {
        let entry = self.spans_of(slot);
        self.texts.slice(entry.start, entry.name_len)
    }

    /// Returns the email address, folded.
    pub fn email(&self, slot: RowId) -> &str {
        let entry = self.spans_of(slot);
        self.texts
            .slice(entry.start + entry.name_len + 1, entry.email_len)
    }

    /// Returns the name, the email address, the other text and the ID, all folded.
    pub fn texts_of(&self, slot: RowId) -> [&str; TEXT_PARTS] {
        let start = self.spans_of(slot).start;
        let mut parts = self.texts.parts(start);
        let mut next = || parts.next().unwrap_or_default();
        let (name, email, other, folded_id) = (next(), next(), next(), next());
        let id = if folded_id.is_empty() {
            self.id(slot)
        } else {
            folded_id
        };
        [name, email, other, id]
    }

    /// Returns the facts that filters check.
    pub fn account_facts(&self, slot: RowId) -> AccountFacts {
        self.filters.account_facts(slot as usize, self.swept_at)
    }

    /// Returns the number of accounts, without gone ones.
    pub fn live_count(&self) -> i64 {
        self.status_counts.iter().sum()
    }

    pub fn find(&self, id: &str) -> Option<RowId> {
        self.sort_orders
            .sorted_by(SortKey::Id)
            .binary_search_by(|slot| self.id(*slot).cmp(id))
            .ok()
            .map(|at| self.sort_orders.sorted_by(SortKey::Id)[at])
    }

    /// Returns those of these accounts that have tags.
    pub fn tagged(&self, ids: &[String]) -> Vec<String> {
        if self.tags.is_empty() {
            return Vec::new();
        }
        let has = |id: &&String| {
            self.find(id)
                .is_some_and(|slot| self.tags.contains_key(&slot))
        };
        ids.iter().filter(has).cloned().collect()
    }

    /// Replaces the tags and notes of an account.
    pub fn annotate(&mut self, slot: RowId, tags: Vec<Uuid>, notes: Option<String>) {
        if tags.is_empty() {
            self.tags.remove(&slot);
        } else {
            self.tags.insert(slot, tags.into_boxed_slice());
        }
        match notes {
            Some(notes) => drop(self.notes.insert(slot, notes.into_boxed_str())),
            None => drop(self.notes.remove(&slot)),
        }
    }

    /// Stores one account in its row, or in a new row at the end.
    pub fn upsert(&mut self, slot: Option<RowId>, placed: &IndexedRow) -> RowId {
        let at = slot.unwrap_or_else(|| to_u32(self.text_spans.len()));
        let id_folded = placed.id.to_lowercase();
        // IDs are searched unchanged. Telnyx's are in lower case; for another one, adds a folded
        // copy.
        let id = if id_folded == placed.id {
            ""
        } else {
            id_folded.as_str()
        };
        let parts: [&str; TEXT_PARTS] = [&placed.name, &placed.email, &placed.other_text, id];
        let start = self.texts.push(at, &parts);
        let entry = TextSpans {
            start,
            name_len: to_u32(placed.name.len()),
            email_len: to_u32(placed.email.len()),
            gone: placed.gone,
        };
        if slot.is_some() {
            let before = std::mem::replace(&mut self.text_spans[at as usize], entry);
            self.texts.remove(before.start);
            if !before.gone {
                let facts = self.account_facts(at);
                let status = status_index(facts.status);
                self.status_counts[status] -= 1;
                self.by_status[status].remove(at as usize);
                let verdict = verdict_index(facts.call_verdict());
                self.verdict_counts[verdict] -= 1;
                self.by_verdict[verdict].remove(at as usize);
            }
        } else {
            self.text_spans.push(entry);
            self.ids.push(at, &[&placed.id]);
        }
        self.filters.set(at as usize, &placed.facts, placed.swept);
        self.filters.set_updated_at(at as usize, placed.updated_at);
        self.assignees.set(at as usize, placed.assignee);
        if !entry.gone {
            let status = status_index(placed.facts.status);
            self.status_counts[status] += 1;
            self.by_status[status].grow_and_insert(at as usize);
            let verdict = verdict_index(placed.facts.call_verdict());
            self.verdict_counts[verdict] += 1;
            self.by_verdict[verdict].grow_and_insert(at as usize);
        }
        at
    }
}

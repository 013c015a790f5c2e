//! Keeps all sort orders up to date by moving what changed.
//! Only a rebuild sorts everything.

use std::cmp::Ordering;

use super::columns::Columns;
use super::row::{IndexedRow, RowId, to_u32};
use super::sort_orders::{SortKey, SortOrders};

impl Columns {
    /// Adds or updates accounts. Keeps their tags and notes.
    pub fn apply_changes(&mut self, changed: &[IndexedRow]) {
        let (mut known, mut new) = (Vec::with_capacity(changed.len()), Vec::new());
        for placed in changed {
            match self.find(&placed.id) {
                Some(slot) => known.push(self.upsert(Some(slot), placed)),
                None => new.push(placed),
            }
        }
        let new: Vec<RowId> = new
            .into_iter()
            .map(|placed| self.upsert(None, placed))
            .collect();
        let mut orders = std::mem::take(&mut self.sort_orders);
        orders.apply_changes(self, &known, &new);
        self.sort_orders = orders;
        if self.texts.compact() {
            for (slot, start) in self.texts.owner_starts() {
                self.text_spans[slot as usize].start = start;
            }
        }
    }

    /// Adds an account during a rebuild, which [`Columns::sort_all`] completes.
    pub fn append(&mut self, placed: &IndexedRow) {
        self.upsert(None, placed);
    }

    /// Sorts all rows at the end of a rebuild.
    pub fn sort_all(&mut self) {
        let all: Vec<RowId> = (0..to_u32(self.text_spans.len())).collect();
        let mut orders = SortOrders::default();
        orders.apply_changes(self, &[], &all);
        self.sort_orders = orders;
    }
}

impl SortKey {
    /// Compares two accounts. They are never equal, because the ID decides last.
    fn compare(self, accounts: &Columns, a: RowId, b: RowId) -> Ordering {
        let by_id = || accounts.id(a).cmp(accounts.id(b));
        let by_name = || accounts.name(a).cmp(accounts.name(b)).then_with(by_id);
        let looks = |slot| accounts.account_facts(slot);
        match self {
            Self::Id => by_id(),
            Self::Name => by_name(),
            Self::Email => accounts.email(a).cmp(accounts.email(b)).then_with(by_id),
            Self::Status => looks(a).status.cmp(&looks(b).status).then_with(by_name),
            Self::Created => {
                nulls_last(looks(a).created_at, looks(b).created_at).then_with(by_name)
            }
            Self::Limit => nulls_last(looks(a).limit, looks(b).limit).then_with(by_name),
            Self::LimitDesc => {
                let down = |slot| looks(slot).limit.map(std::cmp::Reverse);
                nulls_last(down(a), down(b)).then_with(by_name)
            }
            Self::Balance => {
                nulls_last(looks(a).available_micros, looks(b).available_micros).then_with(by_name)
            }
        }
    }

    /// Returns `true` if the account lacks the value that this order sorts by.
    fn is_null(self, accounts: &Columns, slot: RowId) -> bool {
        let looks = accounts.account_facts(slot);
        match self {
            Self::Created => looks.created_at.is_none(),
            Self::Limit | Self::LimitDesc => looks.limit.is_none(),
            Self::Balance => looks.available_micros.is_none(),
            Self::Id | Self::Name | Self::Email | Self::Status => false,
        }
    }
}

impl SortOrders {
    /// Inserts new accounts and moves changed ones to their new positions.
    pub fn apply_changes(&mut self, accounts: &Columns, changed: &[RowId], new: &[RowId]) {
        let mut dirty = vec![false; accounts.len()];
        for slot in changed {
            dirty[*slot as usize] = true;
        }
        for (order, key) in self.0.iter_mut().zip(SortKey::ALL) {
            let mut placed: Vec<RowId> = if key == SortKey::Id {
                new.to_vec()
            } else {
                order.retain(|slot| !dirty[*slot as usize]);
                let all = changed.iter().chain(new);
                all.copied()
                    .filter(|slot| !accounts.spans_of(*slot).gone)
                    .collect()
            };
            placed.sort_unstable_by(|a, b| key.compare(accounts, *a, *b));
            placed.dedup();
            *order = merge_sorted(order, &placed, |a, b| key.compare(accounts, a, b));
        }
    }

    /// Splits the order into accounts that have the sorted value and those that lack it.
    /// The latter come last in descending order too.
    pub fn split_nulls(&self, accounts: &Columns, key: SortKey) -> (&[RowId], &[RowId]) {
        let order = self.sorted_by(key);
        order.split_at(order.partition_point(|slot| !key.is_null(accounts, *slot)))
    }
}

/// Compares two values and sorts `None` last.
fn nulls_last<T: Ord>(a: Option<T>, b: Option<T>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

/// Merges two sorted lists. The second is the short one.
fn merge_sorted(
    long: &[RowId],
    short: &[RowId],
    compare: impl Fn(RowId, RowId) -> Ordering,
) -> Vec<RowId> {
    let mut out = Vec::with_capacity(long.len() + short.len());
    let mut rest = long;
    for slot in short {
        let before = rest.partition_point(|other| compare(*other, *slot) == Ordering::Less);
        out.extend_from_slice(&rest[..before]);
        out.push(*slot);
        rest = &rest[before..];
    }
    out.extend_from_slice(rest);
    out
}

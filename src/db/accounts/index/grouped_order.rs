//! Sort orders that are not kept but made when they are asked for: the values are few, or the
//! names behind them change without the accounts.

use std::collections::HashMap;

use uuid::Uuid;

use super::columns::{Columns, verdict_index};
use super::row::RowId;
use super::search::Search;
use super::sort_orders::SortKey;
use crate::db::accounts::SortColumn;
use crate::domain::call_verdict::CallVerdict;
use crate::domain::ids::StaffId;

impl Columns {
    /// Returns all accounts that lists show, by the value of this column and then by name. The
    /// second list has the accounts without a value. `wanted` has the names to sort by.
    pub fn sorted_on_demand(
        &self,
        column: SortColumn,
        wanted: &Search<'_>,
    ) -> (Vec<RowId>, Vec<RowId>) {
        let facts = |slot| self.account_facts(slot);
        match column {
            SortColumn::Calls => self.grouped(CallVerdict::ALL.len(), |slot| {
                Some(verdict_index(facts(slot).call_verdict()))
            }),
            SortColumn::Pricing => {
                self.grouped(2, |slot| facts(slot).custom_pricing.map(usize::from))
            }
            SortColumn::Billing => {
                self.grouped(2, |slot| facts(slot).rollup_billing.map(usize::from))
            }
            SortColumn::Assignee => {
                let staff: &[StaffId] = &wanted.staff_by_name;
                let ranks = self.assignees.ranks(staff);
                self.grouped(staff.len() + 1, |slot| ranks.of(slot as usize))
            }
            SortColumn::Tags => {
                let tags = wanted.tags_by_name.iter().zip(0..);
                let ranks: HashMap<&Uuid, usize> = tags.collect();
                self.grouped(ranks.len(), |slot| {
                    let tags = self.tags.get(&slot)?;
                    tags.iter().filter_map(|tag| ranks.get(tag).copied()).min()
                })
            }
            SortColumn::Changed => self.by_last_change(),
            // The kept order by ID also has the accounts that are gone.
            _ => {
                let all = self.sort_orders.sorted_by(SortKey::Id).iter().copied();
                let live = all.filter(|slot| !self.spans_of(*slot).gone);
                (live.collect(), Vec::new())
            }
        }
    }

    /// Returns all accounts by the time of their last change, and those for which it is unknown.
    fn by_last_change(&self) -> (Vec<RowId>, Vec<RowId>) {
        let changed_at = |slot: &RowId| self.filters.updated_at(*slot as usize);
        let all = self.sort_orders.sorted_by(SortKey::Name).iter().copied();
        let (mut known, unknown): (Vec<_>, Vec<_>) =
            all.partition(|slot| changed_at(slot).is_some());
        known.sort_by_key(changed_at);
        (known, unknown)
    }

    /// Returns all accounts by their group and then by name, and those without a group.
    fn grouped(
        &self,
        groups: usize,
        group_of: impl Fn(RowId) -> Option<usize>,
    ) -> (Vec<RowId>, Vec<RowId>) {
        let mut found = vec![Vec::new(); groups];
        let mut none = Vec::new();
        for slot in self.sort_orders.sorted_by(SortKey::Name) {
            match group_of(*slot).and_then(|group| found.get_mut(group)) {
                Some(group) => group.push(*slot),
                None => none.push(*slot),
            }
        }
        (found.concat(), none)
    }
}

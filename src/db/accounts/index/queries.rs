//! Queries that the index answers: pages, counts, sums and reasons for attention.

use std::collections::HashMap;

use uuid::Uuid;

use super::Index;
use super::columns::{Columns, verdict_index};
use super::row::RowId;
use super::search::{Matches, Search};
use super::sort_orders::SortKey;
use crate::db::accounts::{
    AccountsPage, ChannelTotals, DirectoryTotals, HolderFilter, ListFilter, SortOrder, StatusCount,
};
use crate::db::{Db, Result};
use crate::domain::account::AccountStatus;
use crate::domain::account_filter::{AccountFacts, AttentionReason, Criteria};
use crate::domain::call_verdict::CallVerdict;
use crate::domain::ids::{AccountId, StaffId};

fn status_counts(counts: [i64; 5]) -> Vec<StatusCount> {
    let statuses = AccountStatus::ALL.into_iter().zip(counts);
    statuses
        .map(|(status, accounts)| StatusCount { status, accounts })
        .collect()
}

fn to_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Returns the existing page closest to `page`, and the number of rows before it.
fn clamp_page(page: u32, per: u32, total: i64) -> (u32, usize) {
    let last = u32::try_from((total - 1).max(0) / i64::from(per) + 1).unwrap_or(u32::MAX);
    let page = page.clamp(1, last);
    (page, to_usize(page - 1).saturating_mul(to_usize(per)))
}

impl Columns {
    /// Adds up the limits of these accounts.
    fn total_channels(&self, rows: impl Iterator<Item = RowId>) -> ChannelTotals {
        let mut totals = ChannelTotals::default();
        rows.for_each(|row| totals.add(&self.account_facts(row)));
        totals
    }
}

impl Index {
    /// Returns one page without rows and tags.
    /// Also returns the IDs of its rows, and those of them that have tags.
    pub(in crate::db::accounts) async fn page(
        &self,
        db: &Db,
        wanted: &Search<'_>,
        list: &ListFilter,
    ) -> Result<(AccountsPage, Vec<String>, Vec<String>)> {
        let per = list.per_page.clamp(1, 1_000);
        let question = |accounts: &Columns| {
            // Without a filter, uses the counts that writes maintain, and searches nothing.
            let found = (!wanted.criteria.filter.is_empty()).then(|| accounts.search(wanted));
            let total = found
                .as_ref()
                .map_or_else(|| accounts.live_count(), Matches::total);
            let (number, skip) = clamp_page(list.page, per, total);
            let slice = (skip, to_usize(per));
            let ids = accounts.page(wanted, found.as_ref(), list.sort, slice);
            let cannot_call = verdict_index(CallVerdict::Cannot);
            let cannot_call = found.as_ref().map_or_else(
                || accounts.verdict_counts[cannot_call],
                |found| found.cannot_call,
            );
            let page = AccountsPage {
                rows: Vec::new(),
                page: number,
                total,
                counts: status_counts(found.map_or(accounts.status_counts, |found| found.counts)),
                cannot_call,
                directory_total: accounts.live_count(),
                tags: HashMap::new(),
                assignees: HashMap::new(),
                as_of: accounts.swept_at,
                revision: 0,
                last_error: String::new(),
            };
            let tagged = accounts.tagged(&ids);
            (page, ids, tagged)
        };
        let ((mut page, ids, tagged), state) = self.query_with_state(db, question).await?;
        page.last_error = state.last_error;
        page.revision = state.revision;
        Ok((page, ids, tagged))
    }

    pub(in crate::db::accounts) async fn ids(
        &self,
        db: &Db,
        wanted: &Search<'_>,
        sort: SortOrder,
    ) -> Result<Vec<String>> {
        self.query(db, |accounts| {
            let found = accounts.search(wanted);
            accounts.page(wanted, Some(&found), sort, (0, usize::MAX))
        })
        .await
    }

    pub(in crate::db::accounts) async fn counts(&self, db: &Db) -> Result<Vec<StatusCount>> {
        self.query(db, |accounts| status_counts(accounts.status_counts))
            .await
    }

    pub(in crate::db::accounts) async fn directory_totals(
        &self,
        db: &Db,
    ) -> Result<DirectoryTotals> {
        self.query(db, |accounts| DirectoryTotals {
            by_status: accounts.status_counts,
            by_verdict: accounts.verdict_counts,
            channels: accounts.total_channels(
                accounts
                    .sort_orders
                    .sorted_by(SortKey::Name)
                    .iter()
                    .copied(),
            ),
        })
        .await
    }

    pub(in crate::db::accounts) async fn channel_totals(
        &self,
        db: &Db,
        wanted: &Search<'_>,
    ) -> Result<ChannelTotals> {
        self.query(db, |accounts| {
            accounts.total_channels(accounts.search(wanted).row_ids())
        })
        .await
    }

    /// Returns the IDs of accounts that hold channels, in this order.
    pub(in crate::db::accounts) async fn channel_holders(
        &self,
        db: &Db,
        wanted: &Search<'_>,
        part: HolderFilter,
        sort: SortOrder,
        slice: (usize, usize),
    ) -> Result<Vec<String>> {
        self.query(db, |accounts| {
            let mut found = accounts.search(wanted);
            found.retain(|slot| part.matches(&accounts.account_facts(slot)));
            accounts.page(wanted, Some(&found), sort, slice)
        })
        .await
    }

    /// Converts the facts of these accounts, in this order. Leaves out gone and unknown accounts.
    /// The last arguments of `convert` are the account manager, and whether the account has the tag.
    pub(in crate::db::accounts) async fn facts_of<T>(
        &self,
        db: &Db,
        ids: &[AccountId],
        tag: Option<Uuid>,
        convert: impl Fn(&AccountId, AccountFacts, Option<StaffId>, bool) -> T,
    ) -> Result<Vec<T>> {
        self.query(db, |accounts| {
            let found = ids.iter().filter_map(|id| {
                let slot = accounts.find(id.as_str())?;
                if accounts.spans_of(slot).gone {
                    return None;
                }
                let tags = accounts.tags.get(&slot);
                let has_tag = tag.is_some_and(|tag| tags.is_some_and(|tags| tags.contains(&tag)));
                let assignee = accounts.assignees.get(slot as usize);
                Some(convert(id, accounts.account_facts(slot), assignee, has_tag))
            });
            found.collect()
        })
        .await
    }

    /// Returns the number of accounts for each reason, and the IDs of the first ones.
    /// First are those with the most channels. For changes made elsewhere, the latest come first.
    pub(in crate::db::accounts) async fn attention(
        &self,
        db: &Db,
        criteria: &Criteria,
        each: usize,
    ) -> Result<[(i64, Vec<String>); AttentionReason::ALL.len()]> {
        self.query(db, |accounts| {
            let mut found = AttentionReason::ALL.map(|_| Vec::new());
            for slot in accounts.sort_orders.sorted_by(SortKey::LimitDesc) {
                let looks = accounts.account_facts(*slot);
                for (slots, concern) in found.iter_mut().zip(AttentionReason::ALL) {
                    if criteria.needs_attention(concern, &looks) {
                        slots.push((*slot, looks.changed_elsewhere_at));
                    }
                }
            }
            for (slots, concern) in found.iter_mut().zip(AttentionReason::ALL) {
                if concern == AttentionReason::ChangedElsewhere {
                    slots.sort_by_key(|(_, changed_at)| std::cmp::Reverse(*changed_at));
                }
            }
            found.map(|slots| {
                let ids = slots
                    .iter()
                    .take(each)
                    .map(|(slot, _)| accounts.id(*slot).to_owned());
                (
                    i64::try_from(slots.len()).unwrap_or(i64::MAX),
                    ids.collect(),
                )
            })
        })
        .await
    }
}

//! What the index answers: pages, counts, sums, concerns, the jump box.

use super::Index;
use super::find::{Found, Wanted};
use super::order::Key;
use super::shelf::Shelf;
use crate::db::accounts::{Holding, ListFilter, Order, Part, Sort};
use crate::db::{Db, Result};
use crate::domain::account_filter::{Concern, Criteria};
use crate::domain::time::Timestamp;

/// A page of ids.
pub(in crate::db::accounts) struct Page {
    pub ids: Vec<String>,
    /// Those of them that have tags.
    pub tagged: Vec<String>,
    /// Which page it is, from 1.
    pub number: u32,
    /// How many ids all pages have.
    pub total: i64,
    /// By status, in the order of the statuses.
    pub counts: [i64; 5],
    /// How many accounts there are at all.
    pub known: i64,
    /// When the reading of all lists that it rests on began.
    pub swept_at: Option<Timestamp>,
    /// Why the latest reading changed nothing; empty where it did.
    pub trouble: String,
}

fn key(order: Order) -> (Key, bool) {
    match (order.by, order.descending) {
        (Sort::Name, descending) => (Key::Name, descending),
        (Sort::Email, descending) => (Key::Email, descending),
        (Sort::Status, descending) => (Key::Status, descending),
        (Sort::Created, descending) => (Key::Created, descending),
        (Sort::Balance, descending) => (Key::Balance, descending),
        (Sort::Limit, false) => (Key::Limit, false),
        (Sort::Limit, true) => (Key::LimitDown, false),
    }
}

fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The page that is shown where this one is asked for, and how many rows come before it.
fn within(page: u32, per: u32, total: i64) -> (u32, usize) {
    let last = u32::try_from((total - 1).max(0) / i64::from(per) + 1).unwrap_or(u32::MAX);
    let page = page.clamp(1, last);
    (page, size(page - 1).saturating_mul(size(per)))
}

impl Index {
    pub(in crate::db::accounts) async fn page(&self, db: &Db, wanted: &Wanted<'_>, list: &ListFilter) -> Result<Page> {
        let per = list.per.clamp(1, 1_000);
        let question = |accounts: &Shelf| {
            // What the writes keep: nothing is counted or gone through where everything is asked for.
            let found = (!wanted.criteria.filter.is_empty()).then(|| accounts.found(wanted));
            let total = found.as_ref().map_or_else(|| accounts.live(), Found::total);
            let (page, skip) = within(list.page, per, total);
            let ids = accounts.page(found.as_ref(), key(list.sort), skip, size(per));
            Page {
                tagged: accounts.tagged(&ids),
                ids,
                number: page,
                total,
                counts: found.map_or(accounts.counts, |found| found.counts),
                known: accounts.live(),
                swept_at: accounts.swept_at,
                trouble: String::new(),
            }
        };
        let (page, trouble) = self.ask_with_trouble(db, question).await?;
        Ok(Page { trouble, ..page })
    }

    pub(in crate::db::accounts) async fn ids(&self, db: &Db, wanted: &Wanted<'_>, sort: Order) -> Result<Vec<String>> {
        self.ask(db, |accounts| {
            accounts.page(Some(&accounts.found(wanted)), key(sort), 0, usize::MAX)
        })
        .await
    }

    pub(in crate::db::accounts) async fn counts(&self, db: &Db) -> Result<[i64; 5]> {
        self.ask(db, |accounts| accounts.counts).await
    }

    pub(in crate::db::accounts) async fn holding(&self, db: &Db, wanted: &Wanted<'_>) -> Result<Holding> {
        self.ask(db, |accounts| {
            let mut holding = Holding::default();
            for slot in accounts.found(wanted).slots() {
                holding.add(&accounts.looks(slot));
            }
            holding
        })
        .await
    }

    pub(in crate::db::accounts) async fn holders(
        &self,
        db: &Db,
        wanted: &Wanted<'_>,
        part: Part,
        page: u32,
        per: u32,
    ) -> Result<Vec<String>> {
        let per = size(per.clamp(1, 1_000));
        let skip = size(page.max(1) - 1).saturating_mul(per);
        self.ask(db, |accounts| {
            let found = accounts.found(wanted);
            let takes = |slot: &u32| found.has(*slot) && part.takes(&accounts.looks(*slot));
            let slots = accounts.orders.of(Key::LimitDown).iter().filter(|slot| takes(slot));
            slots
                .skip(skip)
                .take(per)
                .map(|slot| accounts.id(*slot).to_owned())
                .collect()
        })
        .await
    }

    /// For each concern how many accounts have it, and the first few: those that hold most channels, or changed last.
    pub(in crate::db::accounts) async fn concerns(
        &self,
        db: &Db,
        criteria: &Criteria,
        each: usize,
    ) -> Result<[(i64, Vec<String>); Concern::ALL.len()]> {
        self.ask(db, |accounts| {
            let mut found = Concern::ALL.map(|_| Vec::new());
            for slot in accounts.orders.of(Key::LimitDown) {
                let looks = accounts.looks(*slot);
                for (slots, concern) in found.iter_mut().zip(Concern::ALL) {
                    if criteria.concerns(concern, &looks) {
                        slots.push((*slot, looks.changed_elsewhere_at));
                    }
                }
            }
            for (slots, concern) in found.iter_mut().zip(Concern::ALL) {
                if concern == Concern::ChangedElsewhere {
                    slots.sort_by_key(|(_, changed_at)| std::cmp::Reverse(*changed_at));
                }
            }
            found.map(|slots| {
                let ids = slots.iter().take(each).map(|(slot, _)| accounts.id(*slot).to_owned());
                (i64::try_from(slots.len()).unwrap_or(i64::MAX), ids.collect())
            })
        })
        .await
    }
}

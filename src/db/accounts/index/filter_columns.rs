//! Columns that filters read, one for each fact.
//! A filter reads only the columns that it needs, for up to 100,000 accounts in a row.

use fixedbitset::{Block, FixedBitSet};

use crate::domain::account::AccountStatus;
use crate::domain::account_filter::{AccountFacts, AccountFilter, Criteria};
use crate::domain::channels::ChannelLimit;
use crate::domain::time::Timestamp;

/// Channel limit or none, in four bytes.
#[derive(Clone, Copy, Debug)]
struct OptionalLimit(u32);

/// Value above any limit, which stands for none.
const UNKNOWN_LIMIT: u32 = u32::MAX;
const _: () = assert!(UNKNOWN_LIMIT > ChannelLimit::MAX);

impl OptionalLimit {
    fn new(limit: Option<u32>) -> Self {
        Self(limit.unwrap_or(UNKNOWN_LIMIT))
    }

    #[inline]
    fn get(self) -> Option<u32> {
        (self.0 != UNKNOWN_LIMIT).then_some(self.0)
    }
}

/// Number or none, in eight bytes. The smallest number stands for none.
#[derive(Clone, Copy, Debug)]
struct OptionalI64(i64);

impl OptionalI64 {
    fn new(number: Option<i64>) -> Self {
        Self(number.unwrap_or(i64::MIN))
    }

    fn from_timestamp(at: Option<Timestamp>) -> Self {
        Self::new(at.map(Timestamp::as_millis))
    }

    #[inline]
    fn get(self) -> Option<i64> {
        (self.0 != i64::MIN).then_some(self.0)
    }

    #[inline]
    fn timestamp(self) -> Option<Timestamp> {
        self.get().map(Timestamp::from_millis)
    }
}

/// Time at which Telnyx last confirmed a status.
#[derive(Clone, Copy, Debug)]
struct Confirmation {
    at: Timestamp,
    /// True if the last complete sweep confirms it.
    swept: bool,
}

impl Confirmation {
    #[inline]
    fn effective_at(self, swept_at: Option<Timestamp>) -> Timestamp {
        match swept_at {
            Some(swept_at) if self.swept => self.at.max(swept_at),
            _ => self.at,
        }
    }
}

/// All columns. An account has the same position in each.
#[derive(Debug, Default)]
pub(super) struct FilterColumns {
    status: Vec<AccountStatus>,
    confirmations: Vec<Confirmation>,
    limit: Vec<OptionalLimit>,
    custom_pricing: Vec<Option<bool>>,
    rollup_billing: Vec<Option<bool>>,
    created_at: Vec<OptionalI64>,
    changed_elsewhere_at: Vec<OptionalI64>,
    available_micros: Vec<OptionalI64>,
    updated_at: Vec<OptionalI64>,
}

/// Writes a value at a position, or appends it.
pub(super) fn set_at<T>(column: &mut Vec<T>, at: usize, value: T) {
    match column.get_mut(at) {
        Some(place) => *place = value,
        None => column.push(value),
    }
}

/// Keeps the positions whose value in the column passes the test.
pub(super) fn retain_where<T>(places: &mut FixedBitSet, column: &[T], takes: impl Fn(&T) -> bool) {
    let blocks = column.chunks(Block::BITS as usize);
    for (block, values) in places.as_mut_slice().iter_mut().zip(blocks) {
        let mut kept: Block = 0;
        for (bit, value) in values.iter().enumerate() {
            kept |= Block::from(takes(value)) << bit;
        }
        *block &= kept;
    }
}

impl FilterColumns {
    /// Returns empty columns with reserved memory for this many accounts.
    pub fn with_capacity(accounts: usize) -> Self {
        Self {
            status: Vec::with_capacity(accounts),
            confirmations: Vec::with_capacity(accounts),
            limit: Vec::with_capacity(accounts),
            custom_pricing: Vec::with_capacity(accounts),
            rollup_billing: Vec::with_capacity(accounts),
            created_at: Vec::with_capacity(accounts),
            changed_elsewhere_at: Vec::with_capacity(accounts),
            available_micros: Vec::with_capacity(accounts),
            updated_at: Vec::with_capacity(accounts),
        }
    }

    /// Writes the facts of an account at its position, or appends them.
    /// `swept` is true if the last complete sweep confirms them.
    pub fn set(&mut self, at: usize, looks: &AccountFacts, swept: bool) {
        let seen = Confirmation {
            at: looks.status_at,
            swept,
        };
        set_at(&mut self.status, at, looks.status);
        set_at(&mut self.confirmations, at, seen);
        set_at(&mut self.limit, at, OptionalLimit::new(looks.limit));
        set_at(&mut self.custom_pricing, at, looks.custom_pricing);
        set_at(&mut self.rollup_billing, at, looks.rollup_billing);
        set_at(
            &mut self.created_at,
            at,
            OptionalI64::from_timestamp(looks.created_at),
        );
        set_at(
            &mut self.changed_elsewhere_at,
            at,
            OptionalI64::from_timestamp(looks.changed_elsewhere_at),
        );
        set_at(
            &mut self.available_micros,
            at,
            OptionalI64::new(looks.available_micros),
        );
    }

    /// Writes the time of an account's last change at its position, or appends it.
    pub fn set_updated_at(&mut self, at: usize, updated_at: Option<Timestamp>) {
        set_at(
            &mut self.updated_at,
            at,
            OptionalI64::from_timestamp(updated_at),
        );
    }

    /// Returns the time of an account's last change at Telnyx.
    pub fn updated_at(&self, at: usize) -> Option<Timestamp> {
        self.updated_at.get(at)?.timestamp()
    }

    /// Returns the facts of one account. `swept_at` is the start of the last complete sweep.
    pub fn account_facts(&self, at: usize, swept_at: Option<Timestamp>) -> AccountFacts {
        AccountFacts {
            status: self.status[at],
            status_at: self.confirmations[at].effective_at(swept_at),
            limit: self.limit[at].get(),
            custom_pricing: self.custom_pricing[at],
            rollup_billing: self.rollup_billing[at],
            created_at: self.created_at[at].timestamp(),
            changed_elsewhere_at: self.changed_elsewhere_at[at].timestamp(),
            available_micros: self.available_micros[at].get(),
        }
    }

    /// Keeps the positions of the accounts that match the criteria.
    /// Ignores the criteria for status, calls, account manager, tags and texts.
    pub fn retain(
        &self,
        places: &mut FixedBitSet,
        criteria: &Criteria,
        swept_at: Option<Timestamp>,
    ) {
        let AccountFilter {
            q: _,
            status: _,
            calls: _,
            assignee: _,
            tags: _,
            limit,
            custom_pricing,
            rollup_billing,
            created_from,
            created_to,
            changed_elsewhere,
            unconfirmed_days: _,
            attention_reason: concern,
        } = &criteria.filter;
        if let Some(limit) = limit {
            retain_where(places, &self.limit, |of| limit.matches(of.get()));
        }
        if custom_pricing.is_some() {
            retain_where(places, &self.custom_pricing, |of| of == custom_pricing);
        }
        if rollup_billing.is_some() {
            retain_where(places, &self.rollup_billing, |of| of == rollup_billing);
        }
        if created_from.is_some() || created_to.is_some() {
            retain_where(places, &self.created_at, |of| {
                criteria.matches_created(of.timestamp())
            });
        }
        if *changed_elsewhere {
            retain_where(places, &self.changed_elsewhere_at, |of| of.get().is_some());
        }
        if let Some(before) = criteria.unconfirmed_before {
            retain_where(places, &self.confirmations, |of| {
                of.effective_at(swept_at) < before
            });
        }
        if let Some(concern) = concern {
            let kept = places.ones().filter(|at| {
                criteria.needs_attention(*concern, &self.account_facts(*at, swept_at))
            });
            *places = kept.collect();
        }
    }
}

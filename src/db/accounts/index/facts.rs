//! What filters look at, a column for each fact: a filter reads the columns that it asks for and no other, of 100,000
//! accounts in a row.

use fixedbitset::{Block, FixedBitSet};

use crate::domain::account::AccountStatus;
use crate::domain::account_filter::{AccountFilter, Criteria, Looks};
use crate::domain::channels::ChannelLimit;
use crate::domain::time::Timestamp;

/// A channel limit that may not be known, in the bytes of one.
#[derive(Clone, Copy, Debug)]
struct Limit(u32);

/// Above any limit.
const UNKNOWN: u32 = u32::MAX;
const _: () = assert!(UNKNOWN > ChannelLimit::MAX);

impl Limit {
    fn of(limit: Option<u32>) -> Self {
        Self(limit.unwrap_or(UNKNOWN))
    }

    #[inline]
    fn known(self) -> Option<u32> {
        (self.0 != UNKNOWN).then_some(self.0)
    }
}

/// A number that may be missing, in the bytes of one: the smallest stands for none.
#[derive(Clone, Copy, Debug)]
struct Maybe(i64);

impl Maybe {
    fn of(number: Option<i64>) -> Self {
        Self(number.unwrap_or(i64::MIN))
    }

    fn at(at: Option<Timestamp>) -> Self {
        Self::of(at.map(Timestamp::as_millis))
    }

    #[inline]
    fn number(self) -> Option<i64> {
        (self.0 != i64::MIN).then_some(self.0)
    }

    #[inline]
    fn time(self) -> Option<Timestamp> {
        self.number().map(Timestamp::from_millis)
    }
}

/// When Telnyx last confirmed a status.
#[derive(Clone, Copy, Debug)]
struct Seen {
    at: Timestamp,
    /// Whether the last whole reading confirms it.
    swept: bool,
}

impl Seen {
    #[inline]
    fn at(self, swept_at: Option<Timestamp>) -> Timestamp {
        match swept_at {
            Some(swept_at) if self.swept => self.at.max(swept_at),
            _ => self.at,
        }
    }
}

/// The columns; an account has the same place in each.
#[derive(Debug, Default)]
pub(super) struct Facts {
    status: Vec<AccountStatus>,
    seen: Vec<Seen>,
    limit: Vec<Limit>,
    custom_pricing: Vec<Option<bool>>,
    rollup_billing: Vec<Option<bool>>,
    created_at: Vec<Maybe>,
    changed_elsewhere_at: Vec<Maybe>,
    available_micros: Vec<Maybe>,
}

/// Puts a value at a place, or at the end.
fn put<T>(column: &mut Vec<T>, at: usize, value: T) {
    match column.get_mut(at) {
        Some(place) => *place = value,
        None => column.push(value),
    }
}

/// Keeps the places at which the column has what is asked for.
fn keep<T>(places: &mut FixedBitSet, column: &[T], takes: impl Fn(&T) -> bool) {
    let blocks = column.chunks(Block::BITS as usize);
    for (block, values) in places.as_mut_slice().iter_mut().zip(blocks) {
        let mut kept: Block = 0;
        for (bit, value) in values.iter().enumerate() {
            kept |= Block::from(takes(value)) << bit;
        }
        *block &= kept;
    }
}

impl Facts {
    /// None yet, with room for so many accounts.
    pub fn with_room(accounts: usize) -> Self {
        Self {
            status: Vec::with_capacity(accounts),
            seen: Vec::with_capacity(accounts),
            limit: Vec::with_capacity(accounts),
            custom_pricing: Vec::with_capacity(accounts),
            rollup_billing: Vec::with_capacity(accounts),
            created_at: Vec::with_capacity(accounts),
            changed_elsewhere_at: Vec::with_capacity(accounts),
            available_micros: Vec::with_capacity(accounts),
        }
    }

    /// Puts down what is known of an account at its place, or at the end. `swept`: whether the last whole reading confirms
    /// it.
    pub fn put(&mut self, at: usize, looks: &Looks, swept: bool) {
        let seen = Seen {
            at: looks.status_at,
            swept,
        };
        put(&mut self.status, at, looks.status);
        put(&mut self.seen, at, seen);
        put(&mut self.limit, at, Limit::of(looks.limit));
        put(&mut self.custom_pricing, at, looks.custom_pricing);
        put(&mut self.rollup_billing, at, looks.rollup_billing);
        put(&mut self.created_at, at, Maybe::at(looks.created_at));
        put(
            &mut self.changed_elsewhere_at,
            at,
            Maybe::at(looks.changed_elsewhere_at),
        );
        put(&mut self.available_micros, at, Maybe::of(looks.available_micros));
    }

    pub fn status(&self, at: usize) -> AccountStatus {
        self.status[at]
    }

    /// All that is known of one account, where the last whole reading began at this moment.
    pub fn looks(&self, at: usize, swept_at: Option<Timestamp>) -> Looks {
        Looks {
            status: self.status[at],
            status_at: self.seen[at].at(swept_at),
            limit: self.limit[at].known(),
            custom_pricing: self.custom_pricing[at],
            rollup_billing: self.rollup_billing[at],
            created_at: self.created_at[at].time(),
            changed_elsewhere_at: self.changed_elsewhere_at[at].time(),
            available_micros: self.available_micros[at].number(),
        }
    }

    /// Keeps the places of the accounts that the criteria take, whatever their status, tags and texts.
    pub fn keep(&self, places: &mut FixedBitSet, criteria: &Criteria, swept_at: Option<Timestamp>) {
        let AccountFilter {
            q: _,
            status: _,
            tags: _,
            limit,
            custom_pricing,
            rollup_billing,
            created_from,
            created_to,
            changed_elsewhere,
            unseen_days: _,
            concern,
        } = &criteria.filter;
        if let Some(limit) = limit {
            keep(places, &self.limit, |of| limit.takes(of.known()));
        }
        if custom_pricing.is_some() {
            keep(places, &self.custom_pricing, |of| of == custom_pricing);
        }
        if rollup_billing.is_some() {
            keep(places, &self.rollup_billing, |of| of == rollup_billing);
        }
        if created_from.is_some() || created_to.is_some() {
            keep(places, &self.created_at, |of| criteria.takes_created(of.time()));
        }
        if *changed_elsewhere {
            keep(places, &self.changed_elsewhere_at, |of| of.number().is_some());
        }
        if let Some(before) = criteria.unseen_before {
            keep(places, &self.seen, |of| of.at(swept_at) < before);
        }
        if let Some(concern) = concern {
            let kept = places
                .ones()
                .filter(|at| criteria.concerns(*concern, &self.looks(*at, swept_at)));
            *places = kept.collect();
        }
    }
}

//! What the index holds of one account besides its texts, in as few bytes as it takes: a filter reads 100,000 of them.

use crate::domain::account::AccountStatus;
use crate::domain::account_filter::Looks;
use crate::domain::channels::ChannelLimit;
use crate::domain::time::Timestamp;

/// No number; more than any limit.
const NO_LIMIT: u32 = u32::MAX;
const _: () = assert!(NO_LIMIT > ChannelLimit::MAX);

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

    fn number(self) -> Option<i64> {
        (self.0 != i64::MIN).then_some(self.0)
    }

    fn time(self) -> Option<Timestamp> {
        self.number().map(Timestamp::from_millis)
    }
}

/// What is kept of an account; its texts stand in the lines of the shelf.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    created_at: Maybe,
    changed_elsewhere_at: Maybe,
    available_micros: Maybe,
    status_at: Timestamp,
    limit: u32,
    /// Where its line starts.
    pub start: u32,
    /// How long its name is.
    pub name: u32,
    /// How long its e-mail address is.
    pub email: u32,
    pub status: AccountStatus,
    custom_pricing: Option<bool>,
    rollup_billing: Option<bool>,
    swept: bool,
    pub gone: bool,
}

/// A line of texts: where it starts, how long the name is and how long the e-mail address.
pub(super) type Texts = (u32, u32, u32);

impl Entry {
    /// `swept`: whether the last whole reading confirms the account.
    pub fn new(looks: &Looks, (start, name, email): Texts, swept: bool, gone: bool) -> Self {
        Self {
            created_at: Maybe::at(looks.created_at),
            changed_elsewhere_at: Maybe::at(looks.changed_elsewhere_at),
            available_micros: Maybe::of(looks.available_micros),
            status_at: looks.status_at,
            limit: looks.limit.unwrap_or(NO_LIMIT),
            start,
            name,
            email,
            status: looks.status,
            custom_pricing: looks.custom_pricing,
            rollup_billing: looks.rollup_billing,
            swept,
            gone,
        }
    }

    /// What filters look at, where the last whole reading began at this moment.
    #[inline]
    pub fn looks(&self, swept_at: Option<Timestamp>) -> Looks {
        let status_at = match swept_at {
            Some(swept_at) if self.swept => self.status_at.max(swept_at),
            _ => self.status_at,
        };
        Looks {
            status: self.status,
            status_at,
            limit: (self.limit != NO_LIMIT).then_some(self.limit),
            custom_pricing: self.custom_pricing,
            rollup_billing: self.rollup_billing,
            created_at: self.created_at.time(),
            changed_elsewhere_at: self.changed_elsewhere_at.time(),
            available_micros: self.available_micros.number(),
        }
    }
}

//! Channels: one account's limit, and the pool that all of them share.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::number::{self, InvalidNumber};

/// Allocatable global outbound channels of one account, 0 to 1,000,000. At 0 it cannot call out at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct ChannelLimit(u32);

/// A number that can be no channel limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLimit {
    /// No whole number at all, or a negative one.
    #[error(transparent)]
    NotANumber(InvalidNumber),
    /// Larger than any pool.
    #[error("A channel limit is at most 1,000,000.")]
    TooLarge,
}

impl ChannelLimit {
    /// The largest that the portal sends. Telnyx publishes no bound; pools are thousands.
    pub const MAX: u32 = 1_000_000;
    /// No outbound calling.
    pub const ZERO: Self = Self(0);

    /// Checks the range.
    ///
    /// # Errors
    /// [`InvalidLimit::TooLarge`] above [`ChannelLimit::MAX`].
    pub fn new(channels: u64) -> Result<Self, InvalidLimit> {
        match u32::try_from(channels) {
            Ok(channels) if channels <= Self::MAX => Ok(Self(channels)),
            _ => Err(InvalidLimit::TooLarge),
        }
    }

    /// Reads what a person typed: see [`number::parse_whole`].
    ///
    /// # Errors
    /// [`InvalidLimit`] says what is wrong, in words for the field.
    pub fn parse(text: &str) -> Result<Self, InvalidLimit> {
        match number::parse_whole(text) {
            Ok(number) => Self::new(number),
            Err(InvalidNumber::TooLarge) => Err(InvalidLimit::TooLarge),
            Err(error) => Err(InvalidLimit::NotANumber(error)),
        }
    }

    /// The number of channels.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u64> for ChannelLimit {
    type Error = InvalidLimit;

    fn try_from(channels: u64) -> Result<Self, InvalidLimit> {
        Self::new(channels)
    }
}

impl From<ChannelLimit> for u64 {
    fn from(limit: ChannelLimit) -> Self {
        Self::from(limit.0)
    }
}

impl fmt::Display for ChannelLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::text::group_thousands(i64::from(self.0)))
    }
}

/// The manager's channel pool, as Telnyx gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelPool {
    /// All channels that the manager may allocate; 0 where the feature is off.
    pub total: u32,
    /// Channels allocated over all accounts, defaults given at creation included.
    pub allocated: u32,
}

impl ChannelPool {
    /// Returns `true` if Telnyx has the feature switched on. Totals of 0 and 0 mean that it is off.
    #[must_use]
    pub const fn is_enabled(self) -> bool {
        self.total > 0 || self.allocated > 0
    }

    /// Channels left to give.
    #[must_use]
    pub const fn free(self) -> u32 {
        self.total.saturating_sub(self.allocated)
    }

    /// Returns `true` if the pool has enough for a change from `now` to `wanted`.
    /// Lowering always fits.
    #[must_use]
    pub const fn can_allocate(self, now: ChannelLimit, wanted: ChannelLimit) -> bool {
        wanted.0.saturating_sub(now.0) <= self.free() || wanted.0 <= now.0
    }

    /// Free channels after a change from `now` to `wanted`.
    #[must_use]
    pub fn free_after(self, now: ChannelLimit, wanted: ChannelLimit) -> i64 {
        i64::from(self.total) - i64::from(self.allocated) - i64::from(wanted.0) + i64::from(now.0)
    }
}

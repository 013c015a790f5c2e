//! Channels: the limit of one account, and the pool that all accounts share.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::number::{self, InvalidNumber};

/// Number of outbound channels of one account, 0 to 1,000,000. 0 blocks outbound calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct ChannelLimit(u32);

/// Reason why a number is not a channel limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLimit {
    /// Not a whole number, or negative.
    #[error(transparent)]
    NotANumber(InvalidNumber),
    /// Larger than any pool.
    #[error("A channel limit is at most 1,000,000.")]
    TooLarge,
}

impl ChannelLimit {
    /// Largest limit that the portal sends. Telnyx publishes no bound; pools have thousands.
    pub const MAX: u32 = 1_000_000;
    /// Limit that blocks outbound calls.
    pub const ZERO: Self = Self(0);

    /// Creates a limit.
    ///
    /// # Errors
    /// Fails with [`InvalidLimit::TooLarge`] above [`ChannelLimit::MAX`].
    pub fn new(channels: u64) -> Result<Self, InvalidLimit> {
        match u32::try_from(channels) {
            Ok(channels) if channels <= Self::MAX => Ok(Self(channels)),
            _ => Err(InvalidLimit::TooLarge),
        }
    }

    /// Parses a number that a person typed; see [`number::parse_whole`].
    ///
    /// # Errors
    /// Fails with an [`InvalidLimit`] whose text is meant for the form field.
    pub fn parse(text: &str) -> Result<Self, InvalidLimit> {
        match number::parse_whole(text) {
            Ok(number) => Self::new(number),
            Err(InvalidNumber::TooLarge) => Err(InvalidLimit::TooLarge),
            Err(error) => Err(InvalidLimit::NotANumber(error)),
        }
    }

    /// Returns the number of channels.
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

/// The manager's channel pool, as Telnyx returned it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelPool {
    /// Number of channels that the manager may allocate; 0 if the feature is off.
    pub total: u32,
    /// Number of channels allocated to all accounts, including defaults at creation.
    pub allocated: u32,
}

impl ChannelPool {
    /// Returns `true` if Telnyx has switched the feature on. Both numbers are 0 if it is off.
    #[must_use]
    pub const fn is_enabled(self) -> bool {
        self.total > 0 || self.allocated > 0
    }

    /// Returns the number of channels that are not allocated.
    #[must_use]
    pub const fn free(self) -> u32 {
        self.total.saturating_sub(self.allocated)
    }

    /// Returns the allocated share in whole percent, rounded down.
    #[must_use]
    pub fn used_percent(self) -> u32 {
        let percent = (u64::from(self.allocated) * 100).checked_div(self.total.into());
        percent.map_or(100, |percent| u32::try_from(percent).unwrap_or(u32::MAX))
    }

    /// Returns `true` if the pool has enough channels for a change from `now` to `wanted`.
    /// A lower limit always fits.
    #[must_use]
    pub const fn can_allocate(self, now: ChannelLimit, wanted: ChannelLimit) -> bool {
        wanted.0.saturating_sub(now.0) <= self.free() || wanted.0 <= now.0
    }

    /// Returns the number of free channels after a change from `now` to `wanted`.
    #[must_use]
    pub fn free_after(self, now: ChannelLimit, wanted: ChannelLimit) -> i64 {
        i64::from(self.total) - i64::from(self.allocated) - i64::from(wanted.0) + i64::from(now.0)
    }
}

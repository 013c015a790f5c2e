//! Channel pool as pages show it (`templates/_pool.html`): known, unknown and free channels. The
//! directory reads it from Telnyx.

use super::error::Error;
use super::format::{FormattedTime, TimeFormatter, group_thousands};
use crate::app::App;
use crate::db::accounts::{self, ChannelTotals};
use crate::db::channel_pool;
use crate::domain::channels::ChannelPool;

/// Pool as a page shows it, with the totals of the known limits.
#[derive(Clone, Debug)]
pub struct PoolView {
    /// Time of the reading; `None` before the first one.
    pub read_at: Option<FormattedTime>,
    /// Use of the pool; `None` before the first reading, or if the feature is off.
    pub shares: Option<PoolUsage>,
    /// Totals of all known limits.
    pub holding: ChannelTotals,
}

impl PoolView {
    /// Loads the pool from the directory.
    pub async fn load(app: &App, times: &TimeFormatter) -> Result<Self, Error> {
        let holding = accounts::channel_totals(&app.db, "").await?;
        let latest = channel_pool::latest(&app.db).await?;
        Ok(Self {
            read_at: latest.map(|(_, at)| times.format(at)),
            shares: latest.and_then(|(pool, _)| PoolUsage::of(pool, holding.known_channels)),
            holding,
        })
    }

    /// Returns the free channels, for the preview of a limit; empty if unknown.
    #[must_use]
    pub fn free_channels(&self) -> String {
        self.shares
            .map(|shares| shares.free.to_string())
            .unwrap_or_default()
    }
}

/// Use of the pool's channels. It does not exist if the feature is off, so that a page never shows
/// "0 free" then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolUsage {
    total: i64,
    allocated: i64,
    known: i64,
    free: i64,
}

impl PoolUsage {
    /// Calculates the use of a pool. `known_channels` is the sum of the known limits.
    #[must_use]
    pub fn of(pool: ChannelPool, known_channels: i64) -> Option<Self> {
        pool.is_enabled().then(|| Self {
            total: i64::from(pool.total),
            allocated: i64::from(pool.allocated),
            known: known_channels,
            free: i64::from(pool.free()),
        })
    }

    /// Returns the number of all channels.
    #[must_use]
    pub fn total(&self) -> String {
        group_thousands(self.total)
    }

    /// Returns the number of channels in limits that the portal knows.
    #[must_use]
    pub fn known(&self) -> String {
        group_thousands(self.known)
    }

    /// Returns the number of channels that Telnyx counts as allocated beyond the known limits.
    #[must_use]
    pub fn unknown(&self) -> String {
        group_thousands((self.allocated - self.known).max(0))
    }

    /// Returns the number of free channels.
    #[must_use]
    pub fn free(&self) -> String {
        group_thousands(self.free)
    }

    /// Returns the discrepancies, each as a title and a sentence.
    #[must_use]
    pub fn notes(&self) -> Vec<(&'static str, String)> {
        let mut notes = Vec::new();
        if self.allocated > self.total {
            let over = group_thousands(self.allocated - self.total);
            notes.push((
                "Over-allocated",
                format!("Accounts have {over} channels more than the pool."),
            ));
        }
        if self.known > self.allocated {
            let over = group_thousands(self.known - self.allocated);
            notes.push((
                "Some limits are outdated",
                format!("Together they are {over} channels more than Telnyx reports as allocated."),
            ));
        }
        notes
    }

    /// Returns the allocated share in whole percent, rounded down.
    #[must_use]
    pub const fn percent(&self) -> i64 {
        if self.total > 0 {
            self.allocated * 100 / self.total
        } else {
            100
        }
    }

    /// Returns `true` if more than 90 % is allocated.
    #[must_use]
    pub const fn is_nearly_full(&self) -> bool {
        self.allocated * 10 > self.total * 9
    }

    /// Returns `full` if nothing is free, `tight` above 90 %, otherwise an empty text.
    #[must_use]
    pub const fn tone(&self) -> &'static str {
        match (self.free, self.is_nearly_full()) {
            (0, _) => "full",
            (_, true) => "tight",
            _ => "",
        }
    }

    /// Returns the width of the bar's known part, in thousandths.
    #[must_use]
    pub fn known_width(&self) -> i64 {
        self.width(self.known.min(self.allocated))
    }

    /// Returns the width of the bar's unknown part, in thousandths.
    #[must_use]
    pub fn unknown_width(&self) -> i64 {
        self.width(self.allocated) - self.known_width()
    }

    fn width(&self, channels: i64) -> i64 {
        channels * 1_000 / self.total.max(self.allocated).max(1)
    }

    /// Describes the bar in words.
    #[must_use]
    pub fn title(&self) -> String {
        format!(
            "Channel pool: {} of {} allocated, {} free",
            group_thousands(self.allocated),
            self.total(),
            self.free()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(total: u32, allocated: u32, known: i64) -> Option<PoolUsage> {
        PoolUsage::of(ChannelPool { total, allocated }, known)
    }

    #[test]
    fn the_bar_shows_known_unknown_and_free_in_proportion() {
        let shares = shares(400, 380, 300).expect("enabled");
        assert_eq!((shares.known_width(), shares.unknown_width()), (750, 200));
        assert_eq!(shares.unknown(), "80");
        assert_eq!((shares.percent(), shares.tone()), (95, "tight"));
        assert_eq!(shares.notes(), []);
    }

    #[test]
    fn exactly_ninety_percent_is_not_over_ninety() {
        assert!(!shares(400, 360, 0).expect("enabled").is_nearly_full());
        assert!(shares(400, 361, 0).expect("enabled").is_nearly_full());
        assert_eq!(shares(400, 400, 0).expect("enabled").tone(), "full");
    }

    #[test]
    fn a_pool_whose_totals_are_both_zero_has_no_shares() {
        assert_eq!(shares(0, 0, 30), None);
    }

    #[test]
    fn limits_that_add_up_to_more_than_telnyx_counts_do_not_overflow_the_bar() {
        let shares = shares(100, 60, 90).expect("enabled");
        assert_eq!((shares.known_width(), shares.unknown_width()), (600, 0));
        assert_eq!(shares.unknown(), "0");
        assert!(
            shares.notes()[0].1.contains("30 channels more"),
            "{:?}",
            shares.notes()
        );
        let over = super::PoolUsage::of(
            ChannelPool {
                total: 100,
                allocated: 150,
            },
            100,
        )
        .expect("enabled");
        assert_eq!(over.known_width() + over.unknown_width(), 1_000);
        assert!(
            over.notes()[0].1.contains("50 channels more"),
            "{:?}",
            over.notes()
        );
    }
}

//! How pages show the channel pool (`templates/_pool.html`): what is known here, what is not, what is free. Reading it
//! from Telnyx is the directory's.

use super::error::Error;
use super::format::{FormattedTime, TimeFormatter, group_thousands};
use crate::app::App;
use crate::db::accounts::{self, ChannelTotals};
use crate::db::channel_pool;
use crate::domain::channels::ChannelPool;

/// The pool as a page shows it, with what is known of the limits that it is shared out by.
#[derive(Clone, Debug)]
pub struct PoolView {
    /// When it was read from Telnyx; none before the first reading.
    pub read_at: Option<FormattedTime>,
    /// Its shares; none before the first reading, and where the feature is not enabled.
    pub shares: Option<PoolUsage>,
    /// Totals of all known limits.
    pub holding: ChannelTotals,
}

impl PoolView {
    /// Reads it from the directory.
    pub async fn load(app: &App, times: &TimeFormatter) -> Result<Self, Error> {
        let holding = accounts::channel_totals(&app.db, "").await?;
        let latest = channel_pool::latest(&app.db).await?;
        Ok(Self {
            read_at: latest.map(|(_, at)| times.format(at)),
            shares: latest.and_then(|(pool, _)| PoolUsage::of(pool, holding.known_channels)),
            holding,
        })
    }

    /// Free channels for the preview of a limit; empty where that is not known.
    #[must_use]
    pub fn free_channels(&self) -> String {
        self.shares
            .map(|shares| shares.free.to_string())
            .unwrap_or_default()
    }
}

/// Use of the pool's channels. There are none if the feature is off: then nothing is "0 free".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolUsage {
    total: i64,
    allocated: i64,
    known: i64,
    free: i64,
}

impl PoolUsage {
    /// Of a pool of which limits that add up to `known_channels` are known.
    #[must_use]
    pub fn of(pool: ChannelPool, known_channels: i64) -> Option<Self> {
        pool.is_enabled().then(|| Self {
            total: i64::from(pool.total),
            allocated: i64::from(pool.allocated),
            known: known_channels,
            free: i64::from(pool.free()),
        })
    }

    /// All channels.
    #[must_use]
    pub fn total(&self) -> String {
        group_thousands(self.total)
    }

    /// Channels in limits that the portal knows.
    #[must_use]
    pub fn known(&self) -> String {
        group_thousands(self.known)
    }

    /// Channels that Telnyx counts as given beyond those limits.
    #[must_use]
    pub fn unknown(&self) -> String {
        group_thousands((self.allocated - self.known).max(0))
    }

    /// Channels left to give.
    #[must_use]
    pub fn free(&self) -> String {
        group_thousands(self.free)
    }

    /// Returns the discrepancies, as a title and a sentence each.
    #[must_use]
    pub fn notes(&self) -> Vec<(&'static str, String)> {
        let mut notes = Vec::new();
        if self.allocated > self.total {
            let over = group_thousands(self.allocated - self.total);
            notes.push((
                "More is given than there is",
                format!("Telnyx counts {over} channels more as given than the pool has."),
            ));
        }
        if self.known > self.allocated {
            let over = group_thousands(self.known - self.allocated);
            notes.push((
                "Some limits known here are out of date",
                format!("Together they are {over} channels more than Telnyx counts as given."),
            ));
        }
        notes
    }

    /// How much of it is taken, in whole percent, rounded down.
    #[must_use]
    pub const fn percent(&self) -> i64 {
        if self.total > 0 {
            self.allocated * 100 / self.total
        } else {
            100
        }
    }

    /// Returns `true` if more than 90 % of it is taken.
    #[must_use]
    pub const fn is_nearly_full(&self) -> bool {
        self.allocated * 10 > self.total * 9
    }

    /// `tight` over 90 %, `full` where nothing is left, else empty.
    #[must_use]
    pub const fn tone(&self) -> &'static str {
        match (self.free, self.is_nearly_full()) {
            (0, _) => "full",
            (_, true) => "tight",
            _ => "",
        }
    }

    /// Width of the known part of the bar, in thousandths.
    #[must_use]
    pub fn known_width(&self) -> i64 {
        self.width(self.known.min(self.allocated))
    }

    /// Width of the part that is not known, in thousandths.
    #[must_use]
    pub fn unknown_width(&self) -> i64 {
        self.width(self.allocated) - self.known_width()
    }

    fn width(&self, channels: i64) -> i64 {
        channels * 1_000 / self.total.max(self.allocated).max(1)
    }

    /// The bar in words.
    #[must_use]
    pub fn title(&self) -> String {
        format!(
            "Channel pool: {} of {} taken, {} free",
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

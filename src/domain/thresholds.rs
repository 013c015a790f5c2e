//! Thresholds from which people are notified.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::money::to_micros;
use super::number;

/// Largest amount that a threshold can have.
const MAX_LOW_BALANCE: u32 = 1_000_000;
/// Percentage points by which the use of the pool must fall before it is notified again.
const POOL_MARGIN: u32 = 5;

/// Thresholds of the portal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StoredThresholds", into = "StoredThresholds")]
pub struct Thresholds {
    /// Used share of the channel pool in percent, from 1 to 100.
    pub pool_percent: u32,
    /// Available credit of an account, in its own currency.
    pub low_balance: Decimal,
    /// Number of changes so far, so that an outdated form is detected.
    pub version: i64,
}

/// Thresholds as JSON, with the amount as exact text.
#[derive(Serialize, Deserialize)]
struct StoredThresholds {
    pool_percent: u32,
    low_balance: String,
    version: i64,
}

impl TryFrom<StoredThresholds> for Thresholds {
    type Error = rust_decimal::Error;

    fn try_from(stored: StoredThresholds) -> Result<Self, Self::Error> {
        Ok(Self {
            pool_percent: stored.pool_percent,
            low_balance: stored.low_balance.parse()?,
            version: stored.version,
        })
    }
}

impl From<Thresholds> for StoredThresholds {
    fn from(thresholds: Thresholds) -> Self {
        Self {
            pool_percent: thresholds.pool_percent,
            low_balance: thresholds.low_balance.to_string(),
            version: thresholds.version,
        }
    }
}

/// Used share of the pool from which people are notified, until someone changes it.
const DEFAULT_POOL_PERCENT: u32 = 90;

impl Default for Thresholds {
    fn default() -> Self {
        Self::with_low_balance(Decimal::TEN)
    }
}

impl Thresholds {
    /// Returns the thresholds that apply until someone changes them, with this amount.
    #[must_use]
    pub const fn with_low_balance(low_balance: Decimal) -> Self {
        Self {
            pool_percent: DEFAULT_POOL_PERCENT,
            low_balance,
            version: 0,
        }
    }

    /// Returns the use of the pool below which it can be notified again.
    #[must_use]
    pub const fn pool_reset(&self) -> u32 {
        self.pool_percent.saturating_sub(POOL_MARGIN)
    }

    /// Returns the credit below which an account is low, in millionths.
    #[must_use]
    pub fn low_micros(&self) -> i64 {
        to_micros(self.low_balance)
    }

    /// Returns the credit from which an account can be notified again, in millionths. It is a tenth
    /// above the threshold, and at least one unit of the currency.
    #[must_use]
    pub fn reset_micros(&self) -> i64 {
        let margin = (self.low_balance / Decimal::TEN).max(Decimal::ONE);
        to_micros(self.low_balance + margin)
    }

    /// Describes the thresholds for the activity.
    #[must_use]
    pub fn describe(&self) -> String {
        format!(
            "pool {}%, low balance {}",
            self.pool_percent, self.low_balance
        )
    }
}

/// Parses a share of the pool that a person typed.
///
/// # Errors
/// Fails with a sentence for the form field.
pub fn parse_percent(text: &str) -> Result<u32, &'static str> {
    let percent = number::parse_whole(text.trim().trim_end_matches('%')).ok();
    let percent = percent.and_then(|percent| u32::try_from(percent).ok());
    percent
        .filter(|percent| (1..=100).contains(percent))
        .ok_or("Write a whole number from 1 to 100.")
}

/// Parses an amount that a person typed.
///
/// # Errors
/// Fails with a sentence for the form field.
pub fn parse_amount(text: &str) -> Result<Decimal, &'static str> {
    let amount: Option<Decimal> = text.trim().parse().ok();
    amount
        .filter(|amount| {
            !amount.is_sign_negative()
                && *amount <= Decimal::from(MAX_LOW_BALANCE)
                && amount.normalize().scale() <= 2
        })
        .map(|amount| amount.normalize())
        .ok_or("Write an amount such as 0, 10 or 2.50, up to 1,000,000.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_read_as_typed_or_refused() {
        assert_eq!(parse_percent(" 85 %"), Ok(85));
        assert_eq!(parse_percent("85%"), Ok(85));
        for wrong in ["", "0", "101", "-5", "1.5", "abc"] {
            assert!(parse_percent(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            parse_amount("2.50").map(|amount| amount.to_string()),
            Ok("2.5".to_owned())
        );
        for wrong in ["", "-1", "2.555", "1000001", "1,5", "x"] {
            assert!(parse_amount(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_condition_ends_only_well_beyond_its_threshold() {
        let thresholds = Thresholds::with_low_balance(Decimal::ZERO);
        assert_eq!((thresholds.pool_percent, thresholds.pool_reset()), (90, 85));
        assert_eq!(
            (thresholds.low_micros(), thresholds.reset_micros()),
            (0, 1_000_000)
        );
        let thresholds = Thresholds {
            low_balance: Decimal::from(50),
            ..thresholds
        };
        assert_eq!(thresholds.reset_micros(), 55_000_000);
    }
}

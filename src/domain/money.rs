//! Exact amounts of money with their currency.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Amount in a currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Money {
    /// Exact amount.
    pub amount: Decimal,
    /// ISO 4217 code, as Telnyx returned it.
    pub currency: String,
}

impl Money {
    /// Formats the amount with groups, at least two decimals and the currency: `1,234.50 USD`.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut amount = self.amount;
        if amount.scale() < 2 {
            amount.rescale(2);
        }
        let text = amount.abs().to_string();
        let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
        let whole = super::text::group_digits(whole);
        let sign = if amount.is_sign_negative() && !amount.is_zero() {
            "\u{2212}"
        } else {
            ""
        };
        format!("{sign}{whole}.{cents} {}", self.currency)
    }
}

/// Balance of an account. Accounts with rollup billing have none of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// Current balance.
    #[serde(with = "decimal_text")]
    pub balance: Option<Decimal>,
    /// Credit beyond the balance.
    #[serde(with = "decimal_text")]
    pub credit_limit: Option<Decimal>,
    /// Sum of balance and credit.
    #[serde(with = "decimal_text")]
    pub available_credit: Option<Decimal>,
    /// ISO 4217 code.
    pub currency: String,
}

impl Balance {
    /// Returns the amount available to spend: Telnyx's figure, or else balance plus credit.
    #[must_use]
    pub fn available(&self) -> Option<Money> {
        let amount = self
            .available_credit
            .or_else(|| Some(self.balance? + self.credit_limit.unwrap_or_default()))?;
        Some(self.money(amount))
    }

    /// Returns an amount with the currency of this balance.
    #[must_use]
    pub fn money(&self, amount: Decimal) -> Money {
        Money {
            amount,
            currency: self.currency.clone(),
        }
    }
}

/// Converts an amount to millionths of its currency, by which the database sorts.
/// An amount out of range becomes the nearest bound. Only 0 becomes 0, because 0 stops calls.
#[must_use]
pub fn to_micros(amount: Decimal) -> i64 {
    let smallest = if amount.is_zero() {
        0
    } else if amount.is_sign_negative() {
        -1
    } else {
        1
    };
    let bound = if amount.is_sign_negative() {
        i64::MIN
    } else {
        i64::MAX
    };
    amount
        .checked_mul(Decimal::from(1_000_000))
        .and_then(|micros| i64::try_from(micros.trunc()).ok())
        .map_or(bound, |micros| if micros == 0 { smallest } else { micros })
}

mod decimal_text {
    use rust_decimal::Decimal;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(
        clippy::ref_option,
        reason = "serde hands over a reference to the field"
    )]
    pub fn serialize<S: Serializer>(amount: &Option<Decimal>, to: S) -> Result<S::Ok, S::Error> {
        amount.map(|amount| amount.to_string()).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Decimal>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        Ok(text.and_then(|text| text.parse().ok()))
    }
}

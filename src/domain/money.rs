//! Amounts of money, exact, with their currency.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// An amount in a currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Money {
    /// Exact amount.
    pub amount: Decimal,
    /// ISO 4217 code, as Telnyx gave it.
    pub currency: String,
}

impl Money {
    /// Grouped, with two decimals at least, and the currency after it: `1,234.50 USD`.
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

/// Money that an account can spend. Accounts with rollup billing have no balance of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// Current balance.
    #[serde(with = "decimal_text")]
    pub balance: Option<Decimal>,
    /// Credit beyond the balance.
    #[serde(with = "decimal_text")]
    pub credit_limit: Option<Decimal>,
    /// Balance and credit together.
    #[serde(with = "decimal_text")]
    pub available_credit: Option<Decimal>,
    /// ISO 4217 code.
    pub currency: String,
}

impl Balance {
    /// Returns the amount available to spend: Telnyx's figure, else balance plus credit.
    #[must_use]
    pub fn available(&self) -> Option<Money> {
        let amount = self
            .available_credit
            .or_else(|| Some(self.balance? + self.credit_limit.unwrap_or_default()))?;
        Some(self.money(amount))
    }

    /// One of its amounts with its currency.
    #[must_use]
    pub fn money(&self, amount: Decimal) -> Money {
        Money {
            amount,
            currency: self.currency.clone(),
        }
    }
}

/// An amount in millionths of its currency, as the database sorts it; the nearest bound where it is beyond that.
#[must_use]
pub fn to_micros(amount: Decimal) -> i64 {
    let bound = if amount.is_sign_negative() {
        i64::MIN
    } else {
        i64::MAX
    };
    amount
        .checked_mul(Decimal::from(1_000_000))
        .and_then(|micros| i64::try_from(micros.trunc()).ok())
        .unwrap_or(bound)
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

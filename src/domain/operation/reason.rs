//! Why somebody made a change.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::InvalidValue;

/// Why an account is disabled or a call is blocked; asked for with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonCode {
    /// They did not pay.
    NonPayment,
    /// Fraud, or a key that leaked.
    Fraud,
    /// The customer asked for it.
    CustomerRequest,
    /// Somebody made a mistake.
    Error,
    /// Something else, said in the text.
    Other,
}

impl ReasonCode {
    /// Each of them, in the order of the list.
    pub const ALL: [Self; 5] = [
        Self::NonPayment,
        Self::Fraud,
        Self::CustomerRequest,
        Self::Error,
        Self::Other,
    ];

    /// As the database and forms write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NonPayment => "non_payment",
            Self::Fraud => "fraud",
            Self::CustomerRequest => "customer_request",
            Self::Error => "error",
            Self::Other => "other",
        }
    }

    /// As pages show it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::NonPayment => "Non-payment",
            Self::Fraud => "Fraud or leaked key",
            Self::CustomerRequest => "Customer's request",
            Self::Error => "Error",
            Self::Other => "Other",
        }
    }
}

impl FromStr for ReasonCode {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        Self::ALL
            .into_iter()
            .find(|code| code.as_str() == text)
            .ok_or(InvalidValue)
    }
}

/// Why somebody made a change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// From the list, where there is one.
    pub code: Option<ReasonCode>,
    /// In their own words; empty where none were asked for.
    pub text: String,
}

//! Reasons for a change.

use serde::{Deserialize, Serialize};

use crate::domain::string_enum::string_enum;

string_enum! {
    /// Reason why an account is disabled or its calls are blocked. A text goes with it.
    pub enum ReasonCode {
        /// The customer did not pay.
        NonPayment = "non_payment", "Non-payment";
        /// Fraud, or a leaked key.
        Fraud = "fraud", "Fraud or leaked key";
        /// The customer requested it.
        CustomerRequest = "customer_request", "Customer's request";
        /// Someone made a mistake.
        Error = "error", "Error";
        /// Another reason, given in the text.
        Other = "other", "Other";
    }
}

/// Reason for a change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Reason from the list, if the change has one.
    pub code: Option<ReasonCode>,
    /// Reason in the person's own words; empty if none was required.
    pub text: String,
}

impl Reason {
    /// Returns the reason as one text: "Fraud or leaked key: stolen phone". May be empty.
    #[must_use]
    pub fn as_sentence(&self) -> String {
        match (self.code, self.text.as_str()) {
            (None, text) => text.to_owned(),
            (Some(code), "") => code.label().to_owned(),
            (Some(code), text) => format!("{}: {text}", code.label()),
        }
    }
}

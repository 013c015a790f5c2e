//! Why somebody made a change.

use serde::{Deserialize, Serialize};

use crate::domain::string_enum::string_enum;

string_enum! {
    /// Why an account is disabled or a call is blocked; asked for with a text.
    pub enum ReasonCode {
        /// They did not pay.
        NonPayment = "non_payment", "Non-payment";
        /// Fraud, or a key that leaked.
        Fraud = "fraud", "Fraud or leaked key";
        /// The customer asked for it.
        CustomerRequest = "customer_request", "Customer's request";
        /// Somebody made a mistake.
        Error = "error", "Error";
        /// Something else, said in the text.
        Other = "other", "Other";
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

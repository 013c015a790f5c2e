//! Reasons for a change.

use serde::{Deserialize, Serialize};

use crate::domain::string_enum::string_enum;

string_enum! {
    /// Reason why an account is disabled, its calls are blocked, or an organization user is
    /// removed. A text goes with it.
    pub enum ReasonCode {
        /// The customer did not pay.
        NonPayment = "non_payment", "Non-payment";
        /// Fraud, or a leaked key.
        Fraud = "fraud", "Fraud or leaked key";
        /// The customer requested it.
        CustomerRequest = "customer_request", "Customer's request";
        /// The organization user left the company.
        LeftCompany = "left_company", "Left the company";
        /// The organization user no longer needs access.
        NotNeeded = "not_needed", "No longer needs access";
        /// An access review decided it.
        AccessReview = "access_review", "Access review";
        /// Someone else may know how to sign in as the organization user.
        Compromised = "compromised", "Compromised sign-in";
        /// Someone made a mistake.
        Error = "error", "Error";
        /// Another reason, given in the text.
        Other = "other", "Other";
    }
}

impl ReasonCode {
    /// Reasons to disable an account or to block its calls.
    pub const FOR_ACCOUNTS: [Self; 5] = [
        Self::NonPayment,
        Self::Fraud,
        Self::CustomerRequest,
        Self::Error,
        Self::Other,
    ];

    /// Reasons to remove an organization user.
    pub const FOR_ORG_USERS: [Self; 6] = [
        Self::LeftCompany,
        Self::NotNeeded,
        Self::AccessReview,
        Self::Compromised,
        Self::Error,
        Self::Other,
    ];
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
    /// Checks a reason that must have one of these codes. A text must explain "Other".
    ///
    /// # Errors
    /// Fails with the name of the form field, and a sentence for it.
    pub fn require(&self, codes: &[ReasonCode]) -> Result<(), (&'static str, &'static str)> {
        match self.code.filter(|code| codes.contains(code)) {
            None => Err(("reason_code", "Choose a reason.")),
            Some(ReasonCode::Other) if self.text.is_empty() => {
                Err(("reason", "Say why in a few words."))
            }
            Some(_) => Ok(()),
        }
    }

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

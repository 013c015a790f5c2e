//! Onboarding form as the review page sends it: the fields, the password and the confirmations.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::fields::NewAccountFields;
use crate::web::change::{FormTokenFields, parse_yes_no};

/// Form as it was sent. A script may leave out any field that it does not need.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SubmittedForm {
    #[serde(flatten)]
    fields: NewAccountFields,
    /// Password. It is sent to Telnyx once, and never shown, stored, logged or compared.
    password: Option<SecretString>,
    op: Option<String>,
    try_anyway: Option<String>,
    /// Present if the review page was shown, which lists accounts with the same name.
    reviewed: Option<String>,
    /// Present if someone confirmed that the account is another customer's.
    another_customer: Option<String>,
    /// Present if a new password was asked for. With a script, the page makes it itself.
    generate: Option<String>,
}

/// Values submitted besides the fields.
#[derive(Debug)]
pub(super) struct SubmissionExtras {
    /// Password, if one was given.
    pub(super) password: Option<SecretString>,
    /// Hidden fields with the operation's key.
    pub(super) form_tokens: FormTokenFields,
    /// True if the review page was shown.
    pub(super) reviewed: bool,
    /// True if someone confirmed that the account is another customer's.
    pub(super) another_customer: bool,
    /// True if a new password was asked for.
    pub(super) generate: bool,
}

impl SubmittedForm {
    /// Splits the form into its fields and everything else that was submitted.
    pub(super) fn split(self) -> (NewAccountFields, SubmissionExtras) {
        let yes = |field: Option<String>| field.as_deref().and_then(parse_yes_no).unwrap_or(false);
        let extras = SubmissionExtras {
            password: self
                .password
                .filter(|password| !password.expose_secret().is_empty()),
            form_tokens: FormTokenFields {
                op: self.op,
                try_anyway: self.try_anyway,
                ..FormTokenFields::default()
            },
            reviewed: yes(self.reviewed),
            another_customer: yes(self.another_customer),
            generate: yes(self.generate),
        };
        (self.fields, extras)
    }
}

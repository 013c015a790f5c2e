//! Fields of the onboarding form as typed, and their values once all are valid. Has no page, and
//! asks neither the database nor Telnyx.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::email_availability::EmailOwner;
use crate::domain::account::LONGEST_ORGANIZATION_NAME;
use crate::domain::channels::ChannelLimit;
use crate::domain::email::Email;
use crate::domain::operation::Change;
use crate::domain::text::{self, InvalidText};
use crate::web::change::{FormTokenFields, parse_yes_no};
use crate::web::form::Field;

/// Maximum length of an organization name, in characters.
const MAX_NAME_LENGTH: usize = LONGEST_ORGANIZATION_NAME;
/// Maximum length of a password, in characters.
const MAX_PASSWORD_LENGTH: usize = 256;

/// Form as it was sent. A script may leave out any field that it does not need.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SubmittedForm {
    organization_name: Field,
    email: Field,
    rollup_billing: Field,
    custom_pricing: Field,
    channel_limit: Field,
    /// Password. It is sent to Telnyx once, and never shown, stored, logged or compared.
    pub(super) password: Option<SecretString>,
    op: Option<String>,
    try_anyway: Option<String>,
    /// Present if the review page was shown, which lists accounts with the same name.
    reviewed: Option<String>,
    /// Present if someone confirmed that the account is another customer's.
    another_customer: Option<String>,
}

impl SubmittedForm {
    /// Splits the form into its fields and everything else that was submitted.
    pub(super) fn split(self) -> (NewAccountFields, SubmissionExtras) {
        let yes = |field: Option<String>| field.as_deref().and_then(parse_yes_no).unwrap_or(false);
        let fields = NewAccountFields {
            organization_name: self.organization_name,
            email: self.email,
            rollup_billing: self.rollup_billing,
            custom_pricing: self.custom_pricing,
            channel_limit: self.channel_limit,
            email_owner: None,
        };
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
        };
        (fields, extras)
    }
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
}

/// Fields of the form as typed, each with its error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct NewAccountFields {
    pub(super) organization_name: Field,
    pub(super) email: Field,
    pub(super) rollup_billing: Field,
    pub(super) custom_pricing: Field,
    pub(super) channel_limit: Field,
    /// Account that already has the email address. It comes from the directory, never from a form.
    #[serde(skip)]
    pub(super) email_owner: Option<EmailOwner>,
}

/// Requested account, with all values valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NewAccount {
    pub(super) organization_name: String,
    pub(super) email: Option<String>,
    pub(super) rollup_billing: bool,
    pub(super) custom_pricing: bool,
    pub(super) channel_limit: Option<ChannelLimit>,
}

impl NewAccountFields {
    /// Returns the fields of a change that an operation was asked for.
    pub(super) fn from_change(change: &Change) -> Self {
        let Change::Create {
            organization_name,
            email,
            custom_pricing,
            rollup_billing,
            channel_limit,
            ..
        } = change
        else {
            return Self::default();
        };
        Self {
            organization_name: organization_name.as_str().into(),
            email: email.as_deref().unwrap_or_default().into(),
            rollup_billing: yes_no(*rollup_billing).into(),
            custom_pricing: yes_no(*custom_pricing).into(),
            channel_limit: channel_limit
                .map(|limit| limit.get().to_string())
                .unwrap_or_default()
                .into(),
            email_owner: None,
        }
    }

    /// Reads every field and stores the error of each invalid one. Returns `None` if any is
    /// invalid.
    pub(super) fn read(&mut self) -> Option<NewAccount> {
        let organization_name =
            self.organization_name
                .read(|name| match text::parse_line(name, MAX_NAME_LENGTH) {
                    Err(InvalidText::Empty) => Err("Enter the organization's name.".to_owned()),
                    other => other.map_err(|error| error.to_string()),
                });
        let email = self.email.read_optional(|email| {
            email
                .parse::<Email>()
                .map(|email| email.as_str().to_owned())
        });
        let rollup_billing = self.rollup_billing.read(|answer| match answer.trim() {
            "" => Err("Choose yes or no: it cannot be changed once the account exists."),
            answer => parse_yes_no(answer).ok_or("Choose yes or no."),
        });
        let custom_pricing = self.custom_pricing.read(|answer| match answer.trim() {
            "" => Ok(false),
            answer => parse_yes_no(answer).ok_or("Choose yes or no."),
        });
        let channel_limit = self.channel_limit.read_optional(ChannelLimit::parse);
        // The page compares these words to mark the chosen answer.
        for (field, answer) in [
            (&mut self.rollup_billing, rollup_billing),
            (&mut self.custom_pricing, custom_pricing),
        ] {
            if let Some(answer) = answer {
                yes_no(answer).clone_into(&mut field.value);
            }
        }
        Some(NewAccount {
            organization_name: organization_name?,
            email: email?,
            rollup_billing: rollup_billing?,
            custom_pricing: custom_pricing?,
            channel_limit: channel_limit?,
        })
    }

    /// Returns the typed limit, if it is valid.
    pub(super) fn limit(&self) -> Option<ChannelLimit> {
        ChannelLimit::parse(&self.channel_limit.value).ok()
    }

    /// Returns the typed email address, if it is valid.
    pub(super) fn email(&self) -> Option<Email> {
        self.email.value.parse().ok()
    }

    /// Sets the error of the email field, with the account that has the address.
    pub(super) fn set_email_taken(&mut self, taken: EmailOwner) {
        self.email.set_error("An account has this e-mail already:");
        self.email_owner = Some(taken);
    }

    /// Sets the error of a field. Returns `false` if the form has no field of this name.
    pub(super) fn set_error(&mut self, name: &str, message: &str) -> bool {
        let field = match name {
            "organization_name" => &mut self.organization_name,
            "email" => &mut self.email,
            "rollup_billing" => &mut self.rollup_billing,
            "custom_pricing" => &mut self.custom_pricing,
            "channel_limit" => &mut self.channel_limit,
            _ => return false,
        };
        field.set_error(message);
        true
    }

    /// Returns the number of invalid fields.
    pub(super) fn error_count(&self) -> usize {
        self.invalid_fields().count()
    }

    /// Returns the name of the first invalid field, in the order of the page.
    pub(super) fn first_invalid(&self) -> Option<&'static str> {
        self.invalid_fields().next()
    }

    fn invalid_fields(&self) -> impl Iterator<Item = &'static str> {
        [
            ("organization_name", &self.organization_name),
            ("email", &self.email),
            ("rollup_billing", &self.rollup_billing),
            ("channel_limit", &self.channel_limit),
            ("custom_pricing", &self.custom_pricing),
        ]
        .into_iter()
        .filter(|(_, field)| field.is_wrong())
        .map(|(name, _)| name)
    }
}

impl NewAccount {
    /// Returns the change that creates the account.
    pub(super) fn change(&self, with_password: bool) -> Change {
        Change::Create {
            organization_name: self.organization_name.clone(),
            email: self.email.clone(),
            custom_pricing: self.custom_pricing,
            rollup_billing: self.rollup_billing,
            channel_limit: self.channel_limit,
            with_password,
            details: Box::default(),
        }
    }
}

/// Returns the error of a password, in words for its field.
pub(super) fn password_error(password: &SecretString) -> Option<String> {
    let password = password.expose_secret();
    if password.chars().count() > MAX_PASSWORD_LENGTH {
        return Some(InvalidText::TooLong(MAX_PASSWORD_LENGTH).to_string());
    }
    password
        .chars()
        .any(char::is_control)
        .then(|| InvalidText::Control.to_string())
}

const fn yes_no(answer: bool) -> &'static str {
    if answer { "yes" } else { "no" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(
        name: &str,
        email: &str,
        rollup: &str,
        pricing: &str,
        limit: &str,
    ) -> NewAccountFields {
        NewAccountFields {
            organization_name: name.into(),
            email: email.into(),
            rollup_billing: rollup.into(),
            custom_pricing: pricing.into(),
            channel_limit: limit.into(),
            email_owner: None,
        }
    }

    #[test]
    fn what_is_right_is_read_and_comes_back_from_the_operation() {
        let wanted = fields(" Acme Ltd ", " a@acme.example ", "No", "", " 1,200 ")
            .read()
            .expect("all right");
        assert_eq!(
            wanted,
            NewAccount {
                organization_name: "Acme Ltd".to_owned(),
                email: Some("a@acme.example".to_owned()),
                rollup_billing: false,
                custom_pricing: false,
                channel_limit: ChannelLimit::new(1_200).ok(),
            }
        );
        let mut again = NewAccountFields::from_change(&wanted.change(true));
        assert_eq!(again.read(), Some(wanted));
        let blank = fields("Acme", " ", "yes", "no", " ")
            .read()
            .expect("all right");
        assert_eq!((blank.email, blank.channel_limit), (None, None));
    }

    #[test]
    fn every_wrong_field_has_its_message_and_keeps_what_was_typed() {
        let long = "n".repeat(256);
        for (name, email, rollup, pricing, limit, at) in [
            ("", "", "yes", "", "", "organization_name"),
            (" \t ", "", "yes", "", "", "organization_name"),
            (long.as_str(), "", "yes", "", "", "organization_name"),
            ("a\0b", "", "yes", "", "", "organization_name"),
            ("a\nb", "", "yes", "", "", "organization_name"),
            ("Acme", "acme", "yes", "", "", "email"),
            ("Acme", "a@acme", "yes", "", "", "email"),
            ("Acme", "a b@acme.example", "yes", "", "", "email"),
            ("Acme", "", "", "", "", "rollup_billing"),
            ("Acme", "", "maybe", "", "", "rollup_billing"),
            ("Acme", "", "yes", "perhaps", "", "custom_pricing"),
            ("Acme", "", "yes", "", "-1", "channel_limit"),
            ("Acme", "", "yes", "", "1.5", "channel_limit"),
            (
                "Acme",
                "",
                "yes",
                "",
                "99999999999999999999999",
                "channel_limit",
            ),
        ] {
            let mut form = fields(name, email, rollup, pricing, limit);
            let typed = form.clone();
            assert_eq!(form.read(), None, "{at}");
            assert_eq!(form.error_count(), 1, "{at}: {form:?}");
            let values = |fields: &NewAccountFields| {
                [
                    fields.organization_name.value.clone(),
                    fields.email.value.clone(),
                    fields.channel_limit.value.clone(),
                ]
            };
            assert_eq!(values(&form), values(&typed), "{at}");
            let mut blamed = NewAccountFields::default();
            assert!(blamed.set_error(at, "x"));
            let is_wrong = |fields: &NewAccountFields| {
                [
                    fields.organization_name.is_wrong(),
                    fields.email.is_wrong(),
                    fields.rollup_billing.is_wrong(),
                    fields.custom_pricing.is_wrong(),
                    fields.channel_limit.is_wrong(),
                ]
            };
            assert_eq!(is_wrong(&form), is_wrong(&blamed), "{at}");
        }
    }

    #[test]
    fn a_password_may_be_anything_but_endless_or_unprintable() {
        for (password, right) in [
            ("x", true),
            ("  spaces and ünïcode \u{1F600} \"'<> ", true),
            ("a\0b", false),
            ("a\nb", false),
        ] {
            assert_eq!(
                password_error(&password.into()).is_none(),
                right,
                "{password:?}"
            );
        }
        assert_eq!(password_error(&"é".repeat(256).into()), None);
        assert!(password_error(&"é".repeat(257).into()).is_some());
    }
}

//! Fields of the onboarding form as typed, and their values once all are valid. Has no page, and
//! asks neither the database nor Telnyx.

use serde::Deserialize;

use super::email_availability::EmailOwner;
use crate::domain::channels::ChannelLimit;
use crate::domain::email::Email;
use crate::domain::ids::StaffId;
use crate::domain::new_account::{self, NewAccountDefaults, join_tags};
use crate::domain::operation::{AccountDetails, Change};
use crate::web::change::parse_yes_no;
use crate::web::form::Field;

/// Fields of the form as typed, each with its error. A script may leave out any of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct NewAccountFields {
    pub(super) organization_name: Field,
    pub(super) email: Field,
    pub(super) rollup_billing: Field,
    pub(super) custom_pricing: Field,
    pub(super) channel_limit: Field,
    pub(super) display_name: Field,
    /// Names of tags, separated by commas.
    pub(super) tags: Field,
    /// ID of the account manager; empty for nobody.
    pub(super) assignee: Field,
    pub(super) note: Field,
    pub(super) welcome_email: Field,
    /// ID of the account from which the form was filled; empty if there is none.
    pub(super) like: Field,
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
    pub(super) details: AccountDetails,
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
            details,
            ..
        } = change
        else {
            return Self::default();
        };
        Self {
            organization_name: organization_name.as_str().into(),
            email: email.as_deref().unwrap_or_default().into(),
            rollup_billing: yes_no(*rollup_billing).into(),
            display_name: details.display_name.as_deref().unwrap_or_default().into(),
            note: details.note.as_deref().unwrap_or_default().into(),
            welcome_email: if details.welcome_email && email.is_some() {
                "yes"
            } else {
                ""
            }
            .into(),
            ..Self::from_defaults(&NewAccountDefaults {
                channel_limit: *channel_limit,
                custom_pricing: *custom_pricing,
                tags: details.tags.clone(),
                assignee: details.assignee,
            })
        }
    }

    /// Returns the fields that a person's form starts with.
    pub(super) fn from_defaults(defaults: &NewAccountDefaults) -> Self {
        let limit = defaults.channel_limit.map(|limit| limit.get().to_string());
        let assignee = defaults.assignee.map(|id| id.to_string());
        Self {
            custom_pricing: yes_no(defaults.custom_pricing).into(),
            channel_limit: limit.unwrap_or_default().into(),
            tags: join_tags(&defaults.tags).into(),
            assignee: assignee.unwrap_or_default().into(),
            ..Self::default()
        }
    }

    /// Reads every field and stores the error of each invalid one. Returns `None` if any is
    /// invalid.
    pub(super) fn read(&mut self) -> Option<NewAccount> {
        let organization_name = self
            .organization_name
            .read(new_account::parse_organization_name);
        let email = self.email.read(new_account::parse_email);
        let rollup_billing = self.rollup_billing.read(|answer| match answer.trim() {
            "" => Err("Choose yes or no. It cannot be changed later."),
            answer => parse_yes_no(answer).ok_or("Choose yes or no."),
        });
        if let Some(answer) = rollup_billing {
            // The page compares this word to mark the chosen answer.
            yes_no(answer).clone_into(&mut self.rollup_billing.value);
        }
        let display_name = self.display_name.read(new_account::parse_display_name);
        let note = self.note.read(new_account::parse_note);
        let welcome_email = self.read_welcome_email();
        let defaults = self.read_defaults();
        let NewAccountDefaults {
            channel_limit,
            custom_pricing,
            tags,
            assignee,
        } = defaults?;
        Some(NewAccount {
            organization_name: organization_name?,
            email: email?.map(|email| email.as_str().to_owned()),
            rollup_billing: rollup_billing?,
            custom_pricing,
            channel_limit,
            details: AccountDetails {
                display_name: display_name?,
                note: note?,
                tags,
                assignee,
                welcome_email: welcome_email?,
            },
        })
    }

    /// Reads the fields that a person can have defaults for.
    pub(super) fn read_defaults(&mut self) -> Option<NewAccountDefaults> {
        let custom_pricing = self.custom_pricing.read(|answer| match answer.trim() {
            "" => Ok(false),
            answer => parse_yes_no(answer).ok_or("Choose yes or no."),
        });
        if let Some(answer) = custom_pricing {
            yes_no(answer).clone_into(&mut self.custom_pricing.value);
        }
        let channel_limit = self.channel_limit.read(new_account::parse_channel_limit);
        let tags = self.tags.read(new_account::parse_tags);
        let assignee = self.assignee.read_optional(|id| {
            let id = id.trim().parse::<StaffId>();
            id.map_err(|_| "Choose someone from the list.")
        });
        Some(NewAccountDefaults {
            channel_limit: channel_limit?,
            custom_pricing: custom_pricing?,
            tags: tags?,
            assignee: assignee?,
        })
    }

    fn read_welcome_email(&mut self) -> Option<bool> {
        let has_address = !self.email.value.trim().is_empty();
        let answer = self.welcome_email.read(|answer| match answer.trim() {
            "" => Ok(false),
            answer => match parse_yes_no(answer) {
                Some(true) if !has_address => {
                    Err("Enter the customer's email above, or clear this.")
                }
                answer => answer.ok_or("Choose yes or no."),
            },
        })?;
        if answer { "yes" } else { "" }.clone_into(&mut self.welcome_email.value);
        Some(answer)
    }

    /// Returns the typed limit, if it is valid.
    pub(super) fn limit(&self) -> Option<ChannelLimit> {
        ChannelLimit::parse(&self.channel_limit.value).ok()
    }

    /// Returns the typed email address, if it is valid.
    pub(super) fn email(&self) -> Option<Email> {
        self.email.value.parse().ok()
    }

    /// Returns the chosen account manager.
    pub(super) fn assignee(&self) -> Option<StaffId> {
        self.assignee.value.trim().parse().ok()
    }

    /// Sets the error of the email field, with the account that has the address.
    pub(super) fn set_email_taken(&mut self, taken: EmailOwner) {
        self.email.set_error("An account has this email already:");
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

    /// Returns the names and values of all fields, for hidden fields of another form.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let fields = self.named().into_iter().chain([("like", &self.like)]);
        fields.map(|(name, field)| (name, field.value.as_str()))
    }

    fn invalid_fields(&self) -> impl Iterator<Item = &'static str> {
        let fields = self.named().into_iter();
        fields
            .filter(|(_, field)| field.is_wrong())
            .map(|(name, _)| name)
    }

    /// Returns the fields that a person fills in, in the order of the page.
    const fn named(&self) -> [(&'static str, &Field); 10] {
        [
            ("organization_name", &self.organization_name),
            ("email", &self.email),
            ("rollup_billing", &self.rollup_billing),
            ("channel_limit", &self.channel_limit),
            ("custom_pricing", &self.custom_pricing),
            ("display_name", &self.display_name),
            ("tags", &self.tags),
            ("assignee", &self.assignee),
            ("note", &self.note),
            ("welcome_email", &self.welcome_email),
        ]
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
            details: Box::new(self.details.clone()),
        }
    }
}

/// Returns an answer as the form writes it.
pub(super) const fn yes_no(answer: bool) -> &'static str {
    if answer { "yes" } else { "no" }
}

#[cfg(test)]
mod tests;

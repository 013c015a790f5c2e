//! Welcome email to a customer: its template, the fields of the template, and its states.

use serde::{Deserialize, Serialize};

use super::string_enum::string_enum;

/// Maximum length of a template's subject, in characters.
pub const MAX_SUBJECT_LENGTH: usize = 200;
/// Maximum length of a template's text, in characters.
pub const MAX_BODY_LENGTH: usize = 5_000;

/// Subject that the portal starts with.
const DEFAULT_SUBJECT: &str = "Your Telnyx account for {organization_name}";
/// Text that the portal starts with.
const DEFAULT_BODY: &str = "Hello,

your Telnyx account is ready. These are its details:

Organization: {organization_name}
Email: {email}
Account ID: {account_id}
Channel limit: {channel_limit}
Billing: {billing}
Sign in: {sign_in_url}, {sign_in}

If you have a question, reply to this email.

{sender_name}";

string_enum! {
    /// State of a welcome email.
    pub enum WelcomeEmailState {
        /// It waits until it may be sent.
        Queued = "queued", "Waiting";
        /// A replica holds its lease and is sending it.
        Sending = "sending", "Sending";
        /// The mail server accepted it.
        Sent = "sent", "Sent";
        /// It was not sent, and will not be sent by itself.
        Failed = "failed", "Not sent";
        /// The mail server may have accepted it. It is not sent again by itself.
        Uncertain = "uncertain", "Unknown";
    }
}

impl WelcomeEmailState {
    /// Returns `true` if nothing more happens to the email by itself.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Sent | Self::Failed | Self::Uncertain)
    }
}

string_enum! {
    /// Field of the template, with its description. None of them is a secret.
    pub enum TemplateField {
        /// Name of the account at Telnyx.
        OrganizationName = "organization_name", "Organization name at Telnyx";
        /// Email address of the account.
        Email = "email", "Email of the account";
        /// ID of the account.
        AccountId = "account_id", "Account ID";
        /// Channel limit in digits.
        ChannelLimit = "channel_limit", "Channel limit, or “Telnyx's default”";
        /// Payer of the account's charges.
        Billing = "billing", "Rollup billing in words for the customer";
        /// Page on which customers sign in.
        SignInUrl = "sign_in_url", "Address of Telnyx's sign-in";
        /// Steps of the first sign-in.
        SignIn = "sign_in", "First sign-in: with the password that they gave, or by “Forgot password”";
        /// Person who sends the email.
        SenderName = "sender_name", "Name of the person who sends it";
        /// Email address of the sender.
        SenderEmail = "sender_email", "Email of the person who sends it";
    }
}

/// Reason why a text of the template is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTemplate {
    /// It names a field that does not exist.
    #[error("Line {line}: there is no field {{{name}}}. The fields are listed below.")]
    UnknownField {
        /// Number of the line, from 1.
        line: usize,
        /// Text between the braces.
        name: String,
    },
    /// A brace does not belong to a field.
    #[error("Line {line}: {{ and }} can only enclose a field, such as {{email}}.")]
    LoneBrace {
        /// Number of the line, from 1.
        line: usize,
    },
}

/// Template of the welcome email.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WelcomeEmailTemplate {
    /// Subject, with fields in braces.
    pub subject: String,
    /// Plain text, with fields in braces.
    pub body: String,
    /// Number of changes so far, so that an outdated form is detected.
    pub version: i64,
}

impl Default for WelcomeEmailTemplate {
    fn default() -> Self {
        Self {
            subject: DEFAULT_SUBJECT.to_owned(),
            body: DEFAULT_BODY.to_owned(),
            version: 0,
        }
    }
}

/// Values of the fields for one account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WelcomeEmailValues {
    /// Organization name.
    pub organization_name: String,
    /// Email address of the account.
    pub email: String,
    /// ID of the account.
    pub account_id: String,
    /// Channel limit in words.
    pub channel_limit: String,
    /// Billing in words.
    pub billing: &'static str,
    /// Address of the sign-in.
    pub sign_in_url: &'static str,
    /// First sign-in in words.
    pub sign_in: &'static str,
    /// Name of the sender.
    pub sender_name: String,
    /// Email address of the sender.
    pub sender_email: String,
}

/// Subject and text of one email.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedEmail {
    /// Subject, one line.
    pub subject: String,
    /// Text, with line breaks.
    pub text: String,
}

impl WelcomeEmailTemplate {
    /// Fills in the fields. Text in braces that is no field stays as it is.
    #[must_use]
    pub fn render(&self, values: &WelcomeEmailValues) -> RenderedEmail {
        let one_line = |c: char| if c.is_control() { ' ' } else { c };
        RenderedEmail {
            subject: fill(&self.subject, values).chars().map(one_line).collect(),
            text: fill(&self.body, values),
        }
    }
}

impl WelcomeEmailValues {
    /// Returns the value of a field.
    fn of(&self, field: TemplateField) -> &str {
        match field {
            TemplateField::OrganizationName => &self.organization_name,
            TemplateField::Email => &self.email,
            TemplateField::AccountId => &self.account_id,
            TemplateField::ChannelLimit => &self.channel_limit,
            TemplateField::Billing => self.billing,
            TemplateField::SignInUrl => self.sign_in_url,
            TemplateField::SignIn => self.sign_in,
            TemplateField::SenderName => &self.sender_name,
            TemplateField::SenderEmail => &self.sender_email,
        }
    }
}

/// Checks that all braces enclose a field.
///
/// # Errors
/// Fails with an [`InvalidTemplate`] whose text is meant for the form field.
pub fn check_template(text: &str) -> Result<(), InvalidTemplate> {
    for (line, text) in (1..).zip(text.lines()) {
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let inside = rest[at..].strip_prefix('{');
            let Some((name, after)) = inside.and_then(|inside| inside.split_once('}')) else {
                return Err(InvalidTemplate::LoneBrace { line });
            };
            if name.parse::<TemplateField>().is_err() {
                let name = name.to_owned();
                return Err(InvalidTemplate::UnknownField { line, name });
            }
            rest = after;
        }
    }
    Ok(())
}

fn fill(text: &str, values: &WelcomeEmailValues) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once('{') {
        filled.push_str(before);
        let field = inside
            .split_once('}')
            .and_then(|(name, after)| Some((name.parse::<TemplateField>().ok()?, after)));
        if let Some((field, after)) = field {
            filled.push_str(values.of(field));
            rest = after;
        } else {
            filled.push('{');
            rest = inside;
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> WelcomeEmailValues {
        WelcomeEmailValues {
            organization_name: "Acme {email}\nLtd".to_owned(),
            email: "voice@acme.example".to_owned(),
            ..WelcomeEmailValues::default()
        }
    }

    #[test]
    fn fields_are_filled_in_once_and_other_braces_stay() {
        let template = WelcomeEmailTemplate {
            subject: "For {organization_name}".to_owned(),
            body: "{email} {email}, {nothing} {{email} {".to_owned(),
            version: 1,
        };
        let email = template.render(&values());
        assert_eq!(email.subject, "For Acme {email} Ltd");
        assert_eq!(
            email.text,
            "voice@acme.example voice@acme.example, {nothing} {voice@acme.example {"
        );
    }

    #[test]
    fn the_text_to_start_with_is_valid_and_uses_no_unknown_field() {
        let template = WelcomeEmailTemplate::default();
        assert_eq!(check_template(&template.subject), Ok(()));
        assert_eq!(check_template(&template.body), Ok(()));
        assert!(!template.render(&values()).text.contains("{sign_in"));
    }

    #[test]
    fn a_refused_text_names_line_and_field() {
        for (text, words) in [
            (
                "{organisation_name}",
                "Line 1: there is no field {organisation_name}.",
            ),
            ("a\nb {password}", "Line 2: there is no field {password}."),
            ("{ email }", "Line 1: there is no field { email }."),
            ("{{email}}", "Line 1: there is no field {{email}."),
            ("a\n\n{email", "Line 3: { and } can only enclose a field"),
            ("a } b", "Line 1: { and }"),
            ("{}", "Line 1: there is no field {}."),
        ] {
            let error = check_template(text).expect_err(text).to_string();
            assert!(error.starts_with(words), "{text}: {error}");
        }
        assert_eq!(check_template("{email}{account_id}"), Ok(()));
    }
}

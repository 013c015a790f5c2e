//! Hidden fields of a form: the operation's key, and the values that the form showed.

use std::fmt::Display;
use std::str::FromStr;

use serde::Deserialize;

use super::problem::Problem;
use crate::db::accounts::Account;
use crate::domain::channels::ChannelLimit;
use crate::domain::ids::{JobId, OperationId};
use crate::domain::time::Timestamp;
use crate::domain::yes_no::parse_yes_no;
use crate::operations::ExpectedValues;

/// Text for a value that the form showed as unknown. An empty field would look like an absent one.
const UNKNOWN_VALUE: &str = "unknown";

/// Values of a form's hidden fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormTokens {
    /// Key of the operation. The same form sent twice is one operation.
    pub op: OperationId,
    /// Values shown by the form of what it changes.
    pub shown: ExpectedValues,
    /// Operation that the form undoes.
    pub undoes: Option<OperationId>,
    /// True to send the change even though Telnyx does not answer at the moment.
    pub try_anyway: bool,
}

impl FormTokens {
    /// Returns tokens for a new form that shows no current values.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self {
            op: OperationId::new(now),
            shown: ExpectedValues::default(),
            undoes: None,
            try_anyway: false,
        }
    }

    /// Returns tokens for a new form that shows this account's status.
    #[must_use]
    pub fn for_account(now: Timestamp, account: &Account) -> Self {
        let mut form_tokens = Self::new(now);
        form_tokens.shown.status = Some(account.status.value);
        form_tokens
    }

    /// Adds that the form shows this account's channel limit, or that it is unknown.
    #[must_use]
    pub fn with_channel_limit(mut self, account: &Account) -> Self {
        self.shown.channel_limit = Some(account.channel_limit.map(|fact| fact.value));
        self
    }

    /// Adds that the form shows this account's custom pricing, or that it is unknown.
    #[must_use]
    pub fn with_custom_pricing(mut self, account: &Account) -> Self {
        self.shown.custom_pricing = Some(account.custom_pricing.map(|fact| fact.value));
        self
    }

    /// Sets the operation that the form undoes.
    #[must_use]
    pub fn undoing(mut self, operation: Option<OperationId>) -> Self {
        self.undoes = operation;
        self
    }

    /// Returns the values that the form showed, for
    /// [`operations::Request`](crate::operations::Request).
    #[must_use]
    pub fn expected(&self) -> ExpectedValues {
        self.shown.clone()
    }

    /// Returns the names and values of the hidden fields. Does not include `try_anyway`, which is a
    /// button.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        fn to_text(value: Option<impl Display>) -> String {
            value.map_or_else(|| UNKNOWN_VALUE.to_owned(), |value| value.to_string())
        }
        let shown = &self.shown;
        let mut pairs = vec![("op", self.op.to_string())];
        pairs.extend(
            shown
                .status
                .map(|status| ("shown_status", status.as_str().to_owned())),
        );
        pairs.extend(
            shown
                .channel_limit
                .map(|limit| ("shown_limit", to_text(limit.map(ChannelLimit::get)))),
        );
        pairs.extend(shown.custom_pricing.map(|on| {
            (
                "shown_pricing",
                to_text(on.map(|on| if on { "yes" } else { "no" })),
            )
        }));
        pairs.extend(self.undoes.map(|undone| ("undoes", undone.to_string())));
        pairs
    }
}

/// Hidden fields as a form sent them. A script may leave out any of them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct FormTokenFields {
    /// Key of the operation.
    pub op: Option<String>,
    /// Status that the form showed.
    pub shown_status: Option<String>,
    /// Limit that the form showed; `unknown` or empty if it was unknown.
    pub shown_limit: Option<String>,
    /// Custom pricing that the form showed, `yes` or `no`; `unknown` or empty if it was unknown.
    pub shown_pricing: Option<String>,
    /// Operation that the form undoes.
    pub undoes: Option<String>,
    /// Present if "Try anyway" was pressed.
    pub try_anyway: Option<String>,
}

impl FormTokenFields {
    /// Parses the fields. Creates a key if it is missing. Other missing fields count as not shown.
    ///
    /// # Errors
    /// Fails with a [`Problem`] (422) if a field has a value that none of the portal's forms sends.
    pub fn parse(&self, now: Timestamp) -> Result<FormTokens, Problem> {
        Ok(FormTokens {
            op: non_empty(self.op.as_deref())
                .map_or_else(|| Ok(OperationId::new(now)), parse_token)?,
            shown: ExpectedValues {
                status: non_empty(self.shown_status.as_deref())
                    .map(parse_token)
                    .transpose()?,
                channel_limit: self.shown_limit.as_deref().map(parse_limit).transpose()?,
                custom_pricing: self
                    .shown_pricing
                    .as_deref()
                    .map(parse_pricing)
                    .transpose()?,
            },
            undoes: non_empty(self.undoes.as_deref())
                .map(parse_token)
                .transpose()?,
            try_anyway: non_empty(self.try_anyway.as_deref())
                .and_then(parse_yes_no)
                .unwrap_or(false),
        })
    }
}

fn non_empty(field: Option<&str>) -> Option<&str> {
    field.map(str::trim).filter(|text| !text.is_empty())
}

fn known_value(field: &str) -> Option<&str> {
    non_empty(Some(field)).filter(|text| *text != UNKNOWN_VALUE)
}

fn parse_token<T: FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::invalid_hidden_fields())
}

fn parse_limit(text: &str) -> Result<Option<ChannelLimit>, Problem> {
    known_value(text)
        .map(|text| ChannelLimit::parse(text).map_err(|_| Problem::invalid_hidden_fields()))
        .transpose()
}

fn parse_pricing(text: &str) -> Result<Option<bool>, Problem> {
    known_value(text)
        .map(|text| parse_yes_no(text).ok_or_else(Problem::invalid_hidden_fields))
        .transpose()
}

/// Parses the ID of a form's job. Creates one if it is missing, because a script may leave it out.
///
/// # Errors
/// Fails with a [`Problem`] (422) if none of the portal's forms sends such an ID.
pub fn parse_job_id(text: &str, now: Timestamp) -> Result<JobId, Problem> {
    non_empty(Some(text)).map_or_else(|| Ok(JobId::new(now)), parse_token)
}

/// Returns the hidden field with the ID of a form's job. Keeps the submitted ID if there is one, so
/// that a form sent twice is one job.
#[must_use]
pub fn job_id_field(submitted: &str, now: Timestamp) -> (&'static str, String) {
    let id = parse_job_id(submitted, now).unwrap_or_else(|_| JobId::new(now));
    ("job", id.to_string())
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;
    use crate::domain::account::AccountStatus;

    fn now() -> Timestamp {
        Timestamp::from_millis(1_760_000_000_000)
    }

    fn fields(pairs: &[(&'static str, String)]) -> FormTokenFields {
        let object = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), serde_json::Value::from(value.clone())));
        serde_json::from_value(serde_json::Value::Object(object.collect())).expect("marks")
    }

    #[test]
    fn marks_come_back_as_they_were_shown() {
        for (limit, pricing) in [
            (None, None),
            (Some(None), Some(None)),
            (
                Some(Some(ChannelLimit::new(1_200).expect("a limit"))),
                Some(Some(false)),
            ),
        ] {
            let form_tokens = FormTokens {
                shown: ExpectedValues {
                    status: Some(AccountStatus::Enabled),
                    channel_limit: limit,
                    custom_pricing: pricing,
                },
                ..FormTokens::new(now())
            }
            .undoing(Some(OperationId::new(now())));
            assert_eq!(fields(&form_tokens.pairs()).parse(now()), Ok(form_tokens));
        }
    }

    #[test]
    fn a_script_that_sends_no_marks_gets_a_key_and_nothing_is_compared() {
        let form_tokens = FormTokenFields::default().parse(now()).expect("marks");
        assert_eq!(form_tokens.expected(), ExpectedValues::default());
        assert_eq!((form_tokens.undoes, form_tokens.try_anyway), (None, false));
    }

    #[test]
    fn a_mark_that_no_form_of_ours_carries_is_refused() {
        for (name, value) in [
            ("op", "x"),
            ("op", "\0"),
            ("shown_status", "suspended"),
            ("shown_limit", "-1"),
            ("shown_pricing", "maybe"),
            ("undoes", "1"),
        ] {
            let problem = fields(&[(name, value.to_owned())])
                .parse(now())
                .expect_err(name);
            assert_eq!(problem.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        }
    }
}

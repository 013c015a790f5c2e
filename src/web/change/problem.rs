//! Why nothing came of a form, as the page says it: above the form and at its fields.

use axum::http::StatusCode;

use crate::web::notice::Notice;

/// Why nothing came of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The status of the answer that shows the form again.
    pub status: StatusCode,
    /// Notice above the form.
    pub notice: Notice,
    /// Names of fields, each with what is wrong with it.
    pub fields: Vec<(&'static str, String)>,
}

impl Problem {
    /// A notice with this status and no field to blame.
    #[must_use]
    pub fn new(status: StatusCode, kind: &'static str, title: &str, text: &str) -> Self {
        Self {
            status,
            notice: Notice::alert(kind, title, text),
            fields: Vec::new(),
        }
    }

    /// Fields that need another look (422).
    #[must_use]
    pub fn at_fields(fields: Vec<(&'static str, String)>) -> Self {
        let title = match fields.len() {
            1 => "Not saved: one field needs another look".to_owned(),
            many => format!("Not saved: {many} fields need another look"),
        };
        Self {
            fields,
            ..Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "bad",
                &title,
                "Nothing was sent to Telnyx. What you typed is still here.",
            )
        }
    }

    /// One field that needs another look (422).
    #[must_use]
    pub fn at_field(field: &'static str, message: impl Into<String>) -> Self {
        Self::at_fields(vec![(field, message.into())])
    }

    /// The hidden fields are none of ours (422).
    #[must_use]
    pub fn invalid_hidden_fields() -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad",
            "Not sent: this form came in damaged",
            "One of its hidden fields is not one that this portal made. It is shown here anew: look, and save again.",
        )
    }

    /// Returns the error of this field; empty if there is none.
    #[must_use]
    pub fn field_message(&self, field: &str) -> &str {
        self.fields
            .iter()
            .find(|(name, _)| *name == field)
            .map_or("", |(_, message)| message)
    }

    /// Returns `true` if "Try anyway" is offered.
    #[must_use]
    pub const fn may_try_anyway(&self) -> bool {
        self.notice.try_anyway
    }

    /// Everything in one sentence after the other, for where there is room for a line only.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut said = vec![format!("{}.", self.notice.title.trim_end_matches('.'))];
        if self.fields.is_empty() {
            said.push(self.notice.text.clone());
            said.extend(self.notice.details.iter().cloned());
        } else {
            said.extend(self.fields.iter().map(|(_, message)| message.clone()));
        }
        said.retain(|sentence| !sentence.is_empty());
        said.join(" ")
    }

    /// The target forbids it, in a sentence.
    #[must_use]
    pub fn rule_violation(sentence: &str) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad",
            "Not sent",
            sentence,
        )
    }
}

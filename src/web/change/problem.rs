//! Problem of a submitted form, shown above the form and at its fields.

use axum::http::StatusCode;

use crate::web::notice::Notice;

/// Problem of a submitted form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Status of the answer that shows the form again.
    pub status: StatusCode,
    /// Notice above the form.
    pub notice: Notice,
    /// Names of invalid fields, each with its error.
    pub fields: Vec<(&'static str, String)>,
}

impl Problem {
    /// Creates a problem with this status and no invalid field.
    #[must_use]
    pub fn new(status: StatusCode, kind: &'static str, title: &str, text: &str) -> Self {
        Self {
            status,
            notice: Notice::alert(kind, title, text),
            fields: Vec::new(),
        }
    }

    /// Creates a problem with invalid fields (422).
    #[must_use]
    pub fn at_fields(fields: Vec<(&'static str, String)>) -> Self {
        let title = match fields.len() {
            1 => "Not saved: check one field".to_owned(),
            many => format!("Not saved: check {many} fields"),
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

    /// Creates a problem with one invalid field (422).
    #[must_use]
    pub fn at_field(field: &'static str, message: impl Into<String>) -> Self {
        Self::at_fields(vec![(field, message.into())])
    }

    /// Creates a problem for hidden fields that the portal did not make (422).
    #[must_use]
    pub fn invalid_hidden_fields() -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad",
            "Not sent: the form was damaged",
            "A hidden field of the form was invalid. Here is a fresh form. Check it and save \
             again.",
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

    /// Returns the complete problem as one line of text.
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

    /// Creates a problem for a change that the target does not allow. `sentence` gives the reason.
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

//! Notices: messages on a page besides its content, such as why a form was refused.

/// Notice within a page, drawn by the macro `full_notice`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notice {
    /// `good`, `info`, `warn` or `bad`.
    pub kind: &'static str,
    /// Title in a few words.
    pub title: String,
    /// Description of what happened, and what to do.
    pub text: String,
    /// Further sentences: Telnyx's own text, its request ID, or each changed value.
    pub details: Vec<String>,
    /// True to offer a button that sends the form even though Telnyx does not answer.
    pub try_anyway: bool,
    /// Label and address of a page with more information.
    pub link: Option<(String, String)>,
    /// True if screen readers announce the notice at once.
    pub alert: bool,
    /// True if something is still in progress. The icon then turns.
    pub busy: bool,
}

impl Notice {
    /// Creates a notice that is part of the page.
    #[must_use]
    pub fn new(kind: &'static str, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            kind,
            title: title.into(),
            text: text.into(),
            ..Self::default()
        }
    }

    /// Creates a notice that answers a form. Screen readers announce it at once.
    #[must_use]
    pub fn alert(kind: &'static str, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            alert: true,
            ..Self::new(kind, title, text)
        }
    }

    /// Creates a notice for a form that an expired login interrupted, and that is filled in again.
    #[must_use]
    pub fn restored_draft() -> Self {
        Self::new(
            "info",
            "Nothing was sent yet",
            "Your sign-in expired. What you typed is still here. Check it and send it.",
        )
    }

    /// Adds further sentences.
    #[must_use]
    pub fn with_details(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }

    /// Adds a link to a page with more information.
    #[must_use]
    pub fn with_link(self, label: &str, href: String) -> Self {
        let link = Some((label.to_owned(), href));
        Self { link, ..self }
    }
}

/// Returns Telnyx's own text and its request ID as sentences, if present.
pub fn telnyx_details(
    words: Option<&str>,
    request_id: Option<&str>,
) -> impl Iterator<Item = String> {
    let words = words.map(|words| format!("Telnyx says: “{words}”"));
    let request_id = request_id.map(|id| format!("Telnyx's request ID: {id}"));
    words.into_iter().chain(request_id)
}

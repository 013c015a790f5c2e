//! Notices: what a page says apart from its content, such as why a form was not accepted.

/// Notice within a page, drawn by the macro `full_notice`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notice {
    /// `good`, `info`, `warn` or `bad`.
    pub kind: &'static str,
    /// In a few words.
    pub title: String,
    /// Description of what happened, and what to do.
    pub text: String,
    /// Further sentences: Telnyx's own words, its id of the request, each value that changed.
    pub details: Vec<String>,
    /// True if a button offers to send the form although Telnyx does not answer.
    pub try_anyway: bool,
    /// Label and address of a page that says more.
    pub link: Option<(String, String)>,
    /// True if screen readers announce it at once.
    pub alert: bool,
    /// True if something is still going on: the icon turns.
    pub busy: bool,
}

impl Notice {
    /// Returns a notice that stands in the page.
    #[must_use]
    pub fn new(kind: &'static str, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            kind,
            title: title.into(),
            text: text.into(),
            ..Self::default()
        }
    }

    /// Returns a notice that answers a form, which screen readers announce at once.
    #[must_use]
    pub fn alert(kind: &'static str, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            alert: true,
            ..Self::new(kind, title, text)
        }
    }

    /// Returns it with further sentences.
    #[must_use]
    pub fn with_details(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }

    /// Returns it with a link to a page that says more.
    #[must_use]
    pub fn with_link(self, label: &str, href: String) -> Self {
        let link = Some((label.to_owned(), href));
        Self { link, ..self }
    }
}

/// Returns Telnyx's own words and its id of the request as sentences, if there are any.
pub fn telnyx_details(
    words: Option<&str>,
    request_id: Option<&str>,
) -> impl Iterator<Item = String> {
    let words = words.map(|words| format!("Telnyx says: “{words}”"));
    let request_id = request_id.map(|id| format!("Telnyx's request id: {id}"));
    words.into_iter().chain(request_id)
}

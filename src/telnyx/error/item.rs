//! Telnyx's error items, read from any body.

use serde_json::Value;

/// Maximum length of each of Telnyx's texts that is kept, in characters.
const MAX_TEXT_CHARS: usize = 2_000;
/// Maximum number of error items kept from one answer.
const MAX_ITEMS: usize = 100;

/// Item of Telnyx's `errors`. Any part may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorItem {
    /// Telnyx's code, a decimal number as text (`10015`).
    pub code: Option<String>,
    /// Kind of error, in Telnyx's words.
    pub title: Option<String>,
    /// Details of this error, in Telnyx's words.
    pub detail: Option<String>,
    /// Rejected field as a JSON pointer (`/channel_limit`), or name of a query parameter.
    pub pointer: Option<String>,
}

impl ErrorItem {
    /// Returns the detail, or else the title.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.detail.as_deref().or(self.title.as_deref())
    }

    fn read(item: &Value, redact: &dyn Fn(&str) -> String) -> Self {
        let text = |value: Option<&Value>| match value? {
            Value::String(text) if !text.trim().is_empty() => {
                Some(redact(text.trim()).chars().take(MAX_TEXT_CHARS).collect())
            }
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let source = item.get("source");
        let pointer = text(source.and_then(|at| at.get("pointer"))).filter(|at: &String| at != "/");
        Self {
            code: text(item.get("code")),
            title: text(item.get("title")),
            detail: text(item.get("detail")),
            pointer: pointer.or_else(|| text(source.and_then(|at| at.get("parameter")))),
        }
    }
}

/// Returns the error items in a body.
/// Returns none if the body is empty, incomplete, HTML, or JSON of another form. `redact` removes
/// secrets of the request that Telnyx may quote.
pub(in crate::telnyx) fn read_items(
    body: &[u8],
    redact: &dyn Fn(&str) -> String,
) -> Vec<ErrorItem> {
    let Ok(envelope) = serde_json::from_slice::<Value>(body) else {
        return Vec::new();
    };
    let Some(items) = envelope.get("errors").and_then(Value::as_array) else {
        return Vec::new();
    };
    items
        .iter()
        .take(MAX_ITEMS)
        .map(|item| ErrorItem::read(item, redact))
        .filter(|item| *item != ErrorItem::default())
        .collect()
}

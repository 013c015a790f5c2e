//! JSON of a provider, read leniently.
//! A member of an unexpected type does not affect the others.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::domain::time::Timestamp;

/// Value of any JSON type. Its methods return the type that the caller needs.
#[derive(Clone, Debug, Default)]
pub(super) struct LenientValue(Value);

/// Value of a yes-or-no claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    Missing,
}

impl<'de> Deserialize<'de> for LenientValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        // A number out of range counts as present, but has no usable value.
        let unreadable = Value::Array(Vec::new());
        Ok(Self(serde_json::from_str(raw.get()).unwrap_or(unreadable)))
    }
}

impl LenientValue {
    /// Returns `true` if it is absent or `null`.
    pub(super) fn is_missing(&self) -> bool {
        self.0.is_null()
    }

    /// Returns the text, if it is a text.
    pub(super) fn text(&self) -> Option<&str> {
        self.0.as_str()
    }

    /// Returns the text, or the digits of a whole number.
    pub(super) fn text_or_number(&self) -> Option<String> {
        match &self.0 {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) if !number.is_f64() => Some(number.to_string()),
            _ => None,
        }
    }

    /// Returns the items of a list. A single value is a list of one.
    /// Items other than texts are returned as JSON.
    pub(super) fn list(&self) -> Vec<String> {
        let shown = |value: &Value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        };
        match &self.0 {
            Value::Null => Vec::new(),
            Value::Array(items) => items.iter().map(shown).collect(),
            one => vec![shown(one)],
        }
    }

    /// Returns the time from seconds since 1970, as a number or as digits.
    pub(super) fn timestamp(&self) -> Option<Timestamp> {
        let seconds = match &self.0 {
            Value::Number(number) => number.as_f64()?,
            Value::String(text) => text.trim().parse().ok()?,
            _ => return None,
        };
        // Up to the year 9999. A larger number is not a time in seconds.
        if !(0.0..253_402_300_800.0).contains(&seconds) {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it is in range, and milliseconds are enough"
        )]
        let millis = (seconds * 1_000.0) as i64;
        Some(Timestamp::from_millis(millis))
    }

    /// Returns yes or no, also for the text or number that some providers send.
    /// A value that cannot be read is a no.
    pub(super) fn boolean_claim(&self) -> Answer {
        let yes = match &self.0 {
            Value::Null => return Answer::Missing,
            Value::Bool(yes) => *yes,
            Value::Number(number) => number.as_i64() == Some(1),
            Value::String(text) => {
                matches!(text.trim().to_ascii_lowercase().as_str(), "true" | "1")
            }
            Value::Array(_) | Value::Object(_) => false,
        };
        if yes { Answer::Yes } else { Answer::No }
    }
}

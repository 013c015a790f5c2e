//! Tolerant reading: the envelope that every answer comes in, and fields that may be missing, null or of another type.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::domain::time::Timestamp;

/// `{"data": …, "meta": …}`.
#[derive(Deserialize)]
pub(super) struct Envelope<T> {
    pub data: T,
    #[serde(default, deserialize_with = "lenient")]
    pub meta: Option<Meta>,
}

/// What a list says about its pages.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Meta {
    #[serde(default, deserialize_with = "lenient")]
    pub total_pages: Option<u32>,
    #[serde(default, deserialize_with = "lenient")]
    pub total_results: Option<u64>,
}

/// A field that is nothing where it is null or not of the type that was promised: what is optional never spoils what is
/// not.
pub(super) fn lenient<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

/// Text that says something: empty and blank count as missing.
pub(super) fn text<'de, D>(deserializer: D) -> Result<Option<String>, D::Error>
where
    D: Deserializer<'de>,
{
    let text: Option<String> = lenient(deserializer)?;
    Ok(text.filter(|text| !text.trim().is_empty()))
}

/// An ISO 8601 time with an offset.
pub(super) fn time<'de, D>(deserializer: D) -> Result<Option<Timestamp>, D::Error>
where
    D: Deserializer<'de>,
{
    Ok(text(deserializer)?.as_deref().and_then(Timestamp::parse_iso))
}

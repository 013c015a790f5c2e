//! Tolerant reading of answers: the envelope, and fields that may be missing or malformed.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::domain::time::Timestamp;

/// Envelope of every answer: `{"data": …, "meta": …}`.
#[derive(Deserialize)]
pub(super) struct Envelope<T> {
    pub data: T,
    #[serde(default, deserialize_with = "lenient")]
    pub meta: Option<Meta>,
}

/// Paging data of a list.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Meta {
    #[serde(default, deserialize_with = "lenient")]
    pub total_pages: Option<u32>,
    #[serde(default, deserialize_with = "lenient")]
    pub total_results: Option<u64>,
}

/// Items of a list. Each is read on its own, so an unreadable one does not affect the others.
pub(super) struct Items<T> {
    pub read: Vec<T>,
    pub unreadable: Vec<UnreadableItem>,
}

/// Item of a list that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableItem {
    /// Position on its page, from 1.
    pub position: usize,
    /// Email address, or else organization name, if Telnyx returns one.
    pub label: Option<String>,
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Items<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let all = Vec::<Box<RawValue>>::deserialize(deserializer)?;
        let mut items = Self {
            read: Vec::with_capacity(all.len()),
            unreadable: Vec::new(),
        };
        for (place, item) in (1..).zip(all) {
            match serde_json::from_str(item.get()) {
                Ok(item) => items.read.push(item),
                Err(_) => items.unreadable.push(UnreadableItem {
                    position: place,
                    label: label(item.get()),
                }),
            }
        }
        Ok(items)
    }
}

/// Returns a label of at most 100 characters by which people may recognize an item.
fn label(item: &str) -> Option<String> {
    let item: Value = serde_json::from_str(item).ok()?;
    let texts = ["email", "organization_name"]
        .into_iter()
        .filter_map(|name| item.get(name)?.as_str());
    let label = texts.map(str::trim).find(|text| !text.is_empty())?;
    Some(
        label
            .chars()
            .filter(|c| !c.is_control())
            .take(100)
            .collect(),
    )
}

/// Reads an optional field; `None` if it is null or has an unexpected type.
/// A malformed optional field therefore never makes the required ones unreadable.
pub(super) fn lenient<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

/// Reads a text. Empty and blank texts count as missing.
pub(super) fn text<'de, D>(deserializer: D) -> Result<Option<String>, D::Error>
where
    D: Deserializer<'de>,
{
    let text: Option<String> = lenient(deserializer)?;
    Ok(text.filter(|text| !text.trim().is_empty()))
}

/// Reads an ISO 8601 time with an offset.
pub(super) fn time<'de, D>(deserializer: D) -> Result<Option<Timestamp>, D::Error>
where
    D: Deserializer<'de>,
{
    Ok(text(deserializer)?
        .as_deref()
        .and_then(Timestamp::parse_iso))
}

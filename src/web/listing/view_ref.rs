//! Saved view in a list's address.

use std::fmt::{self, Display, Formatter};

use super::read;
use crate::domain::ids::ViewId;

/// Saved view as it was when a list was opened with it. Written as ID, dot and version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViewRef {
    pub id: ViewId,
    pub version: i64,
}

impl ViewRef {
    /// Parses the value of an address. The error is a sentence for the reader.
    pub fn parse(value: &str) -> Result<Self, String> {
        let parts = value.split_once('.');
        let parsed = parts.and_then(|(id, version)| {
            Some(Self {
                id: id.parse().ok()?,
                version: version.parse().ok()?,
            })
        });
        parsed.ok_or_else(|| read::no_such("view", value))
    }
}

impl Display for ViewRef {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.id.as_uuid(), self.version)
    }
}

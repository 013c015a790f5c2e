//! A fact about an account, with where it came from and how old it is.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::time::Timestamp;

/// What brought a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactSource {
    /// A reading of all lists.
    Sweep,
    /// One of our own changes, confirmed by Telnyx.
    Operation,
    /// A reading of this account alone.
    Reading,
    /// Somebody recorded what they saw in Mission Control; not confirmed by Telnyx.
    Person,
}

impl FactSource {
    /// As the database writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sweep => "sweep",
            Self::Operation => "operation",
            Self::Reading => "reading",
            Self::Person => "person",
        }
    }

    /// As pages say it, after a value.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Sweep => "read from Telnyx's lists",
            Self::Operation => "set through this portal",
            Self::Reading => "read from Telnyx",
            Self::Person => "as seen in Mission Control, not confirmed by Telnyx",
        }
    }
}

/// A word that is no source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the source of a fact")]
pub struct InvalidFactSource;

impl FromStr for FactSource {
    type Err = InvalidFactSource;

    fn from_str(text: &str) -> Result<Self, InvalidFactSource> {
        [Self::Sweep, Self::Operation, Self::Reading, Self::Person]
            .into_iter()
            .find(|source| source.as_str() == text)
            .ok_or(InvalidFactSource)
    }
}

/// A value with its source and its age. Older never overwrites newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact<T> {
    /// What was seen.
    pub value: T,
    /// What brought it.
    pub source: FactSource,
    /// When the request that brought it started.
    pub observed_at: Timestamp,
}

//! A fact about an account, with where it came from and how old it is.

use serde::{Deserialize, Serialize};

use super::string_enum::string_enum;
use super::time::Timestamp;

string_enum! {
    /// Source of a fact.
    pub enum FactSource {
        /// A reading of all lists.
        Sweep = "sweep", "read from Telnyx's lists";
        /// One of our own changes, confirmed by Telnyx.
        Operation = "operation", "set through this portal";
        /// A reading of this account alone.
        Reading = "reading", "read from Telnyx";
        /// Somebody recorded what they saw in Mission Control; not confirmed by Telnyx.
        Person = "person", "as seen in Mission Control, not confirmed by Telnyx";
    }
}

/// A value with its source and its age. Older never overwrites newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact<T> {
    /// Observed value.
    pub value: T,
    /// Source of the fact.
    pub source: FactSource,
    /// When the request that brought it started.
    pub observed_at: Timestamp,
}

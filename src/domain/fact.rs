//! Fact about an account, with its source and age.

use serde::{Deserialize, Serialize};

use super::string_enum::string_enum;
use super::time::Timestamp;

string_enum! {
    /// Source of a fact.
    pub enum FactSource {
        /// Reading of all lists.
        Sweep = "sweep", "read from Telnyx's lists";
        /// Change made through this portal and confirmed by Telnyx.
        Operation = "operation", "set through this portal";
        /// Reading of only this account.
        Reading = "reading", "read from Telnyx";
        /// Observation in Mission Control that a person recorded. Telnyx has not confirmed it.
        Person = "person", "as seen in Mission Control, not confirmed by Telnyx";
    }
}

/// Value with its source and age. An older fact never overwrites a newer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact<T> {
    /// Observed value.
    pub value: T,
    /// Source of the fact.
    pub source: FactSource,
    /// Time at which the request that returned it started.
    pub observed_at: Timestamp,
}

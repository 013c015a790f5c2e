//! The portal's own data about a new account, given together with its creation.

use serde::{Deserialize, Serialize};

use crate::domain::ids::StaffId;

/// Display name, note, tags and account manager of a new account.
/// They are stored in the transaction that records the creation as done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountDetails {
    /// The portal's own name for the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Text of its first note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Names of its tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Staff member who is its account manager.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<StaffId>,
    /// True if the welcome email is to be sent once the account exists.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub welcome_email: bool,
}

impl AccountDetails {
    /// Returns `true` if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

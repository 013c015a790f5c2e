//! Organization users, who sign in to Mission Control for the reseller.

use serde::{Deserialize, Serialize};

use super::email;
use super::string_enum::string_enum;
use super::time::Timestamp;

string_enum! {
    /// Kind of an organization user.
    #[derive(Default)]
    pub enum OrgUserKind {
        /// The owner of the organization.
        Owner = "organization_owner";
        /// Any other user.
        SubUser = "organization_sub_user";
        /// Telnyx did not say, or said something new.
        #[default]
        Unknown = "unknown";
    }
}

string_enum! {
    /// Status of an organization user, which says if they may sign in.
    #[derive(Default)]
    pub enum OrgUserStatus {
        /// May sign in.
        Enabled = "enabled", "Enabled";
        /// May not.
        Disabled = "disabled", "Disabled";
        /// May not, by Telnyx's doing.
        Blocked = "blocked", "Blocked";
        /// Telnyx did not say, or said something new.
        #[default]
        Unknown = "unknown", "Unknown";
    }
}

/// When somebody last signed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LastSignIn {
    /// At this time.
    At(Timestamp),
    /// Never yet.
    Never,
    /// Telnyx did not say, or not in a way that can be read.
    #[default]
    Unknown,
}

/// A group of organization users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgUserGroup {
    /// Telnyx's id of it.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
}

impl OrgUserStatus {
    /// Those that Telnyx can filter by.
    pub const LISTED: [Self; 3] = [Self::Enabled, Self::Disabled, Self::Blocked];
}

/// Why an organization user is never removed from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovalObstacle {
    /// They are whoever asks.
    Oneself,
    /// They own the organization.
    Owner,
    /// The portal's own API key is theirs.
    KeyOwner,
}

impl RemovalObstacle {
    /// Returns the obstacle to removing a user with this address, if any.
    /// `own` is the address of the person who asks. `key_owner` is that of the owner of the portal's
    /// key, if the operator gave it.
    #[must_use]
    pub fn check(
        kind: OrgUserKind,
        email: &str,
        own: &str,
        key_owner: Option<&str>,
    ) -> Option<Self> {
        let same = |other: &str| email::is_same(email, other);
        if same(own) {
            Some(Self::Oneself)
        } else if kind == OrgUserKind::Owner {
            Some(Self::Owner)
        } else if key_owner.is_some_and(same) {
            Some(Self::KeyOwner)
        } else {
            None
        }
    }

    /// In a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Oneself => "This is you: you cannot remove yourself.",
            Self::Owner => "This is the owner of the organization, who cannot be removed.",
            Self::KeyOwner => {
                "The portal's own API key belongs to this user, who cannot be removed here."
            }
        }
    }
}

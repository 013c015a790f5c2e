//! What an organization user is: somebody who signs in to Mission Control for the reseller.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::email;
use super::time::Timestamp;

/// Whose record it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrgUserKind {
    /// The owner of the organization.
    Owner,
    /// Any other user.
    SubUser,
    /// Telnyx did not say, or said something new.
    #[default]
    Unknown,
}

/// Whether an organization user may sign in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrgUserStatus {
    /// May sign in.
    Enabled,
    /// May not.
    Disabled,
    /// May not, by Telnyx's doing.
    Blocked,
    /// Telnyx did not say, or said something new.
    #[default]
    Unknown,
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

impl OrgUserKind {
    /// As Telnyx writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "organization_owner",
            Self::SubUser => "organization_sub_user",
            Self::Unknown => "unknown",
        }
    }
}

impl OrgUserStatus {
    /// Those that Telnyx can filter by.
    pub const LISTED: [Self; 3] = [Self::Enabled, Self::Disabled, Self::Blocked];

    /// As Telnyx and addresses write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Blocked => "blocked",
            Self::Unknown => "unknown",
        }
    }

    /// As pages show it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
            Self::Blocked => "Blocked",
            Self::Unknown => "Unknown",
        }
    }
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
    /// Whether it holds for a user with this address: `own` is that of whoever asks, `key_owner` that of whom the
    /// portal's key belongs to, as far as the operator said.
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

/// A word that is none of an organization user's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such word for an organization user")]
pub struct InvalidOrgUserValue;

impl FromStr for OrgUserStatus {
    type Err = InvalidOrgUserValue;

    fn from_str(text: &str) -> Result<Self, InvalidOrgUserValue> {
        [Self::Enabled, Self::Disabled, Self::Blocked, Self::Unknown]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or(InvalidOrgUserValue)
    }
}

impl FromStr for OrgUserKind {
    type Err = InvalidOrgUserValue;

    fn from_str(text: &str) -> Result<Self, InvalidOrgUserValue> {
        [Self::Owner, Self::SubUser, Self::Unknown]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(InvalidOrgUserValue)
    }
}

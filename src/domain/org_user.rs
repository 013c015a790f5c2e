//! Organization users, who sign in to Mission Control for the reseller.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::email;
use super::string_enum::string_enum;
use super::time::Timestamp;

string_enum! {
    /// Kind of an organization user.
    #[derive(Default)]
    pub enum OrgUserKind {
        /// Owner of the organization.
        Owner = "organization_owner";
        /// Any other user.
        SubUser = "organization_sub_user";
        /// Telnyx returned nothing or an unknown value.
        #[default]
        Unknown = "unknown";
    }
}

string_enum! {
    /// Status of an organization user, which determines if they may sign in.
    #[derive(Default)]
    pub enum OrgUserStatus {
        /// May sign in.
        Enabled = "enabled", "Enabled";
        /// May not sign in.
        Disabled = "disabled", "Disabled";
        /// May not sign in, because Telnyx blocked them.
        Blocked = "blocked", "Blocked";
        /// Telnyx returned nothing or an unknown value.
        #[default]
        Unknown = "unknown", "Unknown";
    }
}

string_enum! {
    /// Filter of organization users by their last sign-in.
    pub enum SignInFilter {
        /// They never signed in.
        Never = "never", "Never signed in";
        /// They did not sign in for 90 days. People who were added later do not count.
        NotFor90Days = "90-days", "Not signed in for 90 days";
    }
}

impl SignInFilter {
    /// Returns the time before which the last sign-in must be. `None` if there must be none.
    #[must_use]
    pub fn before(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Never => None,
            Self::NotFor90Days => Some(now - Duration::from_hours(90 * 24)),
        }
    }
}

/// Time of the last sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LastSignIn {
    /// At this time.
    At(Timestamp),
    /// Never.
    Never,
    /// Telnyx did not return it, or not in a readable form.
    #[default]
    Unknown,
}

/// Group of organization users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgUserGroup {
    /// Telnyx's ID of the group.
    pub id: Option<String>,
    /// Name of the group.
    pub name: String,
}

impl OrgUserStatus {
    /// Statuses that Telnyx can filter by.
    pub const LISTED: [Self; 3] = [Self::Enabled, Self::Disabled, Self::Blocked];
}

/// Reason why an organization user cannot be removed in the portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovalObstacle {
    /// The user is the person who asks.
    Oneself,
    /// The user owns the organization.
    Owner,
    /// The portal's own API key belongs to the user.
    KeyOwner,
}

impl RemovalObstacle {
    /// Returns the obstacle to removing a user with this address, if any.
    /// `own` is the address of the person who asks. `key_owner` is that of the owner of the
    /// portal's key, if the operator configured it.
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

    /// Returns the obstacle as a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Oneself => "You cannot remove yourself.",
            Self::Owner => "This is the owner of the organization, who cannot be removed.",
            Self::KeyOwner => {
                "The portal's own API key belongs to this user, who cannot be removed here."
            }
        }
    }
}

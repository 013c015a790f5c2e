//! Identifiers. Telnyx's are opaque text.
//! The portal's own are UUIDv7 with the time of the [`Clock`](crate::clock::Clock).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::time::Timestamp;

/// Error for a text that is not an ID of the portal or of Telnyx.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid identifier")]
pub struct InvalidId;

/// Maximum length of an ID of Telnyx's, in bytes. Theirs are UUIDs of 36 bytes.
const LONGEST: usize = 64;

macro_rules! opaque_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Returns the ID as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Returns the first eight characters, by which people can tell IDs apart.
            #[must_use]
            pub fn short(&self) -> &str {
                self.0.get(..8).unwrap_or(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
                if text.is_empty() || text.len() > LONGEST || !text.chars().all(plain) {
                    return Err(InvalidId);
                }
                Ok(Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl $name {
            /// Returns `true` if it looks like a Telnyx ID: a UUID or a long number.
            /// A word in a URL does not.
            #[must_use]
            pub fn has_usual_shape(&self) -> bool {
                let is_number = self.0.len() >= 10 && self.0.bytes().all(|byte| byte.is_ascii_digit());
                is_number || Uuid::parse_str(&self.0).is_ok()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

opaque_id!(
    /// ID of a managed account at Telnyx.
    /// Telnyx publishes it as a UUID. It is opaque text of letters, digits, `-` and `_`.
    AccountId
);
opaque_id!(
    /// ID of an organization user at Telnyx.
    /// Such users sign in to Mission Control for the reseller.
    OrgUserId
);

macro_rules! own_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Creates an ID. Later IDs sort after earlier ones.
            #[must_use]
            pub fn new(now: Timestamp) -> Self {
                let millis = u64::try_from(now.as_millis()).unwrap_or(0);
                let at = uuid::Timestamp::from_unix(
                    uuid::NoContext,
                    millis / 1000,
                    u32::try_from(millis % 1000).unwrap_or(0) * 1_000_000,
                );
                Self(Uuid::new_v7(at))
            }

            /// Returns the UUID, for the database.
            #[must_use]
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }

            /// Creates an ID from a UUID in the database.
            #[must_use]
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.parse().map(Self).map_err(|_| InvalidId)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

own_id!(
    /// ID of a staff member, who signs in to this portal.
    StaffId
);
own_id!(
    /// ID of a saved view of the list of accounts.
    ViewId
);
own_id!(
    /// ID of an import of accounts from a file.
    ImportId
);
own_id!(
    /// ID of a tag.
    TagId
);
own_id!(
    /// ID of a note about an account.
    /// It is created when the form is shown, so that a form that is sent twice makes one note.
    NoteId
);
own_id!(
    /// ID of a job.
    /// It is created when the form is shown, so that a form that is sent twice makes one job.
    JobId
);
own_id!(
    /// ID of an access review.
    AccessReviewId
);
own_id!(
    /// ID of a welcome email.
    /// It is created when the form is shown, so that a form that is sent twice sends one email.
    WelcomeEmailId
);
own_id!(
    /// ID of a change at Telnyx.
    /// It is created when the form is shown, so that a form that is sent twice makes one operation.
    OperationId
);

//! The actor of a request or change.
//! Made by the web layer's `May<…>` from a session, by the command line, or by a background loop.

use std::net::IpAddr;

use super::ids::StaffId;
use super::role::{Permission, Role};

/// Somebody of the staff at the moment of a request, with where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// ID of the staff member.
    pub staff_id: StaffId,
    /// Their e-mail address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Current role of the staff member.
    pub role: Role,
    /// Address that the request came from.
    pub address: Option<IpAddr>,
    /// The portal's id of the request.
    pub request_id: Option<String>,
}

impl Actor {
    /// Returns `true` if the actor's role allows it.
    #[must_use]
    pub const fn may(&self, permission: Permission) -> bool {
        self.role.may(permission)
    }
}

//! Who acts: made by the web layer's `May<…>` from a session, by the command line, or by a background loop.

use std::net::IpAddr;

use super::ids::StaffId;
use super::role::{Permission, Role};

/// Somebody of the staff at the moment of a request, with where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub staff_id: StaffId,
    /// Their e-mail address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they are at this moment.
    pub role: Role,
    /// Where the request came from.
    pub address: Option<IpAddr>,
    /// The portal's id of the request.
    pub request_id: Option<String>,
}

impl Actor {
    /// Whether their role allows it.
    #[must_use]
    pub const fn may(&self, permission: Permission) -> bool {
        self.role.may(permission)
    }
}

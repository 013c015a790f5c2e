//! Actor of a request or change.
//! It is created by the web layer's `May<…>` from a session, by the command line, or by a
//! background loop.

use std::net::IpAddr;

use super::ids::{JobId, StaffId};
use super::role::{Permission, Role};

/// Staff member at the time of a request, and the origin of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// ID of the staff member.
    pub staff_id: StaffId,
    /// Email address of the staff member.
    pub email: String,
    /// Name of the staff member.
    pub name: String,
    /// Current role of the staff member.
    pub role: Role,
    /// IP address that the request came from.
    pub address: Option<IpAddr>,
    /// The portal's ID of the request.
    pub request_id: Option<String>,
    /// Job that acts for them.
    pub job: Option<JobId>,
}

impl Actor {
    /// Returns `true` if the actor's role has this permission.
    #[must_use]
    pub const fn may(&self, permission: Permission) -> bool {
        self.role.may(permission)
    }
}

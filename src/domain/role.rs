//! Roles and their permissions.
//! Router, templates and tests all use the table in [`Role::may`].

use super::string_enum::string_enum;

string_enum! {
    /// Role of a staff member.
    pub enum Role {
        /// May do everything, including staff and settings.
        Owner = "owner", "Owner";
        /// May do everything except changes to owners and settings.
        Admin = "admin", "Admin";
        /// Works with accounts, channels and bulk jobs.
        Manager = "manager", "Account manager";
        /// Reads everything and changes nothing.
        Viewer = "viewer", "Viewer";
    }
}

/// Permission that a role may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Read accounts, channels, organization users, the activity and the list of staff.
    Read,
    /// Create accounts, and see once the API key of an account that they created.
    CreateAccounts,
    /// Enable and disable accounts.
    ChangeStatus,
    /// Change channel limits, block outbound calls, record limits seen elsewhere.
    ChangeLimits,
    /// Switch custom pricing.
    ChangePricing,
    /// Set display names, account managers, tags and notes of accounts; rename, merge and delete tags.
    Annotate,
    /// Delete notes that someone else wrote.
    DeleteNotes,
    /// Share views of the accounts with the team, and change shared views.
    ShareViews,
    /// Check, repeat or settle by hand a change whose outcome is unknown.
    SettleOperations,
    /// Show the API key of any account, with a reason.
    ShowApiKeys,
    /// Remove organization users.
    RemoveOrgUsers,
    /// Start, decide, sign off and discard access reviews.
    ReviewAccess,
    /// Invite staff, change roles, disable and reset staff. Owners also need
    /// [`Permission::ManageOwners`].
    ManageStaff,
    /// Make someone an owner, or change an owner.
    ManageOwners,
    /// Accept that Telnyx shows far fewer accounts than before.
    AcceptFewer,
    /// Read technical details of failures, such as Telnyx's statuses and request IDs.
    ReadTechnicalDetails,
    /// Change the portal's settings, such as the roles that need a second factor.
    ManageSettings,
    /// Change thresholds of notifications, and the team's webhook.
    ManageNotifications,
}

impl Permission {
    /// All permissions.
    pub const ALL: [Self; 18] = [
        Self::Read,
        Self::CreateAccounts,
        Self::ChangeStatus,
        Self::ChangeLimits,
        Self::ChangePricing,
        Self::Annotate,
        Self::DeleteNotes,
        Self::ShareViews,
        Self::SettleOperations,
        Self::ShowApiKeys,
        Self::RemoveOrgUsers,
        Self::ReviewAccess,
        Self::ManageStaff,
        Self::ManageOwners,
        Self::AcceptFewer,
        Self::ManageSettings,
        Self::ManageNotifications,
        Self::ReadTechnicalDetails,
    ];

    /// Returns the permission's words for the sentence "Your role cannot …".
    #[must_use]
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Read => "read this",
            Self::CreateAccounts => "create accounts",
            Self::ChangeStatus => "enable or disable accounts",
            Self::ChangeLimits => "change channel limits",
            Self::ChangePricing => "change custom pricing",
            Self::Annotate => "write display names, tags or notes, or assign accounts",
            Self::DeleteNotes => "delete notes of others",
            Self::ShareViews => "share views or change shared views",
            Self::SettleOperations => "settle changes",
            Self::ShowApiKeys => "show API keys",
            Self::RemoveOrgUsers => "remove organization users",
            Self::ReviewAccess => "review access",
            Self::ManageStaff => "manage staff",
            Self::ManageOwners => "manage owners",
            Self::AcceptFewer => "accept a shorter list of accounts",
            Self::ManageSettings => "change settings",
            Self::ManageNotifications => "change thresholds or the webhook",
            Self::ReadTechnicalDetails => "read technical details",
        }
    }
}

impl Role {
    /// Returns `true` if the role has this permission. This is the table of permissions.
    #[must_use]
    pub const fn may(self, permission: Permission) -> bool {
        use Permission as P;
        match self {
            Self::Owner => true,
            Self::Admin => !matches!(permission, P::ManageOwners | P::ManageSettings),
            Self::Manager => matches!(
                permission,
                P::Read
                    | P::CreateAccounts
                    | P::ChangeStatus
                    | P::ChangeLimits
                    | P::ChangePricing
                    | P::Annotate
                    | P::SettleOperations
            ),
            Self::Viewer => matches!(permission, P::Read),
        }
    }

    /// Returns a sentence that explains the role, for the page that assigns it.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::Owner => {
                "Can do everything, including changing owners. At least one owner always remains."
            }
            Self::Admin => {
                "Can do everything except change owners and settings other than notifications."
            }
            Self::Manager => {
                "Creates accounts, enables and disables them, changes channel limits and pricing, \
                 writes tags and notes. \
                 Cannot remove organization users, and sees no API key except once for an account they created."
            }
            Self::Viewer => "Reads everything, including the activity. Changes nothing.",
        }
    }
}

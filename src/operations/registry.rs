//! List of all kinds of change. No other file distinguishes kinds.
//!
//! A new kind needs a file beside this one, a variant of [`Change`] and of [`OperationKind`], and
//! two arms here.

use super::kind::{ChangeKind, KindInfo};
use super::{channel_limit, create, custom_pricing, disable, enable, remove_org_user};
use crate::domain::operation::{Change, OperationKind};

/// Returns the facts and texts of a kind.
#[must_use]
pub const fn info(kind: OperationKind) -> &'static KindInfo {
    match kind {
        OperationKind::Create => &create::INFO,
        OperationKind::Enable => &enable::INFO,
        OperationKind::Disable => &disable::INFO,
        OperationKind::ChannelLimit => &channel_limit::INFO,
        OperationKind::CustomPricing => &custom_pricing::INFO,
        OperationKind::RemoveOrgUser => &remove_org_user::INFO,
    }
}

/// Returns the rules, requests and texts of a change.
pub(crate) fn of(change: &Change) -> Box<dyn ChangeKind + '_> {
    match change {
        Change::Create {
            organization_name,
            email,
            custom_pricing,
            rollup_billing,
            channel_limit,
            with_password: _,
            details,
        } => Box::new(create::Create {
            organization_name,
            email: email.as_deref(),
            custom_pricing: *custom_pricing,
            rollup_billing: *rollup_billing,
            channel_limit: *channel_limit,
            details,
        }),
        Change::Enable {
            account,
            reenable_all_connections,
        } => Box::new(enable::Enable {
            account,
            reenable_all_connections: *reenable_all_connections,
        }),
        Change::Disable { account } => Box::new(disable::Disable { account }),
        Change::ChannelLimit { account, limit } => Box::new(channel_limit::SetLimit {
            account,
            limit: *limit,
        }),
        Change::CustomPricing { account, allow } => Box::new(custom_pricing::SetPricing {
            account,
            allow: *allow,
        }),
        Change::RemoveOrgUser { user, email } => {
            Box::new(remove_org_user::RemoveUser { user, email })
        }
    }
}

//! Permission that a job needs. A role that may make a change may also make it many times.

use crate::domain::job::JobAction;
use crate::domain::operation::OperationKind;
use crate::domain::role::Permission;
use crate::operations;

/// Returns the permission to create, run, stop and undo a job with this action.
#[must_use]
pub fn permission(action: &JobAction) -> Permission {
    let of = |kind| operations::kind_info(kind).permission;
    match action {
        JobAction::Enable { .. } => of(OperationKind::Enable),
        JobAction::Disable => of(OperationKind::Disable),
        JobAction::ChannelLimit { .. } | JobAction::MoveChannels { .. } => {
            of(OperationKind::ChannelLimit)
        }
        JobAction::CustomPricing { .. } => of(OperationKind::CustomPricing),
        JobAction::Import { .. } => of(OperationKind::Create),
        JobAction::Undo { of: undone, .. } if matches!(**undone, JobAction::Import { .. }) => {
            of(OperationKind::Disable)
        }
        JobAction::AddTag { .. } | JobAction::RemoveTag { .. } | JobAction::Assign { .. } => {
            Permission::Annotate
        }
        // The inverse of a change needs the same permission.
        JobAction::Undo { of, .. } => permission(of),
    }
}

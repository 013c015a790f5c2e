//! Rules for changes to staff members.
//! They are checked inside the transaction of the change, on locked rows, so that two simultaneous
//! changes cannot leave the portal without an owner.

use super::ids::StaffId;
use super::role::{Permission, Role};

/// Facts about a staff member that the rules need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// ID of the staff member.
    pub id: StaffId,
    /// Role of the staff member.
    pub role: Role,
    /// True if they can sign in.
    /// They are not disabled, and joined by choosing a password or by single sign-on.
    pub active: bool,
}

/// Change to a staff member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaffChange {
    /// Assign another role.
    Role(Role),
    /// Disable the staff member.
    Disable,
    /// Enable the staff member again.
    Enable,
    /// Create a link with which they choose a new password.
    ResetLink,
    /// Remove all their second factors, for example because they lost them.
    ResetFactors,
    /// Remove the link to their identity at the provider of single sign-on.
    ForgetIdentity,
    /// Change the email that they sign in with.
    Email,
}

/// Requester of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requester {
    /// Signed-in staff member, with the present role.
    Member(Member),
    /// Person with access to the server's shell. They may do everything except remove the last
    /// owner.
    Shell,
}

impl Requester {
    /// Returns `true` if the requester has this permission.
    #[must_use]
    pub fn may(self, permission: Permission) -> bool {
        match self {
            Self::Member(member) => member.active && member.role.may(permission),
            Self::Shell => true,
        }
    }
}

/// Reason why a change is refused, in words for the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StaffRefusal {
    /// The requester's role may not manage staff.
    #[error("Your role cannot manage staff.")]
    NotAllowed,
    /// Only owners may change owners.
    #[error("Only an owner can make someone an owner, or change an owner.")]
    OwnersOnly,
    /// The requester is the target.
    #[error("You cannot change your own role or disable yourself. Ask another owner or admin.")]
    Oneself,
    /// The requester asks for a reset link for themselves.
    #[error("This is you: change your password in your profile.")]
    OwnPassword,
    /// The requester asks to reset their own second factors.
    #[error("This is you: change your second factors in your profile.")]
    OwnFactors,
    /// The requester asks to remove their own link to single sign-on.
    #[error("This is you: another owner or admin can unlink you.")]
    OwnIdentity,
    /// The requester asks to change their own email.
    #[error("This is you: change your email in your profile.")]
    OwnEmail,
    /// Only owners may change the email of others, because it decides who can sign in.
    #[error("Only an owner can change another person's email.")]
    OwnersEmail,
    /// The person cannot confirm a new email, because the portal sends no mail.
    #[error("This portal sends no email, so an owner has to change yours.")]
    OwnerChangesEmail,
    /// Only owners may reset second factors.
    #[error("Only an owner can reset second factors.")]
    OwnersReset,
    /// No owner would be left.
    #[error("This is the last owner who can sign in. Make someone else an owner first.")]
    LastOwner,
    /// The link would set a password that cannot be used to sign in.
    #[error("Only owners sign in with a password here. They sign in by single sign-on.")]
    PasswordsOff,
    /// The link is for someone who is disabled.
    #[error("They are disabled. Enable them first.")]
    Disabled,
}

/// Checks that `by` may make this change to `target`. `everybody` holds the locked rows.
pub fn check(
    by: Requester,
    target: Member,
    change: StaffChange,
    everybody: &[Member],
) -> Result<(), StaffRefusal> {
    if !by.may(Permission::ManageStaff) {
        return Err(StaffRefusal::NotAllowed);
    }
    if let Requester::Member(actor) = by
        && actor.id == target.id
    {
        return Err(match change {
            StaffChange::ResetLink => StaffRefusal::OwnPassword,
            StaffChange::ResetFactors => StaffRefusal::OwnFactors,
            StaffChange::ForgetIdentity => StaffRefusal::OwnIdentity,
            StaffChange::Email => StaffRefusal::OwnEmail,
            _ => StaffRefusal::Oneself,
        });
    }
    if !by.may(Permission::ManageOwners) {
        match change {
            StaffChange::ResetFactors => return Err(StaffRefusal::OwnersReset),
            StaffChange::Email => return Err(StaffRefusal::OwnersEmail),
            _ => {}
        }
    }
    let concerns_owner = target.role == Role::Owner || change == StaffChange::Role(Role::Owner);
    if concerns_owner && !by.may(Permission::ManageOwners) {
        return Err(StaffRefusal::OwnersOnly);
    }
    let ends_owner = match change {
        StaffChange::Role(role) => role != Role::Owner,
        StaffChange::Disable => true,
        StaffChange::Enable
        | StaffChange::ResetLink
        | StaffChange::ResetFactors
        | StaffChange::ForgetIdentity
        | StaffChange::Email => false,
    };
    let is_other_owner =
        |member: &Member| member.id != target.id && member.role == Role::Owner && member.active;
    if ends_owner
        && target.role == Role::Owner
        && target.active
        && !everybody.iter().any(is_other_owner)
    {
        return Err(StaffRefusal::LastOwner);
    }
    Ok(())
}

/// Checks that `by` may invite someone with this role.
pub fn check_invitation(by: Requester, role: Role) -> Result<(), StaffRefusal> {
    if !by.may(Permission::ManageStaff) {
        return Err(StaffRefusal::NotAllowed);
    }
    if role == Role::Owner && !by.may(Permission::ManageOwners) {
        return Err(StaffRefusal::OwnersOnly);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    fn member(role: Role) -> Member {
        let id = StaffId::new(Timestamp::from_millis(0));
        Member {
            id,
            role,
            active: true,
        }
    }

    #[test]
    fn who_may_change_whom_follows_from_both_roles() {
        use Role::{Admin, Manager, Owner, Viewer};
        let spare = member(Owner);
        for actor in Role::ALL {
            for target in Role::ALL {
                for change in [
                    StaffChange::Role(Viewer),
                    StaffChange::Role(Owner),
                    StaffChange::Disable,
                    StaffChange::Enable,
                    StaffChange::ResetLink,
                    StaffChange::ResetFactors,
                    StaffChange::Email,
                ] {
                    let (by, at) = (member(actor), member(target));
                    let done = check(Requester::Member(by), at, change, &[by, at, spare]);
                    let owners = target == Owner || change == StaffChange::Role(Owner);
                    let expected = match actor {
                        Admin if change == StaffChange::ResetFactors => {
                            Err(StaffRefusal::OwnersReset)
                        }
                        Admin if change == StaffChange::Email => Err(StaffRefusal::OwnersEmail),
                        Admin if owners => Err(StaffRefusal::OwnersOnly),
                        Owner | Admin => Ok(()),
                        Manager | Viewer => Err(StaffRefusal::NotAllowed),
                    };
                    assert_eq!(done, expected, "{actor:?} {change:?} {target:?}");
                }
            }
        }
    }

    #[test]
    fn nobody_changes_themselves() {
        let (owner, other) = (member(Role::Owner), member(Role::Owner));
        for change in [
            StaffChange::Role(Role::Viewer),
            StaffChange::Disable,
            StaffChange::Enable,
        ] {
            assert_eq!(
                check(Requester::Member(owner), owner, change, &[owner, other]),
                Err(StaffRefusal::Oneself)
            );
        }
        let done = check(
            Requester::Member(owner),
            owner,
            StaffChange::ResetLink,
            &[owner],
        );
        assert_eq!(done, Err(StaffRefusal::OwnPassword));
    }

    #[test]
    fn the_last_owner_stays_even_from_the_shell() {
        let owner = member(Role::Owner);
        let invited = Member {
            active: false,
            ..member(Role::Owner)
        };
        let everybody = [owner, invited, member(Role::Admin)];
        for change in [StaffChange::Role(Role::Admin), StaffChange::Disable] {
            assert_eq!(
                check(Requester::Shell, owner, change, &everybody),
                Err(StaffRefusal::LastOwner)
            );
        }
        assert_eq!(
            check(Requester::Shell, invited, StaffChange::Disable, &everybody),
            Ok(())
        );
        assert_eq!(
            check(
                Requester::Shell,
                owner,
                StaffChange::Disable,
                &[owner, member(Role::Owner)]
            ),
            Ok(())
        );
        assert_eq!(
            check(Requester::Shell, owner, StaffChange::ResetLink, &everybody),
            Ok(())
        );
    }

    #[test]
    fn someone_who_was_disabled_changes_nobody() {
        let gone = Member {
            active: false,
            ..member(Role::Owner)
        };
        let target = member(Role::Viewer);
        assert_eq!(
            check(
                Requester::Member(gone),
                target,
                StaffChange::Disable,
                &[gone, target]
            ),
            Err(StaffRefusal::NotAllowed)
        );
    }
}

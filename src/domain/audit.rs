//! Audit events, each of one action.
//! Holds who did what, when, from where, on what, before and after, why, with what result.

use serde::{Deserialize, Serialize};

use super::account::shown_name;
use super::actor::Actor;
use super::ids::{AccountId, OperationId, StaffId};
use super::operation::{Change, OperationKind};
use super::string_enum::string_enum;
use super::time::Timestamp;

string_enum! {
    /// Kind of an event.
    pub enum EventKind {
        /// Creating an account was asked of Telnyx, or settled.
        Create = "create", "Create account";
        /// Enabling.
        Enable = "enable", "Enable account";
        /// Disabling.
        Disable = "disable", "Disable account";
        /// Setting a channel limit.
        ChannelLimit = "channel_limit", "Channel limit";
        /// Setting a channel limit of 0.
        BlockCalls = "block_calls", "Block outbound calls";
        /// Switching custom pricing.
        CustomPricing = "custom_pricing", "Custom pricing";
        /// Removing an organization user.
        RemoveOrgUser = "remove_org_user", "Remove organization user";
        /// A limit seen in Mission Control was recorded.
        LimitRecorded = "limit_recorded", "Limit recorded";
        /// The portal's own name of an account was set or taken away.
        DisplayName = "display_name", "Display name";
        /// An account got a tag, or lost one.
        AccountTags = "account_tags", "Account tags";
        /// A tag got another name.
        TagRenamed = "tag_renamed", "Tag renamed";
        /// A tag became part of another.
        TagMerged = "tag_merged", "Tag merged";
        /// A tag was deleted from all accounts.
        TagDeleted = "tag_deleted", "Tag deleted";
        /// A note was added to an account.
        NoteAdded = "note_added", "Note added";
        /// A note was edited, pinned or unpinned.
        NoteChanged = "note_changed", "Note changed";
        /// A note was deleted.
        NoteDeleted = "note_deleted", "Note deleted";
        /// An API key was shown.
        KeyShown = "key_shown", "API key shown";
        /// Telnyx shows something that was not done here.
        ChangedElsewhere = "changed_elsewhere", "Changed outside the portal";
        /// The directory could not be trusted: too few accounts, another manager.
        DirectoryAlert = "directory_alert", "Directory alert";
        /// Data was taken away as a file.
        Exported = "exported", "Export";
        /// The oldest events were pruned.
        AuditPruned = "audit_pruned", "Activity pruned";
        /// `PORTAL_SECRET_KEY` was replaced.
        SecretKeyReplaced = "secret_key_replaced", "Secret key replaced";
        /// A verification found that the chain of events is broken.
        AuditBroken = "audit_broken", "Activity tampered with";
        /// The owner was created through the first link.
        SetUp = "set_up", "Set-up";
        /// A sign-in.
        SignIn = "sign_in", "Sign-in";
        /// A sign-in that failed, or was held back.
        SignInFailed = "sign_in_failed", "Failed sign-in";
        /// Somebody was linked to their name at the provider of single sign-on.
        IdentityLinked = "identity_linked", "Single sign-on linked";
        /// The link to somebody's name at the provider of single sign-on was forgotten.
        IdentityForgotten = "identity_forgotten", "Single sign-on unlinked";
        /// A sign-out.
        SignOut = "sign_out", "Sign-out";
        /// Somebody signed in proved again who they are.
        Proved = "proved", "Identity confirmed";
        /// A signed-in device was ended.
        SessionEnded = "session_ended", "Device signed out";
        /// Somebody was invited.
        Invited = "invited", "Invitation";
        /// An invitation was taken.
        InvitationAccepted = "invitation_accepted", "Invitation accepted";
        /// A role changed.
        RoleChanged = "role_changed", "Role changed";
        /// Somebody of the staff was disabled.
        StaffDisabled = "staff_disabled", "Staff disabled";
        /// Somebody of the staff was enabled again.
        StaffEnabled = "staff_enabled", "Staff enabled";
        /// A link for a forgotten password was made.
        ResetLink = "reset_link", "Password reset link";
        /// A password changed.
        PasswordChanged = "password_changed", "Password changed";
        /// Somebody added a second factor.
        FactorAdded = "factor_added", "Second factor added";
        /// Somebody removed a second factor.
        FactorRemoved = "factor_removed", "Second factor removed";
        /// Somebody gave a passkey another name.
        FactorRenamed = "factor_renamed", "Passkey renamed";
        /// Somebody's second factors were reset.
        FactorsReset = "factors_reset", "Second factors reset";
        /// Somebody made new recovery codes.
        RecoveryCodes = "recovery_codes", "New recovery codes";
        /// A setting of the portal changed.
        SettingsChanged = "settings_changed", "Settings changed";
        /// Somebody changed their own profile.
        ProfileChanged = "profile_changed", "Profile changed";
    }
}

string_enum! {
    /// How what an event tells turned out.
    pub enum EventOutcome {
        /// It was asked for; what came of it follows in another event.
        Started = "started", "Started";
        /// It happened.
        Done = "done", "Done";
        /// It did not happen.
        Refused = "refused", "Not done";
        /// The portal is finding out if it happened.
        Checking = "checking", "Checking";
        /// It is not known if it happened.
        Unknown = "unknown", "Unknown";
    }
}

/// Somebody, as they were when it happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventActor {
    /// Their id.
    pub staff_id: StaffId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
}

/// One event. Its JSON is what is stored and sealed; it holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Kind of the event.
    pub kind: EventKind,
    /// How it turned out.
    pub outcome: EventOutcome,
    /// Person who did it; `None` if the portal noticed it by itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub who: Option<EventActor>,
    /// The address it came from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub address: Option<String>,
    /// The portal's id of the request.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request_id: Option<String>,
    /// The account it concerns.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<AccountId>,
    /// The operation it belongs to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub operation: Option<OperationId>,
    /// The operation that it undoes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub undoes: Option<OperationId>,
    /// Target of the event as people call it: an organization name, an e-mail address.
    pub target: String,
    /// Value before the change, in words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before: Option<String>,
    /// Value now, or the value that was asked for, in words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after: Option<String>,
    /// When what was there before was last seen, where nobody saw it change.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_before: Option<Timestamp>,
    /// When what is there now was first seen, where nobody saw it change.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_after: Option<Timestamp>,
    /// Why, in the person's words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Telnyx's id of the request.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub telnyx_request_id: Option<String>,
    /// Result in a sentence; may be empty.
    #[serde(default)]
    pub message: String,
}

impl Event {
    /// An event that nobody of the staff caused.
    #[must_use]
    pub fn by_system(kind: EventKind, outcome: EventOutcome, target: impl Into<String>) -> Self {
        Self {
            kind,
            outcome,
            who: None,
            address: None,
            request_id: None,
            account: None,
            operation: None,
            undoes: None,
            target: target.into(),
            before: None,
            after: None,
            not_before: None,
            not_after: None,
            reason: None,
            telnyx_request_id: None,
            message: String::new(),
        }
    }

    /// An event that somebody caused.
    #[must_use]
    pub fn by_actor(
        actor: &Actor,
        kind: EventKind,
        outcome: EventOutcome,
        target: impl Into<String>,
    ) -> Self {
        Self {
            who: Some(EventActor {
                staff_id: actor.staff_id,
                name: actor.name.clone(),
                email: actor.email.clone(),
            }),
            address: actor.address.map(|address| address.to_string()),
            request_id: actor.request_id.clone(),
            ..Self::by_system(kind, outcome, target)
        }
    }
}

/// How the message of a change begins that took effect after the portal had taken it for failed.
pub const LATE_EFFECT_PREFIX: &str = "Took effect late";

impl Event {
    /// Returns `true` if the event says that a change took effect late.
    /// The message of such an event says more than its sentence.
    #[must_use]
    pub fn is_late_effect(&self) -> bool {
        self.message.starts_with(LATE_EFFECT_PREFIX)
    }

    /// Returns what it concerns as pages show it: an account without a name gets the words for that.
    #[must_use]
    pub fn shown_target(&self) -> &str {
        if self.account.is_some() {
            shown_name(&self.target)
        } else {
            self.target.trim()
        }
    }
}

impl EventKind {
    /// The kind of change that events of this kind tell: both have the same string. `None` for other events.
    #[must_use]
    pub fn operation_kind(self) -> Option<OperationKind> {
        self.as_str().parse().ok()
    }
}

impl From<&Change> for EventKind {
    fn from(change: &Change) -> Self {
        match change {
            Change::Create { .. } => Self::Create,
            Change::Enable { .. } => Self::Enable,
            Change::Disable { .. } => Self::Disable,
            Change::ChannelLimit { .. } if change.blocks_calls() => Self::BlockCalls,
            Change::ChannelLimit { .. } => Self::ChannelLimit,
            Change::CustomPricing { .. } => Self::CustomPricing,
            Change::RemoveOrgUser { .. } => Self::RemoveOrgUser,
        }
    }
}

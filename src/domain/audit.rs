//! Audit events. Each one records an action.
//! An event holds who did what, when, from where, to what, with the values before and after, the
//! reason and the result.

use serde::{Deserialize, Serialize};

use super::account::shown_name;
use super::actor::Actor;
use super::ids::{AccountId, JobId, OperationId, StaffId};
use super::job::JobStep;
use super::operation::{Change, OperationKind, OperationState};
use super::string_enum::string_enum;
use super::time::Timestamp;

string_enum! {
    /// Kind of an event.
    pub enum EventKind {
        /// Creation of an account, requested or settled.
        Create = "create", "Create account";
        /// Enabling of an account.
        Enable = "enable", "Enable account";
        /// Disabling of an account.
        Disable = "disable", "Disable account";
        /// Change of a channel limit.
        ChannelLimit = "channel_limit", "Channel limit";
        /// Change of a channel limit to 0.
        BlockCalls = "block_calls", "Block outbound calls";
        /// Switch of custom pricing.
        CustomPricing = "custom_pricing", "Custom pricing";
        /// Removal of an organization user.
        RemoveOrgUser = "remove_org_user", "Remove organization user";
        /// An access review was started.
        AccessReviewStarted = "access_review_started", "Access review started";
        /// An access review was signed off.
        AccessReviewSignedOff = "access_review_signed_off", "Access review signed off";
        /// An access review was discarded.
        AccessReviewDiscarded = "access_review_discarded", "Access review discarded";
        /// A person recorded a limit seen in Mission Control.
        LimitRecorded = "limit_recorded", "Limit recorded";
        /// The portal's own name for an account was set or removed.
        DisplayName = "display_name", "Display name";
        /// The account manager of an account was set or removed.
        Assignee = "assignee", "Account manager";
        /// An account got or lost a tag.
        AccountTags = "account_tags", "Account tags";
        /// A tag was renamed.
        TagRenamed = "tag_renamed", "Tag renamed";
        /// A tag was merged into another.
        TagMerged = "tag_merged", "Tag merged";
        /// A tag was deleted from all accounts.
        TagDeleted = "tag_deleted", "Tag deleted";
        /// A note was added to an account.
        NoteAdded = "note_added", "Note added";
        /// A note was edited, pinned or unpinned.
        NoteChanged = "note_changed", "Note changed";
        /// A note was deleted.
        NoteDeleted = "note_deleted", "Note deleted";
        /// A view of the accounts was shared with the team, or a shared one was changed.
        SharedView = "shared_view", "Shared view";
        /// The welcome email was sent to a customer, or was not.
        WelcomeEmail = "welcome_email", "Welcome email";
        /// An API key was shown.
        KeyShown = "key_shown", "API key shown";
        /// Telnyx shows a change that was not made in this portal.
        ChangedElsewhere = "changed_elsewhere", "Changed outside the portal";
        /// The directory is not trustworthy, for example because of too few accounts or another
        /// manager.
        DirectoryAlert = "directory_alert", "Directory alert";
        /// Data was exported as a file.
        Exported = "exported", "Export";
        /// The oldest events were pruned.
        AuditPruned = "audit_pruned", "Activity pruned";
        /// `PORTAL_SECRET_KEY` was replaced.
        SecretKeyReplaced = "secret_key_replaced", "Secret key replaced";
        /// The database was replaced by a backup.
        Restored = "restored", "Restored from a backup";
        /// A verification found that the chain of events is broken.
        AuditBroken = "audit_broken", "Activity tampered with";
        /// The owner signed up through the first link.
        SetUp = "set_up", "Set-up";
        /// Someone signed in.
        SignIn = "sign_in", "Sign-in";
        /// A sign-in failed or was rejected.
        SignInFailed = "sign_in_failed", "Failed sign-in";
        /// A person was linked to their identity at the provider of single sign-on.
        IdentityLinked = "identity_linked", "Single sign-on linked";
        /// The link to a person's identity at the provider of single sign-on was removed.
        IdentityForgotten = "identity_forgotten", "Single sign-on unlinked";
        /// Someone signed out.
        SignOut = "sign_out", "Sign-out";
        /// A signed-in person proved their identity again.
        Proved = "proved", "Identity confirmed";
        /// A session on a device was ended.
        SessionEnded = "session_ended", "Device signed out";
        /// A person was invited.
        Invited = "invited", "Invitation";
        /// An invitation was accepted.
        InvitationAccepted = "invitation_accepted", "Invitation accepted";
        /// A role was changed.
        RoleChanged = "role_changed", "Role changed";
        /// The email that a person signs in with was changed.
        EmailChanged = "email_changed", "Email changed";
        /// A staff member was disabled.
        StaffDisabled = "staff_disabled", "Staff disabled";
        /// A staff member was enabled again.
        StaffEnabled = "staff_enabled", "Staff enabled";
        /// A link for a forgotten password was created.
        ResetLink = "reset_link", "Password reset link";
        /// A password was changed.
        PasswordChanged = "password_changed", "Password changed";
        /// A person added a second factor.
        FactorAdded = "factor_added", "Second factor added";
        /// A person removed a second factor.
        FactorRemoved = "factor_removed", "Second factor removed";
        /// A person renamed a passkey.
        FactorRenamed = "factor_renamed", "Passkey renamed";
        /// The second factors of a person were reset.
        FactorsReset = "factors_reset", "Second factors reset";
        /// A person created new recovery codes.
        RecoveryCodes = "recovery_codes", "New recovery codes";
        /// A job was started, continued, paused or stopped, or it ended.
        Job = "job", "Job";
        /// A setting of the portal was changed.
        SettingsChanged = "settings_changed", "Settings changed";
        /// The team's webhook was changed, tried, or got another secret.
        WebhookChanged = "webhook_changed", "Webhook changed";
        /// A person changed their own profile.
        ProfileChanged = "profile_changed", "Profile changed";
    }
}

string_enum! {
    /// Outcome of an event.
    pub enum EventOutcome {
        /// It was requested. Another event follows with the outcome.
        Started = "started", "Started";
        /// It happened.
        Done = "done", "Done";
        /// It did not happen.
        Refused = "refused", "Failed";
        /// The portal is checking if it happened.
        Checking = "checking", "Checking";
        /// It is unknown if it happened.
        Unknown = "unknown", "Unknown";
    }
}

/// Person who caused an event, as they were at that time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventActor {
    /// ID of the staff member.
    pub staff_id: StaffId,
    /// Name of the staff member.
    pub name: String,
    /// Email address of the staff member.
    pub email: String,
}

/// Audit event. Its JSON is stored and sealed, and contains no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Kind of the event.
    pub kind: EventKind,
    /// Outcome of the event.
    pub outcome: EventOutcome,
    /// Person who did it; `None` if the portal noticed it by itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub who: Option<EventActor>,
    /// Person who settled the operation by hand. `who` is then the one who requested it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub settled_by: Option<EventActor>,
    /// IP address that the request came from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub address: Option<String>,
    /// The portal's ID of the request.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request_id: Option<String>,
    /// Account that it concerns.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<AccountId>,
    /// Operation that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub operation: Option<OperationId>,
    /// Operation that it undoes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub undoes: Option<OperationId>,
    /// Job that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub job: Option<JobId>,
    /// Step of the job, if the event is about a job. Older events have only the message.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub step: Option<JobStep>,
    /// Target in people's words, such as an organization name or an email address.
    pub target: String,
    /// Value before the change, in words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before: Option<String>,
    /// Present or requested value, in words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after: Option<String>,
    /// Time at which the old value was last seen, if the change itself was not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_before: Option<Timestamp>,
    /// Time at which the new value was first seen, if the change itself was not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_after: Option<Timestamp>,
    /// Reason in the person's own words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Telnyx's ID of the request.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub telnyx_request_id: Option<String>,
    /// Result in a sentence; may be empty.
    #[serde(default)]
    pub message: String,
}

impl Event {
    /// Returns an event that no staff member caused.
    #[must_use]
    pub fn by_system(kind: EventKind, outcome: EventOutcome, target: impl Into<String>) -> Self {
        Self {
            kind,
            outcome,
            who: None,
            settled_by: None,
            address: None,
            request_id: None,
            account: None,
            operation: None,
            undoes: None,
            job: None,
            step: None,
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

    /// Returns an event that the actor caused.
    #[must_use]
    pub fn by_actor(
        actor: &Actor,
        kind: EventKind,
        outcome: EventOutcome,
        target: impl Into<String>,
    ) -> Self {
        Self {
            who: Some(actor.into()),
            address: actor.address.map(|address| address.to_string()),
            request_id: actor.request_id.clone(),
            job: actor.job,
            ..Self::by_system(kind, outcome, target)
        }
    }
}

/// Prefix of the message if a change took effect after the portal considered it failed.
pub const LATE_EFFECT_PREFIX: &str = "Took effect late";

impl Event {
    /// Returns `true` if the event says that a change took effect late.
    /// The message of such an event contains more than the usual sentence.
    #[must_use]
    pub fn is_late_effect(&self) -> bool {
        self.message.starts_with(LATE_EFFECT_PREFIX)
    }

    /// Returns the target as pages show it. An account without a name gets a placeholder.
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
    /// Returns the kind of change that events of this kind describe.
    /// Both have the same string. Returns `None` for other events.
    #[must_use]
    pub fn operation_kind(self) -> Option<OperationKind> {
        self.as_str().parse().ok()
    }
}

impl From<&Actor> for EventActor {
    fn from(actor: &Actor) -> Self {
        Self {
            staff_id: actor.staff_id,
            name: actor.name.clone(),
            email: actor.email.clone(),
        }
    }
}

impl From<OperationState> for EventOutcome {
    fn from(state: OperationState) -> Self {
        match state {
            OperationState::Done => Self::Done,
            OperationState::Refused => Self::Refused,
            OperationState::Unknown => Self::Unknown,
            OperationState::Queued | OperationState::Running | OperationState::Checking => {
                Self::Checking
            }
        }
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

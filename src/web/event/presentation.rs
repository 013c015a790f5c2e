//! The words and symbols of each kind of event.

use crate::domain::audit::{Event, EventKind};

/// What somebody did, around the name of what they did it to.
pub(super) struct Verb {
    /// As done: "changed the channel limit".
    pub past_tense: &'static str,
    /// As asked for: "change the channel limit".
    pub infinitive: &'static str,
    /// Between that and a name: "of"; empty where the name follows at once.
    pub preposition: &'static str,
}

impl Verb {
    /// What an event says: that a change was undone comes before what it did.
    pub fn of(event: &Event) -> Self {
        match event.undoes {
            Some(_) => undo_verb(event.kind).unwrap_or(verb_of_kind(displayed_kind(event))),
            None => verb_of_kind(displayed_kind(event)),
        }
    }
}

/// The kind that people know: a limit of 0 is an action of its own, also if an older portal recorded it as a limit.
pub(super) fn displayed_kind(event: &Event) -> EventKind {
    match event.kind {
        EventKind::ChannelLimit if event.after.as_deref() == Some("0") => EventKind::BlockCalls,
        kind => kind,
    }
}

/// What a change says that undoes another.
const fn undo_verb(kind: EventKind) -> Option<Verb> {
    Some(match kind {
        EventKind::Enable => verb("undid disabling", "undo disabling", ""),
        EventKind::Disable => verb("undid enabling", "undo enabling", ""),
        EventKind::ChannelLimit | EventKind::BlockCalls => verb(
            "undid a change of the channel limit",
            "undo a change of the channel limit",
            "of",
        ),
        EventKind::CustomPricing => verb(
            "undid a change of custom pricing",
            "undo a change of custom pricing",
            "of",
        ),
        _ => return None,
    })
}

const fn verb(done: &'static str, asked: &'static str, joint: &'static str) -> Verb {
    Verb {
        past_tense: done,
        infinitive: asked,
        preposition: joint,
    }
}

/// What a kind of event says.
const fn verb_of_kind(kind: EventKind) -> Verb {
    match kind {
        EventKind::Create => verb("created", "create", ""),
        EventKind::Enable => verb("enabled", "enable", ""),
        EventKind::Disable => verb("disabled", "disable", ""),
        EventKind::ChannelLimit => verb(
            "changed the channel limit",
            "change the channel limit",
            "of",
        ),
        EventKind::BlockCalls => verb("blocked outbound calls", "block outbound calls", "of"),
        EventKind::CustomPricing => verb("switched custom pricing", "switch custom pricing", "of"),
        EventKind::RemoveOrgUser => verb(
            "removed the organization user",
            "remove the organization user",
            "",
        ),
        EventKind::LimitRecorded => verb(
            "recorded the channel limit",
            "record the channel limit",
            "of",
        ),
        EventKind::DisplayName => verb("changed the display name", "change the display name", "of"),
        EventKind::AccountTags => verb("changed the tags", "change the tags", "of"),
        EventKind::TagRenamed => verb("renamed the tag", "rename the tag", ""),
        EventKind::TagMerged => verb("merged the tag", "merge the tag", ""),
        EventKind::TagDeleted => verb("deleted the tag", "delete the tag", ""),
        EventKind::NoteAdded => verb("added a note", "add a note", "about"),
        EventKind::NoteChanged => verb("changed a note", "change a note", "about"),
        EventKind::NoteDeleted => verb("deleted a note", "delete a note", "about"),
        EventKind::KeyShown => verb("was shown the API key", "see the API key", "of"),
        EventKind::ChangedElsewhere => verb("changed outside the portal", "change", ""),
        EventKind::DirectoryAlert => verb("raised an alert", "raise an alert", "about"),
        EventKind::Exported => verb("exported", "export", ""),
        EventKind::AuditPruned => verb("pruned", "prune", ""),
        EventKind::SecretKeyReplaced => verb("replaced", "replace", ""),
        EventKind::AuditBroken => verb("found a break in the chain", "find a break", "of"),
        EventKind::SetUp => verb("set up the portal", "set up the portal", "for"),
        EventKind::SignIn => verb("signed in", "sign in", "as"),
        EventKind::SignInFailed => verb("Sign-in failed", "sign in", "for"),
        EventKind::Proved => verb("confirmed who it is", "confirm who it is", "as"),
        EventKind::IdentityLinked => verb("linked single sign-on", "link single sign-on", "of"),
        EventKind::IdentityForgotten => {
            verb("unlinked single sign-on", "unlink single sign-on", "of")
        }
        EventKind::SignOut => verb("signed out", "sign out", ""),
        EventKind::SessionEnded => verb("ended a signed-in device", "end a signed-in device", "of"),
        EventKind::Invited => verb("invited", "invite", ""),
        EventKind::InvitationAccepted => {
            verb("accepted the invitation", "accept the invitation", "of")
        }
        EventKind::RoleChanged => verb("changed the role", "change the role", "of"),
        EventKind::StaffDisabled => {
            verb("disabled the staff member", "disable the staff member", "")
        }
        EventKind::StaffEnabled => verb("enabled the staff member", "enable the staff member", ""),
        EventKind::ResetLink => verb(
            "made a password reset link",
            "make a password reset link",
            "for",
        ),
        EventKind::PasswordChanged => verb("changed the password", "change the password", "of"),
        EventKind::FactorAdded => verb("added a second factor", "add a second factor", "for"),
        EventKind::FactorRemoved => verb("removed a second factor", "remove a second factor", "of"),
        EventKind::FactorRenamed => verb("renamed a passkey", "rename a passkey", "of"),
        EventKind::FactorsReset => {
            verb("reset the second factors", "reset the second factors", "of")
        }
        EventKind::RecoveryCodes => {
            verb("made new recovery codes", "make new recovery codes", "for")
        }
        EventKind::SettingsChanged => verb("changed the settings:", "change the settings:", ""),
        EventKind::ProfileChanged => verb("changed the profile", "change the profile", "of"),
    }
}

/// The symbol in `static/icons.svg` for a kind.
pub(super) const fn icon(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Create => "plus",
        EventKind::Enable => "power",
        EventKind::Disable => "power-off",
        EventKind::ChannelLimit => "audio-waveform",
        EventKind::BlockCalls => "phone-off",
        EventKind::CustomPricing => "wallet",
        EventKind::RemoveOrgUser => "user-minus",
        EventKind::LimitRecorded | EventKind::DisplayName => "pencil",
        EventKind::AccountTags
        | EventKind::TagRenamed
        | EventKind::TagMerged
        | EventKind::TagDeleted => "tag",
        EventKind::NoteAdded
        | EventKind::NoteChanged
        | EventKind::NoteDeleted
        | EventKind::AuditPruned => "file-text",
        EventKind::KeyShown
        | EventKind::ResetLink
        | EventKind::PasswordChanged
        | EventKind::FactorAdded
        | EventKind::FactorRemoved
        | EventKind::FactorRenamed
        | EventKind::FactorsReset
        | EventKind::RecoveryCodes
        | EventKind::IdentityLinked
        | EventKind::IdentityForgotten
        | EventKind::SecretKeyReplaced => "key-round",
        EventKind::ChangedElsewhere => "external-link",
        EventKind::DirectoryAlert | EventKind::AuditBroken => "triangle-alert",
        EventKind::Exported => "download",
        EventKind::SetUp => "flask-conical",
        EventKind::SignIn
        | EventKind::Proved
        | EventKind::InvitationAccepted
        | EventKind::ProfileChanged => "user",
        EventKind::SignInFailed => "lock",
        EventKind::SignOut => "log-out",
        EventKind::SessionEnded => "laptop",
        EventKind::Invited => "mail",
        EventKind::RoleChanged | EventKind::SettingsChanged => "user-cog",
        EventKind::StaffDisabled => "user-x",
        EventKind::StaffEnabled => "user-plus",
    }
}

/// Whether what was there before an event of this kind is worth saying also where it was not known.
pub(super) const fn has_before(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::Enable
            | EventKind::Disable
            | EventKind::ChannelLimit
            | EventKind::BlockCalls
            | EventKind::CustomPricing
    )
}

//! Verbs, icons and groups of each kind of event. For changes at Telnyx, `operations` defines them.

use crate::domain::audit::{Event, EventKind};
use crate::domain::operation::OperationKind;
use crate::operations::{ACCOUNTS_GROUP, KindInfo, Verb, kind_info};

/// Returns the facts about the change that an event of this kind records. Returns `None` for other
/// events.
fn change_info(kind: EventKind) -> Option<&'static KindInfo> {
    kind.operation_kind().map(kind_info)
}

/// Returns the group of a kind in the activity's list.
pub(super) fn group(kind: EventKind) -> &'static str {
    match (kind, change_info(kind)) {
        (_, Some(info)) => info.group,
        (
            EventKind::BlockCalls
            | EventKind::LimitRecorded
            | EventKind::DisplayName
            | EventKind::Assignee
            | EventKind::AccountTags
            | EventKind::TagRenamed
            | EventKind::TagMerged
            | EventKind::TagDeleted
            | EventKind::NoteAdded
            | EventKind::NoteChanged
            | EventKind::NoteDeleted
            | EventKind::KeyShown
            | EventKind::WelcomeEmail
            | EventKind::Job
            | EventKind::ChangedElsewhere,
            None,
        ) => ACCOUNTS_GROUP,
        (
            EventKind::AccessReviewStarted
            | EventKind::AccessReviewSignedOff
            | EventKind::AccessReviewDiscarded,
            None,
        ) => kind_info(OperationKind::RemoveOrgUser).group,
        (
            EventKind::DirectoryAlert
            | EventKind::Exported
            | EventKind::AuditPruned
            | EventKind::AuditBroken
            | EventKind::SecretKeyReplaced
            | EventKind::Restored,
            None,
        ) => "Data",
        _ => "Staff and sign-in",
    }
}

/// Returns the verb of an event. If the change undoes another one, that verb has priority.
pub(super) fn verb(event: &Event) -> Verb {
    let kind = displayed_kind(event);
    // Blocked calls are a limit of 0, so their undo is that of a limit.
    let undoes = match event.kind {
        EventKind::BlockCalls => EventKind::ChannelLimit,
        kind => kind,
    };
    event
        .undoes
        .and_then(|_| change_info(undoes)?.undo_verb)
        .or_else(|| change_info(kind).map(|info| info.verb))
        .unwrap_or_else(|| verb_of_kind(kind))
}

/// Returns the kind to show. A limit of 0 is shown as blocked calls, even if an older version
/// recorded it as a limit.
pub(super) fn displayed_kind(event: &Event) -> EventKind {
    match event.kind {
        EventKind::ChannelLimit if event.after.as_deref() == Some("0") => EventKind::BlockCalls,
        kind => kind,
    }
}

/// Returns the verb of an event that is not a change at Telnyx.
const fn verb_of_kind(kind: EventKind) -> Verb {
    match kind {
        EventKind::BlockCalls => Verb::new("blocked outbound calls", "block outbound calls", "of"),
        EventKind::LimitRecorded => Verb::new(
            "recorded the channel limit",
            "record the channel limit",
            "of",
        ),
        EventKind::AccessReviewStarted => {
            Verb::new("started the access review", "start the access review", "of")
        }
        EventKind::AccessReviewSignedOff => Verb::new(
            "signed off the access review",
            "sign off the access review",
            "of",
        ),
        EventKind::AccessReviewDiscarded => Verb::new(
            "discarded the access review",
            "discard the access review",
            "of",
        ),
        EventKind::DisplayName => {
            Verb::new("changed the display name", "change the display name", "of")
        }
        EventKind::Assignee => Verb::new(
            "changed the account manager",
            "change the account manager",
            "of",
        ),
        EventKind::AccountTags => Verb::new("changed the tags", "change the tags", "of"),
        EventKind::TagRenamed => Verb::new("renamed the tag", "rename the tag", ""),
        EventKind::TagMerged => Verb::new("merged the tag", "merge the tag", ""),
        EventKind::TagDeleted => Verb::new("deleted the tag", "delete the tag", ""),
        EventKind::NoteAdded => Verb::new("added a note", "add a note", "about"),
        EventKind::NoteChanged => Verb::new("changed a note", "change a note", "about"),
        EventKind::NoteDeleted => Verb::new("deleted a note", "delete a note", "about"),
        EventKind::SharedView => Verb::new("changed the shared view", "change the shared view", ""),
        EventKind::WelcomeEmail => {
            Verb::new("sent the welcome email", "send the welcome email", "to")
        }
        EventKind::KeyShown => Verb::new("was shown the API key", "see the API key", "of"),
        EventKind::ChangedElsewhere => Verb::new("changed outside the portal", "change", ""),
        EventKind::DirectoryAlert => Verb::new("raised an alert", "raise an alert", "about"),
        EventKind::Exported => Verb::new("exported", "export", ""),
        EventKind::Job => Verb::new("ran the job", "run the job", ""),
        EventKind::AuditPruned => Verb::new("pruned", "prune", ""),
        EventKind::SecretKeyReplaced => Verb::new("replaced", "replace", ""),
        EventKind::Restored => Verb::new("restored", "restore", ""),
        EventKind::AuditBroken => Verb::new("found tampering", "find tampering", "of"),
        EventKind::SetUp => Verb::new("set up the portal", "set up the portal", "for"),
        EventKind::SignIn => Verb::new("signed in", "sign in", "as"),
        EventKind::SignInFailed => Verb::new("Sign-in failed", "sign in", "for"),
        EventKind::Proved => Verb::new("confirmed their identity", "confirm their identity", "as"),
        EventKind::IdentityLinked => {
            Verb::new("linked single sign-on", "link single sign-on", "of")
        }
        EventKind::IdentityForgotten => {
            Verb::new("unlinked single sign-on", "unlink single sign-on", "of")
        }
        EventKind::SignOut => Verb::new("signed out", "sign out", ""),
        EventKind::SessionEnded => {
            Verb::new("ended a signed-in device", "end a signed-in device", "of")
        }
        EventKind::Invited => Verb::new("invited", "invite", ""),
        EventKind::InvitationAccepted => {
            Verb::new("accepted the invitation", "accept the invitation", "of")
        }
        EventKind::RoleChanged => Verb::new("changed the role", "change the role", "of"),
        EventKind::StaffDisabled => {
            Verb::new("disabled the staff member", "disable the staff member", "")
        }
        EventKind::StaffEnabled => {
            Verb::new("enabled the staff member", "enable the staff member", "")
        }
        EventKind::ResetLink => Verb::new(
            "made a password reset link",
            "make a password reset link",
            "for",
        ),
        EventKind::PasswordChanged => {
            Verb::new("changed the password", "change the password", "of")
        }
        EventKind::FactorAdded => Verb::new("added a second factor", "add a second factor", "for"),
        EventKind::FactorRemoved => {
            Verb::new("removed a second factor", "remove a second factor", "of")
        }
        EventKind::FactorRenamed => Verb::new("renamed a passkey", "rename a passkey", "of"),
        EventKind::FactorsReset => {
            Verb::new("reset the second factors", "reset the second factors", "of")
        }
        EventKind::RecoveryCodes => {
            Verb::new("made new recovery codes", "make new recovery codes", "for")
        }
        EventKind::SettingsChanged => {
            Verb::new("changed the settings:", "change the settings:", "")
        }
        EventKind::WebhookChanged => {
            Verb::new("changed or tried the webhook:", "change the webhook:", "")
        }
        EventKind::ProfileChanged => Verb::new("changed the profile", "change the profile", "of"),
        _ => Verb::new("changed", "change", ""),
    }
}

/// Returns the name of a kind's icon in `static/icons.svg`.
pub(super) fn icon(kind: EventKind) -> &'static str {
    if let Some(info) = change_info(kind) {
        return info.icon;
    }
    match kind {
        EventKind::BlockCalls => "phone-off",
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
        | EventKind::SecretKeyReplaced
        | EventKind::Restored => "key-round",
        EventKind::ChangedElsewhere | EventKind::WebhookChanged => "external-link",
        EventKind::DirectoryAlert | EventKind::AuditBroken => "triangle-alert",
        EventKind::SharedView => "eye",
        EventKind::Exported => "download",
        EventKind::Job
        | EventKind::AccessReviewStarted
        | EventKind::AccessReviewSignedOff
        | EventKind::AccessReviewDiscarded => "list-checks",
        EventKind::SetUp => "flask-conical",
        EventKind::SignIn
        | EventKind::Proved
        | EventKind::InvitationAccepted
        | EventKind::ProfileChanged
        | EventKind::Assignee => "user",
        EventKind::SignInFailed => "lock",
        EventKind::SignOut => "log-out",
        EventKind::SessionEnded => "laptop",
        EventKind::Invited | EventKind::WelcomeEmail => "mail",
        EventKind::RoleChanged | EventKind::SettingsChanged => "user-cog",
        EventKind::StaffDisabled => "user-x",
        EventKind::StaffEnabled => "user-plus",
        _ => "pencil",
    }
}

/// Returns `true` if the previous value is shown even if it is unknown. This applies to blocked
/// calls and to changes that can be undone.
pub(super) fn has_before(kind: EventKind) -> bool {
    kind == EventKind::BlockCalls || change_info(kind).is_some_and(|info| info.undo_verb.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::EventOutcome;

    #[test]
    fn every_kind_of_event_has_a_verb_of_its_own() {
        let verbs: std::collections::BTreeSet<&str> = EventKind::ALL
            .iter()
            .map(|kind| Event::by_system(*kind, EventOutcome::Done, "x"))
            .map(|event| verb(&event).past_tense)
            .collect();
        assert_eq!(verbs.len(), EventKind::ALL.len());
        assert!(!verbs.contains("changed"));
    }
}

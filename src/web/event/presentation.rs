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
    let (past, infinitive, preposition) = match kind {
        EventKind::BlockCalls => ("blocked outbound calls", "block outbound calls", "of"),
        EventKind::LimitRecorded => (
            "recorded the channel limit",
            "record the channel limit",
            "of",
        ),
        EventKind::AccessReviewStarted => {
            ("started the access review", "start the access review", "of")
        }
        EventKind::AccessReviewSignedOff => (
            "signed off the access review",
            "sign off the access review",
            "of",
        ),
        EventKind::AccessReviewDiscarded => (
            "discarded the access review",
            "discard the access review",
            "of",
        ),
        EventKind::DisplayName => ("changed the display name", "change the display name", "of"),
        EventKind::Assignee => (
            "changed the account manager",
            "change the account manager",
            "of",
        ),
        EventKind::AccountTags => ("changed the tags", "change the tags", "of"),
        EventKind::TagRenamed => ("renamed the tag", "rename the tag", ""),
        EventKind::TagMerged => ("merged the tag", "merge the tag", ""),
        EventKind::TagDeleted => ("deleted the tag", "delete the tag", ""),
        EventKind::NoteAdded => ("added a note", "add a note", "about"),
        EventKind::NoteChanged => ("changed a note", "change a note", "about"),
        EventKind::NoteDeleted => ("deleted a note", "delete a note", "about"),
        EventKind::SharedView => ("changed the shared view", "change the shared view", ""),
        EventKind::WelcomeEmail => ("sent the welcome email", "send the welcome email", "to"),
        EventKind::KeyShown => ("was shown the API key", "see the API key", "of"),
        EventKind::ChangedElsewhere => ("changed outside the portal", "change", ""),
        EventKind::DirectoryAlert => ("raised an alert", "raise an alert", "about"),
        EventKind::Exported => ("exported", "export", ""),
        EventKind::Job => ("ran the job", "run the job", ""),
        EventKind::AuditPruned => ("pruned", "prune", ""),
        EventKind::SecretKeyReplaced => ("replaced", "replace", ""),
        EventKind::Restored => ("restored", "restore", ""),
        EventKind::AuditBroken => ("found tampering", "find tampering", "of"),
        EventKind::SetUp => ("set up the portal", "set up the portal", "for"),
        EventKind::SignIn => ("signed in", "sign in", "as"),
        EventKind::SignInFailed => ("Sign-in failed", "sign in", "for"),
        EventKind::Proved => ("confirmed their identity", "confirm their identity", "as"),
        EventKind::IdentityLinked => ("linked single sign-on", "link single sign-on", "of"),
        EventKind::IdentityForgotten => ("unlinked single sign-on", "unlink single sign-on", "of"),
        EventKind::SignOut => ("signed out", "sign out", ""),
        EventKind::SessionEnded => ("ended a signed-in device", "end a signed-in device", "of"),
        EventKind::Invited => ("invited", "invite", ""),
        EventKind::InvitationAccepted => ("accepted the invitation", "accept the invitation", "of"),
        EventKind::RoleChanged => ("changed the role", "change the role", "of"),
        EventKind::EmailChanged => ("changed the email", "change the email", "of"),
        EventKind::StaffDisabled => ("disabled the staff member", "disable the staff member", ""),
        EventKind::StaffEnabled => ("enabled the staff member", "enable the staff member", ""),
        EventKind::ResetLink => (
            "made a password reset link",
            "make a password reset link",
            "for",
        ),
        EventKind::PasswordChanged => ("changed the password", "change the password", "of"),
        EventKind::FactorAdded => ("added a second factor", "add a second factor", "for"),
        EventKind::FactorRemoved => ("removed a second factor", "remove a second factor", "of"),
        EventKind::FactorRenamed => ("renamed a passkey", "rename a passkey", "of"),
        EventKind::FactorsReset => ("reset the second factors", "reset the second factors", "of"),
        EventKind::RecoveryCodes => ("made new recovery codes", "make new recovery codes", "for"),
        EventKind::SettingsChanged => ("changed the settings:", "change the settings:", ""),
        EventKind::WebhookChanged => ("changed or tried the webhook:", "change the webhook:", ""),
        EventKind::ProfileChanged => ("changed the profile", "change the profile", "of"),
        _ => ("changed", "change", ""),
    };
    Verb::new(past, infinitive, preposition)
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
        EventKind::Invited | EventKind::WelcomeEmail | EventKind::EmailChanged => "mail",
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

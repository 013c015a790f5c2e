//! What was done of late, in a line each. The whole of it is the activity's.

use std::collections::HashSet;

use crate::app::App;
use crate::db::audit::{self, Entry, Filter};
use crate::domain::actor::Scope;
use crate::domain::audit::{EventKind, EventOutcome};
use crate::web::elsewhere;
use crate::web::error::Error;
use crate::web::view::{Times, When};

/// How many events are told.
const TOLD: usize = 10;
/// How many are read for that: an operation has several, and only its latest is told.
const READ: i64 = 40;

/// One event.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub icon: &'static str,
    /// `good`, `bad`, `warn`, `busy` or empty.
    pub kind: &'static str,
    pub who: String,
    /// The words between who and what.
    pub did: &'static str,
    /// What it was done to, and where that is looked at; the address may be empty.
    pub target: String,
    pub href: String,
    pub before: Option<String>,
    pub after: Option<String>,
    pub reason: Option<String>,
    /// Between which times something was done outside the portal; else empty.
    pub message: String,
    pub at: When,
    /// Kind and label of how it turned out, where that is not simply "done".
    pub outcome: Option<(&'static str, &'static str)>,
}

/// The latest events, newest first.
pub(super) async fn events(app: &App, scope: Scope, times: &Times) -> Result<Vec<Told>, Error> {
    let entries = audit::latest(&app.db, scope, &Filter::default(), READ).await?;
    let mut seen = HashSet::new();
    let newest = entries
        .into_iter()
        .filter(|entry| entry.event.operation.is_none_or(|operation| seen.insert(operation)));
    Ok(newest.take(TOLD).map(|entry| told(entry, times)).collect())
}

fn told(entry: Entry, times: &Times) -> Told {
    let event = entry.event;
    let (icon, did) = words(event.kind);
    let href = match (&event.account, event.operation) {
        (Some(account), _) => format!("/accounts/{account}"),
        (None, Some(operation)) => format!("/operations/{operation}"),
        (None, None) => String::new(),
    };
    // Of other changes the verb says all of it.
    let shows_values = matches!(
        event.kind,
        EventKind::ChannelLimit
            | EventKind::LimitRecorded
            | EventKind::CustomPricing
            | EventKind::DisplayName
            | EventKind::AccountTags
            | EventKind::TagRenamed
            | EventKind::TagMerged
            | EventKind::RoleChanged
            | EventKind::ChangedElsewhere
    );
    let message = match event.kind {
        EventKind::ChangedElsewhere => elsewhere::message(&event, times),
        _ => String::new(),
    };
    let target = event.shown_target().to_owned();
    let kind = match event.outcome {
        EventOutcome::Done => tone(event.kind),
        EventOutcome::Refused => "bad",
        EventOutcome::Unknown => "warn",
        EventOutcome::Started | EventOutcome::Checking => "busy",
    };
    Told {
        icon,
        kind,
        who: event.who.map_or_else(|| "The portal".to_owned(), |who| who.name),
        did,
        target,
        href,
        before: event.before.filter(|_| shows_values),
        after: event.after.filter(|_| shows_values),
        reason: event.reason,
        message,
        at: times.at(entry.at),
        outcome: (event.outcome != EventOutcome::Done).then(|| (kind, event.outcome.label())),
    }
}

const fn tone(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Disable | EventKind::RemoveOrgUser => "bad",
        EventKind::Create | EventKind::Enable => "good",
        EventKind::ChangedElsewhere | EventKind::SignInFailed | EventKind::DirectoryAlert => "warn",
        _ => "",
    }
}

/// The symbol, and the words between who and what; they hold for what was asked for, whatever came of it.
const fn words(kind: EventKind) -> (&'static str, &'static str) {
    match kind {
        EventKind::Create => ("plus", "creates"),
        EventKind::Enable => ("power", "enables"),
        EventKind::Disable => ("power-off", "disables"),
        EventKind::ChannelLimit => ("audio-waveform", "sets the channel limit of"),
        EventKind::CustomPricing => ("tag", "switches custom pricing of"),
        EventKind::RemoveOrgUser => ("user-x", "removes the organization user"),
        EventKind::LimitRecorded => ("clipboard-list", "recorded the channel limit of"),
        EventKind::DisplayName => ("pencil", "changed the display name of"),
        EventKind::AccountTags => ("tag", "changed the tags of"),
        EventKind::TagRenamed => ("tag", "renamed the tag"),
        EventKind::TagMerged => ("tag", "merged the tag"),
        EventKind::TagDeleted => ("tag", "deleted the tag"),
        EventKind::NoteAdded => ("file-text", "added a note about"),
        EventKind::NoteChanged => ("file-text", "changed a note about"),
        EventKind::NoteDeleted => ("file-text", "deleted a note about"),
        EventKind::KeyShown => ("key-round", "was shown the API key of"),
        EventKind::ChangedElsewhere => ("external-link", "noticed a change made elsewhere:"),
        EventKind::DirectoryAlert => ("cloud-off", "raised an alert:"),
        EventKind::Exported => ("download", "exported"),
        EventKind::SetUp => ("shield", "set up the portal:"),
        EventKind::SignIn => ("user", "signed in:"),
        EventKind::SignInFailed => ("lock", "saw a sign-in fail:"),
        EventKind::Proved => ("user", "confirmed who it is:"),
        EventKind::SignOut => ("log-out", "signed out:"),
        EventKind::SessionEnded => ("laptop", "signed out a device of"),
        EventKind::Invited => ("user-plus", "invited"),
        EventKind::InvitationAccepted => ("user-plus", "accepted the invitation:"),
        EventKind::RoleChanged => ("user-cog", "changed the role of"),
        EventKind::StaffDisabled => ("user-minus", "disabled the staff member"),
        EventKind::StaffEnabled => ("user-plus", "enabled the staff member"),
        EventKind::ResetLink => ("mail", "made a password reset link for"),
        EventKind::PasswordChanged => ("lock", "changed the password of"),
        EventKind::FactorAdded => ("key-round", "added a second factor:"),
        EventKind::FactorRemoved => ("key-round", "removed a second factor:"),
        EventKind::FactorRenamed => ("key-round", "renamed a passkey:"),
        EventKind::IdentityLinked => ("key-round", "linked single sign-on of"),
        EventKind::IdentityForgotten => ("key-round", "unlinked single sign-on of"),
        EventKind::FactorsReset => ("key-round", "reset the second factors of"),
        EventKind::RecoveryCodes => ("key-round", "made new recovery codes:"),
        EventKind::SettingsChanged => ("user-cog", "changed the settings:"),
        EventKind::AuditPruned => ("file-text", "pruned"),
        EventKind::SecretKeyReplaced => ("key-round", "replaced"),
        EventKind::AuditBroken => ("triangle-alert", "found a break in the chain of"),
        EventKind::ProfileChanged => ("pencil", "changed the profile of"),
    }
}

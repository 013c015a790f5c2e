//! Staff events other than account changes: invitations, sign-ins, roles, second factors, exports.

use std::time::Duration;

use crate::domain::audit::{Event, EventKind, EventOutcome};

use super::{DAYS, History, HistoryStep, Person, Staff};

/// Plans the staff's own events.
pub fn plan(history: &mut History, staff: &Staff) {
    set_up_and_invitations(history, staff);
    sign_ins(history, staff);
    failures(history, staff);
    security(history, staff);
    exports_tags_and_alerts(history, staff);
    shared_view(history, &staff.admin);
}

/// Plans a view that the admin shares with the team.
fn shared_view(history: &mut History, admin: &Person) {
    let name = "Disabled, newest first";
    let event = Event {
        message: "Shared with the team.".to_owned(),
        ..admin.event(EventKind::SharedView, name)
    };
    let step = HistoryStep::SharedView(
        admin.id,
        name,
        "status=disabled&sort=-created",
        Box::new(event),
    );
    history.add(history.business_time(33, 95), step);
}

/// Plans the set-up and the invitations.
fn set_up_and_invitations(history: &mut History, staff: &Staff) {
    let start = history.set_up_at();
    let minutes = Duration::from_mins;
    let Staff {
        owner,
        admin,
        manager,
        viewer,
    } = staff;
    history.event(start, owner.event(EventKind::SetUp, owner.email.clone()));
    for (place, (person, role)) in
        (0_u64..).zip([(admin, "Admin"), (manager, "Viewer"), (viewer, "Viewer")])
    {
        let at = start + minutes(4 + 3 * place);
        history.event(
            at,
            Event {
                after: Some(role.to_owned()),
                ..owner.event(EventKind::Invited, person.email.clone())
            },
        );
        let at = at + minutes(41 + 17 * place);
        history.event(
            at,
            person.event(EventKind::InvitationAccepted, person.email.clone()),
        );
    }
    let at = start + minutes(130);
    history.event(
        at,
        Event {
            before: Some("Viewer".to_owned()),
            after: Some("Account manager".to_owned()),
            ..owner.event(EventKind::RoleChanged, manager.email.clone())
        },
    );
}

fn sign_ins(history: &mut History, staff: &Staff) {
    let every = [
        (&staff.manager, 1, 3),
        (&staff.admin, 3, 22),
        (&staff.owner, 9, 61),
        (&staff.viewer, 7, 95),
    ];
    for (person, days, minute) in every {
        let mut day = DAYS - 2;
        while day > 0 {
            let weekend = history.business_time(day, 0) == history.business_time(day + 1, 0);
            if !weekend {
                signed_in(history, person, day, minute + (day * 7) % 19);
            }
            day -= days;
        }
    }
}

fn signed_in(history: &mut History, person: &Person, day: i64, minute: i64) {
    let at = history.business_time(day, minute);
    let event = Event {
        message: "With a password.".to_owned(),
        ..person.event(EventKind::SignIn, person.email.clone())
    };
    history.event(at, event);
    if day % 4 == 1 {
        let at = history.business_time(day, 520 + minute % 40);
        history.event(at, person.event(EventKind::SignOut, person.email.clone()));
    }
}

fn failures(history: &mut History, staff: &Staff) {
    let (manager, viewer) = (staff.manager.email.as_str(), staff.viewer.email.as_str());
    let tries = [
        (81, 44, manager, "192.0.2.23"),
        (62, 10, "admin", "203.0.113.77"),
        (62, 11, "root", "203.0.113.77"),
        (40, 59, viewer, "192.0.2.44"),
        (12, 5, manager, "192.0.2.23"),
        (5, 300, "test@example.com", "198.51.100.9"),
    ];
    history.events(tries.map(|(day, minute, target, address)| {
        let event = Event {
            address: Some(address.to_owned()),
            message: "The password was wrong.".to_owned(),
            ..Event::by_system(EventKind::SignInFailed, EventOutcome::Refused, target)
        };
        (day, minute, event)
    }));
}

/// Plans events about second factors, passwords and sessions.
/// At the end, everyone signs in with a password only, as the demo says.
fn security(history: &mut History, staff: &Staff) {
    let Staff {
        owner,
        admin,
        manager,
        viewer,
    } = staff;
    let own = |person: &Person, kind, message: &str| Event {
        message: message.to_owned(),
        ..person.event(kind, person.email.clone())
    };
    let at_admin = |kind, message: &str| Event {
        message: message.to_owned(),
        ..owner.event(kind, admin.email.clone())
    };
    let viewer_by_admin = |kind| admin.event(kind, viewer.email.clone());
    let events = [
        (86, 100, own(manager, EventKind::ProfileChanged, "")),
        (79, 30, own(admin, EventKind::FactorAdded, "A passkey.")),
        (79, 33, own(admin, EventKind::RecoveryCodes, "")),
        (78, 12, own(admin, EventKind::FactorRenamed, "A passkey.")),
        (70, 90, own(owner, EventKind::Proved, "With a password.")),
        (
            70,
            92,
            owner.event(
                EventKind::SettingsChanged,
                "second factors required of owners",
            ),
        ),
        (
            69,
            15,
            owner.event(EventKind::SettingsChanged, "second factors not required"),
        ),
        (
            66,
            50,
            Event {
                before: Some("off".to_owned()),
                after: Some(
                    "https://alerts.example.com/portal: Account blocked by Telnyx".to_owned(),
                ),
                ..admin.event(EventKind::WebhookChanged, "Webhook")
            },
        ),
        (
            65,
            20,
            Event {
                before: Some(
                    "https://alerts.example.com/portal: Account blocked by Telnyx".to_owned(),
                ),
                after: Some("off".to_owned()),
                ..admin.event(EventKind::WebhookChanged, "Webhook")
            },
        ),
        (58, 200, own(admin, EventKind::FactorRemoved, "A passkey.")),
        (
            57,
            40,
            own(admin, EventKind::FactorAdded, "An authenticator app."),
        ),
        (
            49,
            75,
            at_admin(EventKind::FactorsReset, "The phone was lost."),
        ),
        (40, 66, viewer_by_admin(EventKind::ResetLink)),
        (40, 81, own(viewer, EventKind::PasswordChanged, "")),
        (
            38,
            50,
            Event {
                before: Some("c.manager@example.com".to_owned()),
                after: Some(manager.email.clone()),
                ..own(manager, EventKind::EmailChanged, "")
            },
        ),
        (37, 45, own(manager, EventKind::IdentityLinked, "")),
        (36, 45, own(manager, EventKind::IdentityForgotten, "")),
        (30, 130, viewer_by_admin(EventKind::StaffDisabled)),
        (28, 35, viewer_by_admin(EventKind::StaffEnabled)),
        (12, 8, own(manager, EventKind::PasswordChanged, "")),
        (12, 9, own(manager, EventKind::SessionEnded, "")),
    ];
    history.events(events);
}

/// Plans exports, changes to tags, and alerts of the directory.
fn exports_tags_and_alerts(history: &mut History, staff: &Staff) {
    let Staff {
        admin,
        manager,
        viewer,
        ..
    } = staff;
    let exported = |person: &Person, target: &str, message: &str| Event {
        after: Some("CSV".to_owned()),
        message: message.to_owned(),
        ..person.event(EventKind::Exported, target)
    };
    let tag = |kind, before: &str, after: Option<&str>, message: &str| Event {
        before: Some(before.to_owned()),
        after: after.map(str::to_owned),
        message: message.to_owned(),
        ..admin.event(kind, before)
    };
    let alert = |outcome, message: &str| Event {
        message: message.to_owned(),
        ..Event::by_system(EventKind::DirectoryAlert, outcome, "Directory of accounts")
    };
    let events = [
        (83, 400, exported(viewer, "the activity", "All events.")),
        (
            60,
            180,
            exported(manager, "accounts", "All accounts, as CSV."),
        ),
        (53, 260, exported(viewer, "the activity", "All events.")),
        (
            52,
            95,
            tag(EventKind::TagRenamed, "Resale", Some("Wholesale"), ""),
        ),
        (
            46,
            210,
            alert(
                EventOutcome::Refused,
                "The list of enabled accounts could not be read: it answered with an error (503).",
            ),
        ),
        (
            44,
            120,
            tag(
                EventKind::TagMerged,
                "VIPs",
                Some("VIP"),
                "2 accounts had it.",
            ),
        ),
        (
            31,
            310,
            tag(
                EventKind::TagDeleted,
                "Old price list",
                None,
                "No account had it.",
            ),
        ),
        (23, 410, exported(viewer, "the activity", "All events.")),
        (
            9,
            150,
            exported(manager, "accounts", "Status: Disabled, as CSV."),
        ),
    ];
    history.events(events);
}

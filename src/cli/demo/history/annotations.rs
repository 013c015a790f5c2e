//! Account managers, tags, names and notes of the accounts, views of their keys, and welcome emails.

use std::time::Duration;

use crate::domain::audit::{Event, EventKind};

use super::operation::{AccountWithLimit, later_time};
use super::{DAYS, History, HistoryStep, Person, Staff};

/// Plans the account manager of an account. Some accounts have none.
/// Accounts that are older than the portal get theirs in its first days.
pub fn plan_assignee(history: &mut History, staff: &Staff, one: &AccountWithLimit) {
    let to = match one.index % 10 {
        0..=4 => &staff.manager,
        5..=6 => &staff.admin,
        7 => &staff.owner,
        8 => &staff.viewer,
        _ => return,
    };
    let created = one.account.created_at.unwrap_or_else(|| history.start());
    let first_days = history.business_time(DAYS - 3 - one.index % 3, one.index * 7 % 500);
    let at = first_days.max(created + Duration::from_mins(25));
    let by = if one.index % 4 == 0 {
        &staff.admin
    } else {
        &staff.manager
    };
    let event = Event {
        account: Some(one.account.id.clone()),
        before: Some("none".to_owned()),
        after: Some(to.name.to_owned()),
        ..by.event(EventKind::Assignee, one.account.organization_name.clone())
    };
    let step = HistoryStep::Assignee(one.account.id.clone(), to.id, Box::new(event));
    history.add(at, step);
}

/// Plans the account's tags, names, notes, welcome email, and the views of its key.
pub fn plan(history: &mut History, staff: &Staff, one: &AccountWithLimit, free: i64) {
    const TAGS: [&str; 5] = ["Wholesale", "VIP", "Call center", "Trial", "Fraud watch"];
    const NOTES: [&str; 4] = [
        "Wants 20 more channels from the first of next month. Ask Maya before changing the limit.",
        "Contact for outages: the NOC, not the owner of the account.",
        "Paid the open invoice by bank transfer.",
        "Number porting is planned; expect more calls in the first week.",
    ];
    let Some(at) = later_time(history, one, free) else {
        return;
    };
    let name = || one.account.organization_name.clone();
    let id = || one.account.id.clone();
    let about = |kind, by: &Person| {
        Box::new(Event {
            account: Some(id()),
            ..by.event(kind, name())
        })
    };
    let pick = usize::try_from(one.index).unwrap_or_default();
    let at = at + Duration::from_mins(48);
    let manager = &staff.manager;
    if one.index % 5 == 1 {
        let tag = TAGS[pick / 5 % TAGS.len()].to_owned();
        let event = about(EventKind::AccountTags, manager);
        history.add(at, HistoryStep::Tag(id(), tag, manager.id, event));
    }
    if one.index % 19 == 7 {
        let display = format!("{} (main)", name());
        let event = Event {
            before: Some("none".to_owned()),
            after: Some(display.clone()),
            ..*about(EventKind::DisplayName, manager)
        };
        let at = at + Duration::from_mins(1);
        history.add(at, HistoryStep::DisplayName(id(), display, Box::new(event)));
    }
    if one.index % 13 == 6 {
        let by = if one.index % 2 == 0 {
            manager
        } else {
            &staff.admin
        };
        let event = about(EventKind::NoteAdded, by);
        let body = NOTES[pick / 13 % NOTES.len()];
        let pinned = one.index % 26 == 6;
        let at = at + Duration::from_mins(2);
        history.add(at, HistoryStep::Note(id(), by.clone(), body, pinned, event));
    }
    if one.index % 11 == 3 {
        let mut event = about(EventKind::WelcomeEmail, manager);
        event.message = format!("Sent to {}.", one.account.email);
        history.event(at + Duration::from_mins(2), *event);
    }
    if one.index % 31 == 9 {
        let mut event = about(EventKind::KeyShown, &staff.admin);
        event.reason =
            Some("The customer lost it; read to them on the phone after a call back".to_owned());
        history.event(at + Duration::from_mins(3), *event);
    }
    if one.index % 67 == 20 {
        let mut event = about(EventKind::NoteDeleted, &staff.admin);
        event.message = "A note by Maya Chen was deleted.".into();
        let added = about(EventKind::NoteAdded, manager);
        let mut changed = about(EventKind::NoteChanged, manager);
        changed.message = "Edited.".into();
        for (minutes, event) in [(4, added), (5, changed), (6, event)] {
            history.event(at + Duration::from_mins(minutes), *event);
        }
    }
}

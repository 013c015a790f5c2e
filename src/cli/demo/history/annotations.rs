//! Tags, names and notes of the accounts, and who was shown a key.

use std::time::Duration;

use reseller_portal::domain::audit::{Event, EventKind};

use super::changes::{Known, has_room, later};
use super::{History, Person, Staff, Step};

/// What the portal alone knows of the account: tags, names and notes; and who was shown its key.
pub fn plan(history: &mut History, staff: &Staff, one: &Known, free: i64) {
    const TAGS: [&str; 5] = ["Wholesale", "VIP", "Call center", "Trial", "Fraud watch"];
    const NOTES: [&str; 4] = [
        "Wants 20 more channels from the first of next month. Ask Maya before changing the limit.",
        "Contact for outages: the NOC, not the owner of the account.",
        "Paid the open invoice by bank transfer.",
        "Number porting is planned; expect more calls in the first week.",
    ];
    if !has_room(free) {
        return;
    }
    let name = || one.account.organization_name.clone();
    let id = || one.account.id.clone();
    let about = |kind, by: &Person| {
        Box::new(Event {
            account: Some(id()),
            ..by.did(kind, name())
        })
    };
    let pick = usize::try_from(one.place).unwrap_or_default();
    let at = later(history, one, free - 3) + Duration::from_mins(48);
    let manager = &staff.manager;
    if one.place % 5 == 1 {
        let tag = TAGS[pick / 5 % TAGS.len()].to_owned();
        let event = about(EventKind::AccountTags, manager);
        history.add(at, Step::Tag(id(), tag, manager.id, event));
    }
    if one.place % 19 == 7 {
        let display = format!("{} (main)", name());
        let event = Event {
            before: Some("none".to_owned()),
            after: Some(display.clone()),
            ..*about(EventKind::DisplayName, manager)
        };
        let at = at + Duration::from_mins(1);
        history.add(at, Step::DisplayName(id(), display, Box::new(event)));
    }
    if one.place % 13 == 6 {
        let by = if one.place % 2 == 0 { manager } else { &staff.admin };
        let event = about(EventKind::NoteAdded, by);
        let body = NOTES[pick / 13 % NOTES.len()];
        let pinned = one.place % 26 == 6;
        let at = at + Duration::from_mins(2);
        history.add(at, Step::Note(id(), by.clone(), body, pinned, event));
    }
    if one.place % 31 == 9 {
        let mut event = about(EventKind::KeyShown, &staff.admin);
        event.reason = Some("The customer lost it; read to them on the phone after a call back".to_owned());
        history.event(at + Duration::from_mins(3), *event);
    }
    if one.place % 67 == 20 {
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

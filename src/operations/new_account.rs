//! The portal's own data of a new account, stored in the transaction that records its creation.

use crate::db::accounts;
use crate::db::notes::{self, Note};
use crate::db::operations::Operation;
use crate::db::welcome_emails::{self, WelcomeEmail};
use crate::db::{self, Tx, assignees, tags};
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::ids::{AccountId, NoteId, WelcomeEmailId};
use crate::domain::operation::AccountDetails;
use crate::domain::time::Timestamp;

/// Stores the data that was given with a creation. Returns an audit event for each part.
/// Keeps the display name and account manager that the account has by then.
pub(super) async fn annotate(
    tx: &mut Tx,
    operation: &Operation,
    account: &AccountId,
    details: &AccountDetails,
    now: Timestamp,
) -> db::Result<Vec<Event>> {
    let mut events = Vec::new();
    if let Some(name) = &details.display_name
        && accounts::set_display_name(tx, account, None, Some(name)).await?
    {
        events.push(Event {
            before: Some("none".to_owned()),
            after: Some(name.clone()),
            ..event(operation, account, EventKind::DisplayName)
        });
    }
    if !details.tags.is_empty() {
        for name in &details.tags {
            let tag = tags::find_or_create(tx, name, operation.staff_id, now).await?;
            tags::add_to_account(tx, account, tag.id).await?;
        }
        events.push(Event {
            before: Some("none".to_owned()),
            after: Some(details.tags.join(", ")),
            ..event(operation, account, EventKind::AccountTags)
        });
    }
    if let Some(id) = details.assignee
        && let Some(person) = assignees::by_id_in_tx(tx, id).await?
        // Nobody gets accounts who was disabled since the form was sent.
        && !person.is_disabled
        && assignees::set(tx, account, None, Some(id)).await?
    {
        events.push(Event {
            before: Some("none".to_owned()),
            after: Some(person.name),
            ..event(operation, account, EventKind::Assignee)
        });
    }
    if let Some(body) = &details.note {
        let note = Note {
            id: note_id(operation),
            account: account.clone(),
            body: body.clone(),
            pinned: false,
            created_by: operation.staff_id,
            created_by_name: operation.staff_name.clone(),
            created_at: now,
            edited_at: None,
            deleted_at: None,
            version: 1,
        };
        if notes::insert(tx, &note).await? {
            events.push(event(operation, account, EventKind::NoteAdded));
        }
    }
    if details.welcome_email {
        welcome_emails::insert(tx, &welcome_email(operation, account, now)).await?;
    }
    Ok(events)
}

/// Returns the welcome email that a creation asks for. It is sent once the account exists.
/// Repeating the creation adds no second one, because both have the same ID.
fn welcome_email(operation: &Operation, account: &AccountId, now: Timestamp) -> WelcomeEmail {
    let id = WelcomeEmailId::from_uuid(operation.id.as_uuid());
    WelcomeEmail {
        address: operation.address.clone(),
        request_id: operation.request_id.clone(),
        operation: Some(operation.id),
        job: operation.job,
        ..WelcomeEmail::new(id, account.clone(), operation.who(), now)
    }
}

/// Returns the ID of the note that a creation adds. Repeating the creation adds no second one.
fn note_id(operation: &Operation) -> NoteId {
    NoteId::from_uuid(operation.id.as_uuid())
}

fn event(operation: &Operation, account: &AccountId, kind: EventKind) -> Event {
    Event {
        who: Some(operation.who()),
        address: operation.address.clone(),
        request_id: operation.request_id.clone(),
        account: Some(account.clone()),
        operation: Some(operation.id),
        job: operation.job,
        ..Event::by_system(kind, EventOutcome::Done, operation.label.clone())
    }
}

//! Choices of people: how they hear of each kind.

use crate::app::App;
use crate::db::{self, notifications};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::ids::StaffId;
use crate::domain::notification::{NotificationDelivery, NotificationKind};
use crate::domain::role::Role;

/// Returns the kinds that a person can get, each with their choice or the default.
pub async fn choices_of(
    app: &App,
    staff: StaffId,
    role: Role,
) -> db::Result<Vec<(NotificationKind, NotificationDelivery)>> {
    let chosen = notifications::choices(&app.db, staff).await?;
    let kinds = NotificationKind::ALL
        .into_iter()
        .filter(|kind| kind.is_for(role));
    let with_choice = kinds.map(|kind| {
        let delivery = chosen.get(&kind).copied();
        (kind, delivery.unwrap_or_else(|| kind.default_delivery()))
    });
    Ok(with_choice.collect())
}

/// Saves a person's choices. Kinds that their role does not get are left out.
pub async fn save_choices(
    app: &App,
    actor: &Actor,
    new: &[(NotificationKind, NotificationDelivery)],
) -> db::Result<()> {
    let before = choices_of(app, actor.staff_id, actor.role).await?;
    let changed: Vec<_> = before
        .iter()
        .filter_map(|(kind, was)| {
            let (_, is) = new.iter().find(|(other, _)| other == kind)?;
            (is != was).then_some((*kind, *was, *is))
        })
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let mut tx = app.db.begin().await?;
    for (kind, _, delivery) in &changed {
        notifications::choose(&mut tx, actor.staff_id, *kind, *delivery).await?;
    }
    let sentences: Vec<String> = changed
        .iter()
        .map(|(kind, was, is)| format!("{}: {} → {}", kind.label(), was.label(), is.label()))
        .collect();
    let event = Event {
        message: format!("Notifications. {}.", sentences.join("; ")),
        ..Event::by_actor(
            actor,
            EventKind::ProfileChanged,
            EventOutcome::Done,
            &actor.email,
        )
    };
    db::audit::append(&mut tx, &app.audit_key, app.clock.now(), &event).await?;
    tx.commit().await
}

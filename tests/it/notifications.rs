//! Notifications below the pages: where they arise, their emails, and the webhook.

use reseller_portal::db::notifications::{self, Notification, NotificationFilter};
use reseller_portal::domain::actor::Actor;
use reseller_portal::domain::ids::StaffId;
use reseller_portal::domain::notification::{
    NotificationDelivery, NotificationFact, NotificationKind,
};
use reseller_portal::notifications as published;

use crate::support::Portal;

mod emails;
mod facts;
mod pruning;
mod webhook;

/// Returns the notifications of a person, the latest first.
async fn of(portal: &Portal, person: &Actor) -> Vec<Notification> {
    let all = NotificationFilter::default();
    notifications::page(&portal.db, person.staff_id, all, 1, 1_000)
        .await
        .unwrap()
}

/// Returns the sentences of a person's notifications of a kind, the latest first.
async fn sentences(portal: &Portal, person: &Actor, kind: NotificationKind) -> Vec<String> {
    let all = of(portal, person).await;
    let own = all.iter().filter(|item| item.kind == kind);
    own.map(|item| kind.sentence(item.items, &item.subject))
        .collect()
}

/// Returns a single fact.
fn fact(kind: NotificationKind, subject: &str) -> NotificationFact {
    NotificationFact {
        kind,
        sweep: None,
        items: 1,
        subject: subject.to_owned(),
        detail: "More about it.".to_owned(),
        path: "/accounts/1".to_owned(),
    }
}

/// Publishes a fact in a transaction of its own.
async fn publish(portal: &Portal, fact: &NotificationFact, only: Option<StaffId>) {
    let mut tx = portal.db.begin().await.unwrap();
    published::publish(&portal.app, &mut tx, fact, only)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// Stores a person's choice.
async fn choose(
    portal: &Portal,
    person: &Actor,
    kind: NotificationKind,
    delivery: NotificationDelivery,
) {
    published::save_choices(&portal.app, person, &[(kind, delivery)])
        .await
        .unwrap();
}

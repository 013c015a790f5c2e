//! Bounds: 90 days, and 500 unread notifications of a person.

use std::time::Duration;

use reseller_portal::db::notifications::{MAX_UNREAD, counts};
use reseller_portal::domain::notification::NotificationKind;
use reseller_portal::domain::role::Role;
use reseller_portal::jobs::expiry_once;

use super::{fact, of, publish};
use crate::support::Portal;

#[tokio::test]
async fn at_most_five_hundred_stay_unread_and_none_is_kept_for_more_than_ninety_days() {
    let portal = Portal::start().await;
    let ann = portal.staff(Role::Manager).await;
    let bob = portal.staff(Role::Viewer).await;
    let kind = NotificationKind::ChangedElsewhere;
    publish(&portal, &fact(kind, "First"), None).await;
    for number in 0..MAX_UNREAD {
        portal.advance(Duration::from_secs(1));
        let only = Some(ann.staff_id);
        publish(&portal, &fact(kind, &format!("Acme {number}")), only).await;
    }
    expiry_once(&portal).await.unwrap();
    let all = counts(&portal.db, ann.staff_id, None).await.unwrap();
    assert_eq!(all, (MAX_UNREAD + 1, MAX_UNREAD));
    let oldest = of(&portal, &ann).await.pop().unwrap();
    assert_eq!(oldest.subject, "First");
    assert!(oldest.read_at.is_some());
    assert!(of(&portal, &bob).await[0].read_at.is_none());
    portal.advance(Duration::from_hours(24 * 91));
    expiry_once(&portal).await.unwrap();
    assert!(of(&portal, &ann).await.is_empty());
}

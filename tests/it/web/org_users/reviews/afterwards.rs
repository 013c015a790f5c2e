//! After a review: removals, evidence, and the reminder of the next one.

use std::time::Duration;

use reseller_portal::db::access_reviews::items;
use reseller_portal::db::{notifications, staff};
use reseller_portal::domain::access_review::ReviewDecision;
use reseller_portal::domain::notification::NotificationKind;
use reseller_portal::domain::role::Role;
use reseller_portal::jobs;

use super::super::users;
use super::{PATH, decide_all, evidence, sign_off, start};
use crate::support::{Browser, Portal};

#[tokio::test]
async fn whoever_is_to_be_removed_is_removed_through_the_usual_form() {
    let portal = Portal::start().await;
    let admin = portal.signed_in(Role::Admin).await;
    let path = start(&admin).await;
    decide_all(&portal, &admin, &path).await;
    sign_off(&admin, &path).await.expect(303);
    let page = admin
        .get(&format!("{path}?decision=remove"))
        .await
        .expect(200);
    let form = page.attr_of("#user2 a[href*='/remove?']", "href").unwrap();
    let email = page.text_of("#user2 td.lead a");
    let confirm = admin.get(&form).await.expect(200);
    assert_eq!(
        confirm
            .attr_of("#reason_code option[selected]", "value")
            .as_deref(),
        Some("access_review")
    );
    assert_eq!(confirm.text_of("#reason"), "Left in May");
    let done = admin
        .submit(&confirm, "form.confirm", &[("confirm_email", &email)])
        .await
        .expect(303);
    assert_eq!(
        done.leads_to(),
        Some(format!("{path}?decision=remove#user2"))
    );
    let page = admin
        .get(&format!("{path}?decision=remove"))
        .await
        .expect(200);
    assert!(
        page.text_of("#user2").contains("Removed"),
        "{}",
        page.words()
    );
    assert!(page.says("1 of 1"), "{}", page.words());
    let gone = admin
        .get(&format!("{path}?only=still-present"))
        .await
        .expect(200);
    assert!(gone.says("Nothing matches"));
}

#[tokio::test]
async fn the_evidence_has_everything_and_shows_if_it_was_tampered_with() {
    let portal = Portal::start().await;
    let admin = portal.signed_in(Role::Admin).await;
    let path = start(&admin).await;
    let open = evidence(&admin, &path).await;
    assert_eq!(open.len(), users(&portal).await.len());
    assert!(
        open.values()
            .all(|row| row["state"] == "open" && row["audit_event"].is_empty())
    );
    decide_all(&portal, &admin, &path).await;
    sign_off(&admin, &path).await.expect(303);
    let viewer = portal.signed_in(Role::Viewer).await;
    let rows = evidence(&viewer, &path).await;
    let removed = rows
        .values()
        .find(|row| row["decision"] == "remove")
        .unwrap();
    assert_eq!(removed["note"], "Left in May");
    assert_eq!(removed["listed_now"], "yes");
    assert_eq!(removed["signed_off_by_email"], "admin@example.com");
    assert_eq!(removed["audit_event_hash"].len(), 64);
    assert_eq!(removed["matches_audit_event"], "yes");
    let page = viewer.get("/activity?kind=access_review_signed_off").await;
    assert!(page.says(&removed["sha256"]));

    let mut tx = portal.db.begin().await.unwrap();
    let (id, place) = (path.rsplit('/').next().unwrap().parse().unwrap(), (2, 2));
    let decided = (ReviewDecision::Keep, "forged");
    let actor = portal.actor(Role::Admin);
    let by = (&actor, portal.clock.now());
    items::decide(&mut tx, id, place, decided, by)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let rows = evidence(&viewer, &path).await;
    assert!(rows.values().all(|row| row["matches_audit_event"] == "no"));
}

async fn due_notifications(browser: &Browser) -> usize {
    let page = browser.get("/notifications").await.expect(200);
    let sentences = page.select("tbody .cell-main");
    let due = |text: &&String| text.contains("The access review of Telnyx users is due");
    sentences.iter().filter(due).count()
}

#[tokio::test]
async fn owners_and_admins_are_reminded_once_when_the_last_sign_off_is_too_old() {
    let portal = Portal::start().await;
    let owner = portal.signed_in(Role::Owner).await;
    let admin = portal.signed_in(Role::Admin).await;
    portal.staff(Role::Manager).await;
    let path = start(&admin).await;
    decide_all(&portal, &admin, &path).await;
    sign_off(&admin, &path).await.expect(303);
    jobs::access_review_once(&portal.app).await.unwrap();
    assert_eq!(due_notifications(&owner).await, 0);

    admin.get("/settings/access-review").await.expect(403);
    let page = owner.get("/settings/access-review").await.expect(200);
    let stale = owner.get("/settings/access-review").await.expect(200);
    let wrong = owner
        .submit(&page, "#reminder-form", &[("months", "7")])
        .await
        .expect(422);
    assert!(wrong.has("#months-help .field-error"));
    owner
        .submit(&page, "#reminder-form", &[("months", "3")])
        .await
        .expect(303);
    let late = owner
        .submit(&stale, "#reminder-form", &[("months", "12")])
        .await
        .expect(409);
    assert!(late.says("Now: every 3 months."));
    jobs::access_review_once(&portal.app).await.unwrap();
    assert_eq!(due_notifications(&owner).await, 0);
    let list = admin.get(PATH).await.expect(200);
    assert!(list.says("The next review is due"));

    // Sessions end meanwhile.
    portal.advance(Duration::from_hours(24 * 93));
    for _ in 0..2 {
        jobs::access_review_once(&portal.app).await.unwrap();
    }
    let kind = Some(NotificationKind::AccessReviewDue);
    for person in staff::all(&portal.db).await.unwrap() {
        let (told, _) = notifications::counts(&portal.db, person.id, kind)
            .await
            .unwrap();
        let expected = i64::from(person.role != Role::Manager);
        assert_eq!(told, expected, "{:?}", person.role);
    }
}

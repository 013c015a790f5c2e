//! `/activity/verification`: state of the chain of events.

use std::time::Duration;

use reseller_portal::db::Db;
use reseller_portal::db::audit::{self, EventFilter};
use reseller_portal::domain::audit::{Event, EventKind, EventOutcome};
use reseller_portal::domain::role::Role;
use reseller_portal::{audit_verification, jobs};

use super::record;
use crate::support::Portal;

/// Changes the database directly.
async fn tamper(portal: &Portal, text: &'static str) {
    match &portal.db {
        Db::Sqlite { write, .. } => {
            let triggers =
                "DROP TRIGGER IF EXISTS audit_events_no_update; DROP TRIGGER IF EXISTS audit_events_no_delete;
                 DROP TRIGGER IF EXISTS audit_words_no_delete";
            sqlx::raw_sql(triggers).execute(write).await.unwrap();
            sqlx::raw_sql(text).execute(write).await.unwrap();
        }
        Db::Postgres { pool, .. } => {
            let triggers = "ALTER TABLE audit_events DISABLE TRIGGER ALL; ALTER TABLE audit_words DISABLE TRIGGER ALL";
            sqlx::raw_sql(triggers).execute(pool).await.unwrap();
            sqlx::raw_sql(text).execute(pool).await.unwrap();
        }
    }
}

async fn some_events(portal: &Portal, number: usize) {
    for _ in 0..number {
        record(
            portal,
            &Event::by_system(EventKind::SignOut, EventOutcome::Done, "ann"),
        )
        .await;
    }
}

async fn broken_events(portal: &Portal) -> usize {
    let filter = EventFilter {
        kinds: vec![EventKind::AuditBroken],
        ..EventFilter::default()
    };
    audit::latest(&portal.db, &filter, 10).await.unwrap().len()
}

#[tokio::test]
async fn whoever_reads_the_activity_verifies_it_and_notes_the_head() {
    let portal = Portal::start().await;
    let auditor = portal.signed_in(Role::Viewer).await;
    some_events(&portal, 3).await;
    let page = auditor.get("/activity").await.expect(200);
    assert!(page.has(r#"a[href="/activity/verification"]"#));
    let page = auditor.get("/activity/verification").await.expect(200);
    assert!(page.says("Not verified yet"), "{}", page.words());
    assert!(!page.has("[data-copy]"));

    let answer = auditor.post("/activity/verification", &[]).await;
    assert_eq!(answer.leads_to().as_deref(), Some("/activity/verification"));
    some_events(&portal, 2).await;
    let page = auditor.get("/activity/verification").await.expect(200);
    assert!(
        page.says("Verified: nothing was altered") && page.says("2 newer"),
        "{}",
        page.words()
    );
    let head = page.attr_of("[data-copy]", "data-copy").unwrap();
    let found = audit::verify::by_hash(&portal.db, &portal.audit_key, &head)
        .await
        .unwrap();
    assert_eq!(found, Some(3));
    let stranger = portal.browser().post("/activity/verification", &[]).await;
    assert!(
        !stranger.says("Verified: nothing was altered")
            && stranger.leads_to().as_deref() != Some("/activity/verification")
    );
}

#[tokio::test]
async fn a_break_is_told_everywhere_until_the_chain_holds_again() {
    let portal = Portal::start().await;
    let ann = portal.signed_in(Role::Manager).await;
    some_events(&portal, 4).await;
    jobs::verify_audit_once(&portal.app).await.unwrap();
    tamper(
        &portal,
        "UPDATE audit_events SET outcome = 'refused' WHERE seq = 2",
    )
    .await;
    // The daily check ran already, so the break is not found yet.
    jobs::verify_audit_once(&portal.app).await.unwrap();
    assert!(
        ann.get("/activity/verification")
            .await
            .expect(200)
            .says("Verified: nothing was altered")
    );

    portal.advance(Duration::from_hours(25));
    let ann = portal.signed_in(Role::Manager).await;
    jobs::verify_audit_once(&portal.app).await.unwrap();
    let page = ann.get("/activity/verification").await.expect(200);
    assert!(page.says("Tampered with at event 2"), "{}", page.words());
    assert!(
        ann.get("/activity")
            .await
            .expect(200)
            .says("Tampered with at event 2")
    );
    let page = ann.get("/").await.expect(200);
    assert!(
        page.says("The activity was tampered with at event 2"),
        "{}",
        page.words()
    );
    // The same break is recorded once, no matter how often it is found.
    audit_verification::verify(&portal.app)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(broken_events(&portal).await, 1);

    tamper(
        &portal,
        "UPDATE audit_events SET outcome = 'done' WHERE seq = 2",
    )
    .await;
    ann.post("/activity/verification", &[]).await;
    assert!(
        ann.get("/activity/verification")
            .await
            .expect(200)
            .says("Verified: nothing was altered")
    );
    assert!(!ann.get("/").await.expect(200).says("tampered"));
}

#[tokio::test]
async fn newest_events_that_were_cut_off_together_with_the_head_are_missed_by_the_next_verification()
 {
    let portal = Portal::start().await;
    some_events(&portal, 5).await;
    audit_verification::verify(&portal.app)
        .await
        .unwrap()
        .unwrap();
    tamper(
        &portal,
        "DELETE FROM audit_events WHERE seq = 5; DELETE FROM audit_words WHERE seq = 5;
         UPDATE audit_head SET seq = 4, hash = (SELECT hash FROM audit_events WHERE seq = 4)",
    )
    .await;
    let viewer = portal.signed_in(Role::Viewer).await;
    for _ in 0..2 {
        viewer.post("/activity/verification", &[]).await;
        let page = viewer.get("/activity/verification").await.expect(200);
        assert!(
            page.says("Tampered with at event 5") && page.says("was longer"),
            "{}",
            page.words()
        );
    }
}

#[tokio::test]
async fn a_result_that_was_changed_in_the_database_is_no_result() {
    let portal = Portal::start().await;
    let viewer = portal.signed_in(Role::Viewer).await;
    some_events(&portal, 2).await;
    tamper(&portal, "UPDATE audit_events SET at = 7 WHERE seq = 2").await;
    viewer.post("/activity/verification", &[]).await;
    assert!(
        viewer
            .get("/activity/verification")
            .await
            .expect(200)
            .says("ampered with at event 2")
    );
    tamper(
        &portal,
        "UPDATE settings SET value = REPLACE(value, '\"seq\":2', '\"seq\":1') WHERE name = 'audit_checked'",
    )
    .await;
    assert!(
        viewer
            .get("/activity/verification")
            .await
            .expect(200)
            .says("Not verified yet")
    );
}

//! `audit verify`: the chain recomputed from outside the portal.

use reseller_portal::db::Db;
use reseller_portal::db::audit::{AuditKey, record};
use reseller_portal::domain::audit::{Event, EventKind, EventOutcome};
use reseller_portal::domain::time::Timestamp;

use super::{Run, SECRET, after, text};

fn verify(data: &std::path::Path, more: &[&str]) -> Run {
    Run::new(&[&["audit", "verify"], more].concat())
        .set("PORTAL_SECRET_KEY", SECRET)
        .set("DATABASE_URL", &format!("sqlite:{}/portal.db", data.display()))
}

/// A portal's database with so many events more.
async fn events(data: &std::path::Path, number: usize) -> Db {
    let db = Db::open(&format!("sqlite:{}/portal.db", data.display())).await.unwrap();
    let key = audit_key();
    for _ in 0..number {
        let event = Event::noticed(EventKind::SignOut, EventOutcome::Done, "");
        record(&db, &key, Timestamp::from_millis(1), &event).await.unwrap();
    }
    db
}

/// Derived as the portal derives it.
fn audit_key() -> AuditKey {
    let mut key = [0; 32];
    hkdf::Hkdf::<sha2::Sha256>::new(None, SECRET.as_bytes())
        .expand(b"audit", &mut key)
        .unwrap();
    AuditKey::new(&key)
}

#[tokio::test]
async fn a_chain_that_holds_gives_its_head_and_an_earlier_head_is_found_in_it() {
    let data = crate::support::directory();
    events(data.path(), 2).await.close().await;
    let output = verify(data.path(), &[]).output();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let printed = text(&output.stdout);
    assert!(printed.contains("The audit holds: 2 events."), "{printed}");
    let head = after(&printed, "Head: ");
    assert_eq!(head.len(), 64, "{printed}");

    assert!(verify(data.path(), &["--expect-head", &head]).output().status.success());
    events(data.path(), 3).await.close().await;
    let output = verify(data.path(), &["--expect-head", &head]).output();
    let printed = text(&output.stdout);
    assert!(
        output.status.success() && printed.contains("event 2; 3 came after it"),
        "{printed}"
    );
    let complaint = verify(data.path(), &["--expect-head", &"0".repeat(64)]).refusal();
    assert!(complaint.contains("not in the chain"), "{complaint}");
}

#[tokio::test]
async fn a_changed_event_another_key_and_a_database_that_is_not_there_are_refused() {
    let data = crate::support::directory();
    let db = events(data.path(), 3).await;
    let complaint = verify(data.path(), &[])
        .set("PORTAL_SECRET_KEY", &SECRET.to_uppercase())
        .refusal();
    assert!(
        complaint.contains("breaks at event 1") && complaint.contains("PORTAL_SECRET_KEY"),
        "{complaint}"
    );

    let Db::Sqlite { write, .. } = &db else {
        panic!("the address names SQLite");
    };
    let forged = "DROP TRIGGER audit_events_no_update; UPDATE audit_events SET outcome = 'refused' WHERE seq = 2";
    sqlx::raw_sql(forged).execute(write).await.unwrap();
    db.close().await;
    let complaint = verify(data.path(), &[]).refusal();
    assert!(complaint.contains("breaks at event 2"), "{complaint}");

    let empty = crate::support::directory();
    let complaint = verify(empty.path(), &[]).refusal();
    assert!(complaint.contains("DATABASE_URL names no database"), "{complaint}");
}

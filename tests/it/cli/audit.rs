//! `audit verify`, `prune` and `check-file`: recomputing the chain from outside, and retention.

use reseller_portal::db::Db;
use reseller_portal::db::audit::{AuditKey, record};
use reseller_portal::domain::audit::{Event, EventKind, EventOutcome};
use reseller_portal::domain::time::Timestamp;

use super::{Run, SECRET, after, text};

fn verify(data: &std::path::Path, more: &[&str]) -> Run {
    run(data, &[&["verify"], more].concat())
}

fn run(data: &std::path::Path, what: &[&str]) -> Run {
    Run::new(&[&["audit"], what].concat())
        .set("PORTAL_SECRET_KEY", SECRET)
        .set(
            "DATABASE_URL",
            &format!("sqlite:{}/portal.db", data.display()),
        )
}

/// Opens a portal's database and adds this number of events.
async fn events(data: &std::path::Path, number: usize) -> Db {
    let db = Db::open(&format!("sqlite:{}/portal.db", data.display()))
        .await
        .unwrap();
    let key = audit_key();
    for _ in 0..number {
        let event = Event::by_system(EventKind::SignOut, EventOutcome::Done, "");
        record(&db, &key, Timestamp::from_millis(1), &event)
            .await
            .unwrap();
    }
    db
}

/// Returns the audit key, derived as the portal does.
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
    assert!(
        printed.contains("Newest event: 1970-01-01T00:00:00.001Z, "),
        "{printed}"
    );

    assert!(
        verify(data.path(), &["--expect-head", &head])
            .output()
            .status
            .success()
    );
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
        complaint.contains("PORTAL_SECRET_KEY is not the one of this database")
            && complaint.contains("expected is"),
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
    assert!(
        complaint.contains("DATABASE_URL names no database"),
        "{complaint}"
    );
}

#[tokio::test]
async fn pruning_keeps_the_events_in_a_file_and_the_chain_and_says_so() {
    let data = crate::support::directory();
    events(data.path(), 5).await.close().await;
    let file = data.path().join("old.jsonl");
    let path = file.to_str().unwrap();
    let whole = [
        "prune",
        "--before",
        "2020-01-01",
        "--export",
        path,
        "--by",
        "Ann",
        "--reason",
        "Kept a year",
    ];

    // All but the newest events are old. Without confirmation, pruning only announces what it would
    // do.
    let asked = run(data.path(), &whole).output();
    assert!(!asked.status.success());
    assert!(
        text(&asked.stdout).contains("Events 1 to 4"),
        "{}",
        text(&asked.stdout)
    );
    assert!(text(&asked.stderr).contains("add --yes") && !file.exists());
    let output = run(data.path(), &[&whole[..], &["--yes"]].concat()).output();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 4);

    let printed = text(&verify(data.path(), &[]).output().stdout);
    assert!(printed.contains("The audit holds: 7 events."), "{printed}");
    assert!(
        printed.contains("4 were pruned") && printed.contains("by Ann: Kept a year"),
        "{printed}"
    );
    let printed = text(&run(data.path(), &["check-file", path]).output().stdout);
    assert!(printed.contains("all events from 1 to 4"), "{printed}");
    let head = after(&printed, "Head: ");
    let expected = text(
        &verify(data.path(), &["--expect-head", &head])
            .output()
            .stdout,
    );
    assert!(
        expected.contains("is event 4; 3 came after it"),
        "{expected}"
    );
    let complaint = verify(data.path(), &["--expect-head", &"0".repeat(64)]).refusal();
    assert!(
        complaint.contains("the files that have the pruned events"),
        "{complaint}"
    );

    // The file is not overwritten, and a change to it is detected.
    let complaint = run(data.path(), &[&whole[..], &["--yes"]].concat()).output();
    assert!(!complaint.status.success() && text(&complaint.stderr).contains("old.jsonl"));
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 4);
    let changed = std::fs::read_to_string(&file)
        .unwrap()
        .replace("sign_out", "sign_in");
    std::fs::write(&file, changed).unwrap();
    let complaint = run(data.path(), &["check-file", path]).refusal();
    assert!(
        complaint.contains("line 1 is not as this portal wrote it"),
        "{complaint}"
    );
}

#[tokio::test]
async fn young_events_a_file_that_is_there_and_a_broken_chain_are_not_pruned() {
    let data = crate::support::directory();
    let db = events(data.path(), 3).await;
    let file = data.path().join("old.jsonl");
    let path = file.to_str().unwrap();
    let prune = |before: &str| {
        let what = [
            "prune", "--before", before, "--export", path, "--by", "Ann", "--reason", "Old",
            "--yes",
        ];
        run(data.path(), &what)
    };
    let complaint = prune("2999-01-01").refusal();
    assert!(
        complaint.contains("events of the last 30 days stay"),
        "{complaint}"
    );
    let complaint = run(data.path(), &["prune", "--before", "2020-01-01"]).output();
    assert!(
        text(&complaint.stderr).contains("--export"),
        "{}",
        text(&complaint.stderr)
    );
    std::fs::write(&file, "mine").unwrap();
    let complaint = prune("2020-01-01").output();
    assert!(
        text(&complaint.stderr).contains("old.jsonl"),
        "{}",
        text(&complaint.stderr)
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    std::fs::remove_file(&file).unwrap();

    let Db::Sqlite { write, .. } = &db else {
        panic!("the address names SQLite");
    };
    let forged =
        "DROP TRIGGER audit_events_no_update; UPDATE audit_events SET at = 2 WHERE seq = 2";
    sqlx::raw_sql(forged).execute(write).await.unwrap();
    db.close().await;
    let complaint = prune("2020-01-01").output();
    assert!(
        text(&complaint.stderr).contains("breaks at event 2"),
        "{}",
        text(&complaint.stderr)
    );
    assert!(!file.exists());
}

#[tokio::test]
async fn the_secret_key_is_replaced_and_every_command_then_takes_the_new_one_only() {
    const NEW: &str = "the new key, long enough for a portal to take";
    let data = crate::support::directory();
    events(data.path(), 2).await.close().await;
    let rotate = |old: &str, new: &str| {
        Run::new(&["rotate-secret-key"])
            .set("PORTAL_SECRET_KEY", new)
            .set("PORTAL_PREVIOUS_SECRET_KEY", old)
            .set(
                "DATABASE_URL",
                &format!("sqlite:{}/portal.db", data.path().display()),
            )
    };
    let complaint = rotate(SECRET, SECRET).refusal();
    assert!(
        complaint.contains("the new key is the old one"),
        "{complaint}"
    );
    let complaint = rotate(NEW, SECRET).refusal();
    assert!(
        complaint.contains("is not the one of this database"),
        "{complaint}"
    );
    let complaint = rotate(SECRET, NEW)
        .unset("PORTAL_PREVIOUS_SECRET_KEY")
        .refusal();
    assert!(
        complaint.contains("PORTAL_PREVIOUS_SECRET_KEY is not set"),
        "{complaint}"
    );

    let output = rotate(SECRET, NEW).output();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("Events up to 2 stay sealed with the old one"));
    for what in [&["verify"][..], &["check-file", "none"]] {
        let complaint = run(data.path(), what).refusal();
        assert!(!complaint.is_empty());
    }
    let staff = |key: &str| {
        Run::new(&["staff", "list"])
            .set("PORTAL_SECRET_KEY", key)
            .set(
                "DATABASE_URL",
                &format!("sqlite:{}/portal.db", data.path().display()),
            )
    };
    assert!(
        staff(SECRET)
            .refusal()
            .contains("is not the one of this database")
    );
    assert!(staff(NEW).output().status.success());
    let output = verify(data.path(), &[])
        .set("PORTAL_SECRET_KEY", NEW)
        .output();
    assert!(
        text(&output.stdout).contains("The audit holds: 3 events."),
        "{}",
        text(&output.stderr)
    );
}

//! `demo`: everything in one process, on this machine only.

use reseller_portal::db::audit::{self, Entry};
use reseller_portal::db::{Db, accounts, operations};
use reseller_portal::domain::audit::{EventKind, EventOutcome};
use reseller_portal::domain::ids::AccountId;

use super::{Run, after, free_address, get};
use crate::support::{Folder, directory};

fn demo(more: &[&str]) -> Run {
    Run::new(
        &[
            &["demo", "--listen", "127.0.0.1:0", "--accounts", "12"],
            more,
        ]
        .concat(),
    )
}

#[tokio::test]
async fn it_prints_where_to_go_and_who_can_sign_in_and_keeps_nothing() {
    let scratch = directory();
    let run = demo(&[]).set("TMPDIR", &scratch.path().display().to_string());
    // A demo ignores the variables of a real portal.
    let run = run
        .set("TELNYX_API_BASE", "http://192.0.2.1/v2")
        .set("DATABASE_URL", "mysql:wrong");
    let running = run.start();
    let printed = running.until("nothing is kept");
    for role in ["owner", "admin", "manager", "viewer"] {
        assert!(
            printed.contains(&format!("{role}@example.com")),
            "{printed}"
        );
    }
    assert!(printed.contains("demo only: not a secret"), "{printed}");
    let url = after(&printed, "Open");
    assert_eq!(get(&format!("{url}/healthz")).await.0, 200);
    let telnyx = after(&printed, "Telnyx ");
    assert!(telnyx.starts_with("http://127.0.0.1:"), "{printed}");
    let key_owner = after(&printed, "belongs to")
        .trim_end_matches(',')
        .to_owned();
    assert!(key_owner.ends_with("@example.com"), "{printed}");

    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 1);
    assert_eq!(running.end("-TERM").0, Some(0));
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
}

#[test]
fn it_listens_on_loopback_only() {
    for option in ["--listen", "--sandbox-listen"] {
        let complaint = Run::new(&["demo", option, "0.0.0.0:0"]).refusal();
        assert!(
            complaint.contains(option) && complaint.contains("loopback"),
            "{complaint}"
        );
    }
}

#[test]
fn its_data_is_kept_where_asked_serves_a_second_start_and_is_refused_by_serve() {
    let kept = directory();
    let data = kept.path().join("new").display().to_string();
    for _ in 0..2 {
        let running = demo(&["--data", &data]).start();
        running.until("stays in");
        assert_eq!(running.end("-INT").0, Some(0));
    }
    let serve = || Run::serve().set("DATABASE_URL", &format!("sqlite:{data}/portal.db"));
    let complaint = serve().refusal();
    assert!(complaint.contains("a demo's database"), "{complaint}");

    let complaint = Run::new(&[
        "demo",
        "--listen",
        &free_address(),
        "--accounts",
        "13",
        "--data",
        &data,
    ])
    .refusal();
    assert!(complaint.contains("--accounts 12"), "{complaint}");
}

#[test]
fn a_database_in_real_use_is_not_made_a_demo() {
    let running = Run::serve().start();
    running.until_logged("the portal listens");
    let data = running.path().display().to_string();
    let complaint = Run::new(&["demo", "--listen", "127.0.0.1:0", "--data", &data]).refusal();
    assert!(
        complaint.contains("--data") && complaint.contains("is no demo's"),
        "{complaint}"
    );
}

/// Runs a demo once. Returns its database and directory.
async fn planted(accounts: &str) -> (Db, Folder) {
    let kept = directory();
    let data = kept.path().display().to_string();
    let running = Run::new(&[
        "demo",
        "--listen",
        "127.0.0.1:0",
        "--sandbox-listen",
        "127.0.0.1:0",
        "--accounts",
        accounts,
        "--data",
        &data,
    ])
    .start();
    running.until("stays in");
    assert_eq!(running.end("-INT").0, Some(0));
    (open(&kept).await, kept)
}

async fn open(kept: &Folder) -> Db {
    Db::open(&format!("sqlite:{}/portal.db", kept.path().display()))
        .await
        .unwrap()
}

async fn events(db: &Db) -> Vec<Entry> {
    audit::oldest(db, &audit::EventFilter::default(), 100_000)
        .await
        .unwrap()
}

#[tokio::test]
async fn it_has_a_history_of_ninety_days_that_holds_together() {
    let (db, kept) = planted("250").await;
    let events = events(&db).await;
    assert!((300..2_000).contains(&events.len()), "{}", events.len());
    let (first, last) = (events.first().unwrap().at, events.last().unwrap().at);
    let days = first.until(last).as_secs() / 86_400;
    assert!((185..200).contains(&days), "set up {days} days ago");
    // Between the set-up with its access review and the ninety days, nothing happens.
    let busy = events
        .iter()
        .find(|entry| entry.at.until(last).as_secs() / 86_400 < 150);
    let days = busy.unwrap().at.until(last).as_secs() / 86_400;
    assert!((80..95).contains(&days), "{days} days");
    assert!(
        events.windows(2).all(|two| two[0].at <= two[1].at),
        "not in the order of time"
    );

    // Rare events do not occur in it: a pruned or broken audit, and a replaced key.
    for kind in EventKind::ALL {
        let never = matches!(
            kind,
            EventKind::AuditPruned
                | EventKind::AuditBroken
                | EventKind::SecretKeyReplaced
                | EventKind::Restored
        );
        let occurs = events.iter().any(|entry| entry.event.kind == kind);
        assert_eq!(occurs, !never, "{}", kind.as_str());
    }
    let has = |outcome| events.iter().any(|entry| entry.event.outcome == outcome);
    assert!(has(EventOutcome::Refused) && has(EventOutcome::Unknown));
    assert!(events.iter().any(|entry| entry.event.undoes.is_some()));

    // Nothing happens before its account exists, and limits are as old as their change.
    let ids: Vec<AccountId> = events
        .iter()
        .filter_map(|entry| entry.event.account.clone())
        .collect();
    for account in accounts::by_ids(&db, &ids).await.unwrap() {
        let of = |entry: &&Entry| entry.event.account.as_ref() == Some(&account.id);
        let created = account.created_at.unwrap();
        let earliest = events.iter().find(of).unwrap();
        assert!(
            earliest.at >= created,
            "{}: {:?}",
            account.organization_name,
            earliest.event.kind
        );
        if let Some(limit) = account.channel_limit {
            assert!(
                limit.observed_at >= created,
                "{}",
                account.organization_name
            );
            let set = events.iter().filter(of).rfind(|entry| {
                let sets = [
                    EventKind::ChannelLimit,
                    EventKind::BlockCalls,
                    EventKind::LimitRecorded,
                ];
                sets.contains(&entry.event.kind) && entry.event.outcome == EventOutcome::Done
            });
            let set = set.unwrap_or_else(|| {
                panic!("no event set the limit of {}", account.organization_name)
            });
            assert_eq!(set.at, limit.observed_at, "{}", account.organization_name);
            assert_eq!(set.event.after, Some(limit.value.to_string()));
        }
    }
    assert!(operations::open(&db, 1).await.unwrap().is_empty());
    db.close().await;

    let output = Run::new(&["audit", "verify"])
        .set(
            "PORTAL_SECRET_KEY",
            "practice only: this key protects nothing",
        )
        .set(
            "DATABASE_URL",
            &format!("sqlite:{}/portal.db", kept.path().display()),
        )
        .output();
    assert!(output.status.success(), "{}", super::text(&output.stderr));
}

#[tokio::test]
async fn a_second_start_writes_no_second_history() {
    let (db, kept) = planted("12").await;
    let before = events(&db).await.len();
    db.close().await;
    let data = kept.path().display().to_string();
    let running = demo(&["--data", &data]).start();
    running.until("stays in");
    assert_eq!(running.end("-INT").0, Some(0));
    let db = open(&kept).await;
    let staff = reseller_portal::db::staff::all(&db).await.unwrap();
    assert_eq!((events(&db).await.len(), staff.len()), (before, 4));
    db.close().await;
}

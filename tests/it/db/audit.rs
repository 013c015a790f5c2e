//! The audit's chain.
//! Tampering is found at the event's number, only pruning deletes events, and stubs prove the
//! pruned ones.

use reseller_portal::db::audit::prune::{self, PruneOrder};
use reseller_portal::db::audit::verify::{Verdict, Verification, verify};
use reseller_portal::db::audit::{jsonl, prune_records, record};
use reseller_portal::db::{self, Db};
use reseller_portal::domain::audit::{Event, EventKind, EventOutcome};
use reseller_portal::domain::time::Timestamp;
use rstest::rstest;

use super::sql;
use crate::support::Portal;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// Starts a portal with this number of events, one per day.
async fn with_events(number: i64) -> Portal {
    let portal = Portal::start().await;
    for day in 1..=number {
        let event = Event {
            reason: Some("Because".to_owned()),
            ..Event::by_system(
                EventKind::SignOut,
                EventOutcome::Done,
                format!("person {day}"),
            )
        };
        let at = Timestamp::from_millis(day * DAY);
        record(&portal.db, &portal.audit_key, at, &event)
            .await
            .unwrap();
    }
    portal
}

/// Runs SQL after removing the triggers.
async fn forge(db: &Db, text: &str) {
    let without = match db {
        Db::Sqlite { .. } => {
            "DROP TRIGGER audit_events_no_update; DROP TRIGGER audit_events_no_delete; DROP TRIGGER audit_words_no_update;
             DROP TRIGGER audit_words_no_delete; DROP TRIGGER audit_stubs_only_closed; DROP TRIGGER audit_stubs_no_delete"
        }
        Db::Postgres { .. } => {
            "ALTER TABLE audit_events DISABLE TRIGGER ALL; ALTER TABLE audit_words DISABLE TRIGGER ALL;
             ALTER TABLE audit_stubs DISABLE TRIGGER ALL"
        }
    };
    sql(db, without).await.unwrap();
    sql(db, text).await.unwrap();
}

async fn verdict(portal: &Portal) -> Verdict {
    verify(&portal.db, &portal.audit_key).await.unwrap()
}

/// Prunes events older than this day in batches. Returns the number of pruned events.
async fn prune(portal: &Portal, before: i64, batch: i64) -> i64 {
    let before = Timestamp::from_millis(before * DAY);
    let order = PruneOrder {
        before,
        at: portal.clock.now(),
        by: "Ann".to_owned(),
        reason: "Kept a year".to_owned(),
        file: "old.jsonl".to_owned(),
        file_sha256: "00".to_owned(),
    };
    let Some(range) = prune::range(&portal.db, before).await.unwrap() else {
        return 0;
    };
    let mut first = range.first;
    while first <= range.last {
        let last = range.last.min(first + batch - 1);
        prune::prune_batch(&portal.db, &portal.audit_key, &order, first, last)
            .await
            .unwrap();
        first = last + 1;
    }
    range.last - range.first + 1
}

#[rstest]
#[case::payload(
    "UPDATE audit_events SET payload = REPLACE(payload, 'Because', 'Whatever') WHERE seq = 3",
    3
)]
#[case::row_in_the_middle("DELETE FROM audit_events WHERE seq = 3", 3)]
#[case::first_row("DELETE FROM audit_events WHERE seq = 1", 1)]
#[case::last_row("DELETE FROM audit_events WHERE seq = 6", 6)]
#[case::all("DELETE FROM audit_events", 1)]
#[case::inserted_before(
    "INSERT INTO audit_events (seq, at, kind, outcome, payload, hash)
     SELECT 0, at, kind, outcome, payload, hash FROM audit_events WHERE seq = 1",
    0
)]
#[case::inserted_after(
    "INSERT INTO audit_events (seq, at, kind, outcome, payload, hash)
     SELECT 7, at, kind, outcome, payload, hash FROM audit_events WHERE seq = 6",
    7
)]
#[case::put_in_the_place_of_another(
    "DELETE FROM audit_events WHERE seq = 4;
     INSERT INTO audit_events (seq, at, kind, outcome, payload, hash)
     SELECT 4, at, kind, outcome, payload, hash FROM audit_events WHERE seq = 3",
    4
)]
#[case::swapped(
    "UPDATE audit_events SET seq = -2 WHERE seq = 2; UPDATE audit_events SET seq = 2 WHERE seq = 5;
     UPDATE audit_events SET seq = 5 WHERE seq = -2",
    2
)]
#[case::kind_for_filters("UPDATE audit_events SET kind = 'sign_in' WHERE seq = 5", 5)]
#[case::outcome_for_filters("UPDATE audit_events SET outcome = 'refused' WHERE seq = 5", 5)]
#[case::time_for_filters("UPDATE audit_events SET at = at + 1 WHERE seq = 5", 5)]
#[case::account_for_filters("UPDATE audit_events SET account_id = 'x' WHERE seq = 5", 5)]
#[case::hash(
    "UPDATE audit_events SET hash = (SELECT hash FROM audit_head) WHERE seq = 2",
    2
)]
#[case::words_for_searches("UPDATE audit_words SET words = 'nothing' WHERE seq = 4", 4)]
#[case::words_gone("DELETE FROM audit_words WHERE seq = 4", 4)]
#[case::hash_of_the_head(
    "UPDATE audit_head SET hash = (SELECT hash FROM audit_events WHERE seq = 5)",
    6
)]
#[case::head_set_back(
    "UPDATE audit_head SET seq = 5, hash = (SELECT hash FROM audit_events WHERE seq = 5)",
    6
)]
#[case::head_moved_on("UPDATE audit_head SET seq = 8", 7)]
#[case::head_gone("DELETE FROM audit_head", 1)]
#[case::forged_stub(
    "DELETE FROM audit_events WHERE seq <= 2;
     INSERT INTO audit_stubs (first_seq, last_seq, payload, seal, is_open)
     SELECT 1, 2, '{}', hash, FALSE FROM audit_head",
    1
)]
#[tokio::test]
async fn whatever_is_tampered_with_is_found_at_its_number(
    #[case] tampering: &str,
    #[case] at: i64,
) {
    let portal = with_events(6).await;
    assert!(matches!(
        verdict(&portal).await,
        Verdict::Holds {
            events: 6,
            pruned: 0,
            ..
        }
    ));
    forge(&portal.db, tampering).await;
    match verdict(&portal).await {
        Verdict::Broken { seq, .. } => assert_eq!(seq, at),
        holds @ Verdict::Holds { .. } => panic!("{holds:?}"),
    }
}

#[tokio::test]
async fn the_database_refuses_what_only_pruning_may_do() {
    let portal = with_events(4).await;
    prune(&portal, 3, 10).await;
    for text in [
        "UPDATE audit_events SET outcome = 'refused' WHERE seq = 3",
        "DELETE FROM audit_events WHERE seq = 3",
        "UPDATE audit_words SET words = '' WHERE seq = 3",
        "DELETE FROM audit_words WHERE seq = 3",
        "DELETE FROM audit_stubs",
        "UPDATE audit_stubs SET last_seq = 3",
        "UPDATE audit_stubs SET is_open = TRUE",
    ] {
        let refused = sql(&portal.db, text).await.unwrap_err();
        assert!(
            refused.to_string().contains("append-only"),
            "{text}: {refused}"
        );
    }
    // The stub is closed: an event inserted there cannot be deleted, and it is found.
    let text = "INSERT INTO audit_events (seq, at, kind, outcome, payload, hash)
        SELECT 2, at, kind, outcome, payload, hash FROM audit_events WHERE seq = 3";
    sql(&portal.db, text).await.unwrap();
    assert!(
        sql(&portal.db, "DELETE FROM audit_events WHERE seq = 2")
            .await
            .is_err()
    );
    assert!(matches!(
        verdict(&portal).await,
        Verdict::Broken { seq: 2, .. }
    ));
}

#[tokio::test]
async fn what_was_pruned_is_proved_by_its_stubs_and_the_chain_goes_on() {
    let portal = with_events(9).await;
    assert_eq!(prune(&portal, 1, 2).await, 0);
    assert_eq!(prune(&portal, 6, 2).await, 5);
    assert_eq!(prune(&portal, 6, 2).await, 0);
    let Verdict::Holds {
        events: 9,
        pruned: 5,
        ..
    } = verdict(&portal).await
    else {
        panic!("{:?}", verdict(&portal).await);
    };
    let stub = prune_records::latest(&portal.db).await.unwrap().unwrap();
    assert_eq!((stub.first, stub.last, stub.count), (5, 5, 1));
    assert_eq!(
        (stub.from, stub.to),
        (
            Timestamp::from_millis(5 * DAY),
            Timestamp::from_millis(5 * DAY)
        )
    );

    // Prune again up to the newest event, which stays. Then add a new one.
    assert_eq!(prune(&portal, 100, 10).await, 3);
    let event = Event::by_system(EventKind::SignIn, EventOutcome::Done, "new");
    record(&portal.db, &portal.audit_key, portal.clock.now(), &event)
        .await
        .unwrap();
    assert!(matches!(
        verdict(&portal).await,
        Verdict::Holds {
            events: 10,
            pruned: 8,
            ..
        }
    ));
}

#[rstest]
#[case::seal(
    "UPDATE audit_stubs SET payload = REPLACE(payload, 'Ann', 'Bea') WHERE first_seq = 3",
    3
)]
#[case::numbers("UPDATE audit_stubs SET last_seq = 5 WHERE first_seq = 3", 3)]
#[case::one_gone("DELETE FROM audit_stubs WHERE first_seq = 1", 3)]
#[case::last_gone("DELETE FROM audit_stubs WHERE first_seq = 3", 3)]
#[case::left_open("UPDATE audit_stubs SET is_open = TRUE WHERE first_seq = 3", 3)]
#[case::next_event("DELETE FROM audit_events WHERE seq = 5", 5)]
#[tokio::test]
async fn a_stub_that_is_tampered_with_is_found(#[case] tampering: &str, #[case] at: i64) {
    let portal = with_events(6).await;
    prune(&portal, 5, 2).await;
    forge(&portal.db, tampering).await;
    match verdict(&portal).await {
        Verdict::Broken { seq, .. } => assert_eq!(seq, at),
        holds @ Verdict::Holds { .. } => panic!("{holds:?}"),
    }
}

#[tokio::test]
async fn pruning_takes_all_or_nothing_of_a_batch() {
    let portal = with_events(3).await;
    forge(&portal.db, "DELETE FROM audit_events WHERE seq = 2").await;
    let order = PruneOrder {
        before: Timestamp::from_millis(4 * DAY),
        at: portal.clock.now(),
        by: String::new(),
        reason: String::new(),
        file: String::new(),
        file_sha256: String::new(),
    };
    let refused = prune::prune_batch(&portal.db, &portal.audit_key, &order, 1, 3).await;
    assert!(matches!(refused, Err(db::Error::Stored(_))), "{refused:?}");
    assert!(prune_records::latest(&portal.db).await.unwrap().is_none());
    let (text, _) = jsonl::from_number(&portal.db, 1, 3, 10).await.unwrap();
    assert_eq!(text.lines().count(), 2);
}

#[tokio::test]
async fn a_line_proves_itself_and_what_was_changed_in_it_does_not() {
    let portal = with_events(3).await;
    prune(&portal, 2, 10).await;
    let (text, last) = jsonl::from_number(&portal.db, 1, 3, 10).await.unwrap();
    assert_eq!(last, Some(3));
    let proved: Vec<_> = text
        .lines()
        .map(|line| jsonl::verify_line(&portal.audit_key, line).unwrap())
        .collect();
    assert_eq!(
        proved.iter().map(|line| line.number).collect::<Vec<_>>(),
        [2, 3]
    );
    assert_eq!(proved[1].previous, proved[0].hash);
    for (from, to) in [
        ("Because", "Whatever"),
        ("\"number\":2", "\"number\":4"),
        ("\"hash\":\"", "\"hash\":\"0"),
        ("{", ""),
    ] {
        let line = text.lines().next().unwrap().replacen(from, to, 1);
        assert_eq!(jsonl::verify_line(&portal.audit_key, &line), None, "{line}");
    }
}

#[tokio::test]
async fn words_that_an_older_version_did_not_keep_are_written_at_the_next_start() {
    let portal = with_events(3).await;
    forge(&portal.db, "DELETE FROM audit_words").await;
    assert!(matches!(
        verdict(&portal).await,
        Verdict::Broken { seq: 1, .. }
    ));
    let again = Db::open(secrecy::ExposeSecret::expose_secret(
        &portal.settings.database_url,
    ))
    .await
    .unwrap();
    again.close().await;
    assert!(matches!(
        verdict(&portal).await,
        Verdict::Holds { events: 3, .. }
    ));
}

#[tokio::test]
async fn a_verification_says_how_many_events_it_looked_at() {
    let portal = with_events(7).await;
    let mut check = Verification::begin(&portal.db).await.unwrap();
    assert_eq!(check.progress(), (0, 7));
    while check
        .step(&portal.db, &portal.audit_key)
        .await
        .unwrap()
        .is_none()
    {}
    assert_eq!(check.progress(), (7, 7));
}

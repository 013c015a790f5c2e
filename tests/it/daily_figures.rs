//! The daily figures: one row a day, whatever replicas do, and nothing invented.

use std::time::Duration;

use reseller_portal::daily_figures::{record, start_of_day};
use reseller_portal::db::daily_figures::{DailyFigures, first_day, since};
use reseller_portal::directory::recorded_limits;
use reseller_portal::domain::role::Role;
use reseller_portal::domain::time::Timestamp;
use serde_json::json;

use crate::support::Portal;

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

fn at(text: &str) -> Timestamp {
    Timestamp::parse_iso(text).unwrap()
}

async fn start() -> Portal {
    Portal::build().at(at("2026-03-02T09:30:00Z")).start().await
}

async fn all(portal: &Portal) -> Vec<DailyFigures> {
    since(&portal.db, Timestamp::from_millis(0)).await.unwrap()
}

/// Returns the days with figures, such as `2026-03-02`.
async fn days(portal: &Portal) -> Vec<String> {
    let days = all(portal).await.into_iter();
    days.map(|row| row.day.to_string()[..10].to_owned())
        .collect()
}

#[tokio::test]
async fn a_day_has_the_pool_the_accounts_and_the_changes_as_they_are() {
    let portal = start().await;
    portal.sweep().await;
    assert!(record(&portal).await.unwrap());
    let rows = all(&portal).await;
    let accounts = portal.sandbox.accounts().await;
    let count = |status: &str| {
        let found = accounts
            .iter()
            .filter(|account| account["status"] == status);
        i64::try_from(found.count()).unwrap()
    };
    let pool = portal.sandbox.state().await["pool"].clone();
    let row = rows[0];
    assert_eq!(rows.len(), 1);
    assert_eq!(row.day, at("2026-03-02T00:00:00Z"));
    assert_eq!(row.recorded_at, portal.clock.now());
    assert_eq!(
        row.pool_allocated,
        pool["total_global_channels_allocated"].as_i64()
    );
    assert_eq!(row.pool_total, Some(2_000));
    assert_eq!(row.enabled_accounts, Some(count("enabled")));
    assert_eq!(row.disabled_accounts, Some(count("disabled")));
    assert_eq!(row.blocked_accounts, Some(count("blocked")));
    assert_eq!(row.cancelled_accounts, Some(count("cancelled")));
    assert_eq!(row.unknown_accounts, Some(0));
}

#[tokio::test]
async fn the_present_day_is_refreshed_and_an_earlier_one_stays() {
    let portal = start().await;
    portal.sweep().await;
    assert!(record(&portal).await.unwrap());
    portal.advance(Duration::from_mins(9));
    assert!(!record(&portal).await.unwrap(), "not before its time");
    portal.sandbox.pool(3_000).await;
    portal.advance(Duration::from_mins(2));
    portal.sweep().await;
    assert!(record(&portal).await.unwrap());
    assert_eq!(all(&portal).await[0].pool_total, Some(3_000));

    portal.sandbox.pool(4_000).await;
    portal.advance(DAY);
    portal.sweep().await;
    assert!(record(&portal).await.unwrap());
    let totals: Vec<_> = all(&portal)
        .await
        .iter()
        .map(|row| row.pool_total)
        .collect();
    assert_eq!(totals, [Some(3_000), Some(4_000)]);
    assert_eq!(days(&portal).await, ["2026-03-02", "2026-03-03"]);
}

#[tokio::test]
async fn of_two_replicas_one_records_and_each_can_take_over() {
    let portal = start().await;
    portal.sweep().await;
    for day in 1..=3 {
        let (one, other, third) = tokio::join!(record(&portal), record(&portal), record(&portal));
        let recorded = [one, other, third].map(|recorded| u8::from(recorded.unwrap()));
        assert_eq!(recorded.iter().sum::<u8>(), 1, "day {day}");
        assert_eq!(all(&portal).await.len(), day);
        portal.advance(DAY);
    }
    // A replica that died holds the lease no longer than a minute.
    let (died, now) = (uuid::Uuid::new_v4(), portal.clock.now());
    let until = now + Duration::from_secs(30);
    reseller_portal::db::leases::acquire(&portal.db, "daily figures", died, now, until)
        .await
        .unwrap();
    assert!(!record(&portal).await.unwrap());
    portal.advance(Duration::from_secs(31));
    assert!(record(&portal).await.unwrap());
}

#[tokio::test]
async fn a_missed_day_gets_no_row_and_an_unread_figure_stays_unknown() {
    let portal = start().await;
    portal.sweep().await;
    record(&portal).await.unwrap();
    portal.advance(DAY * 3);
    // Telnyx does not answer on this day.
    record(&portal).await.unwrap();
    assert_eq!(days(&portal).await, ["2026-03-02", "2026-03-05"]);
    let row = all(&portal).await[1];
    assert_eq!((row.pool(), row.enabled_accounts), (None, None));
    portal.advance(HOUR);
    portal.sweep().await;
    record(&portal).await.unwrap();
    let row = all(&portal).await[1];
    assert!(row.pool().is_some() && row.enabled_accounts.is_some());
    assert_eq!(
        first_day(&portal.db).await.unwrap(),
        Some(at("2026-03-02T00:00:00Z"))
    );
}

#[tokio::test]
async fn a_day_begins_at_midnight_in_utc() {
    for (time, day) in [
        ("2026-03-28T23:59:59.999Z", "2026-03-28T00:00:00Z"),
        ("2026-03-29T00:00:00Z", "2026-03-29T00:00:00Z"),
        ("2024-02-29T12:00:00Z", "2024-02-29T00:00:00Z"),
    ] {
        assert_eq!(start_of_day(at(time)), at(day));
    }
}

#[tokio::test]
async fn changes_are_counted_on_their_day_even_if_it_is_over() {
    let portal = start().await;
    portal.sweep().await;
    let enabled = portal.sandbox.accounts().await;
    let ids: Vec<String> = enabled
        .iter()
        .filter(|account| account["status"] == "enabled")
        .map(|account| account["id"].as_str().unwrap().to_owned())
        .collect();
    let text = format!("{}, 10\n{}, 20", ids[0], ids[1]);
    let parsed = recorded_limits::parse(&portal.db, &text, portal.clock.now())
        .await
        .unwrap();
    let actor = portal.actor(Role::Manager);
    recorded_limits::apply(&portal.app, &actor, parsed.entries)
        .await
        .unwrap();
    record(&portal).await.unwrap();

    // After the last recording of the day.
    let ann = portal.signed_in(Role::Manager).await;
    for (id, limit) in [(&ids[0], "25"), (&ids[1], "12"), (&ids[2], "40")] {
        let sent = ann
            .post(
                &format!("/channels/{id}/limit"),
                &[("channel_limit", limit)],
            )
            .await;
        assert!(sent.status.is_redirection(), "{}", sent.words());
    }
    let disabled = json!({ "status": "disabled" });
    portal.sandbox.change_elsewhere(&ids[3], disabled).await;
    portal.advance(HOUR);
    portal.sweep().await;
    portal.advance(DAY);
    portal.sweep().await;
    record(&portal).await.unwrap();
    let rows = all(&portal).await;
    let changes = rows[0].changes;
    assert_eq!(
        (changes.channels_given, changes.channels_taken),
        (15, 8),
        "the third limit was not known before"
    );
    assert_eq!(changes.disabled, 1);
    assert_eq!(rows[1].changes.disabled, 0);
}

#[tokio::test]
async fn nothing_removes_old_figures() {
    let portal = start().await;
    for _ in 0..5 {
        portal.sweep().await;
        record(&portal).await.unwrap();
        portal.advance(DAY * 200);
    }
    reseller_portal::jobs::expiry_once(&portal).await.unwrap();
    assert_eq!(all(&portal).await.len(), 5);
}

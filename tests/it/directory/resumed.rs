//! A sweep that was stopped halfway is resumed by the next process.

use std::collections::HashMap;
use std::time::Duration;

use reseller_portal::app::App;
use reseller_portal::db::accounts;
use reseller_portal::db::sweeps::{self, Sweep, SweepKind, SweepOutcome};
use reseller_portal::directory::sweep::{SweepResult, run};
use reseller_portal::domain::account::AccountStatus;
use reseller_portal::domain::ids::AccountId;
use serde_json::json;

use super::{elsewhere, held, id_of, later_sweep, sweep};
use crate::support::Portal;

/// Stops a sweep after `pages` pages were requested, as a stopping portal does.
/// Pages that were already requested still arrive.
async fn stopped_after(portal: &Portal, pages: usize) {
    let app = another(portal);
    let running = app.clone();
    let sweeping = tokio::spawn(async move { run(&running).await.unwrap() });
    while portal.sandbox.log().await.len() < pages {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    app.shutdown.cancel();
    assert_eq!(sweeping.await.unwrap(), SweepResult::NotRun);
}

/// Returns another process of the same portal.
fn another(portal: &Portal) -> App {
    App::from_settings(
        portal.db.clone(),
        portal.clock.clone(),
        portal.settings.clone(),
    )
    .unwrap()
}

/// Returns the number of requests for each page of a list.
async fn asked(portal: &Portal) -> HashMap<String, usize> {
    let mut asked = HashMap::new();
    for request in portal.sandbox.log().await {
        let query = request["query"].as_str().unwrap_or_default().to_owned();
        if request["path"] == "/v2/managed_accounts" && query.contains("sort=") {
            *asked.entry(query).or_default() += 1;
        }
    }
    asked
}

async fn slow(portal: &Portal) {
    portal
        .sandbox
        .faults(
            json!([{"method": "GET", "path": "/v2/managed_accounts", "then": {"delay_ms": 40}}]),
        )
        .await;
}

async fn all_as_at_telnyx(portal: &Portal) {
    for truth in portal.sandbox.accounts().await {
        let account = held(portal, &truth["id"].as_str().unwrap().parse().unwrap()).await;
        assert_eq!(
            account.status.value.as_str(),
            truth["status"],
            "{}",
            truth["id"]
        );
    }
}

#[tokio::test]
async fn a_first_sweep_that_was_stopped_goes_on_with_the_page_after_the_last() {
    let portal = Portal::build().accounts(2_600).start().await;
    slow(&portal).await;
    stopped_after(&portal, 6).await;
    let counts = accounts::counts(&portal.db).await.unwrap();
    assert_eq!(
        counts.iter().map(|count| count.accounts).sum::<i64>(),
        0,
        "nothing is taken over yet"
    );
    let before = asked(&portal).await.len();
    let began = portal.clock.now();
    portal.advance(Duration::from_mins(10));
    let swept = sweep(&portal).await;
    assert_eq!(
        (swept.outcome, swept.seen, swept.changed),
        (SweepOutcome::Done, 2_600, 2_600)
    );
    assert_eq!(swept.started_at, began, "it is as old as its oldest page");
    let after = asked(&portal).await;
    assert!(after.len() > before, "pages were left");
    assert!(after.values().all(|times| *times == 1), "{after:?}");
    all_as_at_telnyx(&portal).await;
    assert_eq!(elsewhere(&portal).await, 0);
}

#[tokio::test]
async fn accounts_that_move_while_nobody_reads_are_noticed_by_the_sweep_that_goes_on() {
    let portal = Portal::build().accounts(2_600).start().await;
    sweep(&portal).await;
    let (left, came) = (
        id_of(&portal, "enabled").await,
        id_of(&portal, "disabled").await,
    );
    portal.sandbox.clear_log().await;
    portal.advance(Duration::from_mins(5));
    slow(&portal).await;
    stopped_after(&portal, 6).await;
    portal
        .sandbox
        .change_elsewhere(&left, json!({"status": "disabled"}))
        .await;
    portal
        .sandbox
        .change_elsewhere(&came, json!({"status": "enabled"}))
        .await;
    portal.advance(Duration::from_mins(1));
    assert_eq!(sweep(&portal).await.outcome, SweepOutcome::Done);
    let after = asked(&portal).await;
    assert!(after.values().all(|times| *times == 1), "{after:?}");
    portal.sandbox.clear_faults().await;
    later_sweep(&portal).await;
    all_as_at_telnyx(&portal).await;
    assert_eq!(elsewhere(&portal).await, 2);
}

#[tokio::test]
async fn what_an_operation_wrote_meanwhile_stays() {
    let portal = Portal::build().accounts(2_600).start().await;
    sweep(&portal).await;
    let id = id_of(&portal, "enabled").await;
    portal.sandbox.clear_log().await;
    portal.advance(Duration::from_mins(5));
    slow(&portal).await;
    stopped_after(&portal, 11).await;
    portal.advance(Duration::from_mins(1));
    super::operations::disable(&portal, &id).await;
    let written = held(&portal, &id).await.status;
    assert_eq!(written.value, AccountStatus::Disabled);
    portal.advance(Duration::from_mins(1));
    sweep(&portal).await;
    assert_eq!(held(&portal, &id).await.status, written);
    portal.sandbox.clear_faults().await;
    later_sweep(&portal).await;
    assert_eq!(
        held(&portal, &id).await.status.observed_at,
        portal.clock.now()
    );
    assert_eq!(elsewhere(&portal).await, 0);
}

#[tokio::test]
async fn what_was_read_half_an_hour_ago_is_read_anew() {
    let portal = Portal::build().accounts(2_600).start().await;
    slow(&portal).await;
    stopped_after(&portal, 6).await;
    portal.advance(Duration::from_mins(31));
    let swept = sweep(&portal).await;
    assert_eq!(
        (swept.outcome, swept.started_at),
        (SweepOutcome::Done, portal.clock.now())
    );
}

#[tokio::test]
async fn a_long_sweep_that_fails_is_gone_on_with() {
    let portal = Portal::build().accounts(4_000).start().await;
    // The last list fails, after all the others have arrived.
    portal
        .sandbox
        .faults(json!([
            {"method": "GET", "path": "/v2/managed_accounts", "times": 14, "then": {"delay_ms": 1}},
            {"method": "GET", "path": "/v2/managed_accounts", "then": {"status": 503}},
        ]))
        .await;
    let failed: Sweep = sweep(&portal).await;
    assert_eq!(failed.outcome, SweepOutcome::Failed);
    portal.sandbox.clear_faults().await;
    portal.sandbox.clear_log().await;
    let swept = later_sweep(&portal).await;
    assert_eq!(
        (swept.outcome, swept.seen, swept.started_at),
        (SweepOutcome::Done, 4_000, failed.started_at)
    );
    let again: usize = asked(&portal).await.values().sum();
    assert!(again < 10, "{again}");
    let latest = sweeps::latest(&portal.db, SweepKind::Accounts)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(latest.outcome, SweepOutcome::Done);
}

#[tokio::test]
async fn pages_are_asked_for_four_at_once_and_no_more() {
    let portal = Portal::build().accounts(4_000).start().await;
    portal
        .sandbox
        .faults(
            json!([{"method": "GET", "path": "/v2/managed_accounts", "then": {"delay_ms": 150}}]),
        )
        .await;
    sweep(&portal).await;
    let times: Vec<jiff::Timestamp> = portal
        .sandbox
        .log()
        .await
        .iter()
        .map(|request| request["time"].as_str().unwrap().parse().unwrap())
        .collect();
    let at_once = |span: usize| {
        times
            .windows(span)
            .filter(|part| part[span - 1].duration_since(part[0]).as_millis() < 100)
            .count()
    };
    assert!(at_once(4) > 0);
    assert_eq!(at_once(5), 0);
}

#[tokio::test]
async fn a_sweep_that_finds_all_as_it_was_writes_no_account() {
    let portal = Portal::build().accounts(600).start().await;
    sweep(&portal).await;
    let id: AccountId = id_of(&portal, "enabled").await;
    let horizon = accounts::sweep_watermark(&portal.db)
        .await
        .unwrap()
        .revision;
    later_sweep(&portal).await;
    let written = accounts::revised_after(&portal.db, horizon, None)
        .await
        .unwrap();
    assert_eq!(written, []);
    assert_eq!(
        held(&portal, &id).await.status.observed_at,
        portal.clock.now()
    );
}

#[tokio::test]
async fn a_sweep_sees_what_another_process_took_over_since_its_own_last_one() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let id = id_of(&portal, "enabled").await;
    portal
        .sandbox
        .change_elsewhere(&id, json!({"status": "disabled"}))
        .await;
    let other = another(&portal);
    portal.advance(Duration::from_mins(5));
    run(&other).await.unwrap();
    assert_eq!(
        held(&portal, &id).await.status.value,
        AccountStatus::Disabled
    );
    assert_eq!(elsewhere(&portal).await, 1);
    later_sweep(&portal).await;
    let account = held(&portal, &id).await;
    assert_eq!(account.status.value, AccountStatus::Disabled);
    assert_eq!(account.status.observed_at, portal.clock.now());
    assert_eq!(elsewhere(&portal).await, 1, "it is no news any more");
    portal
        .sandbox
        .change_elsewhere(&id, json!({"status": "enabled"}))
        .await;
    portal.advance(Duration::from_mins(5));
    run(&other).await.unwrap();
    assert_eq!(
        held(&portal, &id).await.status.value,
        AccountStatus::Enabled
    );
    assert_eq!(elsewhere(&portal).await, 2);
}

#[tokio::test]
async fn an_account_that_goes_between_two_sweeps_of_one_process_is_noticed() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    later_sweep(&portal).await;
    let id = id_of(&portal, "enabled").await;
    portal.sandbox.forget(&id).await;
    later_sweep(&portal).await;
    later_sweep(&portal).await;
    let account = held(&portal, &id).await;
    assert!(account.missing_since.is_some() || account.gone_at.is_some());
}

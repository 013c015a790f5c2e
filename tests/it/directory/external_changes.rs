//! Changes made outside the portal, and lists that shift while they are read.

use std::time::Duration;

use reseller_portal::directory::refresh_account;
use reseller_portal::domain::account::AccountStatus;
use reseller_portal::domain::audit::EventKind;
use reseller_portal::domain::fact::FactSource;
use serde_json::json;

use super::{elsewhere, events, held, id_of, later_sweep, sweep};
use crate::support::Portal;

#[tokio::test]
async fn a_status_changed_elsewhere_is_recorded_with_the_times_between_which_it_happened() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let id = id_of(&portal, "enabled").await;
    let before = portal.clock.now();
    portal
        .sandbox
        .change_elsewhere(&id, json!({"status": "disabled"}))
        .await;
    portal.advance(Duration::from_mins(1));
    let swept = sweep(&portal).await;
    assert_eq!(swept.changed, 1);
    let account = held(&portal, &id).await;
    assert_eq!(account.status.value, AccountStatus::Disabled);
    assert_eq!(account.status.source, FactSource::Reading);
    assert_eq!(account.changed_elsewhere_at, Some(portal.clock.now()));
    let found = events(&portal, EventKind::ChangedElsewhere).await;
    assert_eq!(found.len(), 1);
    let event = &found[0].event;
    assert_eq!(event.account.as_ref(), Some(&id));
    assert_eq!(event.before.as_deref(), Some("Enabled"));
    assert_eq!(event.after.as_deref(), Some("Disabled"));
    assert_eq!(event.not_before, Some(before));
    assert_eq!(event.not_after, Some(portal.clock.now()));
    assert_eq!(event.message, "Status changed.");
    later_sweep(&portal).await;
    assert_eq!(elsewhere(&portal).await, 1, "once is enough");
}

#[tokio::test]
async fn an_account_that_telnyx_cannot_answer_for_keeps_no_other_from_being_asked_for() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let (on, off) = (
        id_of(&portal, "enabled").await,
        id_of(&portal, "disabled").await,
    );
    // Both change twice, so that the broken one is first in one of the rounds.
    for (broken, now_on, now_off) in [(&off, &off, &on), (&off, &on, &off)] {
        let sound = if broken == now_on { now_off } else { now_on };
        portal
            .sandbox
            .change_elsewhere(now_on, json!({"status": "enabled"}))
            .await;
        portal
            .sandbox
            .change_elsewhere(now_off, json!({"status": "disabled"}))
            .await;
        let before = held(&portal, sound).await.status.value;
        let path = format!("/v2/managed_accounts/{broken}");
        portal
            .sandbox
            .faults(json!([{"method": "GET", "path": path, "then": {"garbage": true}}]))
            .await;
        later_sweep(&portal).await;
        assert_ne!(held(&portal, sound).await.status.value, before);
        portal.sandbox.clear_faults().await;
        later_sweep(&portal).await;
        assert_eq!(
            held(&portal, now_on).await.status.value,
            AccountStatus::Enabled
        );
        assert_eq!(
            held(&portal, now_off).await.status.value,
            AccountStatus::Disabled
        );
    }
}

#[tokio::test]
async fn an_account_without_an_address_is_looked_for_by_its_name() {
    let portal = Portal::start().await;
    let id = id_of(&portal, "enabled").await;
    portal
        .sandbox
        .change_elsewhere(&id, json!({"email": ""}))
        .await;
    sweep(&portal).await;
    assert_eq!(held(&portal, &id).await.email, "");
    portal
        .sandbox
        .change_elsewhere(&id, json!({"status": "disabled"}))
        .await;
    let swept = later_sweep(&portal).await;
    assert_eq!((swept.changed, swept.message.as_str()), (1, ""));
    assert_eq!(
        held(&portal, &id).await.status.value,
        AccountStatus::Disabled
    );
    assert_eq!(elsewhere(&portal).await, 1);
    portal
        .sandbox
        .change_elsewhere(&id, json!({"status": "enabled"}))
        .await;
    refresh_account(&portal.app, &id).await.unwrap();
    assert_eq!(
        held(&portal, &id).await.status.value,
        AccountStatus::Enabled
    );
}

#[tokio::test]
async fn pricing_changed_elsewhere_is_recorded_too() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let id = id_of(&portal, "enabled").await;
    let before = held(&portal, &id).await.custom_pricing.unwrap().value;
    let change = json!({"managed_account_allow_custom_pricing": !before});
    portal.sandbox.change_elsewhere(&id, change).await;
    later_sweep(&portal).await;
    assert_eq!(
        held(&portal, &id).await.custom_pricing.unwrap().value,
        !before
    );
    let found = events(&portal, EventKind::ChangedElsewhere).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].event.message, "Custom pricing changed.");
}

#[tokio::test]
async fn what_a_single_reading_does_not_confirm_is_not_recorded() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let id = id_of(&portal, "enabled").await;
    portal
        .sandbox
        .change_elsewhere(&id, json!({"status": "disabled"}))
        .await;
    // The four lists arrive, but the single account does not.
    let path = format!("/v2/managed_accounts/{id}");
    portal
        .sandbox
        .faults(json!([{"method": "GET", "path": path, "then": {"status": 503}}]))
        .await;
    let swept = later_sweep(&portal).await;
    assert!(
        swept
            .message
            .contains("1 accounts could not be asked for singly"),
        "{}",
        swept.message
    );
    assert_eq!(
        held(&portal, &id).await.status.value,
        AccountStatus::Enabled
    );
    assert_eq!(elsewhere(&portal).await, 0);
    portal.sandbox.clear_faults().await;
    later_sweep(&portal).await;
    assert_eq!(elsewhere(&portal).await, 1);
}

#[tokio::test]
async fn three_accounts_in_a_row_that_telnyx_cannot_answer_for_end_the_round() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let accounts = portal.sandbox.accounts().await;
    let enabled = accounts
        .iter()
        .filter(|account| account["status"] == "enabled");
    let ids: Vec<_> = enabled
        .map(|account| account["id"].as_str().unwrap())
        .take(6)
        .collect();
    for id in &ids {
        portal
            .sandbox
            .change_elsewhere(id, json!({"status": "disabled"}))
            .await;
    }
    portal
        .sandbox
        .faults(
            json!([{"method": "GET", "path": "/v2/managed_accounts/*", "then": {"status": 503}}]),
        )
        .await;
    portal.sandbox.clear_log().await;
    let swept = later_sweep(&portal).await;
    assert!(
        swept
            .message
            .contains("6 accounts could not be asked for singly"),
        "{}",
        swept.message
    );
    let log = portal.sandbox.log().await;
    let was_asked_for = |id: &&&str| {
        let path = format!("/v2/managed_accounts/{id}");
        log.iter().any(|entry| entry["path"] == path.as_str())
    };
    assert_eq!(ids.iter().filter(was_asked_for).count(), 3);
}

/// Changes one account's status during a sweep.
/// The enabled accounts have been read by then; the disabled ones have not.
async fn shift_during_a_sweep(
    portal: &Portal,
    id: &reseller_portal::domain::ids::AccountId,
    to: &str,
) {
    portal
        .sandbox
        .faults(json!([{"method": "GET", "path": "/v2/managed_accounts", "times": 2, "then": {"delay_ms": 300}}]))
        .await;
    portal.advance(Duration::from_mins(5));
    let change = async {
        // Real time, because the sandbox's delay is real.
        tokio::time::sleep(Duration::from_millis(450)).await;
        portal
            .sandbox
            .change_elsewhere(id, json!({"status": to}))
            .await;
    };
    let (swept, ()) = tokio::join!(sweep(portal), change);
    assert_eq!(
        swept.outcome,
        reseller_portal::db::sweeps::SweepOutcome::Done
    );
}

#[tokio::test]
async fn an_account_in_two_lists_is_asked_for_singly() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let id = id_of(&portal, "enabled").await;
    shift_during_a_sweep(&portal, &id, "disabled").await;
    assert_eq!(
        held(&portal, &id).await.status.value,
        AccountStatus::Disabled
    );
    assert_eq!(elsewhere(&portal).await, 1);
}

#[tokio::test]
async fn an_account_in_none_of_the_lists_is_asked_for_singly() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let id = id_of(&portal, "disabled").await;
    shift_during_a_sweep(&portal, &id, "enabled").await;
    let account = held(&portal, &id).await;
    assert_eq!(account.status.value, AccountStatus::Enabled);
    assert_eq!((account.missing_since, account.gone_at), (None, None));
    assert_eq!(elsewhere(&portal).await, 1);
}

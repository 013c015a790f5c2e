//! Successful sweep: the data and ages that it writes, and the limits of a single one.

use std::time::Duration;

use reseller_portal::db::accounts;
use reseller_portal::db::settings;
use reseller_portal::db::sweeps::{self, SweepKind, SweepOutcome};
use reseller_portal::db::{channel_pool, leases};
use reseller_portal::directory::sweep::{SweepResult, run};
use reseller_portal::domain::account::AccountStatus;
use reseller_portal::domain::fact::{Fact, FactSource};
use reseller_portal::telnyx::NewAccount;
use uuid::Uuid;

use super::{elsewhere, held, id_of, later_sweep, sweep};
use crate::support::Portal;

#[tokio::test]
async fn the_first_sweep_fills_the_directory_and_records_nothing_as_changed_elsewhere() {
    let portal = Portal::build().accounts(40).start().await;
    let swept = sweep(&portal).await;
    assert_eq!(
        (swept.outcome, swept.seen, swept.changed),
        (SweepOutcome::Done, 40, 40)
    );
    for truth in portal.sandbox.accounts().await {
        let account = held(&portal, &truth["id"].as_str().unwrap().parse().unwrap()).await;
        assert_eq!(account.status.value.as_str(), truth["status"]);
        assert_eq!(account.status.source, FactSource::Sweep);
        assert_eq!(account.status.observed_at, portal.clock.now());
        assert_eq!(account.organization_name, truth["organization_name"]);
        assert_eq!(
            account.custom_pricing.unwrap().value,
            truth["managed_account_allow_custom_pricing"]
        );
        assert_eq!(account.channel_limit, None, "no list tells a limit");
    }
    assert_eq!(elsewhere(&portal).await, 0);
}

#[tokio::test]
async fn lists_of_several_pages_are_read_to_their_end() {
    let portal = Portal::build().accounts(700).start().await;
    assert_eq!(sweep(&portal).await.seen, 700);
    let counts = accounts::counts(&portal.db).await.unwrap();
    assert_eq!(counts.iter().map(|count| count.accounts).sum::<i64>(), 700);
}

#[tokio::test]
async fn a_sweep_renews_the_ages_of_what_it_confirms() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let id = id_of(&portal, "enabled").await;
    let before = held(&portal, &id).await;
    assert_eq!(later_sweep(&portal).await.changed, 0);
    let after = held(&portal, &id).await;
    assert_eq!(after.status.observed_at, portal.clock.now());
    assert_eq!(after.profile_at, portal.clock.now());
    assert_eq!(
        after.custom_pricing.unwrap().observed_at,
        portal.clock.now()
    );
    assert_eq!(after.first_seen_at, before.first_seen_at);
}

#[tokio::test]
async fn older_never_overwrites_newer() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let id = id_of(&portal, "enabled").await;
    let now = portal.clock.now();
    let blocked = |at| Fact {
        value: AccountStatus::Blocked,
        source: FactSource::Operation,
        observed_at: at,
    };
    let mut tx = portal.db.begin().await.unwrap();
    let older = accounts::set_status(&mut tx, &id, blocked(now - Duration::from_millis(1))).await;
    assert!(!older.unwrap());
    assert!(
        accounts::set_status(&mut tx, &id, blocked(now + Duration::from_hours(1)))
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    later_sweep(&portal).await;
    assert_eq!(
        held(&portal, &id).await.status,
        blocked(now + Duration::from_hours(1))
    );
    assert_eq!(elsewhere(&portal).await, 0);
}

#[tokio::test]
async fn a_sweep_reads_the_pool_too() {
    let portal = Portal::build().channels(777).start().await;
    sweep(&portal).await;
    let (pool, at) = channel_pool::latest(&portal.db).await.unwrap().unwrap();
    assert_eq!((pool.total, at), (777, portal.clock.now()));
    portal.sandbox.pool(900).await;
    later_sweep(&portal).await;
    assert_eq!(
        channel_pool::latest(&portal.db)
            .await
            .unwrap()
            .unwrap()
            .0
            .total,
        900
    );
}

#[tokio::test]
async fn only_one_replica_sweeps() {
    let portal = Portal::start().await;
    let (now, other) = (portal.clock.now(), Uuid::new_v4());
    assert!(
        leases::acquire(
            &portal.db,
            "sweep",
            other,
            now,
            now + Duration::from_mins(1)
        )
        .await
        .unwrap()
    );
    assert_eq!(run(&portal.app).await.unwrap(), SweepResult::NotRun);
    assert!(portal.sandbox.log().await.is_empty());
    leases::release(&portal.db, "sweep", other).await.unwrap();
    sweep(&portal).await;
}

#[tokio::test]
async fn a_lease_that_ran_out_is_free_for_all() {
    let portal = Portal::start().await;
    let (now, other) = (portal.clock.now(), Uuid::new_v4());
    assert!(
        leases::acquire(
            &portal.db,
            "sweep",
            other,
            now,
            now + Duration::from_mins(1)
        )
        .await
        .unwrap()
    );
    portal.advance(Duration::from_mins(2));
    assert_eq!(sweep(&portal).await.outcome, SweepOutcome::Done);
}

#[tokio::test]
async fn a_new_account_is_recorded_once_as_made_elsewhere() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    // With the portal's key, but not through one of its operations.
    let new = NewAccount {
        business_name: "Brand New Ltd",
        email: Some("new@brand-new.example"),
        password: None,
        custom_pricing: false,
        rollup_billing: false,
    };
    let id = portal
        .telnyx
        .create_account(&new)
        .await
        .unwrap()
        .value
        .account
        .id;
    assert_eq!(later_sweep(&portal).await.changed, 1);
    assert_eq!(held(&portal, &id).await.organization_name, "Brand New Ltd");
    later_sweep(&portal).await;
    assert_eq!(elsewhere(&portal).await, 1);
}

#[tokio::test]
async fn the_manager_is_stored_by_the_first_sweep() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let stored = settings::value(&portal.db, settings::MANAGER_ACCOUNT_ID)
        .await
        .unwrap();
    assert_eq!(
        stored.unwrap(),
        portal.sandbox.state().await["manager"]["id"]
    );
    assert!(
        sweeps::latest_done(&portal.db, SweepKind::Accounts)
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn an_account_that_cannot_be_read_is_skipped_and_named_and_stops_no_list() {
    for bad in [
        serde_json::json!(null),
        serde_json::json!(7),
        serde_json::json!("a\u{7}b"),
    ] {
        let portal = Portal::build().accounts(40).start().await;
        let edit = serde_json::json!({ "first": { "id": bad } });
        portal
            .sandbox
            .faults(serde_json::json!([{"path": "/v2/managed_accounts", "times": 1, "then": {"edit": edit}}]))
            .await;
        let swept = sweep(&portal).await;
        assert_eq!((swept.outcome, swept.seen), (SweepOutcome::Done, 39));
        let owner = portal
            .signed_in(reseller_portal::domain::role::Role::Owner)
            .await;
        let page = owner.get("/").await.expect(200);
        assert!(
            page.says("1 account in Telnyx’s lists was skipped because it cannot be read"),
            "{}",
            page.words()
        );
        assert!(
            page.says("number 1 in the enabled list"),
            "{}",
            page.words()
        );
        let emails = portal.sandbox.accounts().await;
        assert!(
            emails
                .iter()
                .any(|account| page.says(account["email"].as_str().unwrap()))
        );
        assert_eq!(later_sweep(&portal).await.seen, 40);
        assert!(
            !owner
                .get("/")
                .await
                .says("was skipped because it cannot be read")
        );
    }
}

#[tokio::test]
async fn lists_without_meta_are_read_to_their_end() {
    let portal = Portal::build().accounts(700).start().await;
    let edit = serde_json::json!({ "set": { "meta": null } });
    portal
        .sandbox
        .faults(serde_json::json!([{"path": "/v2/managed_accounts", "then": {"edit": edit}}]))
        .await;
    let swept = sweep(&portal).await;
    assert_eq!(
        (swept.outcome, swept.seen),
        (SweepOutcome::Done, 700),
        "{}",
        swept.message
    );
}

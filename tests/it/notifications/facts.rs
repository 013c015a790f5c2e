//! Facts that become notifications: each once, for whoever its kind is for.

use std::time::Duration;

use reseller_portal::bulk::{self, NewJob};
use reseller_portal::db::accounts;
use reseller_portal::domain::channels::ChannelLimit;
use reseller_portal::domain::fact::{Fact, FactSource};
use reseller_portal::domain::ids::{AccountId, JobId};
use reseller_portal::domain::job::JobAction;
use reseller_portal::domain::money::Balance;
use reseller_portal::domain::notification::{NotificationDelivery, NotificationKind};
use reseller_portal::domain::operation::{Reason, ReasonCode};
use reseller_portal::domain::role::Role;
use reseller_portal::domain::thresholds::Thresholds;
use rust_decimal::Decimal;
use serde_json::json;

use super::{choose, of, publish, sentences};
use crate::support::{PASSWORD, Portal};

async fn later_sweep(portal: &Portal) {
    portal.advance(Duration::from_mins(5));
    portal.sweep().await;
}

async fn enabled(portal: &Portal) -> AccountId {
    portal.sandbox.id_of("enabled").await.parse().unwrap()
}

#[tokio::test]
async fn a_blocked_account_is_told_to_everyone_who_did_not_switch_it_off() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let owner = portal.staff(Role::Owner).await;
    let viewer = portal.staff(Role::Viewer).await;
    let silent = portal.staff(Role::Manager).await;
    let kind = NotificationKind::AccountBlocked;
    choose(&portal, &silent, kind, NotificationDelivery::Off).await;
    let id = enabled(&portal).await;
    portal
        .sandbox
        .change_elsewhere(&id, json!({"status": "blocked"}))
        .await;
    later_sweep(&portal).await;
    let account = accounts::by_id(&portal.db, &id).await.unwrap().unwrap();
    let expected = [kind.sentence(1, &account.organization_name)];
    assert_eq!(sentences(&portal, &owner, kind).await, expected);
    assert_eq!(sentences(&portal, &viewer, kind).await, expected);
    assert!(sentences(&portal, &silent, kind).await.is_empty());
    let told = of(&portal, &owner).await;
    let blocked = told.iter().find(|item| item.kind == kind).unwrap();
    assert_eq!(blocked.path, format!("/accounts/{id}"));
    assert!(blocked.detail.contains("Enabled → Blocked"));
    later_sweep(&portal).await;
    assert_eq!(sentences(&portal, &owner, kind).await.len(), 1);
}

#[tokio::test]
async fn a_sweep_that_finds_many_changes_makes_one_summary() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let owner = portal.staff(Role::Owner).await;
    let kind = NotificationKind::ChangedElsewhere;
    for account in portal.sandbox.accounts().await.iter().take(12) {
        let other = match account["status"].as_str().unwrap() {
            "enabled" => "disabled",
            _ => "enabled",
        };
        portal
            .sandbox
            .change_elsewhere(account["id"].as_str().unwrap(), json!({"status": other}))
            .await;
    }
    later_sweep(&portal).await;
    assert_eq!(
        sentences(&portal, &owner, kind).await,
        ["12 accounts were changed outside the portal."]
    );
    let id = enabled(&portal).await;
    portal
        .sandbox
        .change_elsewhere(&id, json!({"status": "disabled"}))
        .await;
    later_sweep(&portal).await;
    assert_eq!(sentences(&portal, &owner, kind).await.len(), 2);
}

#[tokio::test]
async fn five_hundred_facts_of_one_sweep_are_one_notification_that_is_unread_again() {
    let portal = Portal::start().await;
    let owner = portal.staff(Role::Owner).await;
    let sweep = Some(uuid::Uuid::new_v4());
    let kind = NotificationKind::ChangedElsewhere;
    for items in [1, 400, 99] {
        let fact = reseller_portal::domain::notification::NotificationFact {
            sweep,
            items,
            ..super::fact(kind, "Acme")
        };
        publish(&portal, &fact, None).await;
    }
    let told = of(&portal, &owner).await;
    assert_eq!((told.len(), told[0].items), (1, 500));
    assert_eq!(
        told[0].kind.path(told[0].items, &told[0].path),
        "/activity?kind=changed_elsewhere"
    );
}

#[tokio::test]
async fn a_nearly_full_pool_is_told_once_until_it_was_well_below_the_threshold() {
    let portal = Portal::build().channels(1_000).start().await;
    portal.sweep().await;
    let owner = portal.staff(Role::Owner).await;
    let kind = NotificationKind::PoolThreshold;
    let state = portal.sandbox.state().await;
    let allocated: u64 = state["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|account| account["channel_limit"].as_u64())
        .sum();
    let pool = |percent: u64| u32::try_from(allocated * 100 / percent).unwrap();
    for (percent, told) in [
        (50, 0),
        (95, 1),
        (96, 1),
        (88, 1),
        (95, 1),
        (70, 1),
        (95, 2),
    ] {
        portal.sandbox.pool(pool(percent)).await;
        later_sweep(&portal).await;
        assert_eq!(
            sentences(&portal, &owner, kind).await.len(),
            told,
            "{percent}%"
        );
    }
    // Another threshold counts from the next sweep.
    let thresholds = Thresholds {
        pool_percent: 40,
        ..Thresholds::with_low_balance(Decimal::TEN)
    };
    portal.sandbox.pool(pool(30)).await;
    later_sweep(&portal).await;
    portal.app.save_setting(&owner, thresholds).await.unwrap();
    portal.sandbox.pool(pool(45)).await;
    later_sweep(&portal).await;
    assert_eq!(sentences(&portal, &owner, kind).await.len(), 3);
}

#[tokio::test]
async fn a_low_balance_is_told_once_per_crossing() {
    let portal = Portal::build()
        .settings(|settings| settings.low_balance = Decimal::ONE)
        .start()
        .await;
    portal.sweep().await;
    let owner = portal.staff(Role::Owner).await;
    let kind = NotificationKind::LowBalance;
    let mut own = None;
    for account in portal.sandbox.accounts().await {
        if account["status"] == "enabled" && account["rollup_billing"] == false {
            own = account["id"].as_str().map(str::to_owned);
        }
    }
    let id: AccountId = own.unwrap().parse().unwrap();
    for (credit, told) in [(5, 0), (0, 1), (-3, 1), (1, 1), (0, 1), (2, 1), (-1, 2)] {
        let balance = Balance {
            balance: Some(Decimal::from(credit)),
            credit_limit: None,
            available_credit: Some(Decimal::from(credit)),
            currency: "USD".to_owned(),
        };
        portal.advance(Duration::from_secs(1));
        let mut tx = portal.db.begin().await.unwrap();
        accounts::set_balance(&mut tx, &id, Some(&balance), portal.clock.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        later_sweep(&portal).await;
        assert_eq!(
            sentences(&portal, &owner, kind).await.len(),
            told,
            "{credit}"
        );
    }
}

#[tokio::test]
async fn low_balances_of_first_readings_are_one_notification_of_the_day() {
    let portal = Portal::build()
        .settings(|settings| settings.low_balance = Decimal::from(10))
        .start()
        .await;
    portal.sweep().await;
    let owner = portal.staff(Role::Owner).await;
    let kind = NotificationKind::LowBalance;
    let accounts = portal.sandbox.accounts().await;
    let own = accounts
        .iter()
        .filter(|account| account["status"] == "enabled" && account["rollup_billing"] == false);
    let ids: Vec<AccountId> = own
        .map(|account| account["id"].as_str().unwrap().parse().unwrap())
        .collect();
    let balance = Balance {
        balance: None,
        credit_limit: None,
        available_credit: Some(Decimal::from(9)),
        currency: "USD".to_owned(),
    };
    for (at, id) in ids[..3].iter().enumerate() {
        let mut tx = portal.db.begin().await.unwrap();
        accounts::set_balance(&mut tx, id, Some(&balance), portal.clock.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        later_sweep(&portal).await;
        let told = sentences(&portal, &owner, kind).await;
        assert_eq!(told.len(), 1, "{told:?}");
        if at == 2 {
            assert_eq!(told, ["3 accounts are low on credit."]);
        }
    }
}

#[tokio::test]
async fn an_enabled_account_with_limit_0_is_told_once_until_it_has_another() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let owner = portal.staff(Role::Owner).await;
    let kind = NotificationKind::ZeroLimit;
    let id = enabled(&portal).await;
    for (limit, told) in [(5, 0), (0, 1), (0, 1), (5, 1), (0, 2)] {
        portal.advance(Duration::from_secs(1));
        let known = Fact {
            value: ChannelLimit::new(limit).unwrap(),
            source: FactSource::Person,
            observed_at: portal.clock.now(),
        };
        let mut tx = portal.db.begin().await.unwrap();
        accounts::set_limit(&mut tx, &id, known, None)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        later_sweep(&portal).await;
        assert_eq!(
            sentences(&portal, &owner, kind).await.len(),
            told,
            "{limit}"
        );
    }
}

#[tokio::test]
async fn the_end_of_a_job_is_told_to_its_person_alone() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.staff(Role::Manager).await;
    let owner = portal.staff(Role::Owner).await;
    let new = NewJob {
        id: JobId::new(portal.clock.now()),
        action: JobAction::Disable,
        accounts: vec![enabled(&portal).await],
        selection: "1 account".to_owned(),
        reason: Reason {
            code: Some(ReasonCode::Fraud),
            text: String::new(),
        },
    };
    let job = bulk::preview(&portal, &ann, new).await.unwrap();
    bulk::start(&portal, &ann, &job, None).await.unwrap();
    for _ in 0..3 {
        bulk::run_once(&portal).await.unwrap();
        portal.advance(Duration::from_secs(5));
        portal.run_jobs().await;
    }
    bulk::run_once(&portal).await.unwrap();
    let told = of(&portal, &ann).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].kind, NotificationKind::JobEnded);
    assert_eq!(told[0].path, format!("/jobs/{}", job.id));
    assert_eq!(told[0].detail, "1 done.");
    assert!(of(&portal, &owner).await.is_empty());
}

#[tokio::test]
async fn an_unknown_result_is_told_to_those_who_can_settle_it() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.staff(Role::Manager).await;
    let viewer = portal.staff(Role::Viewer).await;
    let id = enabled(&portal).await;
    let browser = portal.signed_in_as(&ann).await;
    portal
        .sandbox
        .faults(json!([
            {"method": "POST", "path": "/v2/managed_accounts/*", "times": 1, "then": {"drop": "after"}},
            {"method": "GET", "path": "/v2/managed_accounts", "then": {"status": 503}},
        ]))
        .await;
    let page = browser
        .get(&format!("/accounts/{id}/disable"))
        .await
        .expect(200);
    browser
        .submit(&page, "form.confirm", &[("reason_code", "fraud")])
        .await;
    let kind = NotificationKind::UnknownOperation;
    for _ in 0..40 {
        portal.advance(Duration::from_secs(30));
        portal.run_jobs().await;
    }
    let told = of(&portal, &ann).await;
    assert_eq!(
        told.iter().filter(|item| item.kind == kind).count(),
        1,
        "{told:?}"
    );
    assert!(told[0].path.starts_with("/operations/"));
    let page = browser.get(&told[0].path).await.expect(200);
    assert!(of(&portal, &viewer).await.is_empty());
    // Once it is settled, nobody has to look at it any more.
    let seen = [
        ("seen", "did_not_happen"),
        ("reason", "Mission Control shows it enabled"),
    ];
    browser
        .submit(&page, "form[action$='/settle']", &seen)
        .await
        .expect(303);
    let told = of(&portal, &ann).await;
    assert!(told[0].read_at.is_some());
    assert!(told[0].detail.starts_with("Settled since: "), "{told:?}");
}

#[tokio::test]
async fn a_sign_in_from_a_new_device_or_network_is_told_and_a_known_one_is_not() {
    let portal = Portal::start().await;
    let ann = portal.staff(Role::Manager).await;
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let sign_in = async |address: &str, agent: &str| {
        let browser = portal.browser().at(address);
        let request = browser.request(axum::http::Method::POST, "/login");
        let typed = [("email", ann.email.as_str()), ("password", PASSWORD)];
        let sent = request
            .form(&typed)
            .header("user-agent", agent)
            .send()
            .await;
        sent.expect(303);
        portal.advance(Duration::from_mins(1));
        of(&portal, &ann).await.len()
    };
    assert_eq!(
        sign_in("192.0.2.7", firefox).await,
        0,
        "nothing is known yet"
    );
    assert_eq!(sign_in("192.0.2.7", firefox).await, 0);
    assert_eq!(sign_in("192.0.2.8", firefox).await, 1);
    assert_eq!(sign_in("192.0.2.7", "curl/8.9").await, 2);
    assert_eq!(sign_in("192.0.2.8", firefox).await, 2);
    let told = sentences(&portal, &ann, NotificationKind::NewSignIn).await;
    assert_eq!(
        told,
        [
            "New sign-in to your account: curl from 192.0.2.7.",
            "New sign-in to your account: Firefox on Linux from 192.0.2.8."
        ]
    );
}

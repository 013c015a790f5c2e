//! Slow round of all balances: order, results, and reasons to pause.

use std::collections::BTreeSet;
use std::time::Duration;

use reseller_portal::db::accounts::{self, ListFilter, SortColumn, SortOrder};
use reseller_portal::db::settings;
use reseller_portal::directory::balances::{BalanceReadResult, run};
use reseller_portal::directory::refresh_account;
use reseller_portal::domain::account_filter::{AccountFilter, AttentionReason, FilterContext};
use reseller_portal::domain::ids::{AccountId, StaffId};
use reseller_portal::domain::role::Role;
use reseller_portal::telnyx::ErrorKind;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{elsewhere, held, id_of, sweep};
use crate::support::Portal;

/// Longer than any gap between two readings.
const GAP: Duration = Duration::from_secs(3);

/// Returns the accounts whose balance the round reads, according to Telnyx.
async fn paying(portal: &Portal) -> Vec<Value> {
    let mut accounts = portal.sandbox.accounts().await;
    accounts.retain(|account| account["status"] == "enabled" && account["rollup_billing"] == false);
    accounts
}

fn id(account: &Value) -> AccountId {
    account["id"].as_str().unwrap().parse().unwrap()
}

/// Reads until every balance is recent. Returns the accounts that were read.
async fn round(portal: &Portal) -> Vec<AccountId> {
    let mut read = Vec::new();
    loop {
        portal.advance(GAP);
        match run(&portal.app).await.unwrap() {
            BalanceReadResult::Read(id) => read.push(id),
            BalanceReadResult::AllRecent => return read,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_round_reads_each_enabled_account_with_a_balance_of_its_own_once() {
    let portal = Portal::build().accounts(40).start().await;
    sweep(&portal).await;
    let expected: BTreeSet<String> = paying(&portal)
        .await
        .iter()
        .map(|a| id(a).to_string())
        .collect();
    let read = round(&portal).await;
    assert_eq!(read.len(), expected.len(), "nobody twice");
    assert_eq!(
        read.iter()
            .map(ToString::to_string)
            .collect::<BTreeSet<_>>(),
        expected
    );
    for account in portal.sandbox.accounts().await {
        let kept = held(&portal, &id(&account)).await.balance;
        assert_eq!(kept.is_some(), expected.contains(id(&account).as_str()));
        if let Some((balance, _)) = kept {
            assert_eq!(
                balance.balance.unwrap().to_string(),
                account["balance"].as_str().unwrap()
            );
            assert_eq!(balance.currency, account["currency"].as_str().unwrap());
        }
    }
    assert_eq!(elsewhere(&portal).await, 0);
}

#[tokio::test]
async fn the_longest_unread_is_next_and_a_reading_for_a_page_counts() {
    let portal = Portal::build().accounts(40).start().await;
    sweep(&portal).await;
    let first = round(&portal).await;
    portal.advance(Duration::from_mins(15));
    refresh_account(&portal.app, &first[0]).await.unwrap();
    assert_eq!(
        run(&portal.app).await.unwrap(),
        BalanceReadResult::Read(first[1].clone())
    );
    portal.advance(GAP);
    assert_eq!(
        run(&portal.app).await.unwrap(),
        BalanceReadResult::Read(first[2].clone())
    );
}

#[tokio::test]
async fn the_pace_holds_over_all_replicas() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    assert!(matches!(
        run(&portal.app).await.unwrap(),
        BalanceReadResult::Read(_)
    ));
    portal.advance(Duration::from_millis(1_900));
    assert_eq!(run(&portal.app).await.unwrap(), BalanceReadResult::Deferred);
    portal.advance(Duration::from_millis(200));
    let (one, other) = tokio::join!(run(&portal.app), run(&portal.app));
    let read = |ran: &BalanceReadResult| matches!(ran, BalanceReadResult::Read(_));
    assert!(read(&one.unwrap()) ^ read(&other.unwrap()), "one of them");
}

#[tokio::test]
async fn what_was_read_sorts_the_list_and_tells_who_is_low() {
    let portal = Portal::build().accounts(40).start().await;
    sweep(&portal).await;
    let poor = paying(&portal).await.remove(0);
    let threshold = Decimal::new(-1_000_000, 0);
    let frame = FilterContext {
        reader: StaffId::from_uuid(uuid::Uuid::nil()),
        now: portal.clock.now(),
        zone: &jiff::tz::TimeZone::UTC,
        low_balance: threshold,
    };
    let criteria = AccountFilter::default().criteria(frame);
    portal
        .sandbox
        .change_elsewhere(id(&poor), json!({"balance_cents": -200_000_000}))
        .await;
    round(&portal).await;
    let found = accounts::attention(&portal.db, &criteria, 3).await.unwrap();
    let low = found
        .iter()
        .find(|found| found.reason == AttentionReason::LowBalance)
        .unwrap();
    assert_eq!((low.total, &low.accounts[0].id), (1, &id(&poor)));
    let by_balance = ListFilter {
        sort: SortOrder {
            by: SortColumn::Balance,
            descending: false,
        },
        ..ListFilter::default()
    };
    let listed = accounts::list(&portal.db, &by_balance).await.unwrap();
    assert_eq!(listed.rows[0].id, id(&poor));
    portal
        .sandbox
        .change_elsewhere(id(&poor), json!({"balance_cents": 200_000_000}))
        .await;
    refresh_account(&portal.app, &id(&poor)).await.unwrap();
    let found = accounts::attention(&portal.db, &criteria, 3).await.unwrap();
    assert!(
        found
            .iter()
            .all(|found| found.reason != AttentionReason::LowBalance),
        "the page's reading counts alike"
    );
}

#[tokio::test]
async fn an_account_that_telnyx_fails_to_tell_about_holds_up_no_other() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let first = paying(&portal)
        .await
        .iter()
        .map(id)
        .min_by_key(ToString::to_string)
        .unwrap();
    let path = format!("/v2/managed_accounts/{first}");
    portal
        .sandbox
        .faults(json!([{"path": path, "then": {"status": 503}}]))
        .await;
    let failed = BalanceReadResult::Failed(first.clone(), ErrorKind::Unavailable);
    assert_eq!(run(&portal.app).await.unwrap(), failed);
    portal.advance(GAP);
    assert_eq!(
        run(&portal.app).await.unwrap(),
        BalanceReadResult::Deferred,
        "until something else shows that Telnyx answers"
    );
    portal.telnyx.pool().await.unwrap();
    assert!(!round(&portal).await.contains(&first));
    assert!(
        held(&portal, &first).await.balance.is_none(),
        "nothing is made up"
    );
}

#[tokio::test]
async fn who_is_not_found_twice_is_gone() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let read = round(&portal).await;
    portal.sandbox.forget(&read[0]).await;
    for gone in [false, true] {
        portal.advance(Duration::from_mins(15));
        assert_eq!(
            run(&portal.app).await.unwrap(),
            BalanceReadResult::Read(read[0].clone())
        );
        assert_eq!(held(&portal, &read[0]).await.gone_at.is_some(), gone);
        round(&portal).await;
    }
    assert_eq!(elsewhere(&portal).await, 1);
}

#[tokio::test]
async fn nothing_is_read_while_telnyx_is_in_trouble_the_manager_another_or_a_change_under_way() {
    let portal = Portal::start().await;
    assert_eq!(
        run(&portal.app).await.unwrap(),
        BalanceReadResult::AllRecent,
        "nobody is known yet"
    );
    sweep(&portal).await;
    portal
        .sandbox
        .faults(json!([{"path": "/v2/*", "then": {"status": 401}}]))
        .await;
    portal.telnyx.pool().await.unwrap_err();
    assert_eq!(run(&portal.app).await.unwrap(), BalanceReadResult::Deferred);
    portal.sandbox.clear_faults().await;
    portal.telnyx.pool().await.unwrap();

    let mut tx = portal.db.begin().await.unwrap();
    settings::set(&mut tx, settings::MANAGER_MISMATCH, "other")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(run(&portal.app).await.unwrap(), BalanceReadResult::Deferred);
    let mut tx = portal.db.begin().await.unwrap();
    settings::remove(&mut tx, settings::MANAGER_MISMATCH)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let ann = portal.signed_in(Role::Manager).await;
    let changed = id_of(&portal, "enabled").await;
    let uncertain =
        json!([{"method": "PATCH", "path": "/v2/managed_accounts/*", "then": {"status": 503}}]);
    portal.sandbox.faults(uncertain).await;
    ann.post(
        &format!("/channels/{changed}/limit"),
        &[("channel_limit", "12")],
    )
    .await;
    portal.sandbox.clear_faults().await;
    portal.telnyx.pool().await.unwrap();
    assert_eq!(run(&portal.app).await.unwrap(), BalanceReadResult::Deferred);
    assert!(portal.sandbox.log().await.iter().all(|request| {
        request["method"] != "GET"
            || !request["path"]
                .as_str()
                .unwrap()
                .starts_with("/v2/managed_accounts/")
            || request["path"].as_str().unwrap().contains(changed.as_str())
            || request["path"] == "/v2/managed_accounts/allocatable_global_outbound_channels"
    }));
    for _ in 0..30 {
        portal.advance(Duration::from_mins(1));
        portal.run_jobs().await;
    }
    assert!(matches!(
        run(&portal.app).await.unwrap(),
        BalanceReadResult::Read(_)
    ));
}

#[tokio::test]
async fn after_lists_that_could_not_be_read_no_account_is_taken_for_gone() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    portal
        .sandbox
        .faults(json!([{"path": "/v2/managed_accounts*", "then": {"status": 404}}]))
        .await;
    portal.advance(Duration::from_mins(5));
    sweep(&portal).await;
    assert_eq!(run(&portal.app).await.unwrap(), BalanceReadResult::Deferred);
}

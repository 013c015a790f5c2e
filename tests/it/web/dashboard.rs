//! `/`: content of the dashboard, from the first moment on.

use std::time::Duration;

use reseller_portal::db::{accounts, settings};
use reseller_portal::directory::{recorded_limits, refresh_account, sweep};
use reseller_portal::domain::account::AccountStatus;
use reseller_portal::domain::fact::{Fact, FactSource};
use reseller_portal::domain::role::Role;
use reseller_portal::telnyx::NewAccount;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::support::{Portal, Response};

mod checklist;

async fn known(portal: &Portal, id: &str, limit: u32) {
    let text = format!("{id}, {limit}");
    let parsed = recorded_limits::parse(&portal.db, &text, portal.clock.now())
        .await
        .unwrap();
    let actor = portal.actor(Role::Manager);
    recorded_limits::apply(&portal.app, &actor, parsed.entries)
        .await
        .unwrap();
}

/// Returns the text and address of the link in the item that contains `said`.
fn remedy(page: &Response, said: &str) -> Option<(String, String)> {
    let items = page.select("[aria-labelledby=h-todo] .attention-list > li");
    let at = items.iter().position(|item| item.contains(said))? + 1;
    let link = format!("[aria-labelledby=h-todo] .attention-list > li:nth-child({at}) > a");
    Some((page.text_of(&link), page.attr_of(&link, "href")?))
}

#[tokio::test]
async fn before_the_first_reading_it_says_that_it_is_awaited_and_fills_by_itself() {
    let portal = Portal::start().await;
    let ann = portal.signed_in(Role::Manager).await;
    let page = ann.get("/").await.expect(200);
    assert!(page.says("Accounts are being read from Telnyx"));
    assert_eq!(page.attr_of("#dashboard", "hx-get").as_deref(), Some("/"));
    assert!(
        page.has("noscript"),
        "without a script the page is loaded again"
    );
    assert!(!page.says("0 free") && !page.has(".tiles"));
    portal.sweep().await;
    let filled = ann.get_fragment("/").await.expect(200);
    assert!(filled.has("#dashboard:not([hx-get]) .tiles") && !filled.has("aside.sidebar"));
}

#[tokio::test]
async fn a_first_reading_that_fails_says_why() {
    let portal = Portal::start().await;
    portal
        .sandbox
        .faults(json!([{ "path": "/v2/*", "then": { "status": 503 } }]))
        .await;
    sweep::run(&portal.app).await.unwrap();
    let ann = portal.signed_in(Role::Viewer).await;
    let page = ann.get("/").await.expect(200);
    assert!(
        page.says("The accounts could not be read yet"),
        "{}",
        page.words()
    );
    assert!(page.text_of("#health").contains("Last failure"));
    assert!(
        page.select("#health dl > div")
            .contains(&"Accounts read never".to_owned())
    );
}

#[tokio::test]
async fn without_accounts_it_leads_to_the_first_one_for_whoever_may_create_it() {
    let portal = Portal::build().accounts(0).start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let page = ann.get("/").await.expect(200);
    assert!(page.says("No account yet"));
    assert!(page.says("Create the first account"));
    let vic = portal.signed_in(Role::Viewer).await;
    let page = vic.get("/").await.expect(200);
    assert!(page.says("No account yet") && !page.has("a[href='/accounts/new']"));
}

#[tokio::test]
async fn accounts_are_counted_by_status_and_each_count_leads_to_its_list() {
    let portal = Portal::build().accounts(40).start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Viewer).await;
    let page = ann.get("/").await.expect(200);
    let accounts = portal.sandbox.accounts().await;
    for status in ["enabled", "disabled", "blocked", "cancelled"] {
        let there = accounts
            .iter()
            .filter(|account| account["status"] == status)
            .count();
        let tile = format!(".tiles a[href='/accounts?status={status}'] strong");
        assert_eq!(page.text_of(&tile), there.to_string(), "{status}");
    }
    assert!(
        page.text_of(".page-head .as-of") == "Accounts as of just now, channel pool as of just now"
    );
    assert_eq!(page.text_of("#health .status"), "Connected");
}

#[tokio::test]
async fn what_needs_attention_leads_to_its_remedy() {
    let portal = Portal::build().accounts(40).start().await;
    portal.sweep().await;
    let (enabled, disabled) = (
        portal.sandbox.id_of("enabled").await,
        portal.sandbox.id_of("disabled").await,
    );
    known(&portal, &enabled, 0).await;
    known(&portal, &disabled, 40).await;
    let pool = portal.sandbox.state().await["pool"]["total_global_channels_allocated"]
        .as_u64()
        .unwrap();
    portal.sandbox.pool(u32::try_from(pool).unwrap() + 1).await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let page = ann.get("/").await.expect(200);
    let link = |label: &str, href: &str| Some((label.to_owned(), href.to_owned()));
    assert!(
        remedy(&page, "cannot call out").is_none() && remedy(&page, "blocked by Telnyx").is_none(),
        "the causes above the list count them already"
    );
    let (label, href) = remedy(&page, "holds 40 channels").unwrap();
    assert_eq!(label, "Reclaim all (40 channels, 1 account)");
    assert!(href.starts_with("/channels/bulk/block-calls?"), "{href}");
    assert_eq!(
        remedy(&page, "% of the channel pool is allocated"),
        link("Who holds what", "/channels?show=holding")
    );
    assert_eq!(
        remedy(&page, "not known"),
        link("View", "/channels?show=unknown")
    );
    let vic = portal.signed_in(Role::Viewer).await;
    let page = vic.get("/").await.expect(200);
    assert_eq!(
        remedy(&page, "holds 40 channels"),
        link("View", "/channels?show=reclaim"),
        "a viewer reclaims nothing"
    );
}

#[tokio::test]
async fn a_low_balance_is_told_with_its_amount_and_age_and_leads_to_those_who_have_one() {
    let portal = Portal::build()
        .settings(|settings| settings.low_balance = Decimal::new(-1_000_000, 0))
        .start()
        .await;
    portal.sweep().await;
    let accounts = portal.sandbox.accounts().await;
    let own = |account: &&Value| account["status"] == "enabled" && account["balance"].is_string();
    let poor = accounts.iter().find(own).unwrap();
    let (id, name) = (
        poor["id"].as_str().unwrap(),
        poor["organization_name"].as_str().unwrap(),
    );
    let money = json!({ "balance_cents": -900_000_000 });
    portal.sandbox.change_elsewhere(id, money).await;
    refresh_account(&portal.app, &id.parse().unwrap())
        .await
        .unwrap();
    portal.advance(Duration::from_mins(5));
    let ann = portal.signed_in(Role::Viewer).await;
    let page = ann.get("/").await.expect(200);
    let low = remedy(
        &page,
        "1 enabled account has less than -1000000 available credit",
    );
    assert_eq!(
        low,
        Some((
            "View".to_owned(),
            "/accounts?needs=low-balance&sort=balance".to_owned()
        )),
        "{}",
        page.words()
    );
    let told = page.text_of("[aria-labelledby=h-todo]");
    assert!(
        told.contains(name) && told.contains("read 5 min ago"),
        "{told}"
    );
}

#[tokio::test]
async fn an_account_whose_status_nothing_confirms_leads_to_the_list_of_such() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let id = portal.sandbox.id_of("enabled").await.parse().unwrap();
    let unknown = Fact {
        value: AccountStatus::Unknown,
        source: FactSource::Reading,
        observed_at: portal.clock.now(),
    };
    let mut tx = portal.db.begin().await.unwrap();
    assert!(accounts::set_status(&mut tx, &id, unknown).await.unwrap());
    tx.commit().await.unwrap();
    let ann = portal.signed_in(Role::Viewer).await;
    let page = ann.get("/").await.expect(200);
    assert_eq!(
        remedy(&page, "no confirmed status"),
        Some(("View".to_owned(), "/accounts?status=unknown".to_owned()))
    );
}

#[tokio::test]
async fn a_pool_that_is_ninety_percent_taken_is_not_told_of_yet() {
    let portal = Portal::start().await;
    let taken = portal.sandbox.state().await["pool"]["total_global_channels_allocated"]
        .as_u64()
        .unwrap();
    let (roomy, tight) = (taken.div_ceil(9) * 10, taken * 10 / 9 - 1);
    let ann = portal.signed_in(Role::Viewer).await;
    for (channels, told) in [(roomy, false), (tight, true)] {
        portal.sandbox.pool(u32::try_from(channels).unwrap()).await;
        portal.advance(Duration::from_mins(5));
        portal.sweep().await;
        let page = ann.get("/").await.expect(200);
        assert_eq!(
            remedy(&page, "% of the channel pool is allocated").is_some(),
            told,
            "{taken} of {channels}"
        );
    }
}

#[tokio::test]
async fn what_was_changed_elsewhere_is_shown_with_its_account() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let id = portal.sandbox.id_of("enabled").await;
    portal
        .sandbox
        .change_elsewhere(&id, json!({ "status": "disabled" }))
        .await;
    portal.advance(Duration::from_mins(1));
    portal.sweep().await;
    let ann = portal.signed_in(Role::Viewer).await;
    let page = ann.get("/").await.expect(200);
    let (_, href) = remedy(&page, "was changed outside the portal").unwrap();
    assert_eq!(href, format!("/accounts/{id}"));
}

#[tokio::test]
async fn a_change_whose_outcome_is_open_stands_there_with_who_asked_for_it() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let id = portal.sandbox.id_of("enabled").await;
    let ann = portal.signed_in(Role::Manager).await;
    let faults =
        json!([{ "method": "PATCH", "path": "/v2/managed_accounts/*", "then": { "status": 503 } }]);
    portal.sandbox.faults(faults).await;
    let left = ann
        .post(&format!("/channels/{id}/limit"), &[("channel_limit", "12")])
        .await;
    let operation = left.leads_to().unwrap();
    let page = ann.get("/").await.expect(200);
    let asked = "Requested by Test Account manager";
    assert!(
        page.text_of("[aria-labelledby=h-todo]").contains(asked),
        "{}",
        page.words()
    );
    assert_eq!(
        remedy(&page, "Being checked with Telnyx"),
        Some(("View".to_owned(), operation.clone()))
    );
    for _ in 0..30 {
        portal.advance(Duration::from_mins(1));
        portal.run_jobs().await;
    }
    portal.sandbox.clear_faults().await;
    let page = ann.get("/").await.expect(200);
    assert_eq!(
        remedy(&page, "Outcome unknown"),
        Some(("Check again".to_owned(), operation.clone()))
    );
    let vic = portal.signed_in(Role::Viewer).await;
    let page = vic.get("/").await.expect(200);
    assert_eq!(
        remedy(&page, "Outcome unknown"),
        Some(("View".to_owned(), operation))
    );
}

#[tokio::test]
async fn a_reading_that_comes_to_nothing_is_an_alert_and_the_old_data_stays_with_its_age() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    portal.advance(Duration::from_mins(3));
    portal
        .sandbox
        .faults(json!([{ "path": "/v2/managed_accounts*", "then": { "garbage": true } }]))
        .await;
    sweep::run(&portal.app).await.unwrap();
    let page = ann.get("/").await.expect(200);
    assert!(
        remedy(&page, "The accounts could not be read").is_some(),
        "{}",
        page.words()
    );
    assert!(
        page.text_of(".page-head .as-of")
            .contains("Accounts as of 3 min ago")
    );
    assert!(
        page.select("#health dl > div")
            .iter()
            .any(|line| line.starts_with("Last failure just now"))
    );
    assert!(page.has(".tiles"));
}

#[tokio::test]
async fn another_managers_key_is_the_first_thing_to_see() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let mut tx = portal.db.begin().await.unwrap();
    settings::set(&mut tx, settings::MANAGER_MISMATCH, "other-manager")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let ann = portal.signed_in(Role::Viewer).await;
    let page = ann.get("/").await.expect(200);
    let first = page.text_of("[aria-labelledby=h-todo] .attention-list > li:first-child");
    assert!(first.contains("another manager (other-manager)"), "{first}");
}

#[tokio::test]
async fn the_latest_activity_tells_each_change_once_and_hostile_names_as_text() {
    let portal = Portal::start().await;
    let name = "<img src=x onerror=alert(1)> \"O'Neill\" \u{202e}";
    let new = NewAccount {
        business_name: name,
        email: None,
        password: None,
        custom_pricing: false,
        rollup_billing: true,
    };
    let id = portal
        .telnyx
        .create_account(&new)
        .await
        .unwrap()
        .value
        .account
        .id;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let left = ann
        .post(&format!("/channels/{id}/limit"), &[("channel_limit", "12")])
        .await;
    assert!(left.status.is_redirection(), "{}", left.words());
    let page = ann.get("/").await.expect(200);
    let told: Vec<String> = page.select(".feed > li");
    let of_limit: Vec<&String> = told
        .iter()
        .filter(|line| line.contains("changed the channel limit of"))
        .collect();
    assert_eq!(of_limit.len(), 1, "{told:?}");
    assert!(of_limit[0].contains("<img src=x"), "{told:?}");
    assert!(!page.has("main img"));
}

#[tokio::test]
async fn while_telnyx_is_down_the_bar_alone_says_so_and_technical_words_are_for_admins() {
    for (role, technical) in [
        (Role::Manager, false),
        (Role::Viewer, false),
        (Role::Admin, true),
        (Role::Owner, true),
    ] {
        let portal = Portal::start().await;
        portal.sweep().await;
        let reader = portal.signed_in(role).await;
        portal.advance(Duration::from_mins(3));
        portal
            .sandbox
            .faults(json!([{ "path": "/v2/*", "then": { "status": 503 } }]))
            .await;
        sweep::run(&portal.app).await.unwrap();
        for _ in 0..3 {
            portal.telnyx.pool().await.unwrap_err();
        }
        let page = reader.get("/").await.expect(200);
        assert_eq!(page.count(".banner-warning"), 1, "{role:?}");
        assert!(
            remedy(&page, "The accounts could not be read").is_none(),
            "{}",
            page.words()
        );
        assert!(
            !page.text_of("#health").contains("Last failure"),
            "{role:?}"
        );
        assert_eq!(
            page.has(".banner-warning a[href='/#health']"),
            technical,
            "{role:?}"
        );
        assert_eq!(page.text_of("main").contains("503"), technical, "{role:?}");
        assert_eq!(page.has("#health details"), technical, "{role:?}");
    }
}

#[tokio::test]
async fn a_status_in_the_middle_of_a_sentence_keeps_the_brand() {
    assert_eq!(
        reseller_portal::domain::text::mid_sentence("Blocked by Telnyx"),
        "blocked by Telnyx"
    );
    assert_eq!(
        reseller_portal::domain::text::mid_sentence("API key shown"),
        "API key shown"
    );
}

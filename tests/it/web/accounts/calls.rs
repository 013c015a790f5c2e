//! Calls in the list: the column, its filter and its tab.

use reseller_portal::db::accounts;
use reseller_portal::domain::money::Balance;
use reseller_portal::domain::role::Role;
use serde_json::Value;

use super::text;
use crate::support::{Browser, Portal, Response};
use crate::web::channels::known;

/// Starts a portal with accounts of each kind, and signs in a person.
async fn swept(role: Role) -> (Portal, Browser) {
    let portal = Portal::build().accounts(60).start().await;
    portal.sweep().await;
    let browser = portal.signed_in(role).await;
    (portal, browser)
}

async fn ids(portal: &Portal, that: impl Fn(&Value) -> bool) -> Vec<String> {
    let accounts = portal.sandbox.accounts().await;
    let found = accounts.iter().filter(|account| that(account));
    found
        .map(|account| text(account, "id").to_owned())
        .collect()
}

async fn credit(portal: &Portal, id: &str, available: &str) {
    let balance = Balance {
        balance: None,
        credit_limit: None,
        available_credit: Some(available.parse().unwrap()),
        currency: "USD".to_owned(),
    };
    let mut tx = portal.db.begin().await.unwrap();
    accounts::set_balance(
        &mut tx,
        &id.parse().unwrap(),
        Some(&balance),
        portal.clock.now(),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

fn calls(page: &Response, id: &str) -> String {
    page.text_of(&format!("#account-{id} .col-calls"))
}

fn shown(page: &Response) -> Vec<String> {
    let rows = page.attrs_of("tr[id^=account-]", "id");
    let mut ids: Vec<String> = rows
        .iter()
        .map(|id| id.trim_start_matches("account-").to_owned())
        .collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn the_column_says_whether_an_account_can_call_or_what_stops_it() {
    let (portal, ann) = swept(Role::Viewer).await;
    let own = ids(&portal, |account| {
        account["status"] == "enabled" && account["rollup_billing"] == false
    })
    .await;
    known(&portal, &own[0], 5).await;
    credit(&portal, &own[0], "3").await;
    known(&portal, &own[1], 5).await;
    credit(&portal, &own[1], "-12.4").await;
    known(&portal, &own[2], 0).await;
    credit(&portal, &own[2], "50").await;
    let page = ann.get("/accounts?per=100").await.expect(200);
    assert_eq!(calls(&page, &own[0]), "Can call");
    assert_eq!(calls(&page, &own[1]), "No credit");
    assert_eq!(calls(&page, &own[2]), "Limit 0");
    assert_eq!(calls(&page, &own[3]), "Limit not known");
    for (status, word) in [
        ("disabled", "Disabled"),
        ("blocked", "Blocked"),
        ("cancelled", "Cancelled"),
    ] {
        let id = portal.sandbox.id_of(status).await;
        assert_eq!(calls(&page, &id), word);
    }
    let balance = |id: &str| page.text_of(&format!("#account-{id} .col-balance"));
    assert_eq!(balance(&own[0]), "3.00 USD, low");
    assert_eq!(balance(&own[1]), "\u{2212}12.40 USD, no credit");
    assert_eq!(balance(&own[2]), "50.00 USD");
}

#[tokio::test]
async fn the_filter_and_the_tab_find_the_accounts_that_cannot_call() {
    let (portal, ann) = swept(Role::Manager).await;
    let is_enabled = |account: &Value| account["status"] == "enabled";
    let enabled = ids(&portal, is_enabled).await;
    let mut cannot = ids(&portal, |account| !is_enabled(account)).await;
    let rollup = ids(&portal, |account| {
        is_enabled(account) && account["rollup_billing"] == true
    })
    .await;
    known(&portal, &rollup[0], 5).await;
    known(&portal, &rollup[1], 0).await;
    cannot.push(rollup[1].clone());
    cannot.sort();

    let all = ann.get("/accounts?per=100").await.expect(200);
    let tab = "#tabs a[href*='calls=cannot']";
    assert_eq!(all.text_of(tab), format!("Cannot call {}", cannot.len()));
    let page = ann.get(&all.attr_of(tab, "href").unwrap()).await;
    let page = page.expect(200);
    assert_eq!(shown(&page), cannot);
    assert!(
        page.text_of("#tabs a[aria-current]")
            .starts_with("Cannot call")
    );
    assert_eq!(page.text_of(".chip"), "Calls: cannot call");
    assert!(
        page.text_of("#tabs a")
            .contains(&(enabled.len() + cannot.len() - 1).to_string())
    );
    let can = ann.get("/accounts?calls=can&per=100").await.expect(200);
    assert_eq!(shown(&can), rollup[..1]);
    let unknown = ann.get("/accounts?calls=unknown&per=100").await;
    assert_eq!(unknown.count("#rows tbody tr"), enabled.len() - 2);
    let both = ann.get("/accounts?calls=cannot&status=enabled").await;
    assert_eq!(shown(&both), rollup[1..2]);
    let form = ann.get("/accounts/filter?calls=unknown").await.expect(200);
    assert_eq!(form.form("form.confirm").value("calls"), Some("unknown"));
    let wrong = ann.get("/accounts?calls=perhaps").await.expect(200);
    assert!(wrong.says("\u{201c}perhaps\u{201d}"), "{}", wrong.words());

    // The index follows a change.
    known(&portal, &rollup[1], 7).await;
    let now = ann.get("/accounts?calls=cannot&per=100").await.expect(200);
    assert_eq!(shown(&now).len(), cannot.len() - 1);
    assert_eq!(
        now.text_of(tab),
        format!("Cannot call {}", cannot.len() - 1)
    );
    let sorted = ann.get("/accounts?sort=calls&per=100").await.expect(200);
    let verdicts = sorted.select("#rows .col-calls");
    let last = verdicts.last().unwrap();
    assert_eq!(last, "Can call");
}

//! Filters of the list: each of them, all together, their form, and the column of balances.

use std::time::Duration;

use reseller_portal::annotations;
use reseller_portal::db::accounts;
use reseller_portal::domain::money::Balance;
use reseller_portal::domain::role::Role;

use super::show::limit;
use super::{swept, text};
use crate::support::{Browser, Portal, Response};

const ROWS: &str = "#rows tbody tr";

/// Returns the sorted IDs of the accounts on a page.
fn ids(page: &Response) -> Vec<String> {
    let mut ids: Vec<String> = page
        .attrs_of(ROWS, "id")
        .iter()
        .map(|id| id.trim_start_matches("account-").to_owned())
        .collect();
    ids.sort();
    ids
}

async fn found(ann: &Browser, query: &str) -> Vec<String> {
    let page = ann
        .get(&format!("/accounts?per=100&{query}"))
        .await
        .expect(200);
    assert!(!page.has("#rows .notice"), "{query}: {}", page.words());
    ids(&page)
}

/// Returns the sorted IDs of Telnyx's accounts that satisfy `holds`.
async fn truth(portal: &Portal, holds: impl Fn(&serde_json::Value) -> bool) -> Vec<String> {
    let accounts = portal.sandbox.accounts().await;
    let mut ids: Vec<String> = accounts
        .iter()
        .filter(|account| holds(account))
        .map(|account| text(account, "id").to_owned())
        .collect();
    ids.sort();
    ids
}

async fn put_tag(portal: &Portal, id: &str, tag: &str) {
    let account = accounts::by_id(&portal.db, &id.parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    annotations::tags::add_to_account(&portal.app, &portal.actor(Role::Manager), &account, tag)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_limit_is_looked_for_as_a_number_a_range_or_one_that_is_not_known() {
    let (portal, ann) = swept(Role::Viewer).await;
    let enabled = truth(&portal, |account| account["status"] == "enabled").await;
    for (id, channels) in enabled.iter().zip([0, 10, 50]) {
        limit(&portal, id, channels).await;
    }
    let all = truth(&portal, |_| true).await;
    for (asked, first, last) in [
        ("0", 0, 1),
        ("10-50", 1, 3),
        ("-20", 0, 2),
        ("11-", 2, 3),
        ("0-0", 0, 1),
    ] {
        let mut want = enabled[first..last].to_vec();
        want.sort();
        assert_eq!(
            found(&ann, &format!("limit={asked}")).await,
            want,
            "{asked}"
        );
    }
    assert_eq!(found(&ann, "limit=none").await.len(), all.len() - 3);
    assert!(found(&ann, "limit=51-").await.is_empty());
}

#[tokio::test]
async fn tags_narrow_down_together_and_are_known_in_whatever_case() {
    let (portal, ann) = swept(Role::Viewer).await;
    let all = truth(&portal, |_| true).await;
    for (at, tag) in [(0, "VIP"), (1, "VIP"), (1, "Two Words")] {
        put_tag(&portal, &all[at], tag).await;
    }
    assert_eq!(found(&ann, "tag=vip").await, all[..2]);
    assert_eq!(found(&ann, "tag=VIP&tag=two+words").await, all[1..2]);
    assert!(found(&ann, "tag=VIP&tag=nobody").await.is_empty());
    let form = ann
        .get("/accounts/filter?tag=vip&tag=nobody")
        .await
        .expect(200);
    assert_eq!(
        form.attrs_of("input[name=tag][checked]", "value"),
        ["nobody", "VIP"],
        "what is asked for stays to be taken off"
    );
    assert_eq!(form.count("input[name=tag]"), 3);
}

#[tokio::test]
async fn days_are_whole_days_of_the_reader_and_unseen_counts_from_now() {
    let (portal, ann) = swept(Role::Viewer).await;
    let all = truth(&portal, |_| true).await;
    let day = |account: &serde_json::Value| text(account, "created_at")[..10].to_owned();
    let mut days: Vec<String> = portal.sandbox.accounts().await.iter().map(day).collect();
    days.sort();
    let middle = days[days.len() / 2].clone();
    let from = truth(&portal, |account| day(account) >= middle).await;
    let to = truth(&portal, |account| day(account) <= middle).await;
    assert_eq!(found(&ann, &format!("from={middle}")).await, from);
    assert_eq!(found(&ann, &format!("to={middle}")).await, to);
    assert!(from.len() < all.len() || to.len() < all.len());
    assert!(found(&ann, "unseen=1").await.is_empty());
    portal.advance(Duration::from_hours(49));
    let ann = portal.signed_in(Role::Viewer).await;
    assert_eq!(found(&ann, "unseen=2").await, all);
    assert!(found(&ann, "unseen=3").await.is_empty());
}

#[tokio::test]
async fn what_needs_attention_is_a_filter_and_so_is_what_changed_elsewhere() {
    let (portal, ann) = swept(Role::Viewer).await;
    let blocked = truth(&portal, |account| account["status"] == "blocked").await;
    assert_eq!(found(&ann, "needs=blocked").await, blocked);
    let enabled = truth(&portal, |account| account["status"] == "enabled").await;
    limit(&portal, &enabled[0], 0).await;
    assert_eq!(found(&ann, "needs=no-channels").await, enabled[..1]);
    assert!(found(&ann, "changed=yes").await.is_empty());
    let mut tx = portal.db.begin().await.unwrap();
    accounts::mark_changed_elsewhere(&mut tx, &enabled[1].parse().unwrap(), portal.clock.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(found(&ann, "changed=yes").await, enabled[1..2]);
    assert_eq!(found(&ann, "needs=changed-elsewhere").await, enabled[1..2]);
    portal.advance(Duration::from_hours(8 * 24));
    let ann = portal.signed_in(Role::Viewer).await;
    assert_eq!(found(&ann, "changed=yes").await, enabled[1..2]);
    assert!(found(&ann, "needs=changed-elsewhere").await.is_empty());
}

#[tokio::test]
async fn filters_hold_together_and_the_tabs_count_what_they_let_through_but_not_the_search() {
    let (portal, ann) = swept(Role::Viewer).await;
    let own = truth(&portal, |account| account["rollup_billing"] == false).await;
    let enabled_own = truth(&portal, |account| {
        account["rollup_billing"] == false && account["status"] == "enabled"
    })
    .await;
    assert!(!own.is_empty() && enabled_own.len() < own.len());
    assert_eq!(found(&ann, "billing=own").await, own);
    assert_eq!(found(&ann, "billing=own&status=enabled").await, enabled_own);
    let name = portal.sandbox.account(&enabled_own[0]).await;
    let q: String =
        url::form_urlencoded::byte_serialize(text(&name, "organization_name").as_bytes()).collect();
    let page = ann
        .get(&format!("/accounts?billing=own&q={q}"))
        .await
        .expect(200);
    assert!(ids(&page).contains(&enabled_own[0]) && page.count(ROWS) < own.len());
    let tabs = page.select("#tabs a");
    assert_eq!(tabs[0], format!("All {}", own.len()));
    assert!(
        tabs.contains(&format!("Enabled {}", enabled_own.len())),
        "{tabs:?}"
    );
    let custom = truth(&portal, |account| {
        account["managed_account_allow_custom_pricing"] == true
    })
    .await;
    assert_eq!(found(&ann, "pricing=custom").await, custom);
}

#[tokio::test]
async fn every_filter_stays_while_another_one_changes() {
    let (_portal, ann) = swept(Role::Viewer).await;
    let all = "status=enabled&calls=unknown&limit=-20&pricing=standard&billing=own&from=2000-01-01&to=2100-01-01&tag=a&tag=b\
               &changed=yes&unseen=3&needs=low-balance";
    let page = ann
        .get(&format!("/accounts?q=x&{all}&sort=-name&per=25"))
        .await
        .expect(200);
    assert_eq!(page.count(".chips .chip"), 13);
    for (name, href) in [
        "q", "status", "calls", "limit", "pricing", "billing", "from", "to", "tag", "tag",
        "changed", "unseen", "needs",
    ]
    .iter()
    .zip(page.attrs_of(".chips .chip", "href"))
    {
        let pairs = href.split('&').count();
        assert_eq!(pairs, 14, "{name}: {href}");
        let left = href.matches(&format!("{name}=")).count();
        assert_eq!(left, usize::from(*name == "tag"), "{href}");
        assert!(href.ends_with("&sort=-name&per=25"), "{href}");
    }
    let searched = ann
        .submit(&page, "#table form[role=search]", &[("q", "y")])
        .await
        .expect(200);
    assert!(searched.says("Search: y"));
    assert_eq!(searched.count(".chips .chip"), 13);
    let form = ann
        .get(
            &page
                .attr_of("#rows a[href^=\"/accounts/filter\"]", "href")
                .unwrap(),
        )
        .await
        .expect(200);
    let again = ann
        .submit(&form, "form.confirm", &[("limit", "none")])
        .await
        .expect(200);
    assert!(again.says("Channel limit: not known"), "{}", again.words());
    assert_eq!(again.count(".chips .chip"), 13);
    assert!(
        again.says("No account has \u{201c}x\u{201d} in its names, email, ID, tags or notes, and all of this: Status")
    );
}

#[tokio::test]
async fn a_balance_has_its_age_and_a_rollup_account_none_of_its_own() {
    let (portal, ann) = swept(Role::Viewer).await;
    let cell = |id: &str| format!("#account-{id} td:nth-child(6)");
    let rollup = truth(&portal, |account| account["rollup_billing"] == true).await;
    let own = truth(&portal, |account| account["rollup_billing"] == false).await;
    let balance = Balance {
        balance: Some("1200.5".parse().unwrap()),
        credit_limit: Some("100".parse().unwrap()),
        available_credit: None,
        currency: "EUR".to_owned(),
    };
    let mut tx = portal.db.begin().await.unwrap();
    accounts::set_balance(
        &mut tx,
        &own[0].parse().unwrap(),
        Some(&balance),
        portal.clock.now(),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let page = ann.get("/accounts?per=100").await.expect(200);
    assert_eq!(page.text_of(&cell(&own[0])), "1,300.50 EUR");
    let age = page.attr_of(&cell(&own[0]), "title").unwrap();
    assert!(age.starts_with("Available credit, read 2"), "{age}");
    assert_eq!(page.text_of(&cell(&own[1])), "not known");
    assert_eq!(page.text_of(&cell(&rollup[0])), "shared balance");
}

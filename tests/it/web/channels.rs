//! `/channels`: the pool and its holders. Changing and recording limits have their own files.

use reseller_portal::db::accounts;
use reseller_portal::directory::recorded_limits;
use reseller_portal::domain::role::Role;
use reseller_portal::domain::text::group_thousands;
use serde_json::json;

use crate::support::{Portal, Response};

mod limit;
mod moving;
mod recording;

/// Records this limit for an account, as a person would.
pub async fn known(portal: &Portal, id: &str, limit: u32) {
    let text = format!("{id}, {limit}");
    let parsed = recorded_limits::parse(&portal.db, &text, portal.clock.now())
        .await
        .unwrap();
    let actor = portal.actor(Role::Manager);
    let applied = recorded_limits::apply(&portal.app, &actor, parsed.entries)
        .await
        .unwrap();
    assert_eq!(applied.recorded.len(), 1, "{applied:?}");
}

/// Returns the limit in the directory.
pub async fn limit_of(portal: &Portal, id: &str) -> Option<u32> {
    let account = accounts::by_id(&portal.db, &id.parse().unwrap())
        .await
        .unwrap();
    account.unwrap().channel_limit.map(|fact| fact.value.get())
}

/// Returns the selector of an account's row.
fn row(id: &str) -> String {
    format!("#row-{id}")
}

fn legend(page: &Response) -> Vec<String> {
    page.select("#pool .legend li")
}

#[tokio::test]
async fn the_pool_says_what_is_known_here_what_is_not_and_what_is_free() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let id = portal.sandbox.id_of("enabled").await;
    known(&portal, &id, 7).await;
    let truth = portal.sandbox.state().await["pool"].clone();
    let (total, allocated) = (
        truth["allocatable_global_outbound_channels"]
            .as_i64()
            .unwrap(),
        truth["total_global_channels_allocated"].as_i64().unwrap(),
    );
    let ann = portal.signed_in(Role::Viewer).await;
    let page = ann.get("/channels").await.expect(200);
    assert_eq!(
        legend(&page),
        [
            "7 held by accounts".to_owned(),
            format!("{} not known", group_thousands(allocated - 7)),
            format!("{} free", total - allocated),
        ]
    );
    assert!(
        page.text_of("#pool .as-of")
            .starts_with("read from Telnyx just now")
    );
}

#[tokio::test]
async fn a_pool_that_was_never_read_says_so_and_refresh_reads_it() {
    let portal = Portal::start().await;
    let ann = portal.signed_in(Role::Viewer).await;
    let page = ann.get("/channels").await.expect(200);
    assert!(page.says("The pool has not been read yet"));
    assert!(page.says("No account yet"));
    assert!(!page.text.contains(" free"), "{}", page.words());
    let left = ann.submit(&page, "#pool form", &[]).await;
    let page = ann.follow(&left).await.expect(200);
    assert!(page.says("free of 2,000"), "{}", page.words());
}

#[tokio::test]
async fn totals_of_zero_mean_that_the_feature_is_not_enabled_and_nothing_is_zero_free() {
    let portal = Portal::build().channels(0).start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    for path in ["/channels", "/"] {
        let page = ann.get(path).await.expect(200);
        assert!(
            page.says("The feature is not enabled"),
            "{path}: {}",
            page.words()
        );
        assert!(!page.says("0 free"), "{path}: {}", page.words());
    }
}

#[tokio::test]
async fn a_refresh_that_telnyx_does_not_answer_keeps_the_pool_with_its_age() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Viewer).await;
    portal.advance(std::time::Duration::from_mins(5));
    portal
        .sandbox
        .faults(json!([{ "method": "GET", "path": "/v2/managed_accounts/allocatable_global_outbound_channels", "then": { "status": 503 } }]))
        .await;
    let page = ann.get("/channels").await.expect(200);
    let left = ann.submit(&page, "#pool form", &[]).await;
    let page = ann.follow(&left).await.expect(200);
    assert!(
        page.text_of(".toast")
            .contains("The pool could not be refreshed")
    );
    assert!(page.text_of("#pool .as-of").contains("5 min ago"));
    assert!(page.says("free of 2,000"));
}

#[tokio::test]
async fn who_holds_most_comes_first_and_what_is_not_known_is_listed_last() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let (enabled, disabled) = (
        portal.sandbox.id_of("enabled").await,
        portal.sandbox.id_of("disabled").await,
    );
    known(&portal, &enabled, 30).await;
    known(&portal, &disabled, 40).await;
    let ann = portal.signed_in(Role::Manager).await;
    let page = ann.get("/channels").await.expect(200);
    let rows = page.attrs_of("#table tbody tr", "id");
    assert_eq!(
        rows[..2],
        [format!("row-{disabled}"), format!("row-{enabled}")]
    );
    assert!(page.text_of(&row(&disabled)).contains("Reclaim 40"));
    assert!(
        page.text_of(&row(&disabled))
            .contains("not confirmed by Telnyx")
    );
    assert!(!page.text_of(&row(&enabled)).contains("Reclaim"));
    assert!(
        page.text_of("#table tbody tr:last-child")
            .contains("not known")
    );
    assert!(!page.says("Cancelled"), "cancelled accounts hold nothing");
    let reclaimable = ann.get("/channels?show=reclaim").await.expect(200);
    assert_eq!(
        reclaimable.attrs_of("#table tbody tr", "id"),
        [format!("row-{disabled}")]
    );
}

#[tokio::test]
async fn a_search_finds_holders_and_pages_can_be_turned() {
    let portal = Portal::build().accounts(40).start().await;
    portal.sweep().await;
    let id = portal.sandbox.id_of("enabled").await;
    let name = portal.sandbox.account(&id).await["organization_name"]
        .as_str()
        .unwrap()
        .to_owned();
    let ann = portal.signed_in(Role::Viewer).await;
    let found = ann.get(&format!("/channels?q={id}")).await.expect(200);
    assert_eq!(found.select("#table td.lead a"), [name]);
    let nothing = ann.get("/channels?q=%25%5F%00nobody").await.expect(200);
    assert!(nothing.says("Nothing matches"));
    let first = ann.get("/channels?per=25").await.expect(200);
    assert_eq!(first.count("#table tbody tr"), 25);
    let second = ann
        .get(&first.attr_of(".pager a[rel=next]", "href").unwrap())
        .await
        .expect(200);
    let ids = |page: &Response| page.attrs_of("#table tbody tr", "id");
    assert!(ids(&second).iter().all(|id| !ids(&first).contains(id)));
    assert!(!ids(&second).is_empty());
}

#[tokio::test]
async fn what_an_address_asks_for_in_vain_is_said_and_never_an_error() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Viewer).await;
    for query in [
        "page=0",
        "page=-1",
        "page=1000000000000",
        "page=9",
        "show=x",
        "per=7",
        "q=a&q=b&page=x",
    ] {
        let page = ann.get(&format!("/channels?{query}")).await.expect(200);
        assert!(page.has(".notice[data-kind=info]"), "{query}");
        assert!(page.has("#table"), "{query}");
    }
    ann.get(&format!("/channels?q={}", "x".repeat(10_000)))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_viewer_sees_who_holds_what_and_can_change_none_of_it() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let id = portal.sandbox.id_of("enabled").await;
    let vic = portal.signed_in(Role::Viewer).await;
    let page = vic.get("/channels").await.expect(200);
    assert!(page.has(&row(&id)));
    assert!(!page.has("#table form[method=post], #table input[name=channel_limit]"));
    assert!(!page.says("Record"), "{}", page.words());
    vic.post(&format!("/channels/{id}/limit"), &[("channel_limit", "5")])
        .await
        .expect(403);
    vic.get(&format!("/channels/{id}/record")).await.expect(403);
    vic.post(&format!("/channels/{id}/record"), &[("channel_limit", "5")])
        .await
        .expect(403);
    vic.get("/channels/record").await.expect(403);
    vic.post("/channels/record", &[("lines", "x, 5"), ("step", "record")])
        .await
        .expect(403);
    assert_eq!(limit_of(&portal, &id).await, None);
    assert_eq!(portal.sandbox.changes().await, [""; 0]);
}

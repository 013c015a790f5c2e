//! Lists whose rows follow what others change: streams that tell of changes, and the rows alone.

use std::time::Duration;

use reseller_portal::db::accounts;
use reseller_portal::domain::role::Role;
use serde_json::{Value, json};

use super::channels::known;
use crate::support::{Browser, Events, Portal, Response};

/// Portal with accounts, an account manager who looks at a list, and another one who changes it.
struct Stage {
    portal: Portal,
    ann: Browser,
    bob: Browser,
}

/// Event of a stream.
#[derive(Debug, PartialEq, Eq)]
struct Change {
    rows: Vec<String>,
    totals: bool,
}

impl Stage {
    async fn new() -> Self {
        let portal = Portal::start().await;
        portal.sweep().await;
        let ann = portal.signed_in(Role::Manager).await;
        let bob = portal.signed_in(Role::Manager).await;
        Self { portal, ann, bob }
    }

    /// Changes the limit of an account, as the second person.
    async fn change_limit(&self, id: &str, limit: &str) {
        let page = self
            .bob
            .get(&format!("/accounts/{id}/channel-limit"))
            .await
            .expect(200);
        let typed = [("channel_limit", limit)];
        self.bob
            .submit(&page, "form.confirm", &typed)
            .await
            .expect(303);
    }
}

/// Returns the address of the stream for all rows of a page.
fn stream_of(page: &Response) -> String {
    let body = "tbody[data-live]";
    let list = page.attr_of(body, "data-live").unwrap();
    let since = page.attr_of(body, "data-since").unwrap();
    format!("{list}/events?since={since}&rows={}", ids(page).join("."))
}

/// Returns the accounts on a page, in their order.
fn ids(page: &Response) -> Vec<String> {
    let boxes = page.attrs_of("tbody input[name=id]", "value");
    assert!(!boxes.is_empty(), "{}", page.text);
    boxes
}

async fn next(events: &mut Events) -> Change {
    let (name, data) = events.next().await.unwrap();
    assert_eq!(name, "change");
    let data: Value = serde_json::from_str(&data).unwrap();
    let rows = data["rows"].as_array().unwrap().iter();
    Change {
        rows: rows.map(|id| id.as_str().unwrap().to_owned()).collect(),
        totals: data["totals"].as_bool().unwrap(),
    }
}

/// Waits for an event with this account.
async fn wait_for(events: &mut Events, id: &str) -> Change {
    loop {
        let change = next(events).await;
        if change.rows.iter().any(|row| row == id) {
            return change;
        }
    }
}

/// Requests rows as an open page does.
async fn rows(browser: &Browser, list: &str, ids: &[&str]) -> Response {
    let path = list.split('?').next().unwrap();
    let address = format!("{path}/rows?rows={}", ids.join("."));
    let request = browser.request(axum::http::Method::GET, &address);
    let page = format!("http://127.0.0.1:8080{list}");
    let request = request.fragment().header("hx-current-url", &page);
    request
        .header("x-automatic", "yes")
        .send()
        .await
        .expect(200)
}

#[tokio::test]
async fn a_change_by_someone_else_arrives_and_only_for_the_rows_on_the_page() {
    let stage = Stage::new().await;
    let page = stage.ann.get("/accounts?per=25").await.expect(200);
    let all = ids(&page);
    let id = stage.portal.sandbox.id_of("enabled").await;
    let other = all.iter().find(|other| **other != id).unwrap();
    let since = page.attr_of("tbody[data-live]", "data-since").unwrap();
    let shown = format!("/accounts/events?since={since}&rows={id}");
    let hidden = format!("/accounts/events?since={since}&rows={other}");
    let mut of_row = Events::open(&stage.ann, &shown).await;
    let mut of_other = Events::open(&stage.ann, &hidden).await;
    next(&mut of_row).await;
    next(&mut of_other).await;
    stage.change_limit(&id, "23").await;
    assert_eq!(wait_for(&mut of_row, &id).await.rows, [id.as_str()]);
    let told = next(&mut of_other).await;
    assert!(told.rows.is_empty() && told.totals, "{told:?}");

    let fragment = rows(&stage.ann, "/accounts?status=disabled&q=nobody", &[&id]).await;
    assert_eq!(
        fragment.select(&format!("#account-{id} .col-limit")),
        ["23"]
    );
    assert_eq!(fragment.select("tr").len(), 1);
    assert!(!fragment.has("input[checked]"));
    assert_eq!(
        fragment.attr_of("[data-total]", "data-total").as_deref(),
        Some("0")
    );
    let tabs = page.select("#tabs .count");
    let whole = rows(&stage.ann, "/accounts", &[]).await;
    assert_eq!(whole.select("[data-text-of='#tabs .count'] li"), tabs);
    assert!(!whole.has("tr"));
}

#[tokio::test]
async fn what_changed_before_the_stream_was_opened_is_told_first_and_again_after_a_break() {
    let stage = Stage::new().await;
    let page = stage.ann.get("/channels").await.expect(200);
    let id = stage.portal.sandbox.id_of("enabled").await;
    stage.change_limit(&id, "23").await;
    let mut events = Events::open(&stage.ann, &stream_of(&page)).await;
    assert!(next(&mut events).await.rows.contains(&id));
    let last = events.last_id.clone();
    drop(events);
    stage.change_limit(&id, "24").await;
    let mut events = Events::open_after(&stage.ann, &stream_of(&page), &last).await;
    let told = next(&mut events).await;
    assert!(told.rows.contains(&id) && told.totals, "{told:?}");

    let fragment = rows(&stage.ann, "/channels", &[&id]).await;
    let form = fragment.form(&format!("#row-{id} form.limit-editor"));
    assert_eq!(form.value("channel_limit"), Some("24"));
    assert!(fragment.has("#pool") && fragment.has("#pool-free"));
    let typed = form.filled(&[("channel_limit", "25")]);
    let saved = stage.ann.post_fragment(&form.action, &typed).await;
    saved.expect(200);
}

#[tokio::test]
async fn a_sweep_that_finds_a_change_in_telnyx_is_told() {
    let stage = Stage::new().await;
    let page = stage.ann.get("/accounts").await.expect(200);
    let id = stage.portal.sandbox.id_of("enabled").await;
    let mut events = Events::open(&stage.ann, &stream_of(&page)).await;
    next(&mut events).await;
    let blocked = json!({ "status": "blocked" });
    stage.portal.sandbox.change_elsewhere(&id, blocked).await;
    stage.portal.advance(Duration::from_mins(10));
    // The stream is older than its longest duration, so the browser opens another one.
    stage.portal.sweep().await;
    let last = events.last_id.clone();
    assert!(events.rest().await.is_empty());
    let mut events = Events::open_after(&stage.ann, &stream_of(&page), &last).await;
    assert!(next(&mut events).await.rows.contains(&id));
    let fragment = rows(&stage.ann, "/accounts", &[&id]).await;
    assert_eq!(fragment.select(".col-status"), ["Blocked by Telnyx"]);
}

#[tokio::test]
async fn a_stream_of_rows_ends_with_the_sign_in_and_at_shutdown_and_tells_nothing_then() {
    let stage = Stage::new().await;
    let page = stage.ann.get("/accounts").await.expect(200);
    let id = stage.portal.sandbox.id_of("enabled").await;
    let mut events = Events::open(&stage.ann, &stream_of(&page)).await;
    next(&mut events).await;
    stage.ann.post("/logout", &[]).await.expect(303);
    stage.change_limit(&id, "23").await;
    assert_eq!(events.rest().await, []);
    let again = stage.ann.get(&stream_of(&page)).await.expect(303);
    assert!(again.leads_to().unwrap().starts_with("/login"));

    let mut events = Events::open(&stage.bob, &stream_of(&page)).await;
    next(&mut events).await;
    stage.portal.shutdown.cancel();
    assert_eq!(events.rest().await, []);
}

#[tokio::test]
async fn all_streams_of_a_session_count_together_and_one_about_nothing_ends() {
    let stage = Stage::new().await;
    let page = stage.ann.get("/accounts").await.expect(200);
    let mut open = Vec::new();
    for list in ["/accounts", "/channels", "/accounts", "/channels"] {
        let address = stream_of(&page).replacen("/accounts", list, 1);
        open.push(Events::open(&stage.ann, &address).await);
    }
    stage.ann.get(&stream_of(&page)).await.expect(429);
    open.clear();
    for nothing in ["", "?rows=", "?rows=..x/y&since=abc"] {
        let events = Events::open(&stage.ann, &format!("/accounts/events{nothing}")).await;
        assert_eq!(events.rest().await, [("end".to_owned(), "end".to_owned())]);
    }
}

#[tokio::test]
async fn a_change_made_through_another_portal_on_the_same_database_is_told() {
    let stage = Stage::new().await;
    let (other, there) = stage.portal.replica(&stage.ann).await;
    let page = there.get("/channels").await.expect(200);
    let id = stage.portal.sandbox.id_of("enabled").await;
    let mut events = Events::open(&there, &stream_of(&page)).await;
    next(&mut events).await;
    stage.change_limit(&id, "23").await;
    assert!(wait_for(&mut events, &id).await.totals);
    let fragment = rows(&there, "/channels", &[&id]).await;
    assert_eq!(fragment.select(".col-limit .figure"), ["23"]);
    other.shutdown.cancel();
    assert_eq!(events.rest().await, []);
}

#[tokio::test]
async fn changes_are_read_from_a_revision_and_too_many_or_a_restored_database_mean_all() {
    let stage = Stage::new().await;
    let portal = &stage.portal;
    let id = portal.sandbox.id_of("enabled").await;
    let all = accounts::changes_since(&portal.db, 0).await.unwrap();
    assert_eq!(all.accounts.unwrap().len(), 20);
    let page = stage.ann.get("/accounts").await.expect(200);
    let since = page.attr_of("tbody[data-live]", "data-since").unwrap();
    known(portal, &id, 7).await;
    let later = accounts::changes_since(&portal.db, since.parse().unwrap()).await;
    let later = later.unwrap();
    let changed = later.accounts.unwrap();
    assert!(changed.contains_key(&id.parse().unwrap()));
    assert!(later.revision > since.parse().unwrap());
    let ahead = accounts::changes_since(&portal.db, later.revision + 1_000).await;
    assert_eq!(ahead.unwrap().accounts, None);
}

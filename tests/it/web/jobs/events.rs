//! Streams of events of an open page: they tell of changes, end by themselves, and keep no one
//! signed in.

use std::time::Duration;

use axum::http::Method;
use serde_json::json;

use super::*;
use crate::support::Events;

/// Opens the stream of a job.
async fn open(browser: &Browser, path: &str) -> Events {
    Events::open(browser, &format!("{path}/events")).await
}

fn named(event: &str, data: &str) -> (String, String) {
    (event.to_owned(), data.to_owned())
}

impl Stage {
    /// Starts a job of two accounts, which nobody runs yet. Returns its address and the accounts.
    async fn started(&self) -> (String, Vec<String>) {
        let (path, ids) = self.preview_disable(2).await;
        self.start(&path, &[("confirm", "2")]).await;
        (path, ids)
    }
}

#[tokio::test]
async fn an_event_comes_when_an_item_ends_and_the_stream_ends_with_the_job() {
    let stage = Stage::new().await;
    let (path, ids) = stage.started().await;
    // The second account is answered after the first one's result was told.
    let slow = json!({ "method": "POST", "path": format!("/v2/managed_accounts/{}/*", ids[1]),
        "then": { "delay_ms": 2_500 } });
    stage.portal.sandbox.faults(json!([slow])).await;
    let mut events = open(&stage.browser, &path).await;
    let first = events.next().await.unwrap();
    assert_eq!(first, named("change", "2 waiting"));
    let ((), events) = tokio::join!(stage.run(), events.rest());
    assert!(
        events.contains(&named("change", "1 done, 1 being sent")),
        "{events:?}"
    );
    assert_eq!(events.last().unwrap().0, "end");
}

#[tokio::test]
async fn the_stream_of_a_job_that_does_not_run_ends_at_once() {
    let stage = Stage::new().await;
    let (path, _) = stage.preview_disable(2).await;
    let events = open(&stage.browser, &path).await.rest().await;
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0].0, "end");
}

#[tokio::test]
async fn a_stream_ends_with_the_sign_in_and_does_not_prolong_it() {
    let stage = Stage::new().await;
    let (path, _) = stage.started().await;
    let mut events = open(&stage.browser, &path).await;
    events.next().await.unwrap();
    stage.browser.post("/logout", &[]).await.expect(303);
    assert_eq!(events.rest().await, []);

    let ben = stage.portal.signed_in(Role::Viewer).await;
    let rest = Duration::from_mins(5);
    let idle = stage.portal.settings.session_idle;
    stage.portal.advance(idle.saturating_sub(rest));
    let mut events = open(&ben, &path).await;
    events.next().await.unwrap();
    let update = ben.request(Method::GET, &path).fragment();
    let update = update.header("x-automatic", "yes").send().await.expect(200);
    assert!(update.has("#progress"));
    stage.portal.advance(rest);
    assert_eq!(events.rest().await, []);
    let again = ben.get(&format!("{path}/events")).await.expect(303);
    assert!(again.leads_to().unwrap().starts_with("/login"));
}

#[tokio::test]
async fn a_stream_ends_when_the_person_is_disabled_after_some_minutes_and_at_shutdown() {
    let stage = Stage::new().await;
    let (path, _) = stage.started().await;
    let eve = stage.portal.staff(Role::Viewer).await;
    let browser = stage.portal.signed_in_as(&eve).await;
    let mut events = open(&browser, &path).await;
    events.next().await.unwrap();
    let owner = stage.portal.signed_in(Role::Owner).await;
    let form = format!("/staff/{}/disable", eve.staff_id);
    let page = owner.get(&form).await.expect(200);
    owner.submit(&page, "form.confirm", &[]).await.expect(303);
    assert_eq!(events.rest().await, []);

    let mut events = open(&stage.browser, &path).await;
    events.next().await.unwrap();
    stage.portal.advance(Duration::from_mins(11));
    assert_eq!(events.rest().await, []);

    let mut events = open(&stage.browser, &path).await;
    events.next().await.unwrap();
    stage.portal.shutdown.cancel();
    assert_eq!(events.rest().await, []);
}

#[tokio::test]
async fn a_session_has_only_so_many_streams_at_a_time() {
    let stage = Stage::new().await;
    let (path, _) = stage.started().await;
    let mut streams = Vec::new();
    for _ in 0..4 {
        streams.push(open(&stage.browser, &path).await);
    }
    let more = format!("{path}/events");
    stage.browser.get(&more).await.expect(429);
    let ben = stage.portal.signed_in(Role::Viewer).await;
    open(&ben, &path).await;
    streams.pop();
    open(&stage.browser, &path).await;
}

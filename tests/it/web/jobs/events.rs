//! Streams of events of an open page: they tell of changes, end by themselves, and keep no one
//! signed in.

use std::time::Duration;

use axum::body::BodyDataStream;
use axum::http::Method;
use futures::StreamExt;
use serde_json::json;

use super::*;

/// Longest wait for an event or for the end of a stream.
const PATIENCE: Duration = Duration::from_secs(20);

/// Open stream of a job.
struct Events {
    body: BodyDataStream,
}

impl Events {
    /// Opens the stream of a job, as a browser does.
    async fn open(browser: &Browser, path: &str) -> Self {
        let request = browser.request(Method::GET, &format!("{path}/events"));
        let request = request.header("accept", "text/event-stream");
        let request = request.header("accept-encoding", "gzip, br");
        let answer = request.open().await;
        let header = |name: &str| {
            answer
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap())
        };
        assert_eq!(answer.status(), 200);
        assert_eq!(header("content-type"), Some("text/event-stream"));
        assert_eq!(header("cache-control"), Some("no-store"));
        assert_eq!(header("content-encoding"), None, "events are not held back");
        Self {
            body: answer.into_body().into_data_stream(),
        }
    }

    /// Returns the name and the data of the next event. Returns `None` at the end of the stream.
    async fn next(&mut self) -> Option<(String, String)> {
        loop {
            let part = tokio::time::timeout(PATIENCE, self.body.next()).await;
            let part = part.unwrap()?.unwrap();
            let text = String::from_utf8(part.to_vec()).unwrap();
            let field = |name: &str| {
                let found = text.lines().find_map(|line| line.strip_prefix(name));
                found.map(|value| value.trim().to_owned())
            };
            // Comments keep the connection open.
            if let Some(event) = field("event:") {
                return Some((event, field("data:").unwrap_or_default()));
            }
        }
    }

    /// Reads the stream to its end. Returns its events.
    async fn rest(mut self) -> Vec<(String, String)> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }
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
    let mut events = Events::open(&stage.browser, &path).await;
    let first = events.next().await.unwrap();
    assert_eq!(first, ("change".to_owned(), "2 waiting".to_owned()));
    let ((), events) = tokio::join!(stage.run(), events.rest());
    assert!(
        events.contains(&("change".to_owned(), "1 done, 1 being sent".to_owned())),
        "{events:?}"
    );
    assert_eq!(events.last().unwrap().0, "end");
}

#[tokio::test]
async fn the_stream_of_a_job_that_does_not_run_ends_at_once() {
    let stage = Stage::new().await;
    let (path, _) = stage.preview_disable(2).await;
    let events = Events::open(&stage.browser, &path).await.rest().await;
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0].0, "end");
}

#[tokio::test]
async fn a_stream_ends_with_the_sign_in_and_does_not_prolong_it() {
    let stage = Stage::new().await;
    let (path, _) = stage.started().await;
    let mut events = Events::open(&stage.browser, &path).await;
    events.next().await.unwrap();
    stage.browser.post("/logout", &[]).await.expect(303);
    assert_eq!(events.rest().await, []);

    let ben = stage.portal.signed_in(Role::Viewer).await;
    let rest = Duration::from_mins(5);
    let idle = stage.portal.settings.session_idle;
    stage.portal.advance(idle.saturating_sub(rest));
    let mut events = Events::open(&ben, &path).await;
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
    let mut events = Events::open(&browser, &path).await;
    events.next().await.unwrap();
    let owner = stage.portal.signed_in(Role::Owner).await;
    let form = format!("/staff/{}/disable", eve.staff_id);
    let page = owner.get(&form).await.expect(200);
    owner.submit(&page, "form.confirm", &[]).await.expect(303);
    assert_eq!(events.rest().await, []);

    let mut events = Events::open(&stage.browser, &path).await;
    events.next().await.unwrap();
    stage.portal.advance(Duration::from_mins(11));
    assert_eq!(events.rest().await, []);

    let mut events = Events::open(&stage.browser, &path).await;
    events.next().await.unwrap();
    stage.portal.shutdown.cancel();
    assert_eq!(events.rest().await, []);
}

#[tokio::test]
async fn a_session_has_only_so_many_streams_at_a_time() {
    let stage = Stage::new().await;
    let (path, _) = stage.started().await;
    let mut open = Vec::new();
    for _ in 0..6 {
        open.push(Events::open(&stage.browser, &path).await);
    }
    let more = format!("{path}/events");
    stage.browser.get(&more).await.expect(429);
    let ben = stage.portal.signed_in(Role::Viewer).await;
    Events::open(&ben, &path).await;
    open.pop();
    Events::open(&stage.browser, &path).await;
}

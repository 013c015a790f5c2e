//! People at work behind the balancer: they read pages, change limits and follow events.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use futures::StreamExt;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::cluster::Cluster;
use crate::support::Browser;

/// Pause of a person between two requests.
const PAUSE: Duration = Duration::from_millis(30);
/// Pause before a page opens a stream again that has ended.
const STREAM_PAUSE: Duration = Duration::from_millis(300);

/// How many people do what.
pub struct People {
    pub readers: usize,
    pub writers: usize,
    pub followers: usize,
    /// True if each account is changed once. Otherwise it is changed again and again.
    pub each_once: bool,
}

/// What people did.
#[derive(Default)]
pub struct Work {
    /// Durations of the answered requests.
    pub took: Vec<Duration>,
    /// Answers that were lost with a killed process.
    pub lost: usize,
    /// Changes that were answered.
    pub changes: usize,
    /// Streams that were opened.
    pub streams: usize,
    /// Events that arrived on them.
    pub events: usize,
}

/// People at work, until they are asked to stop.
pub struct Load {
    end: CancellationToken,
    people: Vec<JoinHandle<Work>>,
}

impl Load {
    /// Lets people begin.
    pub async fn start(cluster: &Cluster, people: &People) -> Self {
        let end = CancellationToken::new();
        let ids = Arc::new(cluster.ids().await);
        let mut working = Vec::new();
        for number in 0..people.readers {
            let person = Person::new(cluster, &end).await;
            working.push(tokio::spawn(person.read(number, Arc::clone(&ids))));
        }
        for number in 0..people.writers {
            let person = Person::new(cluster, &end).await;
            let own = ids.iter().skip(number).step_by(people.writers);
            let own = own.cloned().collect();
            working.push(tokio::spawn(person.change(own, people.each_once)));
        }
        for _ in 0..people.followers {
            let person = Person::new(cluster, &end).await;
            working.push(tokio::spawn(person.follow()));
        }
        Self {
            end,
            people: working,
        }
    }

    /// Lets people stop. Returns what all of them did.
    pub async fn stop(self) -> Work {
        self.end.cancel();
        let mut all = Work::default();
        for person in self.people {
            let own = person.await.unwrap();
            all.took.extend(own.took);
            all.lost += own.lost;
            all.changes += own.changes;
            all.streams += own.streams;
            all.events += own.events;
        }
        all.took.sort_unstable();
        all
    }
}

impl Work {
    /// Returns the duration that this share of the requests did not exceed.
    pub fn percentile(&self, percent: usize) -> Duration {
        let last = self.took.len().saturating_sub(1);
        let place = (self.took.len() * percent / 100).min(last);
        self.took.get(place).copied().unwrap_or_default()
    }
}

struct Person {
    browser: Browser,
    end: CancellationToken,
    work: Work,
}

impl Person {
    async fn new(cluster: &Cluster, end: &CancellationToken) -> Self {
        Self {
            browser: cluster.signed_in().await,
            end: end.clone(),
            work: Work::default(),
        }
    }

    /// Opens one page after another.
    async fn read(mut self, number: usize, ids: Arc<Vec<String>>) -> Work {
        let mut turn = number;
        while !self.end.is_cancelled() {
            let account = format!("/accounts/{}", ids[turn % ids.len()]);
            let path = ["/accounts", "/", "/channels", "/activity", &account][turn % 5];
            self.get(path).await;
            turn += 1;
        }
        self.work
    }

    /// Changes the limit of one account after another through its form.
    async fn change(mut self, ids: Vec<String>, each_once: bool) -> Work {
        let mut limit = 4;
        while !self.end.is_cancelled() {
            limit += 1;
            for id in &ids {
                if self.end.is_cancelled() {
                    break;
                }
                self.change_limit(id, &limit.to_string()).await;
            }
            if each_once {
                self.end.cancelled().await;
            }
        }
        self.work
    }

    async fn change_limit(&mut self, id: &str, limit: &str) {
        let Some(page) = self.get(&format!("/accounts/{id}/channel-limit")).await else {
            return;
        };
        let sent = Instant::now();
        let typed = [("channel_limit", limit)];
        let answer = self.browser.submit(&page, "form.confirm", &typed).await;
        if answer.status == StatusCode::BAD_GATEWAY {
            self.work.lost += 1;
            return;
        }
        answer.expect(303);
        self.work.took.push(sent.elapsed());
        self.work.changes += 1;
        tokio::time::sleep(PAUSE).await;
    }

    /// Follows what others change, and opens a stream again when it has ended.
    async fn follow(mut self) -> Work {
        while !self.end.is_cancelled() {
            let Some(page) = self.get("/accounts").await else {
                continue;
            };
            let list = page.attr_of("tbody[data-live]", "data-live").unwrap();
            let since = page.attr_of("tbody[data-live]", "data-since").unwrap();
            let ids = page.attrs_of("tbody input[name=id]", "value").join(".");
            let address = format!("{list}/events?since={since}&rows={ids}");
            let request = self.browser.request(Method::GET, &address);
            let answer = request.header("accept", "text/event-stream").open().await;
            if answer.status() == StatusCode::BAD_GATEWAY {
                self.work.lost += 1;
                continue;
            }
            assert_eq!(answer.status(), 200, "{address}");
            self.work.streams += 1;
            let mut chunks = answer.into_body().into_data_stream();
            let end = self.end.clone();
            while let Some(Some(chunk)) = end.run_until_cancelled(chunks.next()).await {
                let text = String::from_utf8_lossy(&chunk.unwrap()).into_owned();
                self.work.events += text.matches("event:").count();
            }
            tokio::time::sleep(STREAM_PAUSE).await;
        }
        self.work
    }

    /// Opens a page. Returns `None` if the answer was lost with a killed process.
    async fn get(&mut self, path: &str) -> Option<crate::support::Response> {
        let sent = Instant::now();
        let page = self.browser.get(path).await;
        if page.status == StatusCode::BAD_GATEWAY {
            self.work.lost += 1;
            return None;
        }
        self.work.took.push(sent.elapsed());
        tokio::time::sleep(PAUSE).await;
        Some(page.expect(200))
    }
}

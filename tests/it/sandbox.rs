//! The simulated Telnyx over real HTTP, as any client of the API uses it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use reqwest::{Method, StatusCode};
use reseller_portal::sandbox::{Options, Sandbox};
use serde_json::{Value, json};

mod accounts;
mod channels;
mod controls;
mod faults;
mod lists;
mod requests;
mod seed;
mod users;

const KEY: &str = "KEY_TEST";

/// Running sandbox, and a client with its key.
struct Upstream {
    address: std::net::SocketAddr,
    sandbox: Sandbox,
    http: reqwest::Client,
}

/// Complete answer.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: reqwest::header::HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// Returns status, code and field or parameter of the only error: `422 10027 /email`.
    fn refusal(&self) -> String {
        let body = self.json();
        let error = &body["errors"][0];
        let at = error["source"]["pointer"]
            .as_str()
            .or(error["source"]["parameter"].as_str());
        let words = [Some(self.status.as_str()), error["code"].as_str(), at];
        words.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

impl Upstream {
    async fn start() -> Self {
        Self::with(250, 2000).await
    }

    async fn with(accounts: usize, channels: u32) -> Self {
        let sandbox = Sandbox::new(Options {
            api_key: KEY.to_owned(),
            accounts,
            channels,
            ..Options::default()
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(sandbox.clone().serve(listener, std::future::pending()));
        Self {
            address,
            sandbox,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, format!("http://{}{path}", self.address))
            .bearer_auth(KEY)
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let answer = request.send().await.unwrap();
        Answer {
            status: answer.status(),
            headers: answer.headers().clone(),
            text: answer.text().await.unwrap(),
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body))
            .await
    }

    async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(&body))
            .await
    }

    async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PUT, path).json(&body)).await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    async fn faults(&self, rule: Value) {
        let answer = self
            .put("/_sandbox/faults", json!({ "rules": [rule] }))
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }

    async fn state(&self) -> Value {
        self.get("/_sandbox/state").await.json()
    }

    /// Returns the true state of one account.
    async fn truth(&self, id: &str) -> Value {
        let state = self.state().await;
        let accounts = state["accounts"].as_array().unwrap();
        accounts
            .iter()
            .find(|account| account["id"] == id)
            .unwrap()
            .clone()
    }

    /// Returns an account with this status.
    async fn id_of(&self, status: &str) -> String {
        let state = self.state().await;
        let accounts = state["accounts"].as_array().unwrap();
        let account = accounts
            .iter()
            .find(|account| account["status"] == status)
            .unwrap();
        account["id"].as_str().unwrap().to_owned()
    }

    /// Returns the IDs in the list for a query, in the list's order.
    async fn listed(&self, query: &str) -> Vec<String> {
        texts(
            &self
                .get(&format!("/v2/managed_accounts?page[size]=250&{query}"))
                .await
                .json(),
            "id",
        )
    }
}

/// Returns one text field of each item of a list.
fn texts(body: &Value, field: &str) -> Vec<String> {
    let items = body["data"].as_array().unwrap();
    items
        .iter()
        .map(|item| item[field].as_str().unwrap().to_owned())
        .collect()
}

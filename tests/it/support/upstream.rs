//! Simulated Telnyx of one test, on its own port, with its controls.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use reseller_portal::sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tower::ServiceExt;
use url::Url;

/// Simulated Telnyx. It stops when it is dropped.
pub struct Upstream {
    /// The sandbox itself.
    pub sandbox: Sandbox,
    base: Url,
    _end: DropGuard,
}

impl Upstream {
    /// Starts a sandbox.
    pub async fn start(options: Options) -> Self {
        let sandbox = Sandbox::new(options);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = Url::parse(&format!("http://{}/v2", listener.local_addr().unwrap())).unwrap();
        let end = CancellationToken::new();
        tokio::spawn(
            sandbox
                .clone()
                .serve(listener, end.clone().cancelled_owned()),
        );
        Self {
            sandbox,
            base,
            _end: end.drop_guard(),
        }
    }

    /// Returns the address of its API, for `TELNYX_API_BASE`.
    pub fn base(&self) -> Url {
        self.base.clone()
    }

    /// Sets the faults from now on.
    /// Example: `json!([{"method": "POST", "path": "/v2/managed_accounts", "then": {"status":
    /// 503}}])`.
    pub async fn faults(&self, rules: Value) {
        self.control(Method::PUT, "/_sandbox/faults", &json!({ "rules": rules }))
            .await;
    }

    /// Removes all faults.
    pub async fn clear_faults(&self) {
        self.control(Method::DELETE, "/_sandbox/faults", &Value::Null)
            .await;
    }

    /// Runs the requests that `{"status": 503, "late": true}` kept back. Returns their number.
    pub async fn act_late(&self) -> u64 {
        let acted = self
            .control(Method::POST, "/_sandbox/late", &Value::Null)
            .await;
        acted["acted"].as_u64().unwrap()
    }

    /// Returns the logged API requests, oldest first.
    /// The log begins at the start, or when it was last cleared.
    pub async fn log(&self) -> Vec<Value> {
        let log = self
            .control(Method::GET, "/_sandbox/log", &Value::Null)
            .await;
        log["requests"].as_array().unwrap().clone()
    }

    /// Clears the log.
    pub async fn clear_log(&self) {
        self.control(Method::DELETE, "/_sandbox/log", &Value::Null)
            .await;
    }

    /// Returns the requests for a change, as `POST /v2/managed_accounts`.
    pub async fn changes(&self) -> Vec<String> {
        let words = |entry: &Value| {
            let (method, path) = (entry["method"].as_str()?, entry["path"].as_str()?);
            (method != "GET").then(|| format!("{method} {path}"))
        };
        self.log().await.iter().filter_map(words).collect()
    }

    /// Returns the true state: `accounts`, `users`, `pool`, `manager`.
    pub async fn state(&self) -> Value {
        self.control(Method::GET, "/_sandbox/state", &Value::Null)
            .await
    }

    /// Returns the true state of every account, oldest first.
    pub async fn accounts(&self) -> Vec<Value> {
        self.state().await["accounts"].as_array().unwrap().clone()
    }

    /// Returns the true state of one account.
    pub async fn account(&self, id: impl std::fmt::Display) -> Value {
        let id = id.to_string();
        let found = self
            .accounts()
            .await
            .into_iter()
            .find(|account| account["id"] == id.as_str());
        found.unwrap_or_else(|| panic!("Telnyx has no account {id}"))
    }

    /// Returns the ID of the first account with this status, such as `enabled`.
    pub async fn id_of(&self, status: &str) -> String {
        let accounts = self.accounts().await;
        let found = accounts.iter().find(|account| account["status"] == status);
        let found = found.unwrap_or_else(|| panic!("Telnyx has no account that is {status}"));
        found["id"].as_str().unwrap().to_owned()
    }

    /// Makes a change outside the portal, for example `json!({"status": "disabled"})`.
    pub async fn change_elsewhere(&self, id: impl std::fmt::Display, change: Value) {
        self.control(Method::POST, &format!("/_sandbox/accounts/{id}"), &change)
            .await;
    }

    /// Deletes an account without a trace.
    pub async fn forget(&self, id: impl std::fmt::Display) {
        self.control(
            Method::DELETE,
            &format!("/_sandbox/accounts/{id}"),
            &Value::Null,
        )
        .await;
    }

    /// Sets how many milliseconds the lists lag behind changes.
    pub async fn lag(&self, ms: u32) {
        self.control(Method::PUT, "/_sandbox/lag", &json!({ "ms": ms }))
            .await;
    }

    /// Sets the rate limit per second; `None` removes it.
    pub async fn rate_limit(&self, per_second: Option<u32>) {
        let limit = json!({ "per_second": per_second });
        self.control(Method::PUT, "/_sandbox/rate_limit", &limit)
            .await;
    }

    /// Sets the total number of channels in the manager's pool.
    pub async fn pool(&self, channels: u32) {
        self.control(
            Method::PUT,
            "/_sandbox/pool",
            &json!({ "channels": channels }),
        )
        .await;
    }

    async fn control(&self, method: Method, path: &str, body: &Value) -> Value {
        let body = if body.is_null() {
            Body::empty()
        } else {
            Body::from(body.to_string())
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json")
            .body(body)
            .unwrap();
        let answer = self.sandbox.router().oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX)
            .await
            .unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            status.is_success(),
            "the sandbox refused {path}: {status} {text}"
        );
        if status == StatusCode::NO_CONTENT {
            Value::Null
        } else {
            serde_json::from_str(&text).unwrap()
        }
    }
}

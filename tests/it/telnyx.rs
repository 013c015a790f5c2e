//! Telnyx client against answers that the sandbox cannot give by itself.
//! They are lost, late, incomplete, rate-limited or hostile.

mod bounds;
mod errors;
mod health;
mod lists;
mod logged;
mod rate;
mod requests;
mod retries;
mod secrets;

use std::time::Duration;

use reseller_portal::clock::Clock;
use reseller_portal::domain::channels::ChannelLimit;
use reseller_portal::domain::ids::AccountId;
use reseller_portal::domain::time::Timestamp;
use reseller_portal::telnyx::{Client, NewAccount, Settings};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

pub const KEY: &str = "KEY0123-of-the-manager";
pub const ID: &str = "f65ceda4-6522-4ad6-aede-98de83385123";

pub fn settings(base: &str) -> Settings {
    let base = format!("{base}/v2").parse().unwrap();
    Settings {
        connect_timeout: Duration::from_secs(2),
        total_timeout: Duration::from_secs(5),
        retry_base: Duration::from_millis(1),
        longest_wait: Duration::from_millis(4),
        ..Settings::new(base, KEY.into())
    }
}

pub fn client_of(settings: Settings) -> Client {
    Client::new(settings, Clock::system()).unwrap()
}

pub fn client(server: &MockServer) -> Client {
    client_of(settings(&server.uri()))
}

/// Returns the time at which tests start: 2026-01-02T03:04:05Z.
pub fn then() -> Timestamp {
    Timestamp::parse_iso("2026-01-02T03:04:05Z").unwrap()
}

pub fn account_id() -> AccountId {
    ID.parse().unwrap()
}

pub fn limit(channels: u64) -> ChannelLimit {
    ChannelLimit::new(channels).unwrap()
}

pub fn new_account() -> NewAccount<'static> {
    NewAccount {
        business_name: "Acme Ltd",
        email: None,
        password: None,
        custom_pricing: false,
        rollup_billing: false,
    }
}

/// Returns Telnyx's answer about one account, including secrets.
pub fn account_body() -> Value {
    json!({
        "record_type": "managed_account",
        "id": ID,
        "email": "acme@example.com",
        "api_key": "KEY-of-the-account",
        "api_token": "token-of-the-account",
        "api_user": "manager@example.com",
        "organization_name": "Acme Ltd",
        "manager_account_id": "beeabcde-1122-3344-ab77-ff0123456789",
        "created_at": "2018-02-02T22:25:27.521Z",
        "updated_at": "2018-02-03T22:25:27.521Z",
        "managed_account_allow_custom_pricing": false,
        "rollup_billing": true,
        "balance": {
            "record_type": "balance",
            "balance": "300.00",
            "credit_limit": "100.00",
            "available_credit": "400.00",
            "currency": "USD"
        }
    })
}

pub fn one_account() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({ "data": account_body() }))
}

pub fn limit_answer(channels: u64) -> ResponseTemplate {
    ResponseTemplate::new(200)
        .set_body_json(json!({ "data": { "id": ID, "channel_limit": channels } }))
}

pub fn telnyx_error(status: u16, code: &str, detail: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({
        "errors": [{ "code": code, "title": "A title", "detail": detail }]
    }))
}

/// Starts a server that gives these answers in order, and repeats the last one.
pub async fn answering(answers: Vec<ResponseTemplate>) -> MockServer {
    let server = MockServer::start().await;
    let last = answers.len() - 1;
    for (at, answer) in answers.into_iter().enumerate() {
        let mock = Mock::given(any()).respond_with(answer);
        let mock = if at < last {
            mock.up_to_n_times(1)
        } else {
            mock
        };
        mock.mount(&server).await;
    }
    server
}

/// Returns the number of requests that arrived.
pub async fn requests(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

/// Starts a server that reads each request, writes these bytes and closes the connection.
/// Returns its address and a counter of requests.
pub async fn raw(
    answers: Vec<&'static str>,
) -> (String, std::sync::Arc<std::sync::atomic::AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let count = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let seen = std::sync::Arc::clone(&count);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 65_536];
            if stream.read(&mut request).await.unwrap_or(0) == 0 {
                continue;
            }
            let at = seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let answer = answers[at.min(answers.len() - 1)];
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    (address, count)
}

/// Returns the address of a port on which nothing listens.
pub async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

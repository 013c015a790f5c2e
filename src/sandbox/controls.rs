//! Controls under `/_sandbox`, for tests and practice. They need no key.
//! They show the received requests and the true state, and set the faults.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::account::Status;
use super::faults::Faults;
use super::middleware;
use super::problem::Problem;
use super::{Sandbox, lock};

pub(super) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/log", get(log).delete(clear_log))
        .route("/state", get(state))
        .route("/late", post(run_late_requests))
        .route("/faults", get(faults).put(set_faults).delete(clear_faults))
        .route("/rate_limit", put(set_rate_limit))
        .route("/lag", put(set_lag))
        .route("/pool", put(set_pool))
        .route(
            "/accounts/{id}",
            post(change_account).delete(delete_account),
        )
}

/// `GET /_sandbox/log`
async fn log(State(sandbox): State<Sandbox>) -> Json<Value> {
    Json(json!({ "requests": lock(&sandbox.shared.request_log).to_json() }))
}

/// `DELETE /_sandbox/log`. Clears the log.
async fn clear_log(State(sandbox): State<Sandbox>) -> StatusCode {
    lock(&sandbox.shared.request_log).clear();
    StatusCode::NO_CONTENT
}

/// `GET /_sandbox/state`. Returns the true state, with the oldest accounts first.
async fn state(State(sandbox): State<Sandbox>) -> Json<Value> {
    let world = sandbox.state();
    let mut accounts: Vec<_> = world.accounts().cloned().collect();
    accounts.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
    Json(json!({
        "manager": { "id": world.manager.id, "email": world.manager.email },
        "accounts": accounts.iter().map(|account| account.to_state_json()).collect::<Vec<_>>(),
        "users": world.users_of(None, world.now()).iter().map(|user| user.to_json(true)).collect::<Vec<_>>(),
        "pool": {
            "allocatable_global_outbound_channels": world.channels,
            "total_global_channels_allocated": world.allocated(),
        },
    }))
}

/// `POST /_sandbox/late`. Runs the requests that `{"status": 503, "late": true}` kept back.
async fn run_late_requests(State(sandbox): State<Sandbox>) -> Json<Value> {
    Json(json!({ "acted": middleware::run_late_requests(&sandbox).await }))
}

/// `GET /_sandbox/faults`. Returns the rules, each with its remaining number of times.
async fn faults(State(sandbox): State<Sandbox>) -> Response {
    Json(&*lock(&sandbox.shared.faults)).into_response()
}

/// `PUT /_sandbox/faults`. Replaces all rules.
async fn set_faults(State(sandbox): State<Sandbox>, body: Bytes) -> Result<Response, Problem> {
    let rules: Faults = parse_body(&body)?;
    rules.validate().map_err(Problem::unprocessable)?;
    *lock(&sandbox.shared.faults) = rules;
    Ok(faults(State(sandbox)).await)
}

/// `DELETE /_sandbox/faults`
async fn clear_faults(State(sandbox): State<Sandbox>) -> StatusCode {
    *lock(&sandbox.shared.faults) = Faults::default();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RateLimit {
    per_second: Option<u32>,
}

/// `PUT /_sandbox/rate_limit`. Takes `{"per_second": 10}`, or null for no limit.
async fn set_rate_limit(
    State(sandbox): State<Sandbox>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let per_second = parse_body::<Option<RateLimit>>(&body)?.and_then(|limit| limit.per_second);
    if per_second == Some(0) {
        return Err(Problem::unprocessable(
            "per_second must be 1 or more, or null for no limit.",
        ));
    }
    lock(&sandbox.shared.rate_limiter).set(per_second);
    Ok(Json(json!({ "per_second": per_second })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lag {
    ms: u32,
}

/// `PUT /_sandbox/lag`. Sets how far the lists lag behind changes.
async fn set_lag(State(sandbox): State<Sandbox>, body: Bytes) -> Result<Json<Value>, Problem> {
    let Lag { ms } = parse_body(&body)?;
    sandbox.state().lag = ms.into();
    Ok(Json(json!({ "ms": ms })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pool {
    channels: u32,
}

/// `PUT /_sandbox/pool`. Sets the total number of channels; 0 turns the feature off.
/// At the real Telnyx, sales changes it.
async fn set_pool(State(sandbox): State<Sandbox>, body: Bytes) -> Result<Json<Value>, Problem> {
    let Pool { channels } = parse_body(&body)?;
    sandbox.state().channels = channels;
    Ok(Json(json!({ "channels": channels })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountChange {
    status: Option<Status>,
    channel_limit: Option<u32>,
    managed_account_allow_custom_pricing: Option<bool>,
    /// New email address; an empty text simulates that Telnyx returns none.
    email: Option<String>,
    /// New balance in hundredths, for an account that has its own.
    balance_cents: Option<i64>,
}

/// `POST /_sandbox/accounts/{id}`. Changes an account outside the portal.
/// A cancelled account gives its channels back.
async fn change_account(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let change: AccountChange = parse_body(&body)?;
    let mut world = sandbox.state();
    let now = world.now();
    let account = world.change(&id, now, |account| {
        account.status = change.status.unwrap_or(account.status);
        account.custom_pricing = change
            .managed_account_allow_custom_pricing
            .unwrap_or(account.custom_pricing);
        let released = (change.status == Some(Status::Cancelled)).then_some(0);
        account.channel_limit = change
            .channel_limit
            .or(released)
            .unwrap_or(account.channel_limit);
        if let Some(email) = change.email {
            account.email_folded = email.to_lowercase();
            account.email = email;
        }
        if let (Some(cents), Some(balance)) = (change.balance_cents, &mut account.balance) {
            balance.amount = cents;
        }
    });
    let account = account.ok_or_else(Problem::not_found)?;
    Ok(Json(json!({ "data": account.to_state_json() })))
}

/// `DELETE /_sandbox/accounts/{id}`. Deletes an account without a trace.
async fn delete_account(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let mut world = sandbox.state();
    let now = world.now();
    if world.delete(&id, now) {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found())
    }
}

fn parse_body<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body)
        .map_err(|error| Problem::unprocessable(format!("This body cannot be used: {error}.")))
}

//! Routes of the API's twelve operations. Literal paths take precedence over `{id}`.

use axum::Router;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::routing::{get, patch, post};

use super::Sandbox;
use super::problem::Problem;

mod accounts;
mod channels;
mod users;

pub(super) fn routes() -> Router<Sandbox> {
    Router::new()
        .route(
            "/v2/managed_accounts",
            get(accounts::list).post(accounts::create),
        )
        .route(
            "/v2/managed_accounts/allocatable_global_outbound_channels",
            get(channels::pool),
        )
        .route(
            "/v2/managed_accounts/{id}",
            get(accounts::retrieve).patch(accounts::update),
        )
        .route(
            "/v2/managed_accounts/{id}/actions/disable",
            post(accounts::disable),
        )
        .route(
            "/v2/managed_accounts/{id}/actions/enable",
            post(accounts::enable),
        )
        .route(
            "/v2/managed_accounts/{id}/update_global_channel_limit",
            patch(channels::update_limit),
        )
        .route("/v2/organizations/users", get(users::list))
        .route(
            "/v2/organizations/users/users_groups_report",
            get(users::groups_report),
        )
        .route("/v2/organizations/users/{id}", get(users::retrieve))
        .route(
            "/v2/organizations/users/{id}/actions/remove",
            post(users::remove),
        )
}

/// The `{id}` of a path. An invalid ID is treated as unknown.
struct PathId(String);

impl FromRequestParts<Sandbox> for PathId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Sandbox) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::not_found())?;
        let id = params.iter().next().map(|(_, value)| value.to_owned());
        id.map(Self).ok_or_else(Problem::not_found)
    }
}

/// Account inside which a request acts, from `X-Managed-Account-Id`.
struct ManagedAccountId(Option<String>);

impl FromRequestParts<Sandbox> for ManagedAccountId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Sandbox) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get("x-managed-account-id") else {
            return Ok(Self(None));
        };
        value
            .to_str()
            .map(|id| Self(Some(id.to_owned())))
            .map_err(|_| not_managed())
    }
}

/// Requires a request of the manager itself. A managed account cannot manage accounts.
struct RequireManager;

impl FromRequestParts<Sandbox> for RequireManager {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Sandbox) -> Result<Self, Problem> {
        match ManagedAccountId::from_request_parts(parts, state).await? {
            ManagedAccountId(None) => Ok(Self),
            ManagedAccountId(Some(_)) => Err(Problem::forbidden(
                "A managed account cannot manage accounts.",
            )),
        }
    }
}

fn not_managed() -> Problem {
    Problem::forbidden("The account named by X-Managed-Account-Id is not managed by this account.")
}

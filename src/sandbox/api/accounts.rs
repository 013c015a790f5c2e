//! Managed accounts: list, create, retrieve, update, disable, enable.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::super::Sandbox;
use super::super::account::{Account, Status};
use super::super::body::{Fields, RequiredFields};
use super::super::problem::Problem;
use super::super::query::Query;
use super::super::state::{NewAccount, SandboxState};
use super::{PathId, RequireManager};

type ApiResult = Result<Json<Value>, Problem>;

/// `GET /v2/managed_accounts`
pub(super) async fn list(
    _: RequireManager,
    State(sandbox): State<Sandbox>,
    query: Query,
) -> ApiResult {
    let (wanted, page) = query.account_query()?;
    let ((accounts, total), manager) = {
        let mut world = sandbox.state();
        let now = world.now();
        (world.page(&wanted, now), world.manager.clone())
    };
    let data: Vec<Value> = accounts
        .iter()
        .map(|account| account.to_list_json(&manager))
        .collect();
    Ok(Json(json!({ "data": data, "meta": page.meta(total) })))
}

/// `POST /v2/managed_accounts`. Answers 200, not 201.
pub(super) async fn create(
    _: RequireManager,
    State(sandbox): State<Sandbox>,
    RequiredFields(fields): RequiredFields,
) -> ApiResult {
    let name = fields
        .text("business_name")?
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Problem::field("business_name", "business_name is required."))?;
    let email = fields
        .text("email")?
        .map(str::trim)
        .filter(|email| !email.is_empty());
    if email.is_some_and(|email| !looks_like_email(email)) {
        return Err(Problem::field(
            "email",
            "email is not a valid e-mail address.",
        ));
    }
    let new = NewAccount {
        business_name: name.to_owned(),
        email: email.map(str::to_owned),
        custom_pricing: fields
            .flag("managed_account_allow_custom_pricing")?
            .unwrap_or(false),
        rollup_billing: fields.flag("rollup_billing")?.unwrap_or(false),
        password_set: fields
            .text("password")?
            .is_some_and(|password| !password.is_empty()),
    };
    let mut world = sandbox.state();
    if email.is_some_and(|email| world.email_in_use(email)) {
        return Err(Problem::field("email", "email has already been taken."));
    }
    let now = world.now();
    let account = world.create(new, now);
    Ok(detail_response(&world, &account))
}

/// `GET /v2/managed_accounts/{id}`
pub(super) async fn retrieve(
    _: RequireManager,
    State(sandbox): State<Sandbox>,
    PathId(id): PathId,
) -> ApiResult {
    let world = sandbox.state();
    let account = world.account(&id).ok_or_else(Problem::not_found)?;
    Ok(detail_response(&world, &account))
}

/// `PATCH /v2/managed_accounts/{id}`. Changes custom pricing and nothing else.
pub(super) async fn update(
    _: RequireManager,
    State(sandbox): State<Sandbox>,
    PathId(id): PathId,
    RequiredFields(fields): RequiredFields,
) -> ApiResult {
    let mut world = sandbox.state();
    world.account(&id).ok_or_else(Problem::not_found)?;
    let custom_pricing = fields.flag("managed_account_allow_custom_pricing")?;
    let now = world.now();
    let account = world
        .change(&id, now, |account| {
            account.custom_pricing = custom_pricing.unwrap_or(account.custom_pricing);
        })
        .ok_or_else(Problem::not_found)?;
    Ok(detail_response(&world, &account))
}

/// `POST /v2/managed_accounts/{id}/actions/disable`
pub(super) async fn disable(
    _: RequireManager,
    State(sandbox): State<Sandbox>,
    PathId(id): PathId,
) -> ApiResult {
    let mut world = sandbox.state();
    set_status(&mut world, &id, "disabled", |account| {
        account.status = Status::Disabled;
    })
}

/// `POST /v2/managed_accounts/{id}/actions/enable`, with or without a body.
pub(super) async fn enable(
    _: RequireManager,
    State(sandbox): State<Sandbox>,
    PathId(id): PathId,
    fields: Fields,
) -> ApiResult {
    let mut world = sandbox.state();
    world.account(&id).ok_or_else(Problem::not_found)?;
    let connections = fields.flag("reenable_all_connections")?.unwrap_or(false);
    set_status(&mut world, &id, "enabled", |account| {
        account.status = Status::Enabled;
        account.reenabled_connections = Some(connections);
    })
}

/// Enables or disables an account.
/// An account that already has the status stays unchanged and the answer is 200; the description
/// does not say. The manager cannot change an account that Telnyx itself blocked or cancelled.
fn set_status(
    world: &mut SandboxState,
    id: &str,
    verb: &str,
    change: impl FnOnce(&mut Account),
) -> ApiResult {
    let before = world.account(id).ok_or_else(Problem::not_found)?;
    let stopped = match before.status {
        Status::Enabled | Status::Disabled => None,
        Status::Blocked => Some("blocked"),
        Status::Cancelled => Some("cancelled"),
    };
    if let Some(state) = stopped {
        return Err(Problem::unprocessable(format!(
            "The account is {state} and cannot be {verb}. Contact Telnyx support."
        )));
    }
    let now = world.now();
    let account = world
        .change(id, now, change)
        .ok_or_else(Problem::not_found)?;
    Ok(detail_response(world, &account))
}

fn detail_response(world: &SandboxState, account: &Account) -> Json<Value> {
    Json(json!({ "data": account.to_detail_json(&world.manager, world.seed) }))
}

fn looks_like_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty()
            && domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && !domain.contains('@')
            && !text
                .chars()
                .any(|c| c.is_whitespace() || c.is_control() || "<>\"(),;:\\[]".contains(c))
    })
}

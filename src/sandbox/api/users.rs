//! Organization users: list, retrieve, remove, and the groups report in two formats.
//! With `X-Managed-Account-Id`, they are the users of that account.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::super::Sandbox;
use super::super::account::Account;
use super::super::organization::{User, UserStatus};
use super::super::problem::Problem;
use super::super::query::Query;
use super::super::state::SandboxState;
use super::super::time::iso;
use super::{ManagedAccountId, PathId, not_managed};

/// `GET /v2/organizations/users`.
/// Lists the owner first, then by email address. The description specifies no order.
pub(super) async fn list(
    inside: ManagedAccountId,
    State(sandbox): State<Sandbox>,
    query: Query,
) -> Result<Json<Value>, Problem> {
    let page = query.page(250)?;
    let groups = query.flag("include_groups")?;
    let status = query
        .value("filter[user_status]")
        .map(parse_status)
        .transpose()?;
    let part = query.value("filter[email]").map(str::to_lowercase);
    let mut users = list_users(&sandbox.state(), &inside)?;
    users.retain(|user| {
        status.is_none_or(|status| user.status == status)
            && part
                .as_ref()
                .is_none_or(|part| user.email.contains(part.as_str()))
    });
    let data: Vec<Value> = users
        .iter()
        .skip(page.skip())
        .take(page.size)
        .map(|user| user.to_json(groups))
        .collect();
    Ok(Json(
        json!({ "data": data, "meta": page.meta(users.len()) }),
    ))
}

/// `GET /v2/organizations/users/users_groups_report`.
/// Contains all users, as JSON or CSV.
pub(super) async fn groups_report(
    inside: ManagedAccountId,
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let users = list_users(&sandbox.state(), &inside)?;
    let accept = headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if !accept.to_lowercase().contains("text/csv") {
        let data: Vec<Value> = users.iter().map(|user| user.to_json(true)).collect();
        return Ok(Json(json!({ "data": data })).into_response());
    }
    let text = to_csv(&users).map_err(|_| {
        Problem::without_code(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The report could not be written.",
        )
    })?;
    Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8")], text).into_response())
}

/// `GET /v2/organizations/users/{id}`
pub(super) async fn retrieve(
    inside: ManagedAccountId,
    State(sandbox): State<Sandbox>,
    PathId(id): PathId,
    query: Query,
) -> Result<Json<Value>, Problem> {
    let groups = query.flag("include_groups")?;
    let user = find_user(&sandbox.state(), &inside, &id)?;
    Ok(Json(json!({ "data": user.to_json(groups) })))
}

/// `POST /v2/organizations/users/{id}/actions/remove`
pub(super) async fn remove(
    inside: ManagedAccountId,
    State(sandbox): State<Sandbox>,
    PathId(id): PathId,
) -> Result<Json<Value>, Problem> {
    let mut world = sandbox.state();
    let user = find_user(&world, &inside, &id)?;
    if user.owner {
        return Err(Problem::forbidden(
            "The owner of an organization cannot be removed from it.",
        ));
    }
    let now = world.now();
    world.remove_user(&id, now);
    Ok(Json(json!({ "data": user.to_json(false) })))
}

fn account(
    world: &SandboxState,
    inside: &ManagedAccountId,
) -> Result<Option<Arc<Account>>, Problem> {
    match &inside.0 {
        None => Ok(None),
        Some(id) => world.account(id).map(Some).ok_or_else(not_managed),
    }
}

fn list_users(world: &SandboxState, inside: &ManagedAccountId) -> Result<Vec<User>, Problem> {
    Ok(world.users_listed(account(world, inside)?.as_deref(), world.now()))
}

fn find_user(world: &SandboxState, inside: &ManagedAccountId, id: &str) -> Result<User, Problem> {
    let users = world.users_of(account(world, inside)?.as_deref(), world.now());
    users
        .into_iter()
        .find(|user| user.id == id)
        .ok_or_else(Problem::not_found)
}

fn parse_status(text: &str) -> Result<UserStatus, Problem> {
    match text {
        "enabled" => Ok(UserStatus::Enabled),
        "disabled" => Ok(UserStatus::Disabled),
        "blocked" => Ok(UserStatus::Blocked),
        _ => Err(Problem::parameter(
            "filter[user_status]",
            "filter[user_status] must be one of enabled, disabled, blocked.",
        )),
    }
}

fn to_csv(users: &[User]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "id",
        "email",
        "user_status",
        "created_at",
        "last_sign_in_at",
        "groups",
    ])?;
    for user in users {
        let status = match user.status {
            UserStatus::Enabled => "enabled",
            UserStatus::Disabled => "disabled",
            UserStatus::Blocked => "blocked",
        };
        let groups: Vec<&str> = user.groups.iter().map(|group| group.name).collect();
        writer.write_record([
            &user.id,
            &user.email,
            status,
            &iso(user.created_at),
            &user.last_sign_in_at.map(iso).unwrap_or_default(),
            &groups.join(", "),
        ])?;
    }
    writer
        .into_inner()
        .map_err(|error| error.into_error().into())
}

//! Organization users: list, retrieve, remove, and the groups report in its two formats. With `X-Managed-Account-Id`
//! they are those of that account.

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
use super::super::time::iso;
use super::super::world::World;
use super::{Id, Inside, not_managed};

/// `GET /v2/organizations/users`: the owner first, then by e-mail; the description names no order.
pub(super) async fn list(inside: Inside, State(sandbox): State<Sandbox>, query: Query) -> Result<Json<Value>, Problem> {
    let page = query.page(250)?;
    let groups = query.flag("include_groups")?;
    let status = query.value("filter[user_status]").map(status_of).transpose()?;
    let part = query.value("filter[email]").map(str::to_lowercase);
    let mut users = listed(&sandbox.world(), &inside)?;
    users.retain(|user| {
        status.is_none_or(|status| user.status == status)
            && part.as_ref().is_none_or(|part| user.email.contains(part.as_str()))
    });
    let data: Vec<Value> = users
        .iter()
        .skip(page.skip())
        .take(page.size)
        .map(|user| user.shown(groups))
        .collect();
    Ok(Json(json!({ "data": data, "meta": page.meta(users.len()) })))
}

/// `GET /v2/organizations/users/users_groups_report`: everybody, as JSON or CSV.
pub(super) async fn groups_report(
    inside: Inside,
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let users = listed(&sandbox.world(), &inside)?;
    let accept = headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if !accept.to_lowercase().contains("text/csv") {
        let data: Vec<Value> = users.iter().map(|user| user.shown(true)).collect();
        return Ok(Json(json!({ "data": data })).into_response());
    }
    let text = csv_of(&users)
        .map_err(|_| Problem::plain(StatusCode::INTERNAL_SERVER_ERROR, "The report could not be written."))?;
    Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8")], text).into_response())
}

/// `GET /v2/organizations/users/{id}`
pub(super) async fn retrieve(
    inside: Inside,
    State(sandbox): State<Sandbox>,
    Id(id): Id,
    query: Query,
) -> Result<Json<Value>, Problem> {
    let groups = query.flag("include_groups")?;
    let user = one(&sandbox.world(), &inside, &id)?;
    Ok(Json(json!({ "data": user.shown(groups) })))
}

/// `POST /v2/organizations/users/{id}/actions/remove`
pub(super) async fn remove(inside: Inside, State(sandbox): State<Sandbox>, Id(id): Id) -> Result<Json<Value>, Problem> {
    let mut world = sandbox.world();
    let user = one(&world, &inside, &id)?;
    if user.owner {
        return Err(Problem::forbidden(
            "The owner of an organization cannot be removed from it.",
        ));
    }
    let now = world.now();
    world.remove_user(&id, now);
    Ok(Json(json!({ "data": user.shown(false) })))
}

fn account(world: &World, inside: &Inside) -> Result<Option<Arc<Account>>, Problem> {
    match &inside.0 {
        None => Ok(None),
        Some(id) => world.account(id).map(Some).ok_or_else(not_managed),
    }
}

fn listed(world: &World, inside: &Inside) -> Result<Vec<User>, Problem> {
    Ok(world.users_listed(account(world, inside)?.as_deref(), world.now()))
}

fn one(world: &World, inside: &Inside, id: &str) -> Result<User, Problem> {
    let users = world.users_of(account(world, inside)?.as_deref(), world.now());
    users
        .into_iter()
        .find(|user| user.id == id)
        .ok_or_else(Problem::not_found)
}

fn status_of(text: &str) -> Result<UserStatus, Problem> {
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

fn csv_of(users: &[User]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["id", "email", "user_status", "created_at", "last_sign_in_at", "groups"])?;
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
    writer.into_inner().map_err(|error| error.into_error().into())
}

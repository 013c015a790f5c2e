//! The manager's channel pool, and the channel limit of one account.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::super::Sandbox;
use super::super::body::RequiredFields;
use super::super::problem::Problem;
use super::{PathId, RequireManager};

/// `GET /v2/managed_accounts/allocatable_global_outbound_channels`
pub(super) async fn pool(_: RequireManager, State(sandbox): State<Sandbox>) -> Json<Value> {
    let world = sandbox.state();
    // Both numbers are 0 if the feature is off.
    let allocated = if world.channels == 0 {
        0
    } else {
        world.allocated()
    };
    Json(json!({ "data": {
        "record_type": "allocatable_global_outbound_channels",
        "allocatable_global_outbound_channels": world.channels,
        "total_global_channels_allocated": allocated,
        "managed_account_allow_custom_pricing": false,
    }}))
}

/// `PATCH /v2/managed_accounts/{id}/update_global_channel_limit`.
/// No other answer contains a limit.
pub(super) async fn update_limit(
    _: RequireManager,
    State(sandbox): State<Sandbox>,
    PathId(id): PathId,
    RequiredFields(fields): RequiredFields,
) -> Result<Json<Value>, Problem> {
    const FIELD: &str = "channel_limit";
    let mut world = sandbox.state();
    let before = world
        .account(&id)
        .ok_or_else(Problem::not_found)?
        .channel_limit;
    // The description requires no field. Without one, the limit stays the same.
    let limit = fields.count(FIELD)?.unwrap_or(before);
    let total = world.allocated() - u64::from(before) + u64::from(limit);
    if limit > before && total > u64::from(world.channels) {
        return Err(Problem::field(
            FIELD,
            format!(
                "channel_limit would bring the allocated channels to {total}, more than the {} that can be allocated.",
                world.channels
            ),
        ));
    }
    let now = world.now();
    let account = world
        .change(&id, now, |account| account.channel_limit = limit)
        .ok_or_else(Problem::not_found)?;
    Ok(Json(json!({ "data": {
        "record_type": "managed_account_global_outbound_settings",
        "id": account.id,
        "email": account.email,
        "manager_account_id": world.manager.id,
        "channel_limit": account.channel_limit,
    }})))
}

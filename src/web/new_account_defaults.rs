//! A person's own defaults for new accounts, in words for pages.

use super::error::Error;
use crate::app::App;
use crate::db;
use crate::domain::ids::StaffId;
use crate::domain::new_account::join_tags;

/// Describes a person's defaults, such as "channel limit 10, our rates, tags: Key account".
/// Returns `None` if they have none.
pub(super) async fn describe(app: &App, staff: StaffId) -> Result<Option<String>, Error> {
    let Some(defaults) = db::new_account_defaults::of_staff(&app.db, staff).await? else {
        return Ok(None);
    };
    let limit = defaults.channel_limit;
    let pricing = if defaults.custom_pricing {
        "custom pricing"
    } else {
        "our rates"
    };
    let mut parts = vec![
        limit.map_or_else(
            || "Telnyx's default channel limit".to_owned(),
            |limit| format!("channel limit {limit}"),
        ),
        pricing.to_owned(),
    ];
    if !defaults.tags.is_empty() {
        parts.push(format!("tags: {}", join_tags(&defaults.tags)));
    }
    if let Some(id) = defaults.assignee
        && let Some(staff) = db::staff::by_id(&app.db, id).await?
    {
        parts.push(format!("account manager: {}", staff.name));
    }
    Ok(Some(parts.join(", ")))
}

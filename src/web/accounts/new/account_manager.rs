//! Check of the account manager that the form names.

use super::fields::NewAccountFields;
use crate::app::App;
use crate::db;
use crate::domain::ids::StaffId;
use crate::web::assignee;
use crate::web::error::Error;

/// Returns the person if they can still be an account manager.
pub(super) async fn if_enabled(app: &App, id: Option<StaffId>) -> Result<Option<StaffId>, Error> {
    let Some(id) = id else {
        return Ok(None);
    };
    let staff = db::staff::by_id(&app.db, id).await?;
    Ok(staff
        .filter(|staff| staff.disabled_at.is_none())
        .map(|_| id))
}

/// Checks that the chosen person can be an account manager. Puts the error at the field.
pub(super) async fn check(app: &App, fields: &mut NewAccountFields) -> Result<bool, Error> {
    let chosen = fields.assignee();
    if chosen == if_enabled(app, chosen).await? {
        return Ok(true);
    }
    fields.assignee.set_error(assignee::UNAVAILABLE);
    Ok(false)
}

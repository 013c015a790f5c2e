//! Choice of the account manager: the staff who can be one.

use super::fields::NewAccountFields;
use crate::app::App;
use crate::db;
use crate::domain::ids::StaffId;
use crate::web::error::Error;

/// Person who can be an account manager.
pub(super) struct Candidate {
    pub(super) id: String,
    pub(super) name: String,
}

/// Returns everyone who can be an account manager, by name.
pub(super) async fn candidates(app: &App) -> Result<Vec<Candidate>, Error> {
    let all = db::staff::all(&app.db).await?;
    let enabled = all.into_iter().filter(|staff| staff.disabled_at.is_none());
    Ok(enabled
        .map(|staff| Candidate {
            id: staff.id.to_string(),
            name: staff.name,
        })
        .collect())
}

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
    let words = "This person cannot sign in any more. Choose somebody else.";
    fields.assignee.set_error(words);
    Ok(false)
}

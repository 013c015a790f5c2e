//! Each person's own defaults for the form of a new account.

use super::{Db, Result};
use crate::domain::ids::StaffId;
use crate::domain::new_account::NewAccountDefaults;

/// Returns a person's defaults, if they have any.
pub async fn of_staff(db: &Db, staff: StaffId) -> Result<Option<NewAccountDefaults>> {
    Ok(on!(db => query_scalar(
        "SELECT defaults FROM new_account_defaults WHERE staff_id = $1", staff,
    ).fetch_optional))
}

/// Stores a person's defaults and replaces the previous ones.
pub async fn set(db: &Db, staff: StaffId, defaults: &NewAccountDefaults) -> Result<()> {
    on!(db => query(
        "INSERT INTO new_account_defaults (staff_id, defaults) VALUES ($1, $2)
         ON CONFLICT (staff_id) DO UPDATE SET defaults = excluded.defaults",
        staff, defaults,
    ).execute);
    Ok(())
}

/// Deletes a person's defaults.
pub async fn remove(db: &Db, staff: StaffId) -> Result<()> {
    on!(db => query("DELETE FROM new_account_defaults WHERE staff_id = $1", staff).execute);
    Ok(())
}

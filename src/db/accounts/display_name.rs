//! The portal's own name for an account.

use crate::db::{Result, Tx};
use crate::domain::ids::AccountId;

/// Sets or removes the portal's own name for an account.
/// `shown` is the current name. Returns `false` if the name has changed since, or if there is no
/// such account.
pub async fn set_display_name(
    tx: &mut Tx,
    id: &AccountId,
    shown: Option<&str>,
    name: Option<&str>,
) -> Result<bool> {
    let changed = within!(tx => query(
        "UPDATE accounts SET display_name = $1 WHERE id = $2 AND COALESCE(display_name, '') = $3",
        name, id, shown.unwrap_or_default(),
    ).execute);
    Ok(changed > 0)
}

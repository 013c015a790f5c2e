//! The portal's own name of an account. Its tags and notes have files of their own beside the accounts.

use crate::db::{Result, Tx};
use crate::domain::ids::AccountId;

/// Gives an account a name of the portal's own, or takes it away, where it is this one so far. `false` where another
/// was given meanwhile, or there is no such account.
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

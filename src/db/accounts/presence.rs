//! Presence of an account at Telnyx, and when a change made elsewhere was found.

use super::sweep_watermark::hold_watermark;
use crate::db::{Result, Tx};
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;

/// Effect of a 404 on an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotFoundEffect {
    /// Not there once: it may be a slip.
    Once,
    /// Not there twice: gone, as of now.
    Gone,
    /// It was gone before, or the directory never had it.
    Already,
}

/// Counts that Telnyx answered 404 for an account. The second time, without a success between, it is gone.
pub async fn mark_not_found(tx: &mut Tx, id: &AccountId, at: Timestamp) -> Result<NotFoundEffect> {
    hold_watermark(tx).await?;
    let count: Option<i64> = within!(tx => query_scalar(
        concat!(
            "UPDATE accounts SET not_found_count = not_found_count + 1, missing_since = COALESCE(missing_since, $2)
             WHERE id = $1 AND gone_at IS NULL AND ", seen_at!("profile"), " <= $2 RETURNING not_found_count"
        ),
        id, at,
    ).fetch_optional);
    match count {
        None => Ok(NotFoundEffect::Already),
        Some(..2) => Ok(NotFoundEffect::Once),
        Some(_) => {
            within!(tx => query("UPDATE accounts SET gone_at = $2 WHERE id = $1", id, at).execute);
            Ok(NotFoundEffect::Gone)
        }
    }
}

/// Notes that Telnyx has the account: earlier 404s count no more.
pub async fn mark_found(tx: &mut Tx, id: &AccountId, at: Timestamp) -> Result<()> {
    within!(tx => query(
        "UPDATE accounts SET not_found_count = 0, missing_since = NULL, gone_at = NULL
         WHERE id = $1 AND not_found_count > 0 AND (missing_since IS NULL OR missing_since <= $2)",
        id, at,
    ).execute);
    Ok(())
}

/// Notes when something about an account was found changed outside the portal.
pub async fn mark_changed_elsewhere(tx: &mut Tx, id: &AccountId, at: Timestamp) -> Result<()> {
    within!(tx => query(
        "UPDATE accounts SET changed_elsewhere_at = $2 WHERE id = $1", id, at,
    ).execute);
    Ok(())
}

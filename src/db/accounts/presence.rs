//! Presence of an account at Telnyx, and the time of changes made elsewhere.

use super::sweep_watermark::hold_watermark;
use crate::db::{Result, Tx};
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;

/// Effect of a 404 on an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotFoundEffect {
    /// First 404, which may be a mistake.
    Once,
    /// Second 404, so the account is now gone.
    Gone,
    /// The account was already gone, is not in the directory, or has newer data.
    Already,
}

/// Counts a 404 of Telnyx for an account.
/// The account is gone after the second 404 without a success in between.
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

/// Records that Telnyx has the account. Earlier 404s no longer count.
pub async fn mark_found(tx: &mut Tx, id: &AccountId, at: Timestamp) -> Result<()> {
    within!(tx => query(
        "UPDATE accounts SET not_found_count = 0, missing_since = NULL, gone_at = NULL
         WHERE id = $1 AND not_found_count > 0 AND (missing_since IS NULL OR missing_since <= $2)",
        id, at,
    ).execute);
    Ok(())
}

/// Records the time at which a change made outside the portal was found.
pub async fn mark_changed_elsewhere(tx: &mut Tx, id: &AccountId, at: Timestamp) -> Result<()> {
    within!(tx => query(
        "UPDATE accounts SET changed_elsewhere_at = $2 WHERE id = $1", id, at,
    ).execute);
    Ok(())
}

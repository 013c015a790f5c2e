//! Writing single facts about an account, each only if no newer one is stored.

use super::sweep_watermark::hold_watermark;
use crate::db::{Result, Tx, replace_nul};
use crate::domain::account::AccountStatus;
use crate::domain::channels::ChannelLimit;
use crate::domain::fact::Fact;
use crate::domain::ids::{AccountId, StaffId};

/// Person who set or recorded a limit: their ID, and their name at that time.
pub type LimitAuthor<'a> = Option<(StaffId, &'a str)>;

/// Writes a status. Returns `false` if a newer one is stored or there is no account.
pub async fn set_status(tx: &mut Tx, id: &AccountId, status: Fact<AccountStatus>) -> Result<bool> {
    hold_watermark(tx).await?;
    let changed = within!(tx => query(
        concat!(
            "UPDATE accounts SET status = $2, status_source = $3, status_at = $4 WHERE id = $1 AND ",
            seen_at!("status"), " <= $4"
        ),
        id, status.value, status.source, status.observed_at,
    ).execute);
    Ok(changed > 0)
}

/// Writes a channel limit and the person who set or recorded it.
/// Returns `false` if a newer limit is stored, or if there is no such account.
pub async fn set_limit(
    tx: &mut Tx,
    id: &AccountId,
    limit: Fact<ChannelLimit>,
    by: LimitAuthor<'_>,
) -> Result<bool> {
    hold_watermark(tx).await?;
    let changed = within!(tx => query(
        "UPDATE accounts SET channel_limit = $2, limit_source = $3, limit_at = $4, limit_by = $5, limit_by_name = $6
         WHERE id = $1 AND (limit_at IS NULL OR limit_at <= $4)",
        id, limit.value, limit.source, limit.observed_at,
        by.map(|(staff, _)| staff), by.map(|(_, name)| replace_nul(name)),
    ).execute);
    Ok(changed > 0)
}

/// Writes if an account has custom pricing.
/// Returns `false` if a newer value is stored, or if there is no such account.
pub async fn set_pricing(tx: &mut Tx, id: &AccountId, custom_pricing: Fact<bool>) -> Result<bool> {
    hold_watermark(tx).await?;
    let changed = within!(tx => query(
        concat!(
            "UPDATE accounts SET custom_pricing = $2, pricing_source = $3, pricing_at = $4
             WHERE id = $1 AND (pricing_at IS NULL OR ", seen_at!("pricing"), " <= $4)"
        ),
        id, custom_pricing.value, custom_pricing.source, custom_pricing.observed_at,
    ).execute);
    Ok(changed > 0)
}

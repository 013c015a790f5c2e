//! Settled operations with an unanswered request, which may still take effect at Telnyx.

use super::{Operation, columns, select};
use crate::db::{Db, Result, Tx};
use crate::domain::ids::{AccountId, OperationId};
use crate::domain::operation::OperationOutcome;
use crate::domain::time::Timestamp;

/// Maximum number of operations read.
const MAX_RESULTS: i64 = 1_000;

/// Returns settled changes of accounts with a request left unanswered since `since`.
/// The latest come first.
pub async fn unanswered(db: &Db, since: Timestamp) -> Result<Vec<Operation>> {
    Ok(on!(db => query_as(
        select!("WHERE unanswered_at >= $1 AND account_id IS NOT NULL AND state IN ('done', 'refused')
             ORDER BY unanswered_at DESC, id LIMIT $2"),
        since, MAX_RESULTS,
    ).fetch_all))
}

/// Returns the same as [`unanswered`] for one account, within a transaction.
pub async fn unanswered_of(
    tx: &mut Tx,
    account: &AccountId,
    since: Timestamp,
) -> Result<Vec<Operation>> {
    Ok(within!(tx => query_as(
        select!("WHERE unanswered_at >= $1 AND account_id = $2 AND state IN ('done', 'refused')
             ORDER BY unanswered_at DESC, id LIMIT $3"),
        since, account, MAX_RESULTS,
    ).fetch_all))
}

/// Returns refused changes of unknown accounts with an unanswered request since `since`.
/// These changes had no effect as far as is known.
pub async fn unanswered_refused(tx: &mut Tx, since: Timestamp) -> Result<Vec<Operation>> {
    Ok(within!(tx => query_as(
        select!("WHERE unanswered_at >= $1 AND account_id IS NULL AND state = 'refused'
             ORDER BY unanswered_at DESC, id LIMIT $2"),
        since, MAX_RESULTS,
    ).fetch_all))
}

/// Records that an operation took effect after all, so no further effect is expected.
/// Returns `false` if it is no longer settled, or if another creation made this account.
pub async fn mark_took_effect(
    tx: &mut Tx,
    id: OperationId,
    account: Option<&AccountId>,
    outcome: &OperationOutcome,
    now: Timestamp,
) -> Result<bool> {
    let changed = within!(tx => query(
        "UPDATE operations SET state = 'done', account_id = $2, outcome = $3, finished_at = $4,
            unanswered_at = NULL, rest_after = NULL
         WHERE id = $1 AND state IN ('done', 'refused') AND NOT EXISTS (SELECT 1 FROM operations c
            WHERE operations.kind = 'create' AND c.kind = 'create' AND c.account_id = $2 AND c.id <> $1)",
        id, account, outcome, now,
    ).execute);
    Ok(changed == 1)
}

/// Stores how many channels of the pool are beyond the known limits.
/// Stores them with the limits of this account that may still take effect.
pub async fn set_unattributed_channels(
    tx: &mut Tx,
    account: &AccountId,
    since: Timestamp,
    rest: i64,
) -> Result<()> {
    within!(tx => query(
        "UPDATE operations SET rest_after = $3
         WHERE account_id = $1 AND kind = 'channel_limit' AND unanswered_at >= $2 AND state IN ('done', 'refused')",
        account, since, rest,
    ).execute);
    Ok(())
}

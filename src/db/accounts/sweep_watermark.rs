//! Confirmation of accounts by a complete sweep, without writing to every row.
//!
//! `directory.swept_at` is the age of all rows that are `swept`. Only rows that become `swept`, or
//! stop being so, are written.
//!
//! Code that writes a fact compares ages, and that age is common to all rows. It therefore calls
//! [`hold_watermark`] before it writes, and [`advance_watermark`] waits for it.

use sqlx::QueryBuilder;

use super::IDS_PER_QUERY;
use crate::db::{Result, Tx, push_list};
use crate::domain::account::AccountStatus;
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;

/// Prevents sweeps from being applied until the transaction ends.
/// Must be called before a row is written.
pub(super) async fn hold_watermark(tx: &mut Tx) -> Result<()> {
    within!(tx => query("SELECT held FROM directory_held").execute);
    Ok(())
}

/// Waits for other transactions that write facts of many accounts.
/// Must be called first in such a transaction, because two of them that write the same rows in
/// different orders would deadlock.
pub async fn lock_bulk_writes(tx: &mut Tx) -> Result<()> {
    within!(tx => query("SELECT held FROM directory_many").execute);
    Ok(())
}

/// Sets the age of all swept rows to at least the start of this sweep.
/// Waits for all transactions that write facts, and blocks new ones until the end of this one. The
/// same transaction must not write rows, because a waiting transaction may hold one.
pub async fn advance_watermark(tx: &mut Tx, swept_at: Timestamp) -> Result<()> {
    within!(tx => query("SELECT held FROM directory_taken").execute);
    within!(tx => query(
        "UPDATE directory SET swept_at = $1 WHERE swept_at IS NULL OR swept_at < $1", swept_at,
    ).execute);
    Ok(())
}

/// Accounts to confirm: one page of a list agrees with them.
/// No complete sweep confirmed them before.
#[derive(Clone, Debug)]
pub struct PageConfirmation<'a> {
    /// IDs of the accounts.
    pub ids: &'a [AccountId],
    /// Status of the list that the page belongs to.
    pub status: AccountStatus,
    /// Time at which the request for the page started.
    pub at: Timestamp,
    /// Rows written at this revision or later stay unchanged, because they were not compared.
    pub before_revision: i64,
}

/// Marks these rows as swept and sets their age to the page's. Newer facts stay.
pub async fn confirm_page(tx: &mut Tx, confirmed: &PageConfirmation<'_>) -> Result<()> {
    let at = confirmed.at.as_millis();
    for ids in confirmed.ids.chunks(IDS_PER_QUERY) {
        within!(tx, conn => {
            let mut query = QueryBuilder::new("UPDATE accounts SET swept = TRUE");
            for fact in ["status", "profile", "pricing"] {
                query.push(format_args!(", {fact}_source = CASE WHEN {fact}_at <= "));
                query.push_bind(at);
                query.push(format_args!(" THEN 'sweep' ELSE {fact}_source END, {fact}_at = CASE WHEN {fact}_at <= "));
                query.push_bind(at);
                query.push(" THEN ").push_bind(at);
                query.push(format_args!(" ELSE {fact}_at END"));
            }
            query.push(" WHERE NOT swept AND status = ").push_bind(confirmed.status);
            query.push(" AND revision < ").push_bind(confirmed.before_revision);
            query.push(" AND id IN (");
            push_list(&mut query, ids);
            query.build().execute(&mut *conn).await?;
        });
    }
    Ok(())
}

/// Marks these rows as no longer swept. Each fact keeps its current age and source.
pub async fn unconfirm(tx: &mut Tx, ids: &[AccountId]) -> Result<()> {
    for ids in ids.chunks(IDS_PER_QUERY) {
        within!(tx, conn => {
            let mut query = QueryBuilder::new(concat!(
                "UPDATE accounts SET swept = FALSE, status_source = ", seen_by!("status"), ", status_at = ",
                seen_at!("status"), ", profile_source = ", seen_by!("profile"), ", profile_at = ", seen_at!("profile"),
                ", pricing_source = ", seen_by!("pricing"), ", pricing_at = ", seen_at!("pricing"),
                " WHERE swept AND id IN ("
            ));
            push_list(&mut query, ids);
            query.build().execute(&mut *conn).await?;
        });
    }
    Ok(())
}

/// Marks a row as swept after all its facts were written from a complete sweep.
pub async fn mark_swept(tx: &mut Tx, id: &AccountId) -> Result<()> {
    within!(tx => query(
        "UPDATE accounts SET swept = TRUE WHERE id = $1 AND NOT swept", id,
    ).execute);
    Ok(())
}

//! Confirmation of accounts by a complete sweep, without writing it to every row. `directory.swept_at` is its age for
//! all rows that are `swept`. Only rows that become `swept`, or stop being so, are written.
//!
//! Code that writes a fact compares ages, and that age is common to all rows. It therefore takes [`hold_watermark`]
//! while it writes, and [`advance_watermark`] waits for it.

use sqlx::QueryBuilder;

use super::IDS_PER_QUERY;
use crate::db::{Result, Tx, push_list};
use crate::domain::account::AccountStatus;
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;

/// Until the end of the transaction no whole reading is taken over. To be called before a row is written.
pub(super) async fn hold_watermark(tx: &mut Tx) -> Result<()> {
    within!(tx => query("SELECT held FROM directory_held").execute);
    Ok(())
}

/// Waits for whoever else writes the facts of many accounts in one transaction, until its end. To be called first in such
/// a transaction: two that write the same rows in another order would wait for each other.
pub async fn lock_bulk_writes(tx: &mut Tx) -> Result<()> {
    within!(tx => query("SELECT held FROM directory_many").execute);
    Ok(())
}

/// Waits for all who write facts, and keeps others from beginning until the end of the transaction; then every row
/// that is swept is as old as this reading, or younger. Rows must not be written in the same transaction: whoever waits
/// for it may have one.
pub async fn advance_watermark(tx: &mut Tx, swept_at: Timestamp) -> Result<()> {
    within!(tx => query("SELECT held FROM directory_taken").execute);
    within!(tx => query(
        "UPDATE directory SET swept_at = $1 WHERE swept_at IS NULL OR swept_at < $1", swept_at,
    ).execute);
    Ok(())
}

/// Accounts of which one page of a list said what the directory has, and which no whole reading confirmed before.
#[derive(Clone, Debug)]
pub struct PageConfirmation<'a> {
    /// Which.
    pub ids: &'a [AccountId],
    /// The status whose list it is.
    pub status: AccountStatus,
    /// When the page's request started.
    pub at: Timestamp,
    /// Rows written at this revision or later are left alone: they were not compared.
    pub before_revision: i64,
}

/// Makes these rows swept, and as old as the page; where a fact is younger it stays so.
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

/// Makes these rows no longer swept; each fact keeps the age and the source that it has by then.
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

/// Makes a row swept all of whose facts were just written as a whole reading has them.
pub async fn mark_swept(tx: &mut Tx, id: &AccountId) -> Result<()> {
    within!(tx => query(
        "UPDATE accounts SET swept = TRUE WHERE id = $1 AND NOT swept", id,
    ).execute);
    Ok(())
}

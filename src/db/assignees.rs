//! Account managers: the staff members who are responsible for accounts.

use std::collections::HashMap;

use sqlx::QueryBuilder;

use super::{Db, Result, Tx, push_list};
use crate::domain::ids::{AccountId, StaffId};
use crate::domain::text::folded;

/// Staff member as an account manager.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Assignee {
    /// ID of the staff member.
    pub id: StaffId,
    /// Present name of the staff member.
    pub name: String,
    /// Their email address.
    pub email: String,
    /// True if they can no longer sign in.
    pub is_disabled: bool,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, CASE WHEN name = '' THEN email ELSE name END AS name, email, \
             disabled_at IS NOT NULL AS is_disabled FROM staff ",
            $rest
        )
    };
}

/// Returns everyone who is or could be an account manager, by name. At most 1,000.
pub async fn all(db: &Db) -> Result<Vec<Assignee>> {
    let mut all: Vec<Assignee> = on!(db => query_as(select!("LIMIT 1000")).fetch_all);
    all.sort_by_cached_key(|assignee| (folded(&assignee.name), assignee.id));
    Ok(all)
}

/// Returns the staff members with these IDs. Meant for one page of accounts at a time.
pub async fn by_ids(
    db: &Db,
    ids: impl IntoIterator<Item = StaffId>,
) -> Result<HashMap<StaffId, Assignee>> {
    let mut ids: Vec<StaffId> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found: Vec<Assignee> = on!(db, pool => {
        let mut query = QueryBuilder::new(select!("WHERE id IN ("));
        push_list(&mut query, ids.iter().copied());
        query.build_query_as().fetch_all(pool).await?
    });
    let by_id = found.into_iter().map(|assignee| (assignee.id, assignee));
    Ok(by_id.collect())
}

/// Returns one staff member.
pub async fn by_id(db: &Db, id: StaffId) -> Result<Option<Assignee>> {
    Ok(on!(db => query_as(select!("WHERE id = $1"), id).fetch_optional))
}

/// Returns one staff member, as the transaction sees them.
pub async fn by_id_in_tx(tx: &mut Tx, id: StaffId) -> Result<Option<Assignee>> {
    Ok(within!(tx => query_as(select!("WHERE id = $1"), id).fetch_optional))
}

/// Counts the accounts of an account manager, without gone ones.
pub async fn account_count(db: &Db, id: StaffId) -> Result<i64> {
    Ok(on!(db => query_scalar(
        "SELECT COUNT(*) FROM accounts WHERE assignee_id = $1 AND gone_at IS NULL", id,
    ).fetch_one))
}

/// Sets or removes the account manager of an account.
/// `shown` is the present one. Returns `false` if it has changed since, or if there is no such
/// account.
pub async fn set(
    tx: &mut Tx,
    account: &AccountId,
    shown: Option<StaffId>,
    to: Option<StaffId>,
) -> Result<bool> {
    let changed = within!(tx => query(
        "UPDATE accounts SET assignee_id = $1 WHERE id = $2 AND assignee_id IS NOT DISTINCT FROM $3",
        to, account, shown,
    ).execute);
    Ok(changed > 0)
}

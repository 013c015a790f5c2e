//! Who holds the pool's channels, as far as limits are known.

use sqlx::QueryBuilder;

use super::list::pattern;
use super::{Account, Row, accounts, columns};
use crate::db::{Db, Result};
use crate::domain::actor::Scope;

/// What is known of all limits together. Cancelled and gone accounts are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The sum of the limits that are known.
    pub known_channels: i64,
    /// How many accounts have a limit that is known.
    pub known_accounts: i64,
    /// How many have one that is not known.
    pub unknown_accounts: i64,
}

/// One page of holders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holders {
    /// The accounts on the page, the largest limit first, unknown ones last.
    pub rows: Vec<Account>,
    /// How many there are on all pages.
    pub total: i64,
}

/// What is known of all limits together.
///
/// # Errors
/// When the database fails.
pub async fn holding(db: &Db, _scope: Scope) -> Result<Holding> {
    let (known_channels, known_accounts, accounts): (i64, i64, i64) = on!(db, pool => {
        sqlx::query_as(
            "SELECT CAST(COALESCE(SUM(channel_limit), 0) AS BIGINT), COUNT(channel_limit), COUNT(*)
             FROM accounts WHERE gone_at IS NULL AND status <> 'cancelled'",
        )
        .fetch_one(pool)
        .await?
    });
    Ok(Holding {
        known_channels,
        known_accounts,
        unknown_accounts: accounts - known_accounts,
    })
}

/// One page of holders: the largest limit first, unknown ones last. `page` counts from 1, `per` is at most 1,000.
///
/// # Errors
/// When the database fails.
pub async fn holders(db: &Db, _scope: Scope, q: &str, page: u32, per: u32) -> Result<Holders> {
    let pattern = pattern(q);
    let per = i64::from(per.clamp(1, 1_000));
    let skip = i64::from(page.max(1) - 1) * per;
    let (rows, total): (Vec<Row>, i64) = on!(db, pool => {
        let mut found = QueryBuilder::new(concat!(
            "SELECT ", columns!(), " FROM accounts WHERE gone_at IS NULL AND status <> 'cancelled'"
        ));
        let mut counted =
            QueryBuilder::new("SELECT COUNT(*) FROM accounts WHERE gone_at IS NULL AND status <> 'cancelled'");
        if let Some(pattern) = &pattern {
            for query in [&mut found, &mut counted] {
                query.push(" AND search LIKE ").push_bind(pattern).push(" ESCAPE '\\'");
            }
        }
        found.push(" ORDER BY channel_limit DESC NULLS LAST, name_folded, id LIMIT ").push_bind(per);
        found.push(" OFFSET ").push_bind(skip);
        (
            found.build_query_as().fetch_all(pool).await?,
            counted.build_query_scalar().fetch_one(pool).await?,
        )
    });
    Ok(Holders {
        rows: accounts(rows)?,
        total,
    })
}

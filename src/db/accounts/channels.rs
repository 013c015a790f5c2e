//! Who holds the pool's channels, as far as limits are known. Cancelled and gone accounts are left out of all of it.

use sqlx::QueryBuilder;

use super::list::pattern;
use super::{Account, Row, accounts, columns};
use crate::db::{Db, Result};
use crate::domain::actor::Scope;

/// What is known of all limits together, among the accounts that a search finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Holding {
    /// How many accounts there are.
    pub accounts: i64,
    /// The sum of the limits that are known.
    pub known_channels: i64,
    /// How many accounts have a limit that is known.
    pub known_accounts: i64,
    /// How many are known to hold channels.
    pub holding_accounts: i64,
    /// How many cannot call out: their limit is known to be 0.
    pub zero_accounts: i64,
    /// How many are disabled and keep channels from others.
    pub reclaimable_accounts: i64,
    /// How many channels those keep.
    pub reclaimable_channels: i64,
}

impl Holding {
    /// How many accounts have a limit that is not known.
    #[must_use]
    pub const fn unknown_accounts(&self) -> i64 {
        self.accounts - self.known_accounts
    }

    /// How many accounts a part has.
    #[must_use]
    pub const fn of(&self, part: Part) -> i64 {
        match part {
            Part::All => self.accounts,
            Part::Holding => self.holding_accounts,
            Part::Zero => self.zero_accounts,
            Part::Reclaimable => self.reclaimable_accounts,
            Part::Unknown => self.unknown_accounts(),
        }
    }
}

/// Which accounts to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// Every one.
    #[default]
    All,
    /// Known to hold channels.
    Holding,
    /// Known to have a limit of 0.
    Zero,
    /// Disabled, and known to hold channels.
    Reclaimable,
    /// With a limit that is not known.
    Unknown,
}

impl Part {
    /// Each of them, in the order in which pages show them.
    pub const ALL: [Self; 5] = [Self::All, Self::Holding, Self::Zero, Self::Reclaimable, Self::Unknown];

    /// As addresses write it; empty for all.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Holding => "holding",
            Self::Zero => "zero",
            Self::Reclaimable => "reclaim",
            Self::Unknown => "unknown",
        }
    }

    const fn condition(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Holding => " AND channel_limit > 0",
            Self::Zero => " AND channel_limit = 0",
            Self::Reclaimable => " AND status = 'disabled' AND channel_limit > 0",
            Self::Unknown => " AND channel_limit IS NULL",
        }
    }
}

/// What is known of the limits of all accounts that the search finds, every one where it is blank.
///
/// # Errors
/// When the database fails.
pub async fn holding(db: &Db, _scope: Scope, q: &str) -> Result<Holding> {
    let pattern = pattern(q);
    Ok(on!(db, pool => {
        let mut query = QueryBuilder::new(
            "SELECT COUNT(*) AS accounts,
                CAST(COALESCE(SUM(channel_limit), 0) AS BIGINT) AS known_channels,
                COUNT(channel_limit) AS known_accounts,
                COUNT(CASE WHEN channel_limit > 0 THEN 1 END) AS holding_accounts,
                COUNT(CASE WHEN channel_limit = 0 THEN 1 END) AS zero_accounts,
                COUNT(CASE WHEN status = 'disabled' AND channel_limit > 0 THEN 1 END) AS reclaimable_accounts,
                CAST(COALESCE(SUM(CASE WHEN status = 'disabled' THEN channel_limit END), 0) AS BIGINT)
                    AS reclaimable_channels
             FROM accounts WHERE gone_at IS NULL AND status <> 'cancelled'",
        );
        if let Some(pattern) = &pattern {
            query.push(" AND search LIKE ").push_bind(pattern).push(" ESCAPE '\\'");
        }
        query.build_query_as().fetch_one(pool).await?
    }))
}

/// One page of holders that the search finds: the largest limit first, unknown ones last. `page` counts from 1, `per`
/// is at most 1,000.
///
/// # Errors
/// When the database fails.
pub async fn holders(db: &Db, _scope: Scope, q: &str, part: Part, page: u32, per: u32) -> Result<Vec<Account>> {
    let pattern = pattern(q);
    let per = i64::from(per.clamp(1, 1_000));
    let skip = i64::from(page.max(1) - 1) * per;
    let rows: Vec<Row> = on!(db, pool => {
        let mut query = QueryBuilder::new(concat!(
            "SELECT ", columns!(), " FROM accounts WHERE gone_at IS NULL AND status <> 'cancelled'"
        ));
        query.push(part.condition());
        if let Some(pattern) = &pattern {
            query.push(" AND search LIKE ").push_bind(pattern).push(" ESCAPE '\\'");
        }
        query.push(" ORDER BY channel_limit DESC NULLS LAST, name_folded, id LIMIT ").push_bind(per);
        query.push(" OFFSET ").push_bind(skip);
        query.build_query_as().fetch_all(pool).await?
    });
    accounts(rows)
}

//! What the dashboard asks people to look at.

use std::time::Duration;

use sqlx::QueryBuilder;

use super::{Account, Row, accounts, columns};
use crate::db::{Db, Result};
use crate::domain::actor::Scope;
use crate::domain::time::Timestamp;

/// Why an account needs attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    /// Blocked by Telnyx.
    Blocked,
    /// In none of the lists.
    UnknownStatus,
    /// Enabled, and cannot call out: its limit is known to be 0.
    EnabledWithoutChannels,
    /// Disabled, and keeps channels from others.
    DisabledHoldingChannels,
    /// Changed outside the portal within the last seven days.
    ChangedElsewhere,
}

impl Concern {
    /// Each of them, the most urgent first.
    pub const ALL: [Self; 5] = [
        Self::Blocked,
        Self::UnknownStatus,
        Self::EnabledWithoutChannels,
        Self::DisabledHoldingChannels,
        Self::ChangedElsewhere,
    ];

    const fn condition(self) -> &'static str {
        match self {
            Self::Blocked => "status = 'blocked'",
            Self::UnknownStatus => "status = 'unknown'",
            Self::EnabledWithoutChannels => "status = 'enabled' AND channel_limit = 0",
            Self::DisabledHoldingChannels => "status = 'disabled' AND channel_limit > 0",
            Self::ChangedElsewhere => "changed_elsewhere_at >= ",
        }
    }
}

/// The accounts of one concern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attention {
    /// Why.
    pub concern: Concern,
    /// How many there are.
    pub total: i64,
    /// The first few of them.
    pub accounts: Vec<Account>,
}

/// How long something changed elsewhere stays on the dashboard.
const RECENT: Duration = Duration::from_hours(7 * 24);

/// What needs attention, the most urgent first; concerns without accounts are left out. `each` accounts of a concern
/// are read, at most 100.
///
/// # Errors
/// When the database fails.
pub async fn attention(db: &Db, _scope: Scope, now: Timestamp, each: u32) -> Result<Vec<Attention>> {
    let each = i64::from(each.clamp(1, 100));
    let since = (now - RECENT).as_millis();
    let mut found = Vec::new();
    for concern in Concern::ALL {
        let (rows, total): (Vec<Row>, i64) = on!(db, pool => {
            let mut counted = QueryBuilder::new("SELECT COUNT(*) FROM accounts WHERE gone_at IS NULL AND ");
            let mut some =
                QueryBuilder::new(concat!("SELECT ", columns!(), " FROM accounts WHERE gone_at IS NULL AND "));
            for query in [&mut counted, &mut some] {
                query.push(concern.condition());
                if concern == Concern::ChangedElsewhere {
                    query.push_bind(since);
                }
            }
            some.push(if concern == Concern::ChangedElsewhere {
                " ORDER BY changed_elsewhere_at DESC, id LIMIT "
            } else {
                " ORDER BY channel_limit DESC NULLS LAST, name_folded, id LIMIT "
            });
            some.push_bind(each);
            let total: i64 = counted.build_query_scalar().fetch_one(pool).await?;
            let rows = if total > 0 { some.build_query_as().fetch_all(pool).await? } else { Vec::new() };
            (rows, total)
        });
        if total > 0 {
            found.push(Attention {
                concern,
                total,
                accounts: accounts(rows)?,
            });
        }
    }
    Ok(found)
}

//! The directory of accounts: what Telnyx shows, kept with its age. Pages read it from `db::accounts`; here is how it is
//! kept: by sweeps of all lists, by readings of one account, by a slow round of all balances, by what people record.
//!
//! Changes to Telnyx are not made here; what they leave in the directory is written by `operations`.

use crate::app::App;
use crate::db;
use crate::db::accounts::Profile;
use crate::domain::channels::ChannelPool;
use crate::domain::time::Timestamp;
use crate::telnyx;

mod account_read;
pub mod balances;
mod baseline;
mod completeness;
mod diff;
pub mod late_effects;
pub mod lists;
pub mod org_users;
pub mod pace;
mod recheck;
mod reconcile;
pub mod recorded_limits;
mod refresh;
pub mod shrink_guard;
mod skipped_accounts;
pub mod sweep;
mod sweep_run;
mod time_budget;

pub use refresh::{RefreshResult, refresh_account, refresh_account_within};
pub use skipped_accounts::{SkippedAccount, skipped_accounts};
pub use time_budget::TimeBudget;

/// The manager whose accounts Telnyx shows now, where it is not the one that the portal is bound to. While it is there,
/// sweeps and changes stand still.
///
/// Why a reading did not come into the directory.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
    /// Telnyx gave no answer that can be used.
    #[error(transparent)]
    Telnyx(#[from] telnyx::Error),
}

/// Reads the channel pool now and keeps it.
///
/// # Errors
/// Where Telnyx does not tell it, or the database fails.
pub async fn refresh_pool(app: &App) -> Result<(ChannelPool, Timestamp), Error> {
    read_pool(app, &app.telnyx).await
}

async fn read_pool(app: &App, client: &telnyx::Client) -> Result<(ChannelPool, Timestamp), Error> {
    let at = app.clock.now();
    let pool = client.pool().await?;
    let mut tx = app.db.begin().await?;
    db::channel_pool::save(&mut tx, pool, at).await?;
    tx.commit().await?;
    Ok((pool, at))
}

/// Converts an account in a Telnyx response to the profile that the directory keeps.
fn to_profile(account: telnyx::Account) -> Profile {
    // As the database holds it, so that what was kept compares equal.
    let text = |text: String| {
        if text.contains('\0') {
            text.replace('\0', "\u{fffd}")
        } else {
            text
        }
    };
    Profile {
        id: account.id,
        organization_name: account.organization_name.map(text).unwrap_or_default(),
        email: text(account.email),
        manager_account_id: account.manager_account_id,
        rollup_billing: account.rollup_billing,
        created_at: account.created_at,
        updated_at: account.updated_at,
    }
}

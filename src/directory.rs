//! Directory of accounts: the data that Telnyx shows, stored with its age.
//!
//! Pages read it from `db::accounts`. This module keeps it up to date: by sweeps of all lists, by
//! readings of one account, by a slow round of all balances, and from limits that people record.
//! Changes to Telnyx are made by `operations`, which also writes their effects to the directory.

use crate::app::App;
use crate::db;
use crate::db::accounts::Profile;
use crate::domain::channels::ChannelPool;
use crate::domain::time::Timestamp;
use crate::telnyx;

mod account_read;
mod alerts;
pub mod balances;
mod baseline;
mod completeness;
mod diff;
pub mod late_effects;
pub mod lists;
pub mod org_users;
pub mod outage;
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

/// Reason why a reading was not written to the directory.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
    /// Telnyx gave no usable answer.
    #[error(transparent)]
    Telnyx(#[from] telnyx::Error),
}

/// Reads the channel pool from Telnyx and stores it.
///
/// # Errors
/// Fails if Telnyx gives no usable answer, or if the database fails.
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

/// Converts an account in a Telnyx response to the profile that the directory stores.
fn to_profile(account: telnyx::Account) -> Profile {
    // Same form as in the database, so that comparisons with stored text work.
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

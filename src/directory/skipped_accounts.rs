//! Accounts in Telnyx's lists that cannot be read: they are skipped, and named on the dashboard.

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::db::{self, Tx, settings};
use crate::domain::account::AccountStatus;
use crate::telnyx::UnreadableItem;

/// So many are named at most.
pub(super) const MAX_SKIPPED: usize = 20;

/// An account in one of Telnyx's lists that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedAccount {
    /// The status whose list it is in.
    pub list: String,
    /// Its place in this list, from 1.
    pub place: u64,
    /// Its email, else its name, if Telnyx gives one.
    pub label: Option<String>,
}

impl SkippedAccount {
    pub(super) fn new(status: AccountStatus, page: u32, size: u32, item: &UnreadableItem) -> Self {
        let before = u64::from(page.saturating_sub(1)) * u64::from(size);
        Self {
            list: status.as_str().to_owned(),
            place: before + u64::try_from(item.position).unwrap_or_default(),
            label: item.label.clone(),
        }
    }
}

/// Keeps what the last whole reading skipped; nothing if it skipped nothing.
pub(super) async fn save(tx: &mut Tx, skipped: &[SkippedAccount]) -> db::Result<()> {
    if skipped.is_empty() {
        settings::remove(tx, settings::SKIPPED_ACCOUNTS).await?;
        return Ok(());
    }
    let text = serde_json::to_string(skipped).map_err(db::Error::stored)?;
    settings::set(tx, settings::SKIPPED_ACCOUNTS, &text).await
}

/// The accounts that the last whole reading skipped.
pub async fn skipped_accounts(app: &App) -> db::Result<Vec<SkippedAccount>> {
    let text = settings::value(&app.db, settings::SKIPPED_ACCOUNTS).await?;
    Ok(text
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}

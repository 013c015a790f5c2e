//! Accounts in Telnyx's lists that cannot be read. They are skipped and named on the dashboard.

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::db::{self, Tx, settings};
use crate::domain::account::AccountStatus;
use crate::telnyx::UnreadableItem;

/// Maximum number of skipped accounts that are named.
pub(super) const MAX_SKIPPED: usize = 20;

/// Account in one of Telnyx's lists that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedAccount {
    /// Status of the accounts in that list.
    pub list: String,
    /// Position in the list, from 1.
    pub place: u64,
    /// Email address, or else organization name, if Telnyx returns one.
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

/// Stores the accounts that the last complete reading skipped.
pub(super) async fn save(tx: &mut Tx, skipped: &[SkippedAccount]) -> db::Result<()> {
    if skipped.is_empty() {
        settings::remove(tx, settings::SKIPPED_ACCOUNTS).await?;
        return Ok(());
    }
    let text = serde_json::to_string(skipped).map_err(db::Error::stored)?;
    settings::set(tx, settings::SKIPPED_ACCOUNTS, &text).await
}

/// Returns the accounts that the last complete reading skipped.
pub async fn skipped_accounts(app: &App) -> db::Result<Vec<SkippedAccount>> {
    let text = settings::value(&app.db, settings::SKIPPED_ACCOUNTS).await?;
    Ok(text
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}

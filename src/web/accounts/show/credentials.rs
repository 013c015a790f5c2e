//! Card about the API key, which the portal does not store. It lists who was shown the key, who may
//! see it, and what to do after a leak. `show_key` shows the key itself.

use jiff::civil::Date;

use crate::app::App;
use crate::db::accounts::Account;
use crate::db::audit::prune_records;
use crate::operations::show_key::{self, KeyAccess};
use crate::web::access::Viewer;
use crate::web::error::Error;
use crate::web::format::FormattedTime;

/// Maximum number of showings on the card. The activity has all of them.
const MAX_SHOWINGS: i64 = 10;

pub(super) struct CredentialsCard {
    /// Reason for which the reader may see the key, if any.
    right: KeyAccess,
    /// Showings of the key, newest first.
    pub showings: Vec<KeyShowing>,
    /// True if there may be more showings.
    pub more: bool,
    /// Day before which showings were pruned from the activity.
    pub pruned_before: Option<Date>,
}

/// One showing of the key.
pub(super) struct KeyShowing {
    pub who: String,
    pub at: FormattedTime,
    /// Reason that the person gave.
    pub reason: String,
}

impl CredentialsCard {
    pub async fn new(app: &App, viewer: &Viewer, account: &Account) -> Result<Self, Error> {
        let right = match account.gone_at {
            Some(_) => KeyAccess::None,
            None => show_key::key_access(app, viewer.actor(), &account.id).await?,
        };
        let entries = show_key::past_views(app, &account.id, MAX_SHOWINGS).await?;
        Ok(Self {
            right,
            pruned_before: prune_records::pruned_before(&app.db).await?,
            more: i64::try_from(entries.len()).is_ok_and(|shown| shown == MAX_SHOWINGS),
            showings: entries
                .into_iter()
                .map(|entry| KeyShowing {
                    at: viewer.times().format(entry.at),
                    who: entry
                        .event
                        .who
                        .map_or_else(|| "Someone".to_owned(), |who| who.name),
                    reason: entry.event.reason.unwrap_or_default(),
                })
                .collect(),
        })
    }

    /// Returns `true` if the reader may see the key as the account's creator. This works once and
    /// needs no reason.
    pub fn as_creator(&self) -> bool {
        self.right == KeyAccess::Creator
    }

    /// Returns `true` if the reader may see the key after giving a reason.
    pub fn with_reason(&self) -> bool {
        self.right == KeyAccess::Role
    }
}

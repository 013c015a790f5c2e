//! The card about the API key, which the portal does not hold: who was shown it, who may see it, and what to do when it
//! leaked. Showing it is not here.

use jiff::civil::Date;

use crate::app::App;
use crate::db::accounts::Account;
use crate::db::audit::prune_records;
use crate::operations::show_key::{self, KeyAccess};
use crate::web::access::Viewer;
use crate::web::error::Error;
use crate::web::format::FormattedTime;

/// More showings are in the activity.
const MAX_SHOWINGS: i64 = 10;

/// The card.
pub(super) struct CredentialsCard {
    /// By what right the reader may see the key.
    right: KeyAccess,
    /// Newest first.
    pub showings: Vec<KeyShowing>,
    /// There may be more than these.
    pub more: bool,
    /// Showings from before this day were pruned from the activity.
    pub pruned_before: Option<Date>,
}

/// One time that the key was shown.
pub(super) struct KeyShowing {
    pub who: String,
    pub at: FormattedTime,
    /// Why, in their words.
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
                        .map_or_else(|| "Somebody".to_owned(), |who| who.name),
                    reason: entry.event.reason.unwrap_or_default(),
                })
                .collect(),
        })
    }

    /// The reader may see it as its creator, once, and needs no reason.
    pub fn as_creator(&self) -> bool {
        self.right == KeyAccess::Creator
    }

    /// The reader may see it with a reason.
    pub fn with_reason(&self) -> bool {
        self.right == KeyAccess::Role
    }
}

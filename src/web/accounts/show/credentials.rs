//! The card about the API key, which the portal does not hold: who was shown it, who may see it, and what to do when it
//! leaked. Showing it is not here.

use jiff::civil::Date;

use crate::app::App;
use crate::db::accounts::Account;
use crate::db::audit::stubs;
use crate::operations::show_key::{self, Right};
use crate::web::access::Viewer;
use crate::web::error::Error;
use crate::web::view::When;

/// More showings are in the activity.
const SHOWINGS: i64 = 10;

/// The card.
pub(super) struct Credentials {
    /// By what right the reader may see the key.
    right: Right,
    /// Newest first.
    pub showings: Vec<Showing>,
    /// There may be more than these.
    pub more: bool,
    /// Showings from before this day were pruned from the activity.
    pub pruned_before: Option<Date>,
}

/// One time that the key was shown.
pub(super) struct Showing {
    pub who: String,
    pub at: When,
    /// Why, in their words.
    pub reason: String,
}

impl Credentials {
    pub async fn new(app: &App, viewer: &Viewer, account: &Account) -> Result<Self, Error> {
        let right = match account.gone_at {
            Some(_) => Right::None,
            None => show_key::right(app, viewer.actor(), &account.id).await?,
        };
        let entries = show_key::showings(app, &account.id, SHOWINGS).await?;
        Ok(Self {
            right,
            pruned_before: stubs::pruned_before(&app.db).await?,
            more: i64::try_from(entries.len()).is_ok_and(|shown| shown == SHOWINGS),
            showings: entries
                .into_iter()
                .map(|entry| Showing {
                    at: viewer.times().at(entry.at),
                    who: entry.event.who.map_or_else(|| "Somebody".to_owned(), |who| who.name),
                    reason: entry.event.reason.unwrap_or_default(),
                })
                .collect(),
        })
    }

    /// The reader may see it as its creator, once, and needs no reason.
    pub fn as_creator(&self) -> bool {
        self.right == Right::Creator
    }

    /// The reader may see it with a reason.
    pub fn with_reason(&self) -> bool {
        self.right == Right::Role
    }
}

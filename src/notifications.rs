//! Notifications: what people are told of, in the portal and by email, and what the team's webhook
//! gets.
//!
//! A fact is published in the transaction that records it. That writes a row for each person who
//! wants to know, and one for the webhook. Emails are sent later from these rows, at most once, by
//! any replica. The module `webhook` delivers to the team's receiver.
//!
//! Notices about changes of a person's own sign-in (`staff::notices`) are not part of this. They
//! are always shown and mailed, because nobody may switch them off.

mod choices;
mod email;
mod publish;
pub mod webhook;

pub use choices::{choices_of, save_choices};
pub use email::send_due;
pub use publish::publish;

use crate::app::App;
use crate::db::{self, known_devices, webhook_deliveries};

/// Maximum number of statements of one run that delete notifications. The next run continues.
const MAX_BATCHES: usize = 50;

/// Deletes old notifications, devices and deliveries, and limits the unread ones.
pub async fn prune(app: &App) -> db::Result<()> {
    let now = app.clock.now();
    if let Some(kept) = app.settings.retention.notifications {
        for _ in 0..MAX_BATCHES {
            if !db::notifications::delete_older(&app.db, now - kept).await? {
                break;
            }
        }
    }
    db::notifications::limit_unread(&app.db, now).await?;
    known_devices::delete_expired(&app.db, now).await?;
    webhook_deliveries::delete_expired(&app.db, now).await
}

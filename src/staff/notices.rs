//! Notices to people whose sign-in was changed.
//! Shown on their profile until they dismiss it, and mailed if the portal sends mail.

use std::net::IpAddr;

use super::{Error, emails};
use crate::app::App;
use crate::db::staff::Staff;
use crate::db::{self, Tx};
use crate::domain::actor::Actor;
use crate::domain::time::Timestamp;

/// Notice to show on a profile and to mail once the transaction is committed.
#[must_use = "mail it once the transaction is committed"]
#[derive(Debug)]
pub(super) struct PendingNotice {
    to: Staff,
    text: String,
    address: Option<String>,
}

/// Creates a notice that tells a person how, and from where, their sign-in was changed.
pub(super) async fn create_notice(
    app: &App,
    tx: &mut Tx,
    to: &Staff,
    words: String,
    address: Option<IpAddr>,
) -> Result<PendingNotice, Error> {
    let address = address.map(|address| address.to_string());
    db::notices::create(tx, to.id, &words, address.as_deref(), app.clock.now()).await?;
    Ok(PendingNotice {
        to: to.clone(),
        text: words,
        address,
    })
}

impl PendingNotice {
    /// Returns the same notice for another email of the person. It is only mailed.
    pub(super) fn clone_for(&self, to: Staff) -> Self {
        Self {
            to,
            text: self.text.clone(),
            address: self.address.clone(),
        }
    }

    /// Mails the notice without waiting for the mail server.
    pub(super) async fn send_email(self, app: &App) {
        emails::send_notice(app, &self.to, &self.text, self.address.as_deref()).await;
    }
}

/// Dismisses a person's notices created up to a time.
pub async fn dismiss(app: &App, actor: &Actor, until: Timestamp) -> Result<u64, Error> {
    let mut tx = app.db.begin().await?;
    let dismissed = db::notices::dismiss(&mut tx, actor.staff_id, until).await?;
    tx.commit().await?;
    Ok(dismissed)
}

//! Check that no other account has the e-mail address of a new account.

use crate::app::App;
use crate::db::accounts::{self, Account};
use crate::domain::account::AccountStatus;
use crate::domain::email::Email;
use crate::web::error::Error;

/// The account that has an e-mail address already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EmailOwner {
    pub(super) id: String,
    pub(super) name: String,
}

/// The account that keeps this email address from another. Whether a cancelled account keeps it, only Telnyx knows.
pub(super) async fn email_owner(app: &App, email: &Email) -> Result<Option<EmailOwner>, Error> {
    let others = accounts::with_email(&app.db, email.as_str()).await?;
    let holds = |other: &Account| other.status.value != AccountStatus::Cancelled;
    Ok(others.into_iter().find(holds).map(|other| EmailOwner {
        id: other.id.to_string(),
        name: other.name().to_owned(),
    }))
}

//! Check that no other account has the email address of a new account.

use crate::app::App;
use crate::db::accounts::{self, Account};
use crate::domain::account::AccountStatus;
use crate::domain::email::Email;
use crate::web::error::Error;

/// Account that already has an email address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EmailOwner {
    pub(super) id: String,
    pub(super) name: String,
}

/// Returns the account that already has this email address. Ignores cancelled accounts, because
/// only Telnyx knows if they block their address.
pub(super) async fn email_owner(app: &App, email: &Email) -> Result<Option<EmailOwner>, Error> {
    let others = accounts::with_email(&app.db, email.as_str()).await?;
    let holds = |other: &Account| other.status.value != AccountStatus::Cancelled;
    Ok(others.into_iter().find(holds).map(|other| EmailOwner {
        id: other.id.to_string(),
        name: other.name().to_owned(),
    }))
}

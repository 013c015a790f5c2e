//! Content of the welcome email for one account. No value of it is a secret.

use crate::app::App;
use crate::db;
use crate::db::accounts::Account;
use crate::db::operations::{self, Operation};
use crate::domain::operation::Change;
use crate::domain::welcome_email::{RenderedEmail, WelcomeEmailTemplate, WelcomeEmailValues};

/// Page on which customers sign in to Telnyx.
const SIGN_IN_URL: &str = "https://portal.telnyx.com";

/// Person in whose name the email is written.
#[derive(Clone, Copy, Debug)]
pub struct Sender<'a> {
    /// Name of the person.
    pub name: &'a str,
    /// Email address of the person, to which customers answer.
    pub email: &'a str,
}

/// Returns the email for an account, with the current template.
pub async fn render(app: &App, account: &Account, sender: Sender<'_>) -> db::Result<RenderedEmail> {
    let creation = operations::creation_of(&app.db, &account.id).await?;
    let values = values(account, creation.as_ref(), sender);
    Ok(app.setting::<WelcomeEmailTemplate>().await?.render(&values))
}

/// Returns the email for a made-up account.
#[must_use]
pub fn sample(template: &WelcomeEmailTemplate, sender: Sender<'_>) -> RenderedEmail {
    template.render(&WelcomeEmailValues {
        organization_name: "Acme Ltd".to_owned(),
        email: "voice@acme.example".to_owned(),
        account_id: "0b8f7a52-6c1d-4e0f-9a3b-5d2c81e47f60".to_owned(),
        channel_limit: "30".to_owned(),
        billing: billing(Some(false)),
        sign_in_url: SIGN_IN_URL,
        sign_in: sign_in(false),
        sender_name: sender.name.to_owned(),
        sender_email: sender.email.to_owned(),
    })
}

fn values(
    account: &Account,
    creation: Option<&Operation>,
    sender: Sender<'_>,
) -> WelcomeEmailValues {
    let (rollup_billing, requested_limit, with_password) = match creation.map(|made| &made.change) {
        Some(Change::Create {
            rollup_billing,
            channel_limit,
            with_password,
            ..
        }) => (Some(*rollup_billing), *channel_limit, *with_password),
        _ => (None, None, false),
    };
    let channel_limit = match (&account.channel_limit, requested_limit) {
        (Some(limit), _) => limit.value.to_string(),
        (None, Some(_)) => "not set yet".to_owned(),
        (None, None) => "Telnyx's default".to_owned(),
    };
    WelcomeEmailValues {
        organization_name: account.shown_organization_name().to_owned(),
        email: account.email.clone(),
        account_id: account.id.to_string(),
        channel_limit,
        billing: billing(account.rollup_billing.or(rollup_billing)),
        sign_in_url: SIGN_IN_URL,
        sign_in: sign_in(with_password),
        sender_name: sender.name.to_owned(),
        sender_email: sender.email.to_owned(),
    }
}

const fn billing(rollup: Option<bool>) -> &'static str {
    match rollup {
        Some(true) => "charges go to our balance",
        Some(false) => "own balance; please add funds before the first call",
        None => "as agreed",
    }
}

const fn sign_in(with_password: bool) -> &'static str {
    if with_password {
        "with this email and the password that you chose"
    } else {
        "there is no password yet; set one there with “Forgot password”"
    }
}

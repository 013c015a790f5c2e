//! Sending of the welcome email to an account's customer. A second one needs a confirmation.

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::context::AccountContext;
use crate::app::App;
use crate::db::accounts::Account;
use crate::db::operations;
use crate::db::welcome_emails::{self, WelcomeEmail};
use crate::domain::ids::WelcomeEmailId;
use crate::domain::welcome_email::WelcomeEmailState;
use crate::web::access::CreateAccounts;
use crate::web::change::parse_yes_no;
use crate::web::confirmation::{Confirmation, Consequence, Subject, account_crumbs};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::layout::{Section, Toast};
use crate::web::notice::Notice;
use crate::web::render;
use crate::welcome_email::{self, RequestOutcome};

pub(super) fn router() -> Router<App> {
    Router::new().route("/accounts/{id}/welcome-email", get(show).post(send))
}

/// Hidden fields of the form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WelcomeForm {
    /// Key of the email. The same form sent twice sends one email.
    op: String,
    /// Present if the person knows of an earlier email.
    again: String,
}

/// `GET /accounts/{id}/welcome-email`
async fn show(context: AccountContext<CreateAccounts>) -> Result<Response, Error> {
    let account = context.stored_account().await?;
    let latest = welcome_emails::latest_of(&context.app.db, &account.id).await?;
    confirm(&context, &account, latest.as_ref(), StatusCode::OK).await
}

/// `POST /accounts/{id}/welcome-email`
///
/// Sends the email. Shows the confirmation instead if one was sent before.
async fn send(
    context: AccountContext<CreateAccounts>,
    Form(form): Form<WelcomeForm>,
) -> Result<Response, Error> {
    let account = context.stored_account().await?;
    if context.app.mail.is_none() || account.gone_at.is_some() {
        return confirm(&context, &account, None, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let id = match form.op.trim() {
        "" => WelcomeEmailId::new(context.app.clock.now()),
        op => op
            .parse()
            .map_err(|_| Error::BadRequest("The form was damaged. Reload the page.".to_owned()))?,
    };
    let again = parse_yes_no(&form.again).unwrap_or(false);
    let actor = context.may.actor();
    match welcome_email::request(&context.app, actor, &account, id, again).await? {
        RequestOutcome::Requested(email) => {
            context.may.toast(toast(&email)).await?;
            Ok(render::redirect(&page_of(&context).await?))
        }
        RequestOutcome::SentBefore(earlier) => {
            confirm(&context, &account, Some(&earlier), StatusCode::CONFLICT).await
        }
    }
}

/// Shows the question before an email is sent, with what became of an earlier one.
async fn confirm(
    context: &AccountContext<CreateAccounts>,
    account: &Account,
    earlier: Option<&WelcomeEmail>,
    status: StatusCode,
) -> Result<Response, Error> {
    let name = account.name();
    let mut form = Confirmation {
        section: Section::Accounts,
        crumbs: account_crumbs(account),
        title: format!("Send the welcome email to {name}?"),
        lead: format!("It goes to {}.", account.email),
        icon: "mail",
        action: format!("/accounts/{}/welcome-email", account.id),
        hidden: vec![
            (
                "op",
                WelcomeEmailId::new(context.app.clock.now()).to_string(),
            ),
            ("again", "yes".to_owned()),
        ],
        consequences: vec![
            Consequence::plain("It has no password and no API key."),
            Consequence::plain("The activity records it."),
        ],
        subject: Subject::account(account),
        cancel: ("Cancel", page_of(context).await?),
        button: "Send welcome email".to_owned(),
        status,
        ..Confirmation::default()
    };
    if let Some(earlier) = earlier {
        if earlier.state != WelcomeEmailState::Failed {
            form.title = format!("Send the welcome email to {name} again?");
            "Send it again".clone_into(&mut form.button);
        }
        form.notices.extend(earlier_notice(context, earlier));
    }
    let obstacle = if context.app.mail.is_none() {
        Some("This portal has no mail server. Copy the text from the result page instead.")
    } else if account.gone_at.is_some() {
        Some("This account is gone from Telnyx.")
    } else if account.email.is_empty() {
        Some("The account has no email address.")
    } else if earlier.is_some_and(|earlier| !earlier.state.is_settled()) {
        Some("Another welcome email is being sent. Wait until its result is known.")
    } else {
        None
    };
    if let Some(sentence) = obstacle {
        super::context::obstruct(&mut form, sentence);
    }
    form.respond(&context.may, &context.htmx).await
}

fn earlier_notice(
    context: &AccountContext<CreateAccounts>,
    earlier: &WelcomeEmail,
) -> Option<Notice> {
    let (who, to) = (&earlier.staff_name, &earlier.recipient);
    let times = context.may.times();
    let at = times.absolute(earlier.settled_at.unwrap_or(earlier.created_at));
    match earlier.state {
        WelcomeEmailState::Sent => Some(Notice::new(
            "warn",
            "It was sent before",
            format!("To {to}, {at}, by {who}."),
        )),
        WelcomeEmailState::Uncertain => Some(Notice::new(
            "warn",
            "An earlier one may have arrived",
            format!("{} Ask {to} first.", earlier.message),
        )),
        WelcomeEmailState::Queued | WelcomeEmailState::Sending | WelcomeEmailState::Failed => None,
    }
}

fn toast(email: &WelcomeEmail) -> Toast {
    let (to, why) = (&email.recipient, &email.message);
    match email.state {
        WelcomeEmailState::Sent => Toast::success(format!("The welcome email was sent to {to}.")),
        WelcomeEmailState::Failed => {
            Toast::new("warning", format!("The welcome email was not sent. {why}"))
        }
        WelcomeEmailState::Uncertain => Toast::new(
            "warning",
            format!("The welcome email may have arrived. {why}"),
        ),
        WelcomeEmailState::Queued => Toast::new(
            "warning",
            format!("The welcome email is not sent yet. {why} The portal retries by itself."),
        ),
        WelcomeEmailState::Sending => Toast::new("info", "The welcome email is being sent."),
    }
}

/// Returns the page with the result: that of the account's creation, or else the account's own.
async fn page_of(context: &AccountContext<CreateAccounts>) -> Result<String, Error> {
    let creation = operations::creation_of(&context.app.db, &context.id).await?;
    Ok(match creation {
        Some(operation) => format!("/accounts/created/{}", operation.id),
        None => format!("/accounts/{}", context.id),
    })
}

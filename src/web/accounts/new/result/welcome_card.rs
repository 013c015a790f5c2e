//! Card with the welcome email: its text to copy, what became of it, and the button to send it.

use crate::app::App;
use crate::db;
use crate::db::accounts::Account;
use crate::db::operations::Operation;
use crate::db::welcome_emails::{self, WelcomeEmail};
use crate::domain::ids::WelcomeEmailId;
use crate::domain::operation::Change;
use crate::domain::role::Permission;
use crate::domain::welcome_email::{RenderedEmail, WelcomeEmailState};
use crate::web::access::Viewer;
use crate::web::format::TimeFormatter;
use crate::web::notice::Notice;
use crate::welcome_email::{self, Sender};

pub(super) struct WelcomeCard {
    /// Email in the name of the reader, without secrets.
    pub(super) email: RenderedEmail,
    /// Result of the last one; `None` if none was asked for.
    pub(super) notice: Option<Notice>,
    /// True if the reader may send the first one.
    pub(super) may_send: bool,
    /// True if the reader may send another one, after a confirmation.
    pub(super) may_send_again: bool,
    /// True if Telnyx made the account's address, so that the customer does not read it.
    pub(super) has_no_recipient: bool,
    /// Key of the first one. The same form sent twice sends one email.
    pub(super) op: WelcomeEmailId,
}

impl WelcomeCard {
    pub(super) async fn load(
        app: &App,
        viewer: &Viewer,
        operation: &Operation,
        account: &Account,
    ) -> db::Result<Self> {
        let actor = viewer.actor();
        let sender = Sender {
            name: &actor.name,
            email: &actor.email,
        };
        let latest = welcome_emails::latest_of(&app.db, &account.id).await?;
        let state = latest.as_ref().map(|latest| latest.state);
        let has_no_recipient = matches!(&operation.change, Change::Create { email: None, .. });
        let offers_sending = app.mail.is_some()
            && viewer.can(Permission::CreateAccounts)
            && account.gone_at.is_none()
            && !has_no_recipient;
        Ok(Self {
            email: welcome_email::render(app, account, sender).await?,
            notice: latest.map(|latest| notice(&latest, viewer.times())),
            may_send: offers_sending && matches!(state, None | Some(WelcomeEmailState::Failed)),
            may_send_again: offers_sending
                && matches!(
                    state,
                    Some(WelcomeEmailState::Sent | WelcomeEmailState::Uncertain)
                ),
            has_no_recipient: has_no_recipient && app.mail.is_some(),
            op: WelcomeEmailId::new(app.clock.now()),
        })
    }
}

fn notice(email: &WelcomeEmail, times: &TimeFormatter) -> Notice {
    let WelcomeEmail {
        recipient, message, ..
    } = email;
    let at = times.absolute(email.settled_at.unwrap_or(email.created_at));
    match email.state {
        WelcomeEmailState::Queued if email.attempt == 0 => Notice::new(
            "info",
            "The welcome email is about to be sent",
            "If a channel limit was requested too, it waits for its result.",
        ),
        WelcomeEmailState::Queued => Notice::new(
            "warn",
            "The welcome email is not sent yet",
            format!("{message} The portal retries by itself."),
        ),
        WelcomeEmailState::Sending => Notice::new(
            "info",
            "The welcome email is being sent",
            "Load this page again to see the result.",
        ),
        WelcomeEmailState::Sent => Notice::new(
            "good",
            "The welcome email was sent",
            format!("To {recipient}, {at}, by {}.", email.staff_name),
        ),
        WelcomeEmailState::Failed => Notice::new(
            "warn",
            "The welcome email was not sent",
            format!("{message} Send it again, or copy the text."),
        ),
        WelcomeEmailState::Uncertain => Notice::new(
            "warn",
            "The welcome email may have arrived",
            format!("{message} It is not sent again by itself: ask {recipient} first."),
        ),
    }
}

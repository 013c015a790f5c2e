//! Account that was created: its limit, the text for the customer, and the link to its key.

use super::requested_limit;
use super::status_notice::limit_set_later;
use super::welcome_card::WelcomeCard;
use crate::app::App;
use crate::db;
use crate::db::accounts::Account;
use crate::db::operations::Operation;
use crate::domain::ids::AccountId;
use crate::domain::operation::OperationState;
use crate::domain::role::Permission;
use crate::operations::show_key::{self, KeyAccess};
use crate::web::access::Viewer;

pub(super) struct CreatedAccount {
    pub(super) id: AccountId,
    /// True if the limit is still to be set and this person may set it.
    pub(super) may_set_limit: bool,
    /// True if this person may see its key now because they created it.
    pub(super) may_show_key: bool,
    /// True if their role lets them see it, with a reason.
    pub(super) key_by_role: bool,
    /// Reason why the key is not offered to its creator.
    pub(super) key_message: String,
    /// Text to hand over to the customer, without secrets.
    pub(super) welcome: WelcomeCard,
}

impl CreatedAccount {
    pub(super) async fn load(
        app: &App,
        viewer: &Viewer,
        operation: &Operation,
        limit: Option<&Operation>,
        account: Account,
    ) -> db::Result<Self> {
        let right = show_key::key_access(app, viewer.actor(), &account.id).await?;
        let not_set = match limit {
            Some(limit) => {
                limit.state == OperationState::Refused
                    && limit_set_later(limit, Some(&account)).is_none()
            }
            None => requested_limit(operation).is_some() && account.channel_limit.is_none(),
        };
        Ok(Self {
            may_set_limit: not_set && viewer.can(Permission::ChangeLimits),
            may_show_key: right == KeyAccess::Creator,
            key_by_role: right == KeyAccess::Role,
            key_message: key_message(app, viewer, operation, &account.id).await?,
            welcome: WelcomeCard::load(app, viewer, operation, &account).await?,
            id: account.id,
        })
    }
}

async fn key_message(
    app: &App,
    viewer: &Viewer,
    operation: &Operation,
    id: &AccountId,
) -> db::Result<String> {
    if let Some(shown) = show_key::past_views(app, id, 1).await?.into_iter().next() {
        let who = shown
            .event
            .who
            .map_or_else(|| "Someone".to_owned(), |who| who.name);
        let at = viewer.times().absolute(shown.at);
        return Ok(format!(
            "{who} was shown it at {at}. It is shown only once here."
        ));
    }
    Ok(if operation.staff_id == viewer.actor().staff_id {
        "It could be shown for 24 hours after the creation. Ask an owner or an admin.".to_owned()
    } else {
        format!(
            "{} created the account and can show its key here once, within 24 hours.",
            operation.staff_name
        )
    })
}

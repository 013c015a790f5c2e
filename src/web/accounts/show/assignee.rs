//! Account manager of an account, on its page.

use crate::app::App;
use crate::db::accounts::Account;
use crate::db::assignees;
use crate::domain::role::Permission;
use crate::web::access::Viewer;
use crate::web::assignee;
use crate::web::error::Error;

/// Account manager of an account, with what the viewer may do about it.
pub(super) struct AssigneeFact {
    /// Name of the account manager; empty if there is none.
    pub name: String,
    pub is_disabled: bool,
    /// ID of the account manager, which forms carry; empty if there is none.
    pub id: String,
    /// Address of the list of their accounts.
    pub href: String,
    /// True if the viewer may change it.
    pub may_change: bool,
    /// ID of the viewer, if they may assign the account to themselves.
    pub me: Option<String>,
}

impl AssigneeFact {
    pub async fn new(app: &App, viewer: &Viewer, account: &Account) -> Result<Self, Error> {
        let may_change = viewer.can(Permission::Annotate) && account.gone_at.is_none();
        let me = viewer.staff().id;
        let found = match account.assignee_id {
            Some(id) => assignees::by_id(&app.db, id).await?,
            None => None,
        };
        Ok(Self {
            id: account
                .assignee_id
                .map(|id| id.to_string())
                .unwrap_or_default(),
            href: account
                .assignee_id
                .map(assignee::accounts_href)
                .unwrap_or_default(),
            is_disabled: found.as_ref().is_some_and(|person| person.is_disabled),
            name: found.map(|person| person.name).unwrap_or_default(),
            may_change,
            me: (may_change && account.assignee_id != Some(me)).then(|| me.to_string()),
        })
    }
}

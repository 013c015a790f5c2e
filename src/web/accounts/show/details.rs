//! Card with facts about an account that do not affect its calls.

use super::assignee::AssigneeFact;
use crate::app::App;
use crate::db::accounts::Account;
use crate::db::operations;
use crate::domain::role::Permission;
use crate::web::access::Viewer;
use crate::web::error::Error;
use crate::web::format::FormattedTime;

pub(super) struct DetailsCard {
    pub assignee: AssigneeFact,
    /// True if the reader may change the display name.
    pub may_annotate: bool,
    pub created: Option<FormattedTime>,
    /// Person who created it, if it was created here.
    pub created_by: Option<String>,
    /// Time at which the profile was read from Telnyx.
    pub read: FormattedTime,
    pub changed_elsewhere: Option<FormattedTime>,
    pub updated: Option<FormattedTime>,
    /// Short and complete ID of the manager account.
    pub manager: Option<(String, String)>,
}

impl DetailsCard {
    pub async fn new(app: &App, viewer: &Viewer, account: &Account) -> Result<Self, Error> {
        let times = viewer.times();
        let creation = operations::creation_of(&app.db, &account.id).await?;
        Ok(Self {
            assignee: AssigneeFact::new(app, viewer, account).await?,
            may_annotate: viewer.can(Permission::Annotate) && account.gone_at.is_none(),
            created: account.created_at.map(|at| times.format(at)),
            created_by: creation.map(|operation| operation.staff_name),
            read: times.format(account.profile_at),
            changed_elsewhere: account.changed_elsewhere_at.map(|at| times.format(at)),
            updated: account.updated_at.map(|at| times.format(at)),
            manager: account.manager_account_id.as_ref().map(|id| {
                let short = id.get(..8).unwrap_or(id);
                (short.to_owned(), id.clone())
            }),
        })
    }
}

//! Change of an account that is not settled yet.

use crate::app::App;
use crate::db::accounts::Account;
use crate::db::operations;
use crate::domain::operation::{OperationKind, OperationState, subject_of_account};
use crate::web::access::Viewer;
use crate::web::error::Error;
use crate::web::format::FormattedTime;

pub(super) struct OpenOperation {
    pub id: String,
    pub label: &'static str,
    pub state: OperationState,
    pub who: String,
    pub since: FormattedTime,
    /// True if it changes the status, which is therefore in question.
    pub of_status: bool,
}

impl OpenOperation {
    /// Returns the change of the account that is not settled, if there is one.
    pub async fn find(
        app: &App,
        viewer: &Viewer,
        account: &Account,
    ) -> Result<Option<Self>, Error> {
        let open = operations::open_for_subject(&app.db, &subject_of_account(&account.id)).await?;
        Ok(open.map(|operation| Self {
            since: viewer.times().format(operation.began_at()),
            id: operation.id.to_string(),
            label: operation.change.label(),
            state: operation.state,
            of_status: matches!(
                operation.kind,
                OperationKind::Enable | OperationKind::Disable
            ),
            who: operation.staff_name,
        }))
    }

    pub const fn message(&self) -> &'static str {
        match self.state {
            OperationState::Unknown => {
                "The outcome is unknown. Someone must check in Mission Control. Until then, no \
                 other change is sent."
            }
            OperationState::Checking => {
                "Telnyx gave no clear answer. The portal is checking the outcome. Do not send it \
                 again."
            }
            _ => "It is being sent. Other changes must wait.",
        }
    }

    pub const fn kind(&self) -> &'static str {
        if matches!(self.state, OperationState::Unknown) {
            "warn"
        } else {
            "info"
        }
    }
}

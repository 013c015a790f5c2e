//! Accounts that a person is the account manager of, and the way to reassign them.

use crate::app::App;
use crate::db::assignees;
use crate::domain::ids::StaffId;
use crate::domain::role::Permission;
use crate::domain::text::group_thousands;
use crate::web::access::Viewer;
use crate::web::assignee;
use crate::web::error::Error;
use crate::web::notice::Notice;

/// Accounts of one account manager.
pub(super) struct AssignedAccounts {
    /// Number of accounts, with the unit; empty if there are none.
    pub count: String,
    /// Address of the list of them.
    pub href: String,
    /// Address of the form that assigns them to someone else; empty if the viewer may not.
    pub reassign_href: String,
}

impl AssignedAccounts {
    pub async fn of(app: &App, viewer: &Viewer, id: StaffId) -> Result<Self, Error> {
        let accounts = assignees::account_count(&app.db, id).await?;
        let may_assign = accounts > 0 && viewer.can(Permission::Annotate);
        Ok(Self {
            count: match accounts {
                0 => String::new(),
                1 => "1 account".to_owned(),
                accounts => format!("{} accounts", group_thousands(accounts)),
            },
            href: assignee::accounts_href(id),
            reassign_href: if may_assign {
                assignee::reassign_href(id)
            } else {
                String::new()
            },
        })
    }

    /// Returns a notice for the confirmation that disables the person. None without accounts.
    pub fn notice(&self, name: &str) -> Option<Notice> {
        if self.count.is_empty() {
            return None;
        }
        let count = &self.count;
        let title = format!("{name} is the account manager of {count}");
        let text =
            "The accounts stay assigned until you reassign them. You can do that now or later.";
        let notice = Notice::new("info", title, text);
        Some(if self.reassign_href.is_empty() {
            notice.with_link(&format!("Show {count}"), self.href.clone())
        } else {
            notice.with_link(&format!("Reassign {count}"), self.reassign_href.clone())
        })
    }
}

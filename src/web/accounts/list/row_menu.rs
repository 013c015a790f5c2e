//! Menu of the rows (`templates/accounts/_row_menu.html`). The page has it once, and a script copies
//! it into each row.

use crate::domain::role::Permission;
use crate::web::access::Viewer;
use crate::web::paths;

/// Menu for all rows of a page.
pub(super) struct RowMenu {
    pub may_change_status: bool,
    pub may_change_limits: bool,
    /// Address of the list.
    list: String,
}

impl RowMenu {
    pub fn new(viewer: &Viewer, list: &str) -> Self {
        Self {
            may_change_status: viewer.can(Permission::ChangeStatus),
            may_change_limits: viewer.can(Permission::ChangeLimits),
            list: list.to_owned(),
        }
    }

    /// Returns the address of a form, which leads back to the list by the parameter `back`. The
    /// script puts the account's ID into it.
    pub fn href(&self, form: &str, back: &str) -> String {
        paths::with_query(
            &format!("/accounts/ID/{form}"),
            [(back, self.list.as_str())],
        )
    }
}

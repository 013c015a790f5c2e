//! Bar below a list, with what can be done with the selected accounts.

use super::action::BulkAction;
use crate::domain::text::group_thousands;
use crate::web::access::Viewer;
use crate::web::listing::{Filter, Query};

/// Form of the selection, with its bar (`templates/_selection.html`). The rows' checkboxes belong
/// to it by their attribute `form`, because a row may contain a form of its own.
pub struct SelectionBar {
    /// Address of the list as it is shown.
    pub list: String,
    /// Address of all matching accounts, in any order and on any page. It defines what "all" means
    /// if all of them are selected.
    pub all_matching: String,
    /// Email address of the person, who keeps the selection for themselves.
    pub owner: String,
    /// Number of accounts that match, on all pages.
    pub total: i64,
    /// Address below which each action has its form.
    pub path: String,
    /// Actions that the role may do.
    pub actions: Vec<BulkAction>,
    /// Labels and addresses of the files that are offered.
    pub files: &'static [(&'static str, &'static str)],
}

impl SelectionBar {
    /// Creates the bar of a list, with those of the actions that the viewer's role may do.
    pub fn new<F: Filter>(
        query: &Query<F>,
        total: i64,
        actions: &[BulkAction],
        viewer: &Viewer,
    ) -> Self {
        let all = Query {
            filter: query.filter.clone(),
            ..Query::<F>::default()
        };
        let actions = actions.iter().copied();
        let actions = actions.filter(|action| viewer.can(action.permission()));
        Self {
            list: query.href(),
            all_matching: all.href(),
            owner: viewer.staff().email.clone(),
            total,
            path: format!("{}/bulk", F::PATH),
            actions: actions.collect(),
            files: &[],
        }
    }

    /// Offers files of the selected accounts.
    pub fn with_files(self, files: &'static [(&'static str, &'static str)]) -> Self {
        Self { files, ..self }
    }

    /// Returns `true` if nothing can be done with selected accounts.
    pub const fn is_empty(&self) -> bool {
        self.actions.is_empty() && self.files.is_empty()
    }

    /// Returns the address of the form if no button tells another one.
    pub fn address(&self) -> String {
        match (self.files.first(), self.actions.first()) {
            (Some((_, address)), _) => (*address).to_owned(),
            (None, Some(action)) => format!("{}/{}", self.path, action.as_str()),
            (None, None) => self.list.clone(),
        }
    }

    /// Describes how many accounts match, on all pages.
    pub fn match_count(&self) -> String {
        let unit = if self.total == 1 {
            "account"
        } else {
            "accounts"
        };
        format!("{} {unit}", group_thousands(self.total))
    }
}

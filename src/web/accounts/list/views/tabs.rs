//! Saved views as tabs above the list: which one is open, and if the list was changed since.

use std::collections::HashSet;

use super::{AccountsQuery, saved_query, view_path};
use crate::app::App;
use crate::db::views::{self, SavedView};
use crate::db::{assignees, tags};
use crate::domain::account_filter::AssigneeFilter;
use crate::domain::ids::ViewId;
use crate::domain::role::Permission;
use crate::domain::text::folded;
use crate::web::access::Viewer;
use crate::web::error::Error;
use crate::web::listing::read::quote_shortened;

/// Views that a person sees: the default of the list, and the open one.
pub(in crate::web::accounts::list) struct SavedViews(Vec<SavedView>);

/// Tabs of the views.
pub(in crate::web::accounts::list) struct ViewTabs {
    /// Views in their order.
    pub tabs: Vec<ViewTab>,
    /// Set if the list differs from the open view.
    pub changed: Option<ChangedView>,
}

/// Tab of one view.
pub(in crate::web::accounts::list) struct ViewTab {
    pub name: String,
    pub href: String,
    pub is_shared: bool,
    pub current: bool,
}

/// Open view from which the list differs.
pub(in crate::web::accounts::list) struct ChangedView {
    /// Address that stores the list under the view; empty if the viewer must not.
    pub update_path: String,
    pub is_shared: bool,
}

/// Returns the address of a form that changes the view.
pub(super) fn action(view: &SavedView, verb: &str) -> String {
    let group = if view.is_shared { "shared/" } else { "" };
    format!("/accounts/views/{group}{}/{verb}", view.id.as_uuid())
}

impl SavedViews {
    pub async fn load(app: &App, viewer: &Viewer) -> Result<Self, Error> {
        Ok(Self(views::of_staff(&app.db, viewer.staff().id).await?))
    }

    pub(super) fn by_id(&self, id: ViewId) -> Option<&SavedView> {
        self.0.iter().find(|view| view.id == id)
    }

    /// Returns the address that the list opens with. `None` means all accounts.
    pub fn default_path(&self) -> Option<String> {
        let view = self.0.iter().find(|view| view.is_default)?;
        Some(view_path(view))
    }

    /// Checks the view of an address. A view can outlive its tags and its account manager: those are
    /// left out, and the page says so.
    pub async fn settle(&self, app: &App, query: &mut AccountsQuery) -> Result<(), Error> {
        let Some(open) = query.view else {
            return Ok(());
        };
        if self.by_id(open.id).is_none() {
            query.view = None;
            query.ignore(
                "The view of this link does not exist or is not shared with you. Its filters apply."
                    .to_owned(),
            );
        }
        leave_out_missing(app, query).await
    }

    /// Returns the tabs. `None` if there are no views.
    pub fn tabs(&self, viewer: &Viewer, query: &AccountsQuery) -> Option<ViewTabs> {
        if self.0.is_empty() {
            return None;
        }
        let shown = saved_query(query);
        let open = match query.view {
            Some(open) => self.by_id(open.id),
            None => self.0.iter().find(|view| view.query == shown),
        };
        let changed = open.filter(|view| {
            let saved = AccountsQuery::from_path(&view_path(view));
            saved_query(&saved) != shown
        });
        let tabs = self.0.iter().map(|view| ViewTab {
            name: view.name.clone(),
            href: view_path(view),
            is_shared: view.is_shared,
            current: open.is_some_and(|open| open.id == view.id),
        });
        Some(ViewTabs {
            tabs: tabs.collect(),
            changed: changed.map(|view| ChangedView {
                update_path: if !view.is_shared || viewer.can(Permission::ShareViews) {
                    action(view, "update")
                } else {
                    String::new()
                },
                is_shared: view.is_shared,
            }),
        })
    }
}

impl ViewTabs {
    /// Returns `true` if one of the views is open.
    pub fn is_any_open(&self) -> bool {
        self.tabs.iter().any(|tab| tab.current)
    }
}

/// Removes tags and an account manager that no longer exist from the filter.
async fn leave_out_missing(app: &App, query: &mut AccountsQuery) -> Result<(), Error> {
    if let Some(AssigneeFilter::Person(id)) = query.filter.assignee
        && assignees::by_id(&app.db, id).await?.is_none()
    {
        query.filter.assignee = None;
        query.ignore("The account manager of this view no longer exists. Ignored.".to_owned());
    }
    if query.filter.tags.is_empty() {
        return Ok(());
    }
    let existing: HashSet<String> = tags::existing(&app.db, &query.filter.tags).await?;
    let tags = std::mem::take(&mut query.filter.tags);
    for tag in tags {
        if existing.contains(&folded(&tag)) {
            query.filter.tags.push(tag);
        } else {
            let name = quote_shortened(&tag);
            query.ignore(format!(
                "The tag {name} of this view no longer exists. Ignored."
            ));
        }
    }
    Ok(())
}

//! Row of one account in the list.

use crate::app::App;
use crate::db::accounts::Account;
use crate::db::assignees::Assignee;
use crate::domain::account::AccountStatus;
use crate::domain::channels::ChannelLimit;
use crate::domain::density::Density;
use crate::domain::fact::FactSource;
use crate::domain::role::Permission;
use crate::web::access::Viewer;
use crate::web::account_cells::AccountCells;
use crate::web::assignee;
use crate::web::format::{FormattedTime, TimeFormatter};
use crate::web::limit_editor::LimitEditor;
use crate::web::paths;

/// Maximum number of tags in a row. It keeps rows readable at a glance and the page light.
const MAX_SHOWN_TAGS: usize = 3;

/// The portal's own data about the account of a row.
pub(super) struct RowAnnotations<'a> {
    pub tags: Vec<String>,
    pub assignee: Option<&'a Assignee>,
}

/// Row of the list.
pub(super) struct AccountRow {
    pub id: String,
    pub name: String,
    /// Telnyx's name of the account, if the portal uses another.
    pub at_telnyx: Option<String>,
    /// First few tags.
    pub tags: Vec<String>,
    /// Number of further tags, and their names; empty if all are shown.
    pub more: usize,
    pub more_tags: String,
    /// True if the row is as low as its text, so that its tags have no room beside the name.
    pub is_compact: bool,
    pub email: String,
    pub status: AccountStatus,
    /// Time at which the status was seen.
    pub seen: FormattedTime,
    pub limit: LimitCell,
    pub cells: AccountCells,
    /// Name of the account manager; empty if there is none.
    pub assignee: String,
    /// Editor of the channel limit, if it is open.
    pub editor: Option<LimitEditor>,
    /// True to highlight the row, because it was changed just now.
    pub is_highlighted: bool,
}

#[derive(Default)]
pub(super) struct LimitCell {
    /// The number; empty if it is unknown.
    pub text: String,
    /// True if the limit is 0, so that outbound calls are blocked.
    pub blocked: bool,
    /// Source, time and author of the value, shown on hover; empty if it is unknown.
    pub source: String,
    /// True if a person recorded it and Telnyx has not confirmed it.
    pub unconfirmed: bool,
    /// Address of the page that changes it, to which it links; empty if it cannot be changed.
    pub edit_href: String,
    /// True to focus the link when htmx swaps in the row.
    pub is_focused: bool,
}

impl AccountRow {
    pub fn new(
        app: &App,
        viewer: &Viewer,
        account: &Account,
        annotations: RowAnnotations<'_>,
        list: &str,
    ) -> Self {
        let times = viewer.times();
        let mut tags = annotations.tags;
        let rest = tags.split_off(tags.len().min(MAX_SHOWN_TAGS));
        let status = account.status.value;
        let mut limit = LimitCell::new(account, times);
        if viewer.can(Permission::ChangeLimits) && status != AccountStatus::Cancelled {
            let page = format!("/accounts/{}/channel-limit", account.id);
            limit.edit_href = paths::with_query(&page, [("return_to", list)]);
        }
        Self {
            id: account.id.to_string(),
            name: account.name().to_owned(),
            at_telnyx: account.name_at_telnyx().map(str::to_owned),
            tags,
            more: rest.len(),
            more_tags: rest.join(", "),
            is_compact: viewer.staff().density == Density::Compact,
            email: account.email.clone(),
            status,
            seen: times.format(account.status.observed_at),
            limit,
            cells: AccountCells::new(account, times, app.low_balance()),
            assignee: annotations
                .assignee
                .map(assignee::label)
                .unwrap_or_default(),
            editor: None,
            is_highlighted: false,
        }
    }

    /// Returns the number and the names of all tags.
    pub fn all_tags(&self) -> (usize, String) {
        let names = self.tags.iter().chain([&self.more_tags]);
        let names: Vec<&str> = names
            .filter(|names| !names.is_empty())
            .map(String::as_str)
            .collect();
        (self.tags.len() + self.more, names.join(", "))
    }

    /// Returns the state of the account that decides what its menu offers. It is empty for the most
    /// frequent state: enabled, and not with limit 0.
    pub fn menu(&self) -> String {
        match (self.status, self.limit.blocked) {
            (AccountStatus::Enabled, false) => String::new(),
            (status, false) => status.as_str().to_owned(),
            (status, true) => format!("{} zero", status.as_str()),
        }
    }
}

impl LimitCell {
    fn new(account: &Account, times: &TimeFormatter) -> Self {
        let Some(fact) = account.channel_limit else {
            return Self::default();
        };
        let by = account
            .limit_by
            .as_ref()
            .map(|(_, name)| format!(" by {name}"))
            .unwrap_or_default();
        Self {
            text: fact.value.to_string(),
            blocked: fact.value == ChannelLimit::ZERO,
            source: format!(
                "{}{by}, {}",
                fact.source.label(),
                times.absolute(fact.observed_at)
            ),
            unconfirmed: fact.source == FactSource::Person,
            ..Self::default()
        }
    }
}

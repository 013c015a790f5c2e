//! Row of one account in the list.

use crate::db::accounts::Account;
use crate::db::assignees::Assignee;
use crate::domain::account::AccountStatus;
use crate::domain::channels::ChannelLimit;
use crate::domain::fact::FactSource;
use crate::domain::role::Permission;
use crate::web::access::Viewer;
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
    pub email: String,
    pub status: AccountStatus,
    /// Time at which the status was seen.
    pub seen: FormattedTime,
    pub limit: LimitCell,
    pub created: Option<FormattedTime>,
    pub balance: BalanceCell,
    /// Name of the account manager; empty if there is none.
    pub assignee: String,
    /// Label and address of the change of status that is offered. Its form returns to the list.
    pub status_change: Option<(&'static str, String)>,
    /// Editor of the channel limit, if it is open.
    pub editor: Option<LimitEditor>,
    /// True to highlight the row, because it was changed just now.
    pub is_highlighted: bool,
    /// Reason why neither Enable nor Disable is offered although the role permits it. Empty if one
    /// is offered.
    pub status_locked_reason: &'static str,
}

#[derive(Default)]
pub(super) struct LimitCell {
    /// The number; empty if it is unknown.
    pub text: String,
    /// True if the limit is 0, so that outbound calls are blocked.
    pub blocked: bool,
    /// Source, time and author of the value, shown on hover.
    pub source: String,
    /// True if a person recorded it and Telnyx has not confirmed it.
    pub unconfirmed: bool,
    /// Address of the page that changes it, to which it links; empty if it cannot be changed.
    pub edit_href: String,
    /// True to focus the link when htmx swaps in the row.
    pub is_focused: bool,
}

pub(super) struct BalanceCell {
    /// Available credit with its currency; empty if there is none to show.
    pub text: String,
    /// Reason why there is none to show; empty if there is one.
    pub missing_reason: &'static str,
    /// Age of the balance, shown on hover.
    pub age: String,
}

impl AccountRow {
    pub fn new(
        account: &Account,
        annotations: RowAnnotations<'_>,
        viewer: &Viewer,
        list: &str,
    ) -> Self {
        let times = viewer.times();
        let mut tags = annotations.tags;
        let rest = tags.split_off(tags.len().min(MAX_SHOWN_TAGS));
        let status = account.status.value;
        let may_change = viewer.can(Permission::ChangeStatus);
        let status_change = match status {
            AccountStatus::Disabled => Some(("Enable", "enable")),
            AccountStatus::Enabled => Some(("Disable", "disable")),
            _ => None,
        };
        let status_change = status_change.filter(|_| may_change).map(|(label, verb)| {
            let form = format!("/accounts/{}/{verb}", account.id);
            (label, paths::with_query(&form, [("to", list)]))
        });
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
            email: account.email.clone(),
            status,
            seen: times.format(account.status.observed_at),
            limit,
            created: account.created_at.map(|at| times.format(at)),
            balance: BalanceCell::new(account, times),
            assignee: annotations
                .assignee
                .map(assignee::label)
                .unwrap_or_default(),
            status_change,
            editor: None,
            is_highlighted: false,
            status_locked_reason: match status {
                _ if !may_change => "",
                AccountStatus::Blocked | AccountStatus::Cancelled => "Only Telnyx can unblock it.",
                AccountStatus::Unknown => {
                    "Its status is not known. Open the account to refresh it."
                }
                AccountStatus::Enabled | AccountStatus::Disabled => "",
            },
        }
    }

    /// Returns the key of the optional menu links that apply to this account. It is `none` or
    /// `limit`; empty means all of them.
    pub const fn menu(&self) -> &'static str {
        match (!self.limit.edit_href.is_empty(), self.limit.blocked) {
            (false, _) => "none",
            (true, true) => "limit",
            (true, false) => "",
        }
    }
}

impl LimitCell {
    fn new(account: &Account, times: &TimeFormatter) -> Self {
        let Some(fact) = account.channel_limit else {
            return Self {
                source: "Not set or recorded here yet.".to_owned(),
                ..Self::default()
            };
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

impl BalanceCell {
    fn new(account: &Account, times: &TimeFormatter) -> Self {
        let without = |without, age: &str| Self {
            text: String::new(),
            missing_reason: without,
            age: age.to_owned(),
        };
        if account.rollup_billing == Some(true) {
            return without("shared balance", "Rollup billing: uses our shared balance.");
        }
        match &account.balance {
            None => without("not known", ""),
            Some((balance, at)) => match balance.available() {
                None => without("not known", "Telnyx did not report it."),
                Some(money) => Self {
                    text: money.to_text(),
                    missing_reason: "",
                    age: format!("Available credit, read {}", times.absolute(*at)),
                },
            },
        }
    }
}

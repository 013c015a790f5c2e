//! An account as a row of an exported file.

use serde::Serialize;

use crate::db::accounts::Account;
use crate::db::assignees::Assignee;
use crate::domain::fact::FactSource;
use crate::web::export::Cell;

/// Columns of the CSV file. Their names are also the keys of the JSON objects.
pub(super) const HEADER: [&str; 18] = [
    "id",
    "organization_name",
    "display_name",
    "email",
    "status",
    "status_at",
    "channel_limit",
    "channel_limit_source",
    "channel_limit_at",
    "custom_pricing",
    "rollup_billing",
    "available_credit",
    "currency",
    "balance_at",
    "created_at",
    "tags",
    "account_manager",
    "account_manager_email",
];

/// Account in a file. Unknown values are empty or `null`. Times are ISO 8601 in UTC, and amounts
/// are exact.
#[derive(Serialize)]
pub(super) struct AccountRow {
    id: String,
    organization_name: String,
    display_name: Option<String>,
    email: String,
    status: &'static str,
    status_at: String,
    channel_limit: Option<u32>,
    channel_limit_source: Option<&'static str>,
    channel_limit_at: Option<String>,
    custom_pricing: Option<bool>,
    rollup_billing: Option<bool>,
    available_credit: Option<String>,
    currency: Option<String>,
    balance_at: Option<String>,
    created_at: Option<String>,
    tags: Vec<String>,
    account_manager: Option<String>,
    account_manager_email: Option<String>,
}

impl AccountRow {
    pub fn new(account: Account, assignee: Option<&Assignee>, tags: Vec<String>) -> Self {
        // A rollup account spends the manager's balance.
        let balance = account
            .balance
            .filter(|_| account.rollup_billing != Some(true));
        let available = balance
            .as_ref()
            .and_then(|(balance, _)| balance.available());
        let limit = account.channel_limit;
        Self {
            id: account.id.to_string(),
            organization_name: account.organization_name,
            display_name: account.display_name,
            email: account.email,
            status: account.status.value.as_str(),
            status_at: account.status.observed_at.to_string(),
            channel_limit: limit.map(|fact| fact.value.get()),
            channel_limit_source: limit.map(|fact| fact.source).map(FactSource::as_str),
            channel_limit_at: limit.map(|fact| fact.observed_at.to_string()),
            custom_pricing: account.custom_pricing.map(|fact| fact.value),
            rollup_billing: account.rollup_billing,
            balance_at: available
                .as_ref()
                .and(balance)
                .map(|(_, at)| at.to_string()),
            available_credit: available.as_ref().map(|money| money.amount.to_string()),
            currency: available.map(|money| money.currency),
            created_at: account.created_at.map(|at| at.to_string()),
            tags,
            account_manager: assignee.map(|person| person.name.clone()),
            account_manager_email: assignee.map(|person| person.email.clone()),
        }
    }

    /// Returns the cells of the account's CSV row.
    pub fn cells(&self) -> [Cell; HEADER.len()] {
        let text = |text: &Option<String>| Cell::optional_text(text.as_deref());
        [
            Cell::text(&self.id),
            Cell::text(&self.organization_name),
            text(&self.display_name),
            Cell::text(&self.email),
            Cell::text(self.status),
            Cell::text(&self.status_at),
            Cell::optional_number(self.channel_limit),
            Cell::optional_text(self.channel_limit_source),
            text(&self.channel_limit_at),
            Cell::optional_text(self.custom_pricing),
            Cell::optional_text(self.rollup_billing),
            Cell::optional_number(self.available_credit.as_deref()),
            text(&self.currency),
            text(&self.balance_at),
            text(&self.created_at),
            Cell::list(self.tags.iter().map(String::as_str)),
            text(&self.account_manager),
            text(&self.account_manager_email),
        ]
    }
}

//! Cells of an account that several lists show (`templates/_account_cell.html`): calls, balance,
//! pricing, billing, dates and ID. All of them come from the account's row.

use rust_decimal::Decimal;

use super::format::{FormattedTime, TimeFormatter};
use crate::db::accounts::{Account, SortColumn, SortOrder};
use crate::domain::call_diagnosis::{self, Severity};
use crate::web::listing::Column;

/// Cells of one account.
#[derive(Clone, Debug)]
pub struct AccountCells {
    /// Verdict on its calls, or what stops them.
    pub calls: &'static str,
    /// `bad`, `unknown` or `good`.
    pub calls_kind: &'static str,
    pub balance: BalanceCell,
    /// Custom or standard; empty if it is not known.
    pub pricing: &'static str,
    /// Rollup or own balance; empty if it is not known.
    pub billing: &'static str,
    pub created: Option<FormattedTime>,
    /// Time of the last change at Telnyx.
    pub changed: Option<FormattedTime>,
    pub id: String,
}

/// Available credit of an account.
#[derive(Clone, Debug, Default)]
pub struct BalanceCell {
    /// Available credit with its currency; empty if there is none to show.
    pub text: String,
    /// Text after an amount that is low or used up; empty if there is enough.
    pub warning: &'static str,
    /// True if the amount stops calls.
    pub stops_calls: bool,
    /// Reason why there is none to show; empty if there is one.
    pub missing_reason: &'static str,
    /// Age of the balance, shown on hover.
    pub age: String,
}

impl AccountCells {
    /// Creates the cells. An amount below `low_balance` gets a warning.
    pub fn new(account: &Account, times: &TimeFormatter, low_balance: Decimal) -> Self {
        let findings = call_diagnosis::diagnose(&account.call_facts());
        let worst = findings.first();
        let (calls, calls_kind) = match worst.map(|worst| (worst.severity, worst.short)) {
            Some((Severity::Stops, short)) => (short, "bad"),
            Some((Severity::Unknown, short)) => (short, "unknown"),
            Some((Severity::Fine, _)) | None => ("Can call", "good"),
        };
        Self {
            calls,
            calls_kind,
            balance: BalanceCell::new(account, times, low_balance),
            pricing: match account.custom_pricing.map(|fact| fact.value) {
                Some(true) => "Custom",
                Some(false) => "Standard",
                None => "",
            },
            billing: match account.rollup_billing {
                Some(true) => "Rollup",
                Some(false) => "Own balance",
                None => "",
            },
            created: account.created_at.map(|at| times.format(at)),
            changed: account.updated_at.map(|at| times.format(at)),
            id: account.id.to_string(),
        }
    }

    /// Returns the first part of the ID, which is enough to recognize it.
    pub fn short_id(&self) -> String {
        self.id.chars().take(8).collect()
    }
}

impl BalanceCell {
    fn new(account: &Account, times: &TimeFormatter, low_balance: Decimal) -> Self {
        let without = |missing_reason| Self {
            missing_reason,
            ..Self::default()
        };
        if account.rollup_billing == Some(true) {
            return without("shared balance");
        }
        let Some((balance, at)) = &account.balance else {
            return without("not known");
        };
        let Some(money) = balance.available() else {
            return without("not known");
        };
        let stops_calls = money.amount <= Decimal::ZERO;
        Self {
            warning: if stops_calls {
                "no credit"
            } else if money.amount < low_balance {
                "low"
            } else {
                ""
            },
            stops_calls,
            text: money.to_text(),
            missing_reason: "",
            age: format!("Available credit, read {}", times.absolute(*at)),
        }
    }
}

/// Columns of these cells, for lists that can be sorted by [`SortOrder`]s.
pub struct AccountColumns;

impl AccountColumns {
    pub const STATUS: Column<SortOrder> = column("status", "Status")
        .sorted(orders(SortColumn::Status, ["Status", "Status, reversed"]));
    pub const LIMIT: Column<SortOrder> = column("limit", "Channel limit").numeric().sorted(orders(
        SortColumn::Limit,
        [
            "Channel limit, lowest first",
            "Channel limit, highest first",
        ],
    ));
    pub const CALLS: Column<SortOrder> = column("calls", "Calls").sorted(orders(
        SortColumn::Calls,
        ["Calls, cannot call first", "Calls, can call first"],
    ));
    pub const CREATED: Column<SortOrder> = column("created", "Created").sorted(orders(
        SortColumn::Created,
        ["Created, oldest first", "Created, newest first"],
    ));
    pub const BALANCE: Column<SortOrder> = column("balance", "Balance").numeric().sorted(orders(
        SortColumn::Balance,
        ["Balance, lowest first", "Balance, highest first"],
    ));
    pub const PRICING: Column<SortOrder> = column("pricing", "Pricing").sorted(orders(
        SortColumn::Pricing,
        ["Pricing, standard first", "Pricing, custom first"],
    ));
    pub const BILLING: Column<SortOrder> = column("billing", "Billing").sorted(orders(
        SortColumn::Billing,
        ["Billing, own balance first", "Billing, rollup first"],
    ));
    pub const CHANGED: Column<SortOrder> = column("changed", "Last change").sorted(orders(
        SortColumn::Changed,
        ["Last change, oldest first", "Last change, newest first"],
    ));
    pub const ID: Column<SortOrder> =
        column("id", "ID").sorted(orders(SortColumn::Id, ["ID", "ID, reversed"]));
}

const fn column(key: &'static str, label: &'static str) -> Column<SortOrder> {
    Column::new(key, label)
}

/// Returns the ascending and the descending order by a column, with their labels.
pub const fn orders(
    by: SortColumn,
    [ascending, descending]: [&'static str; 2],
) -> [(SortOrder, &'static str); 2] {
    let (up, down) = (
        SortOrder {
            by,
            descending: false,
        },
        SortOrder {
            by,
            descending: true,
        },
    );
    [(up, ascending), (down, descending)]
}

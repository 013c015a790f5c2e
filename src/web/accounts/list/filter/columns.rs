//! Columns of the list.

use crate::db::accounts::{SortColumn, SortOrder};
use crate::web::account_cells::{AccountColumns, orders};
use crate::web::listing::Column;

pub(super) const COLUMNS: [Column<SortOrder>; 13] = [
    Column::new("name", "Organization name")
        .fixed()
        .sorted(orders(SortColumn::Name, ["Name, A to Z", "Name, Z to A"])),
    Column::new("email", "Email").fixed().sorted(orders(
        SortColumn::Email,
        ["Email, A to Z", "Email, Z to A"],
    )),
    AccountColumns::STATUS,
    AccountColumns::LIMIT,
    AccountColumns::CALLS,
    AccountColumns::BALANCE,
    Column::new("assignee", "Account manager").sorted(orders(
        SortColumn::Assignee,
        ["Account manager, A to Z", "Account manager, Z to A"],
    )),
    AccountColumns::CREATED,
    AccountColumns::PRICING.optional(),
    AccountColumns::BILLING.optional(),
    Column::new("tags", "Tags")
        .optional()
        .sorted(orders(SortColumn::Tags, ["Tags, A to Z", "Tags, Z to A"])),
    AccountColumns::CHANGED.optional(),
    AccountColumns::ID.optional(),
];

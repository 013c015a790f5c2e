//! Columns of the list and the orders that it can be sorted by.

use crate::db::accounts::{SortColumn, SortOrder};
use crate::web::account_cells::{AccountColumns, orders};
use crate::web::listing::Column;

/// Order of the list. The default is the largest limit first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ChannelsOrder(SortOrder);

impl Default for ChannelsOrder {
    fn default() -> Self {
        Self(SortOrder {
            by: SortColumn::Limit,
            descending: true,
        })
    }
}

impl From<ChannelsOrder> for SortOrder {
    fn from(order: ChannelsOrder) -> Self {
        order.0
    }
}

impl ChannelsOrder {
    /// Parses an order of one of the columns.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let order = Self(SortOrder::parse(text)?);
        let mut orders = COLUMNS.iter().filter_map(|column| column.orders).flatten();
        orders.any(|(other, _)| other == order).then_some(order)
    }

    pub(super) fn as_text(self) -> String {
        self.0.as_text()
    }
}

pub(super) const COLUMNS: [Column<ChannelsOrder>; 10] = [
    of(Column::new("account", "Account")
        .fixed()
        .sorted(orders(SortColumn::Name, ["Name, A to Z", "Name, Z to A"]))),
    of(AccountColumns::STATUS),
    of(AccountColumns::LIMIT),
    of(AccountColumns::CALLS.optional()),
    of(AccountColumns::BALANCE.optional()),
    of(AccountColumns::PRICING.optional()),
    of(AccountColumns::BILLING.optional()),
    of(AccountColumns::CREATED.optional()),
    of(AccountColumns::CHANGED.optional()),
    of(AccountColumns::ID.optional()),
];

/// Converts a column to one of this list.
const fn of(column: Column<SortOrder>) -> Column<ChannelsOrder> {
    Column {
        key: column.key,
        label: column.label,
        class: column.class,
        is_fixed: column.is_fixed,
        is_default: column.is_default,
        orders: match column.orders {
            Some([(up, ascending), (down, descending)]) => Some([
                (ChannelsOrder(up), ascending),
                (ChannelsOrder(down), descending),
            ]),
            None => None,
        },
    }
}

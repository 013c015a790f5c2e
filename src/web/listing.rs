//! Filtered lists: parsing and writing of their addresses, and the parts of a page that follow from
//! them.
//!
//! A list describes its parameters once, as a [`Filter`]. [`Query`] reads and writes them. [`read`]
//! holds the shared readers of values; [`view`] builds chips, tabs, headings and the pager.
//! [`columns`] has the columns of a list, which people choose for themselves.

mod columns;
mod query;
pub mod read;
mod search_input;
mod view;
mod view_ref;

pub use columns::{
    Column, ColumnKeys, columns_of, default_column_keys, format_column_keys, parse_column_keys,
};
pub(crate) use query::choice_param;
pub use query::{Filter, Param, Query, Value, selects_page};
pub use view::{Chip, Heading, Pager, SelectOption, Tab, describe, select_option};
pub use view_ref::ViewRef;

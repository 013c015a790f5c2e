//! A filtered list: its address, read into a filter and written back, and all on its page that follows from the address.
//!
//! A list describes its parameters once, as a [`Filter`]; [`Query`] reads and writes them. The shared ways to read a
//! value are in [`read`], chips, tabs, headings and the pager in [`view`].

mod query;
pub mod read;
mod search_text;
mod view;

pub use query::{Filter, Param, Query, Value};
pub use view::{Chip, Column, Heading, Pager, SelectOption, Tab, describe, select_option};

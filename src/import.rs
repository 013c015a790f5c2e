//! Import of accounts from a table: reads the file, recognizes its columns, checks each cell.
//!
//! Nothing here changes a cell. Everything that was decided without a person, such as the encoding
//! and the separator, is among the findings of the table, so that a page can show it.

mod cells;
mod columns;
mod encoding;
mod findings;
mod header;
mod read;
mod records;
mod rows;
mod table;
mod text;
mod xlsx;

pub use cells::{CellContext, CellError, CheckedCells, RowDefaults, check, error_kind};
pub use columns::{Column, Mapping, template};
pub use read::{read, read_text};
pub use table::{
    Encoding, Format, MAX_BYTES, MAX_COLUMNS, MAX_ROWS, ReadError, ReadOptions, Separator, Table,
    TableRow, Worksheet,
};

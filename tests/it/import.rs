//! Reading the file of an import: any bytes become a table or a sentence, never a guess.

mod bombs;
mod cells;
mod columns;
mod files;
mod header;
mod properties;
mod spreadsheets;
mod workbook;

use reseller_portal::import::{ReadError, ReadOptions, Table, read};

fn read_file(bytes: impl AsRef<[u8]>) -> Result<Table, ReadError> {
    read(bytes.as_ref(), "customers.csv", &ReadOptions::default())
}

/// Returns the sentence with which a file is refused.
#[track_caller]
fn refusal(bytes: impl AsRef<[u8]>) -> String {
    read_file(bytes).unwrap_err().to_string()
}

/// Returns the lines of the rows below the header, each with its cells.
fn rows(table: &Table) -> Vec<(u64, Vec<&str>)> {
    let rows = table.rows.iter();
    rows.map(|row| (row.line, row.cells.iter().map(String::as_str).collect()))
        .collect()
}

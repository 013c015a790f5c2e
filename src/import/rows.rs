//! Rows of a table while it is read, with the limits on their number and size.

use super::findings::{counted, lines};
use super::header;
use super::table::{Format, MAX_ROWS, ReadError, Table, TableRow};
use crate::domain::text::group_thousands;

/// Maximum length of a cell, in characters. Notes are the longest.
const MAX_CELL_LENGTH: usize = 10_000;

/// Rows read so far. The first one that is not empty is the header.
#[derive(Default)]
pub(super) struct Rows {
    header: Option<TableRow>,
    body: Vec<TableRow>,
    /// Empty rows since the last row with a value. Those at the end do not count.
    empty: usize,
    skipped: usize,
    /// Lines of rows with more cells than the header.
    longer: Vec<u64>,
}

impl Rows {
    /// Adds empty rows.
    pub(super) const fn skip(&mut self, empty: usize) {
        self.empty = self.empty.saturating_add(empty);
    }

    /// Adds a row.
    pub(super) fn push(&mut self, line: u64, cells: Vec<String>) -> Result<(), ReadError> {
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            self.skip(1);
            return Ok(());
        }
        self.skipped = self.skipped.saturating_add(std::mem::take(&mut self.empty));
        check_length(line, &cells)?;
        let row = TableRow { line, cells };
        let Some(header) = &self.header else {
            self.header = Some(row);
            return Ok(());
        };
        if self.body.len() == MAX_ROWS {
            return Err(ReadError::new(
                "The table has more than 20,000 rows. Split it into several files.",
            ));
        }
        let extra = row.cells.get(header.cells.len()..).unwrap_or_default();
        if extra.iter().any(|cell| !cell.trim().is_empty()) {
            self.longer.push(line);
        }
        self.body.push(row);
        Ok(())
    }

    /// Returns `true` if no row has a value.
    pub(super) const fn is_empty(&self) -> bool {
        self.header.is_none()
    }

    /// Returns the number of these lines that have a row, and the number of these columns that the
    /// header has. Both are sorted; columns count from 0.
    pub(super) fn count_present(&self, lines: &[u64], columns: &[usize]) -> (usize, usize) {
        let rows = self.header.iter().chain(&self.body);
        let present = rows.filter(|row| lines.binary_search(&row.line).is_ok());
        let width = self.header.as_ref().map_or(0, |header| header.cells.len());
        let columns = columns.iter().filter(|column| **column < width);
        (present.count(), columns.count())
    }

    /// Returns the table, with the findings about its rows after the given ones.
    pub(super) fn finish(
        self,
        format: Format,
        mut findings: Vec<String>,
    ) -> Result<Table, ReadError> {
        let Some(header) = self.header else {
            return Err(ReadError::new("The file is empty."));
        };
        findings.extend(header::check(&header)?);
        if self.body.is_empty() {
            return Err(ReadError::new(
                "The file has only one row. The first row names the columns, and the accounts follow below it.",
            ));
        }
        match self.skipped {
            0 => {}
            1 => findings.push("1 empty row was skipped.".to_owned()),
            many => findings.push(format!(
                "{} were skipped.",
                counted(many, "row", "empty rows")
            )),
        }
        match self.longer.as_slice() {
            [] => {}
            [line] => findings.push(format!(
                "Line {} has more cells than the header.",
                number(*line)
            )),
            many => findings.push(format!(
                "{} have more cells than the header: {}.",
                counted(many.len(), "row", "rows"),
                lines(many)
            )),
        }
        Ok(Table {
            header: header.cells,
            rows: self.body,
            format,
            findings,
        })
    }
}

fn check_length(line: u64, cells: &[String]) -> Result<(), ReadError> {
    let is_long =
        |cell: &&String| cell.len() > MAX_CELL_LENGTH && cell.chars().count() > MAX_CELL_LENGTH;
    if cells.iter().any(|cell| is_long(&cell)) {
        return Err(ReadError::new(format!(
            "A cell in line {} has more than 10,000 characters. Shorten it.",
            number(line)
        )));
    }
    Ok(())
}

fn number(line: u64) -> String {
    group_thousands(i64::try_from(line).unwrap_or(i64::MAX))
}

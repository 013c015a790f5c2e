//! Tables in XLSX files, read cell by cell.
//!
//! `archive` first checks that the file unpacks to a bounded size. A sheet is never held as a
//! dense grid, so a cell in the last row of a million costs nothing.

use std::io::Cursor;
use std::panic;

use archive::Archive;
use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx};

use super::findings::{counted, join, lines};
use super::rows::Rows;
use super::table::{Format, MAX_COLUMNS, ReadError, ReadOptions, Table, Worksheet};

mod archive;
mod hidden;
mod xml;

type Workbook<'a> = Xlsx<Cursor<&'a [u8]>>;

/// Maximum number of sheets, because a page lists them.
const MAX_WORKSHEETS: usize = 200;
/// Number of rows that a sheet can have.
const MAX_LINE: u64 = 1_048_576;
/// First serial number that is no date. It would be in the year 10000.
const END_OF_DATES: f64 = 2_958_466.0;

/// Reads a sheet of an XLSX file: the chosen one, or the first visible one with values.
pub(super) fn read(bytes: &[u8], options: &ReadOptions) -> Result<Table, ReadError> {
    let chosen = options.sheet.as_deref();
    // The library's arithmetic on cell references may overflow, which panics in debug builds.
    panic::catch_unwind(|| read_workbook(bytes, chosen)).unwrap_or_else(|_| Err(damaged()))
}

fn read_workbook(bytes: &[u8], chosen: Option<&str>) -> Result<Table, ReadError> {
    let mut archive = Archive::open(bytes)?;
    let mut workbook = Workbook::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    let all: Vec<(usize, Worksheet)> = workbook
        .sheets_metadata()
        .iter()
        .enumerate()
        .filter(|(_, sheet)| sheet.typ == SheetType::WorkSheet)
        .map(|(index, sheet)| {
            let name = sheet.name.clone();
            let is_hidden = sheet.visible != SheetVisible::Visible;
            (index, Worksheet { name, is_hidden })
        })
        .collect();
    if all.len() > MAX_WORKSHEETS {
        return Err(ReadError::new(format!(
            "The file has more than {MAX_WORKSHEETS} sheets. Save the one to import as its own file."
        )));
    }
    let mut empty = Vec::new();
    for (index, worksheet) in candidates(&all, chosen)? {
        let content = read_cells(&mut workbook, &worksheet.name)?;
        if content.rows.is_empty() {
            empty.push(format!("“{}”", worksheet.name));
            continue;
        }
        let mut findings = vec![sheet_finding(&all, worksheet)];
        if !empty.is_empty() {
            let verb = if empty.len() == 1 { "is" } else { "are" };
            findings.push(format!("{} {verb} empty.", join(&empty)));
        }
        findings.extend(hidden::findings(&mut archive, *index, &content.rows));
        findings.extend(content.findings());
        let format = Format::Spreadsheet {
            sheet: worksheet.name.clone(),
            sheets: all.iter().map(|(_, sheet)| sheet.clone()).collect(),
        };
        return content.rows.finish(format, findings);
    }
    Err(ReadError::new(match chosen {
        Some(name) => format!("The sheet “{name}” is empty. Choose another sheet."),
        None => "The file is empty.".to_owned(),
    }))
}

/// Returns the sheets to try: the chosen one; else those that are visible, and then the others.
fn candidates<'a>(
    all: &'a [(usize, Worksheet)],
    chosen: Option<&str>,
) -> Result<Vec<&'a (usize, Worksheet)>, ReadError> {
    if let Some(chosen) = chosen {
        let found = all.iter().find(|(_, sheet)| sheet.name == chosen);
        return found.map(|found| vec![found]).ok_or_else(|| {
            let names: Vec<String> = all.iter().map(|(_, sheet)| sheet.to_string()).collect();
            ReadError::new(format!(
                "The file has no sheet “{chosen}”. Its sheets: {}.",
                join(&names)
            ))
        });
    }
    let (hidden, visible): (Vec<_>, Vec<_>) = all.iter().partition(|(_, sheet)| sheet.is_hidden);
    Ok([visible, hidden].concat())
}

fn sheet_finding(all: &[(usize, Worksheet)], read: &Worksheet) -> String {
    let hidden: Vec<String> = all
        .iter()
        .filter(|(_, sheet)| sheet.is_hidden)
        .map(|(_, sheet)| format!("“{}”", sheet.name))
        .collect();
    let number = counted(all.len(), "sheet", "sheets");
    let verb = if hidden.len() == 1 { "is" } else { "are" };
    match hidden.as_slice() {
        [] => format!("Read the sheet “{}” of {number}.", read.name),
        hidden => format!(
            "Read the sheet “{}” of {number}; {} {verb} hidden.",
            read.name,
            join(hidden)
        ),
    }
}

/// Values of a sheet, and the lines with something to mention.
#[derive(Default)]
struct Content {
    rows: Rows,
    without_value: Vec<u64>,
    errors: Vec<u64>,
    has_dates: bool,
    has_booleans: bool,
}

impl Content {
    fn findings(&self) -> Vec<String> {
        let mut findings = Vec::new();
        match self.without_value.as_slice() {
            [] => {}
            [line] => findings.push(format!(
                "1 formula has no stored value, so its cell is empty: {}.",
                lines(&[*line])
            )),
            many => findings.push(format!(
                "{} have no stored value, so their cells are empty: {}.",
                counted(many.len(), "formula", "formulas"),
                lines(&without_repeats(many))
            )),
        }
        if !self.errors.is_empty() {
            let cells = counted(self.errors.len(), "cell has", "cells have");
            let at = lines(&without_repeats(&self.errors));
            findings.push(format!("{cells} an error such as #N/A as value: {at}."));
        }
        if self.has_dates {
            findings.push("Dates are read as year, month and day: 2026-01-31.".to_owned());
        }
        if self.has_booleans {
            findings.push("Cells with a logical value are read as TRUE or FALSE.".to_owned());
        }
        findings
    }

    /// Adds a finished row, and the empty ones before the next.
    fn push(&mut self, line: u64, cells: Vec<String>, next: u64) -> Result<(), ReadError> {
        if line > 0 {
            self.rows.push(line, cells)?;
        }
        let gap = next.saturating_sub(line + 1);
        self.rows.skip(usize::try_from(gap).unwrap_or(usize::MAX));
        Ok(())
    }

    /// Returns a value as text.
    fn text(&mut self, line: u64, value: DataRef<'_>) -> String {
        match value {
            DataRef::Empty => String::new(),
            DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text,
            DataRef::SharedString(text) => text.to_owned(),
            DataRef::Int(number) => number.to_string(),
            DataRef::Float(number) => number_text(number),
            DataRef::Bool(is_true) => {
                self.has_booleans = true;
                if is_true { "TRUE" } else { "FALSE" }.to_owned()
            }
            DataRef::DateTime(at) => match date_text(at) {
                Some(date) => {
                    self.has_dates = true;
                    date
                }
                None => number_text(at.as_f64()),
            },
            DataRef::Error(error) => {
                self.errors.push(line);
                error.to_string()
            }
        }
    }
}

fn read_cells(workbook: &mut Workbook<'_>, name: &str) -> Result<Content, ReadError> {
    let mut reader = workbook
        .worksheet_cells_reader(name)
        .map_err(|_| damaged())?;
    let mut content = Content::default();
    let mut line = 0;
    let mut cells: Vec<String> = Vec::new();
    while let Some(cell) = reader
        .next_cell_with_formula_metadata()
        .map_err(|_| damaged())?
    {
        let (row, column) = cell.pos;
        let cell_line = u64::from(row) + 1;
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if cell.formula.is_some() && cell.value == DataRef::Empty {
            content.without_value.push(cell_line);
        }
        let text = content.text(cell_line, cell.value);
        if text.is_empty() {
            continue;
        }
        if column >= MAX_COLUMNS {
            return Err(ReadError::new(format!(
                "The sheet “{name}” has more than {MAX_COLUMNS} columns. Remove those that are not needed."
            )));
        }
        if cell_line < line || cell_line > MAX_LINE {
            return Err(damaged());
        }
        if cell_line > line {
            content.push(line, std::mem::take(&mut cells), cell_line)?;
            line = cell_line;
        }
        if cells.len() <= column {
            cells.resize(column + 1, String::new());
        }
        cells[column] = text;
    }
    content.push(line, cells, line)?;
    Ok(content)
}

/// Returns a number as text: `5` for 5.0, and never an exponent.
fn number_text(number: f64) -> String {
    // The sum turns negative zero into zero.
    (number + 0.0).to_string()
}

/// Returns a date, a time or both as text. Returns `None` for a duration, or if it is out of range.
fn date_text(at: ExcelDateTime) -> Option<String> {
    if at.is_duration() || !(0.0..END_OF_DATES).contains(&at.as_f64()) {
        return None;
    }
    let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    Some(match (at.as_f64() < 1.0, (hour, minute, second)) {
        (true, _) => time,
        (false, (0, 0, 0)) => date,
        (false, _) => format!("{date} {time}"),
    })
}

fn without_repeats(lines: &[u64]) -> Vec<u64> {
    let mut lines = lines.to_vec();
    lines.dedup();
    lines
}

/// Returns the error of a file that is not as XLSX files are.
fn damaged() -> ReadError {
    ReadError::new(
        "The spreadsheet is damaged, or it is not XLSX. Open it in a spreadsheet program, \
         save it as XLSX or CSV, and upload that file.",
    )
}

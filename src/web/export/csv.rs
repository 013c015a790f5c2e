//! Writer of CSV files: UTF-8 with a byte order mark, quoted by column type, without formulas.

use std::fmt::Display;

use crate::domain::text::is_format;

/// Byte order mark, which tells spreadsheets that the file is UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Separator of several values in one cell. Names are single lines, so no value contains it.
pub const LIST_SEPARATOR: &str = "\n";

/// Cell of a row. The type of its column decides how it is written, not the look of its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Quoted text, even if it looks like a number. IDs, times and yes or no are text too.
    Text(String),
    /// Number without quotes; empty if unknown.
    Number(String),
    /// Quoted text that stays as it is, from a file that a person uploaded.
    Unchanged(String),
}

impl Cell {
    /// Creates a cell with a text.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers give numbers, times and texts as they have them"
    )]
    pub fn text(value: impl ToString) -> Self {
        Self::Text(value.to_string())
    }

    /// Creates a cell with a text, which is empty for `None`.
    pub fn optional_text(value: Option<impl ToString>) -> Self {
        Self::Text(value.map(|value| value.to_string()).unwrap_or_default())
    }

    /// Creates a cell with a number.
    pub fn number(value: impl Display) -> Self {
        Self::Number(value.to_string())
    }

    /// Creates a cell with a number, which is empty for `None`.
    pub fn optional_number(value: Option<impl Display>) -> Self {
        Self::Number(value.map(|value| value.to_string()).unwrap_or_default())
    }

    /// Creates a cell with several texts, one per line.
    pub fn list<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let values: Vec<String> = values
            .into_iter()
            .map(|value| value.split(['\n', '\r']).collect::<Vec<_>>().join(" "))
            .collect();
        Self::Text(values.join(LIST_SEPARATOR))
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Text(text) => {
                out.push('"');
                if is_formula(text) {
                    out.push('\'');
                }
                out.push_str(&text.replace('"', "\"\""));
                out.push('"');
            }
            Self::Number(number) => out.push_str(number),
            Self::Unchanged(text) => {
                out.push('"');
                out.push_str(&text.replace('"', "\"\""));
                out.push('"');
            }
        }
    }
}

/// CSV text in memory: a small table, or a part of a long one.
pub struct CsvWriter(String);

impl CsvWriter {
    /// Starts a file with the names of its columns.
    #[must_use]
    pub fn with_header(columns: &[&str]) -> Self {
        let cells: Vec<Cell> = columns.iter().map(|name| Cell::text(*name)).collect();
        Self::with_header_cells(&cells)
    }

    /// Starts a file with these cells as its header.
    #[must_use]
    pub fn with_header_cells(cells: &[Cell]) -> Self {
        let mut sheet = Self(BYTE_ORDER_MARK.to_owned());
        sheet.write_row(cells);
        sheet
    }

    /// Starts a further part of a file, without column names.
    #[must_use]
    pub const fn without_header() -> Self {
        Self(String::new())
    }

    pub fn write_row(&mut self, cells: &[Cell]) {
        for (at, cell) in cells.iter().enumerate() {
            if at > 0 {
                self.0.push(',');
            }
            cell.write(&mut self.0);
        }
        self.0.push('\n');
    }

    /// Returns the bytes.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

/// Returns `true` if a spreadsheet would read a text as a formula. Some spreadsheets ignore leading
/// blanks, so they are skipped.
fn is_formula(text: &str) -> bool {
    let is_sign = |c: char| {
        matches!(
            c,
            '=' | '+'
                | '-'
                | '@'
                | '\t'
                | '\r'
                | '\n'
                | '\u{ff1d}'
                | '\u{ff0b}'
                | '\u{ff0d}'
                | '\u{ff20}'
        )
    };
    let shown =
        text.trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || is_format(c));
    text.starts_with(is_sign) || shown.starts_with(is_sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(cell: &Cell) -> String {
        let mut out = String::new();
        cell.write(&mut out);
        out
    }

    #[test]
    fn no_text_is_a_formula_and_numbers_are_numbers() {
        for (text, cell) in [
            ("=1+1", "\"'=1+1\""),
            ("+31", "\"'+31\""),
            ("-5", "\"'-5\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\tx", "\"'\tx\""),
            (" =2", "\"' =2\""),
            ("\u{200b}\u{feff}=2", "\"'\u{200b}\u{feff}=2\""),
            ("\u{ff1d}2", "\"'\u{ff1d}2\""),
            ("a=b", "\"a=b\""),
            ("", "\"\""),
            ("007", "\"007\""),
            ("1e5", "\"1e5\""),
            ("a \"b\", c;\nd", "\"a \"\"b\"\", c;\nd\""),
        ] {
            assert_eq!(written(&Cell::text(text)), cell);
        }
        assert_eq!(written(&Cell::number(-12.5)), "-12.5");
        assert_eq!(written(&Cell::optional_number(None::<u32>)), "");
    }

    #[test]
    fn values_of_one_cell_cannot_be_mistaken_for_others() {
        assert_ne!(Cell::list(["a, b", "c"]), Cell::list(["a", "b, c"]));
        assert_eq!(written(&Cell::list(["a;\n b", "c"])), "\"a;  b\nc\"");
    }

    #[test]
    fn a_file_begins_with_its_byte_order_mark_and_goes_on_without() {
        let mut begun = CsvWriter::with_header(&["id", "limit"]);
        begun.write_row(&[Cell::text("12"), Cell::number(12)]);
        assert_eq!(
            begun.finish(),
            "\u{feff}\"id\",\"limit\"\n\"12\",12\n".as_bytes()
        );
        let mut more = CsvWriter::without_header();
        more.write_row(&[Cell::text("13")]);
        assert_eq!(more.finish(), b"\"13\"\n");
    }
}

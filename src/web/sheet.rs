//! Tables that people take away as CSV files: cells that no spreadsheet takes for a formula, and the answer's headers.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use rust_decimal::Decimal;

use super::error::Error;

/// Rows of CSV, in memory: the whole of a small table, or a piece of a long one.
pub struct Sheet(csv::Writer<Vec<u8>>);

impl Default for Sheet {
    fn default() -> Self {
        // Text is always quoted: where a spreadsheet takes a semicolon for the end of a cell, what follows one is still text.
        let mut csv = csv::WriterBuilder::new();
        let csv = csv.flexible(true).quote_style(csv::QuoteStyle::NonNumeric);
        Self(csv.from_writer(Vec::new()))
    }
}

impl Sheet {
    /// Adds a row; what a spreadsheet would take for a formula gets a `'` before it.
    ///
    /// # Errors
    /// [`Error::Internal`], which writing to memory does not end in.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) -> Result<(), Error> {
        let cells = cells.into_iter().map(safe);
        self.0.write_record(cells.map(String::into_bytes)).map_err(failed)
    }

    /// The bytes.
    ///
    /// # Errors
    /// [`Error::Internal`], which writing to memory does not end in.
    pub fn finish(self) -> Result<Vec<u8>, Error> {
        self.0.into_inner().map_err(|error| failed(error.into_error()))
    }
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("csv: {error}"))
}

/// A cell that starts as formulas do, white space before it or not, is text for every spreadsheet; an amount below zero is
/// a number.
fn safe(cell: &str) -> String {
    let formula = |c: char| {
        matches!(
            c,
            '=' | '+' | '-' | '@' | '\t' | '\r' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}'
        )
    };
    let starts = cell.starts_with(formula) || cell.trim_start().starts_with(formula);
    let number = cell.parse::<Decimal>().is_ok() && !cell.starts_with('+');
    if starts && !number {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

/// The CSV file that a browser saves under this name, which is ASCII without quotes.
pub fn file(name: &str, body: impl Into<Body>) -> Response {
    download(name, "text/csv; charset=utf-8", body)
}

/// The answer that a browser saves under this name, which is ASCII without quotes.
pub fn download(name: &str, content_type: &'static str, body: impl Into<Body>) -> Response {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let mut response = body.into().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(
        header::CONTENT_DISPOSITION,
        disposition.unwrap_or(HeaderValue::from_static("attachment")),
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        let mut sheet = Sheet::default();
        sheet
            .row([
                "=1+1",
                "+31",
                "-5",
                "-12.50",
                "-5+1",
                "@SUM(A1)",
                "\tx",
                " =2",
                "a=b",
                "",
                "x;=1+1",
                "a \"b\", c\nd",
            ])
            .expect("a row");
        let text = String::from_utf8(sheet.finish().expect("bytes")).expect("text");
        assert_eq!(
            text,
            "\"'=1+1\",\"'+31\",-5,-12.50,\"'-5+1\",\"'@SUM(A1)\",\"'\tx\",\"' =2\",\"a=b\",\"\",\"x;=1+1\",\"a \"\"b\"\", c\nd\"\n"
        );
    }
}

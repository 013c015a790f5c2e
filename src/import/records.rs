//! Rows of a text with separators and quoted cells (RFC 4180), each with its first line.
//!
//! A quotation mark that is not closed, or closed in the middle of a cell, is an error. Lenient
//! readers would move the cells of later rows into one.

use super::table::{MAX_COLUMNS, ReadError, Separator};
use crate::domain::text::group_thousands;

/// Reader of the rows of a text.
pub(super) struct Records<'a> {
    rest: &'a str,
    line: u64,
    separator: u8,
}

/// Row with its first line, from 1.
pub(super) struct Record {
    pub(super) line: u64,
    pub(super) cells: Vec<String>,
}

/// Reason why a row cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordError {
    /// A quotation mark in this line is never closed.
    Unclosed(u64),
    /// A quoted cell begins in the first line, and in the second line text follows its end.
    ClosedInside(u64, u64),
    /// The row in this line has too many cells.
    TooWide(u64),
}

impl From<RecordError> for ReadError {
    fn from(error: RecordError) -> Self {
        let line = |line: u64| group_thousands(i64::try_from(line).unwrap_or(i64::MAX));
        Self::new(match error {
            RecordError::Unclosed(begin) => {
                format!(
                    "The quotation mark in line {} is never closed. Close or remove it.",
                    line(begin)
                )
            }
            RecordError::ClosedInside(begin, end) => format!(
                "The quotation mark in line {} is closed in line {}, but more text follows. \
                 Write each quotation mark inside a quoted cell twice.",
                line(begin),
                line(end)
            ),
            RecordError::TooWide(at) => format!(
                "Line {} has more than {MAX_COLUMNS} cells. Is the separator right?",
                line(at)
            ),
        })
    }
}

impl<'a> Records<'a> {
    /// Creates a reader of a text, whose first line has this number.
    pub(super) const fn new(text: &'a str, first_line: u64, separator: Separator) -> Self {
        Self {
            rest: text,
            line: first_line,
            separator: separator.byte(),
        }
    }

    fn cell(&mut self) -> Result<String, RecordError> {
        if let Some(quoted) = self.rest.strip_prefix('"') {
            return self.quoted_cell(quoted);
        }
        let end = memchr::memchr3(self.separator, b'\n', b'\r', self.rest.as_bytes());
        let (cell, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        Ok(cell.to_owned())
    }

    fn quoted_cell(&mut self, mut rest: &'a str) -> Result<String, RecordError> {
        let begin = self.line;
        let mut cell = String::new();
        loop {
            let end = memchr::memchr(b'"', rest.as_bytes()).ok_or(RecordError::Unclosed(begin))?;
            cell.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            match rest.strip_prefix('"') {
                Some(after) => {
                    cell.push('"');
                    rest = after;
                }
                None => break,
            }
        }
        self.rest = rest;
        self.line += line_breaks(&cell);
        match rest.bytes().next() {
            Some(byte) if byte != self.separator && byte != b'\n' && byte != b'\r' => {
                Err(RecordError::ClosedInside(begin, self.line))
            }
            _ => Ok(cell),
        }
    }

    /// Skips what ends a cell. Returns `true` if another cell of the row follows.
    fn skip_end(&mut self) -> bool {
        if self.rest.as_bytes().first() == Some(&self.separator) {
            self.rest = &self.rest[1..];
            return true;
        }
        if !self.rest.is_empty() {
            let length = if self.rest.starts_with("\r\n") { 2 } else { 1 };
            self.rest = &self.rest[length..];
            self.line += 1;
        }
        false
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let line = self.line;
        let mut cells = Vec::new();
        loop {
            match self.cell() {
                Ok(cell) => cells.push(cell),
                Err(error) => return Some(Err(error)),
            }
            if cells.len() > MAX_COLUMNS {
                return Some(Err(RecordError::TooWide(line)));
            }
            if !self.skip_end() {
                return Some(Ok(Record { line, cells }));
            }
        }
    }
}

/// Counts the line breaks of a text: `\n`, `\r\n`, and `\r` alone.
fn line_breaks(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let breaks = memchr::memchr2_iter(b'\n', b'\r', bytes)
        .filter(|at| bytes[*at] == b'\n' || bytes.get(at + 1) != Some(&b'\n'));
    breaks.map(|_| 1).sum()
}

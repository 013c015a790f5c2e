//! Table that a file or a pasted text holds, and the choices with which it is read.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::string_enum::string_enum;

/// Maximum size of a file, in bytes.
pub const MAX_BYTES: usize = 10 << 20;
/// Maximum number of rows below the header.
pub const MAX_ROWS: usize = 20_000;
/// Maximum number of columns.
pub const MAX_COLUMNS: usize = 100;

string_enum! {
    /// Encoding of a text file.
    pub enum Encoding {
        /// UTF-8, with or without a byte order mark.
        Utf8 = "utf-8", "UTF-8";
        /// UTF-16 with the low byte first, as Excel writes "Unicode text".
        Utf16Le = "utf-16le", "UTF-16 (little-endian)";
        /// UTF-16 with the high byte first.
        Utf16Be = "utf-16be", "UTF-16 (big-endian)";
        /// Windows-1252, as older spreadsheets write CSV.
        Windows1252 = "windows-1252", "Windows-1252 (Western European)";
    }
}

string_enum! {
    /// Separator of the cells of a row.
    pub enum Separator {
        /// `,`
        Comma = "comma", "Comma";
        /// `;`, as spreadsheets write in countries with a decimal comma.
        Semicolon = "semicolon", "Semicolon";
        /// A tab, as copied from a spreadsheet.
        Tab = "tab", "Tab";
    }
}

impl Separator {
    /// Returns the character, which is always ASCII.
    pub(super) const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }
}

/// Choices of a person about a file. `None` leaves the decision to the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReadOptions {
    /// Encoding of a text file.
    pub encoding: Option<Encoding>,
    /// Separator of the cells of a text file.
    pub separator: Option<Separator>,
    /// Name of the sheet of a spreadsheet.
    pub sheet: Option<String>,
}

/// Reason why a file cannot be read, as sentences that say what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ReadError(String);

impl ReadError {
    pub(super) fn new(sentences: impl Into<String>) -> Self {
        Self(sentences.into())
    }
}

/// Table as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Cells of the first row that is not empty.
    pub header: Vec<String>,
    /// Rows below the header, without empty ones.
    pub rows: Vec<TableRow>,
    /// Format in which it was read.
    pub format: Format,
    /// Sentences about everything that was decided or noticed while reading.
    pub findings: Vec<String>,
}

/// Row of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableRow {
    /// Number of its first line in the text, or of its row in the spreadsheet, from 1.
    pub line: u64,
    /// Cells, unchanged. There are as many as the row has, not as the header.
    pub cells: Vec<String>,
}

/// Format in which a table was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Format {
    /// Text with separators.
    Text {
        /// Encoding that was used.
        encoding: Encoding,
        /// Separator that was used.
        separator: Separator,
    },
    /// Sheet of an XLSX file.
    Spreadsheet {
        /// Name of the sheet that was read.
        sheet: String,
        /// All sheets, in the order of the file.
        sheets: Vec<Worksheet>,
    },
}

/// Sheet that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worksheet {
    /// Name, by which it is chosen.
    pub name: String,
    /// True if the spreadsheet does not show it.
    pub is_hidden: bool,
}

impl fmt::Display for Worksheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        f.write_str(if self.is_hidden { " (hidden)" } else { "" })
    }
}

//! Reading of a file or a pasted text, whose kind its first bytes decide.

use super::table::{MAX_BYTES, ReadError, ReadOptions, Table};
use super::{text, xlsx};

/// First bytes of files that are often uploaded by mistake, and the sentence about each.
const OTHER_FILES: [(&[u8], &str); 9] = [
    (
        b"\xd0\xcf\x11\xe0",
        "This is an Excel file of the old format (.xls), or it is protected with a password. \
         Save it as .xlsx without a password, and upload that file.",
    ),
    (
        b"%PDF",
        "This is a PDF. Save the table as CSV or XLSX, and upload that file.",
    ),
    (
        b"\x1f\x8b",
        "This is a compressed file. Upload the table itself.",
    ),
    (
        b"7z\xbc\xaf",
        "This is a compressed file. Upload the table itself.",
    ),
    (
        b"Rar!",
        "This is a compressed file. Upload the table itself.",
    ),
    (
        b"{\\rtf",
        "This is a text document. Save the table as CSV or XLSX, and upload that file.",
    ),
    (
        b"<?xml",
        "This is an XML file. Save the table as CSV or XLSX, and upload that file.",
    ),
    (
        b"<html",
        "This is a web page. Save the table as CSV or XLSX, and upload that file.",
    ),
    (
        b"<!doc",
        "This is a web page. Save the table as CSV or XLSX, and upload that file.",
    ),
];

/// Reads a file as a table. The name is only for the findings: the contents decide the format.
///
/// It may take a second, so it does not belong on a thread that serves requests.
///
/// # Errors
/// Fails with [`ReadError`] if it is no table, too large, damaged, or has a column with secrets.
pub fn read(bytes: &[u8], file_name: &str, options: &ReadOptions) -> Result<Table, ReadError> {
    check_size(bytes.len())?;
    if bytes.starts_with(b"PK") && matches!(bytes.get(2..4), Some([3, 4] | [5, 6])) {
        return xlsx::read(bytes, options);
    }
    let start = bytes.trim_ascii_start();
    let is_start = |first: &[u8]| {
        let head = start.get(..first.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(first))
    };
    if let Some((_, sentence)) = OTHER_FILES.iter().find(|(first, _)| is_start(first)) {
        return Err(ReadError::new(*sentence));
    }
    let suffix = file_name.rsplit_once('.').map_or("", |(_, suffix)| suffix);
    let is_named_otherwise = ["xlsx", "xls", "xlsm", "ods"]
        .iter()
        .any(|other| suffix.eq_ignore_ascii_case(other));
    let findings = if is_named_otherwise {
        vec!["The file is named like a spreadsheet, but it is text.".to_owned()]
    } else {
        Vec::new()
    };
    text::read_file(bytes, options, findings)
}

/// Reads a pasted text as a table.
///
/// # Errors
/// Fails with [`ReadError`] if it is no table, too large, or has a column with secrets.
pub fn read_text(text: &str, options: &ReadOptions) -> Result<Table, ReadError> {
    check_size(text.len())?;
    text::read_pasted(text, options)
}

fn check_size(bytes: usize) -> Result<(), ReadError> {
    match bytes {
        0 => Err(ReadError::new("The file is empty.")),
        1..=MAX_BYTES => Ok(()),
        _ => Err(ReadError::new(
            "The file is larger than 10 MB. Split it into several files.",
        )),
    }
}

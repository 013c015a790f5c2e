//! Tables in text with separators: CSV files, and text that someone pasted.

use super::encoding;
use super::records::{RecordError, Records};
use super::rows::Rows;
use super::table::{Encoding, Format, MAX_COLUMNS, ReadError, ReadOptions, Separator, Table};

/// Reads a text file.
pub(super) fn read_file(
    bytes: &[u8],
    options: &ReadOptions,
    mut findings: Vec<String>,
) -> Result<Table, ReadError> {
    let (text, encoding) = encoding::decode(bytes, options.encoding)?;
    let is_utf8_too = encoding == Encoding::Windows1252
        && !bytes.is_ascii()
        && std::str::from_utf8(bytes).is_ok();
    if is_utf8_too {
        findings.push(
            "The file is valid UTF-8 too. If letters with accents look wrong, choose UTF-8."
                .to_owned(),
        );
    }
    let origin = format!("Read as {}", encoding.label());
    read_decoded(&text, encoding, options.separator, &origin, findings)
}

/// Reads a text that someone pasted.
pub(super) fn read_pasted(text: &str, options: &ReadOptions) -> Result<Table, ReadError> {
    if text.contains('\0') {
        return Err(ReadError::new(
            "The text contains a character that cannot be used here (NUL).",
        ));
    }
    let origin = "Read as pasted text";
    read_decoded(text, Encoding::Utf8, options.separator, origin, Vec::new())
}

fn read_decoded(
    text: &str,
    encoding: Encoding,
    chosen: Option<Separator>,
    origin: &str,
    findings: Vec<String>,
) -> Result<Table, ReadError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (text, first_line, stated) = split_statement(text);
    let separator = chosen.or(stated).unwrap_or_else(|| guess(text));
    let mut rows = Rows::default();
    for record in Records::new(text, first_line, separator) {
        let record = record?;
        rows.push(record.line, record.cells)?;
    }
    let separated = match separator {
        Separator::Comma => "commas",
        Separator::Semicolon => "semicolons",
        Separator::Tab => "tabs",
    };
    let mut all = vec![format!("{origin}, separated by {separated}.")];
    all.extend(findings);
    rows.finish(
        Format::Text {
            encoding,
            separator,
        },
        all,
    )
}

/// Splits off a first line such as `sep=;`, by which a file tells Excel its separator.
fn split_statement(text: &str) -> (&str, u64, Option<Separator>) {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    let line = line.trim_end_matches('\r').trim_matches('"');
    let stated = Separator::ALL.into_iter().find(|separator| {
        line.strip_prefix("sep=")
            .is_some_and(|rest| rest.as_bytes() == [separator.byte()])
    });
    match stated {
        Some(_) => (rest, 2, stated),
        None => (text, 1, None),
    }
}

/// Returns the separator that splits the header into the most cells. Without any, a comma.
fn guess(text: &str) -> Separator {
    let width = |separator: Separator| {
        let mut records = Records::new(text, 1, separator);
        let header = records.find(|record| match record {
            Ok(record) => record.cells.iter().any(|cell| !cell.trim().is_empty()),
            Err(_) => true,
        });
        match header {
            Some(Ok(record)) => record.cells.len(),
            Some(Err(RecordError::TooWide(_))) => MAX_COLUMNS + 1,
            Some(Err(_)) => 0,
            // With this separator, no cell has a value: the file is empty.
            None => usize::MAX,
        }
    };
    // `max_by_key` would prefer the last of equals.
    let mut best = (Separator::Comma, width(Separator::Comma));
    for separator in [Separator::Semicolon, Separator::Tab] {
        let width = width(separator);
        if width > best.1 {
            best = (separator, width);
        }
    }
    best.0
}

//! Encoding of an uploaded text: recognized by its first bytes, or chosen by a person.

use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::table::{Encoding, ReadError};
use crate::domain::text::group_thousands;

const NOT_TEXT: &str =
    "This is not a text file. Save the table as CSV or XLSX, and upload that file.";

/// Decodes a file. Without a choice, it is what its first bytes say, or UTF-8.
pub(super) fn decode(
    bytes: &[u8],
    chosen: Option<Encoding>,
) -> Result<(String, Encoding), ReadError> {
    let mark = by_mark(bytes);
    if let (Some(mark), Some(chosen)) = (mark, chosen)
        && mark != chosen
    {
        return Err(ReadError::new(format!(
            "The first bytes of the file say that it is {}, not {}. Choose {0}.",
            mark.label(),
            chosen.label()
        )));
    }
    let encoding = chosen.or(mark).unwrap_or(Encoding::Utf8);
    let decoder = match encoding {
        Encoding::Utf8 => {
            let text = std::str::from_utf8(bytes)
                .map_err(|error| not_utf8(bytes, error.valid_up_to(), chosen))?;
            return checked(text.to_owned(), encoding, bytes);
        }
        Encoding::Utf16Le => UTF_16LE,
        Encoding::Utf16Be => UTF_16BE,
        Encoding::Windows1252 => WINDOWS_1252,
    };
    let (text, is_malformed) = decoder.decode_with_bom_removal(bytes);
    if is_malformed {
        return Err(ReadError::new(format!(
            "The file is not {}, or it is damaged. Choose another encoding, or save the file again.",
            encoding.label()
        )));
    }
    checked(text.into_owned(), encoding, bytes)
}

/// Returns the encoding that a byte order mark states.
fn by_mark(bytes: &[u8]) -> Option<Encoding> {
    match bytes {
        [0xef, 0xbb, 0xbf, ..] => Some(Encoding::Utf8),
        [0xff, 0xfe, ..] => Some(Encoding::Utf16Le),
        [0xfe, 0xff, ..] => Some(Encoding::Utf16Be),
        _ => None,
    }
}

fn not_utf8(bytes: &[u8], valid_up_to: usize, chosen: Option<Encoding>) -> ReadError {
    if bytes.contains(&0) {
        return with_nul(bytes);
    }
    let before = bytes.get(..valid_up_to).unwrap_or(bytes);
    let line = 1 + memchr::memchr_iter(b'\n', before).count();
    let line = group_thousands(i64::try_from(line).unwrap_or(i64::MAX));
    ReadError::new(if chosen.is_some() {
        format!("Line {line} is not UTF-8. Choose another encoding.")
    } else {
        format!(
            "Line {line} is not UTF-8. If an older spreadsheet wrote the file, choose {}. \
             If only some lines are wrong, save the file again as UTF-8.",
            Encoding::Windows1252.label()
        )
    })
}

fn checked(
    text: String,
    encoding: Encoding,
    bytes: &[u8],
) -> Result<(String, Encoding), ReadError> {
    if text.contains('\0') {
        return Err(with_nul(bytes));
    }
    Ok((text, encoding))
}

/// Returns the error of a file with NULs. UTF-16 without a mark has one in every other place.
fn with_nul(bytes: &[u8]) -> ReadError {
    let start = bytes.get(..64).unwrap_or(bytes);
    let nuls = |parity: usize| {
        let places = start.iter().skip(parity).step_by(2);
        places.clone().count() > 0
            && places.clone().filter(|byte| **byte == 0).count() * 10 >= places.count() * 9
    };
    let encoding = match (nuls(0), nuls(1)) {
        (false, true) => Encoding::Utf16Le,
        (true, false) => Encoding::Utf16Be,
        _ => return ReadError::new(NOT_TEXT),
    };
    ReadError::new(format!(
        "The file looks like {0} without a byte order mark. Choose {0} as encoding.",
        encoding.label()
    ))
}

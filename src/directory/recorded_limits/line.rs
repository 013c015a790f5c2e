//! A pasted line with an ID or email address, and a limit.

use crate::domain::channels::ChannelLimit;
use crate::domain::text;

const FORMAT_HINT: &str = "Write an ID or email address, a comma, and the limit.";

/// Splits a line into its two columns. Each may be in quotes.
/// A comma, a semicolon, a tab or spaces separate them.
pub(super) fn split(line: &str) -> Result<(String, ChannelLimit), String> {
    let columns =
        columns(text::trim_invisible(line)).ok_or("A quote is not closed in this line.")?;
    let columns: Vec<String> = columns.into_iter().map(unquote).collect();
    match columns.as_slice() {
        [who, _] if who.is_empty() => Err("The ID or email address is missing.".to_owned()),
        [who, limit] => {
            let limit = ChannelLimit::parse(limit).map_err(|error| error.to_string())?;
            Ok((who.clone(), limit))
        }
        [] | [_] => Err(FORMAT_HINT.to_owned()),
        more => Err(format!(
            "This line has {} columns. {FORMAT_HINT} Write 1,200 as 1200 or in quotes.",
            more.len()
        )),
    }
}

/// Returns the columns, including quotes, or `None` if a quote is not closed.
fn columns(line: &str) -> Option<Vec<&str>> {
    let unquoted: String = mask_quoted(line)?;
    if let Some(separator) = ['\t', ';'].into_iter().find(|c| unquoted.contains(*c)) {
        return Some(cells(line, |c| c == separator));
    }
    // `id-1 1,000`: spaces separate the columns, and the comma groups digits.
    let grouped = |before: &str| {
        let last = before
            .trim()
            .rsplit_once(char::is_whitespace)
            .map(|(_, last)| last);
        last.is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if unquoted
        .split_once(',')
        .is_none_or(|(before, _)| grouped(before))
    {
        let cells = cells(line, char::is_whitespace);
        return Some(cells.into_iter().filter(|cell| !cell.is_empty()).collect());
    }
    let cells = cells(line, |c| c == ',');
    // If only the first comma has a space after it, the others group digits.
    let spaced = |cell: &str| cell.starts_with(char::is_whitespace);
    match cells.as_slice() {
        [who, limit, groups @ ..]
            if spaced(limit) && !groups.is_empty() && !groups.iter().any(|cell| spaced(cell)) =>
        {
            let rest = line.get(who.len() + 1..)?;
            Some(vec![who, rest])
        }
        _ => Some(cells),
    }
}

/// Replaces each character in quotes with `_`. Returns `None` if a quote is not closed.
fn mask_quoted(line: &str) -> Option<String> {
    let mut quoted = false;
    let plain = line
        .chars()
        .map(|c| {
            quoted ^= c == '"';
            if quoted || c == '"' { '_' } else { c }
        })
        .collect();
    (!quoted).then_some(plain)
}

/// Splits a line at separators outside quotes.
fn cells(line: &str, separates: impl Fn(char) -> bool) -> Vec<&str> {
    let mut quoted = false;
    line.split(|c: char| {
        quoted ^= c == '"';
        !quoted && separates(c)
    })
    .collect()
}

/// Returns the text of a column without surrounding space, invisible characters and quotes.
fn unquote(column: &str) -> String {
    let column = text::trim_invisible(column);
    let inside = column
        .strip_prefix('"')
        .and_then(|column| column.strip_suffix('"'));
    inside.map_or_else(
        || column.to_owned(),
        |inside| text::trim_invisible(&inside.replace("\"\"", "\"")).to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_an_id_or_an_address_and_a_limit_with_any_separator() {
        for line in [
            "a@b.example, 30",
            "a@b.example,30",
            "a@b.example , 30",
            "a@b.example;30",
            "a@b.example\t30",
            "  a@b.example   30 ",
            "a@b.example\u{a0}30",
            "\"a@b.example\",\"30\"",
            "\"a@b.example\", \"30\"",
            "\"a@b.example\";\"30\"",
            "\u{feff}a@b.example\u{200b},\u{2060}30\u{feff}",
            "\u{feff}\"a@b.example\"\t\"30\"\t",
        ] {
            let (who, limit) = split(line).unwrap();
            assert_eq!((who.as_str(), limit.get()), ("a@b.example", 30), "{line}");
        }
        for line in [
            "id-1, 1,000",
            "id-1;1,000",
            "id-1\t1,000",
            "id-1 1,000",
            "id-1,1000",
            "id-1,\"1,000\"",
            "\"id-1\", \"1,000\"",
        ] {
            assert_eq!(split(line).unwrap().1.get(), 1_000, "{line}");
        }
    }

    #[test]
    fn a_third_column_is_an_error_and_never_part_of_the_number() {
        for (line, columns) in [
            ("mueller@example.com,30,5", 3),
            ("mueller@example.com,30,500", 3),
            ("mueller@example.com,30,", 3),
            ("mueller@example.com, 30, 500", 3),
            ("mueller@example.com;30;5", 3),
            ("mueller@example.com\t30\t5", 3),
            ("mueller@example.com 30 500", 3),
            ("mueller@example.com,\"30\",\"500\"", 3),
            ("Müller GmbH,mueller@example.com,30", 3),
            ("a,b,c,d", 4),
        ] {
            let said = split(line).unwrap_err();
            assert!(
                said.starts_with(&format!("This line has {columns} columns.")),
                "{line}: {said}"
            );
        }
    }

    #[test]
    fn a_line_without_a_limit_says_what_is_missing_or_what_was_read() {
        for (line, said) in [
            ("a@b.example", "the limit"),
            ("\"a@b.example", "A quote is not closed"),
            ("a@b.example, -3", "“-3” is not one."),
            ("a@b.example, many", "“many” is not one."),
            (
                "a@b.example; 2,5",
                "“2,5” is not one: commas only separate groups of three",
            ),
            (
                "a@b.example, 30,5",
                "“30,5” is not one: commas only separate groups of three",
            ),
            ("a@b.example;1.5", "“1.5” is not one."),
            ("a@b.example;+5", "“+5” is not one."),
            ("a@b.example\t1 200", "“1 200” is not one."),
            ("a@b.example,", "Enter a whole number, 0 or more."),
            (
                "a@b.example, 99999999",
                "A channel limit is at most 1,000,000.",
            ),
            (", 3", "The ID or email address is missing."),
            ("\"\",3", "The ID or email address is missing."),
        ] {
            let found = split(line).unwrap_err();
            assert!(found.contains(said), "{line}: {found}");
        }
    }
}

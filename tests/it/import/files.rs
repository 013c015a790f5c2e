//! Text files: encodings, separators, quotes, lines, and bytes that are no text.

use reseller_portal::import::{
    Encoding, Format, MAX_BYTES, MAX_ROWS, ReadOptions, Separator, Table, read, read_text,
};

use super::{read_file, refusal, rows};

const TABLE: &str = "Organization name,Email\nBücher & Söhne,info@bücher.example\n";

fn utf16(text: &str, bytes_of: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes_of).collect()
}

fn chosen(encoding: Encoding) -> ReadOptions {
    ReadOptions {
        encoding: Some(encoding),
        ..ReadOptions::default()
    }
}

fn format(table: &Table) -> (Encoding, Separator) {
    match table.format {
        Format::Text {
            encoding,
            separator,
        } => (encoding, separator),
        Format::Spreadsheet { .. } => unreachable!("it is text"),
    }
}

#[test]
fn a_file_is_read_in_the_encoding_that_its_first_bytes_state() {
    let marked = format!("\u{feff}{TABLE}");
    for (bytes, encoding, finding) in [
        (
            TABLE.as_bytes().to_vec(),
            Encoding::Utf8,
            "Read as UTF-8, separated by commas.",
        ),
        (
            marked.clone().into_bytes(),
            Encoding::Utf8,
            "Read as UTF-8, separated by commas.",
        ),
        (
            utf16(&marked, u16::to_le_bytes),
            Encoding::Utf16Le,
            "Read as UTF-16 (little-endian), separated by commas.",
        ),
        (
            utf16(&marked, u16::to_be_bytes),
            Encoding::Utf16Be,
            "Read as UTF-16 (big-endian), separated by commas.",
        ),
    ] {
        let table = read_file(&bytes).unwrap();
        assert_eq!(format(&table), (encoding, Separator::Comma));
        assert_eq!(table.findings, [finding]);
        assert_eq!(table.header, ["Organization name", "Email"]);
        assert_eq!(
            rows(&table),
            [(2, vec!["Bücher & Söhne", "info@bücher.example"])]
        );
    }
}

#[test]
fn an_encoding_that_cannot_be_proven_is_read_by_choice_only() {
    let latin = b"Name,Email\nB\xfccher,a@b.example\n";
    assert_eq!(
        refusal(latin),
        "Line 2 is not UTF-8. If an older spreadsheet wrote the file, choose \
         Windows-1252 (Western European). If only some lines are wrong, save the file again as UTF-8."
    );
    let table = read(latin, "a.csv", &chosen(Encoding::Windows1252)).unwrap();
    assert_eq!(rows(&table), [(2, vec!["Bücher", "a@b.example"])]);
    assert_eq!(
        read(latin, "a.csv", &chosen(Encoding::Utf8))
            .unwrap_err()
            .to_string(),
        "Line 2 is not UTF-8. Choose another encoding."
    );

    let table = read(TABLE.as_bytes(), "a.csv", &chosen(Encoding::Windows1252)).unwrap();
    assert_eq!(rows(&table)[0].1[0], "BÃ¼cher & SÃ¶hne");
    assert!(
        table.findings[1].contains("choose UTF-8"),
        "{:?}",
        table.findings
    );

    let bare = utf16(TABLE, u16::to_le_bytes);
    assert_eq!(
        refusal(&bare),
        "The file looks like UTF-16 (little-endian) without a byte order mark. \
         Choose UTF-16 (little-endian) as encoding."
    );
    let table = read(&bare, "a.csv", &chosen(Encoding::Utf16Le)).unwrap();
    assert_eq!(rows(&table)[0].1[0], "Bücher & Söhne");
    assert!(refusal(utf16(TABLE, u16::to_be_bytes)).contains("UTF-16 (big-endian)"));
}

#[test]
fn a_choice_that_the_file_contradicts_is_an_error() {
    let marked = utf16("\u{feff}Name,Email\nA,a@b.example", u16::to_le_bytes);
    assert_eq!(
        read(&marked, "a.csv", &chosen(Encoding::Windows1252))
            .unwrap_err()
            .to_string(),
        "The first bytes of the file say that it is UTF-16 (little-endian), not \
         Windows-1252 (Western European). Choose UTF-16 (little-endian)."
    );
    let odd = &marked[..marked.len() - 1];
    assert!(refusal(odd).starts_with("The file is not UTF-16 (little-endian), or it is damaged."));
    let lone_surrogate = b"\xff\xfea\0\0\xd8b\0";
    assert!(refusal(lone_surrogate).contains("damaged"));
}

#[test]
fn the_separator_is_the_one_that_splits_the_header_most() {
    for (text, separator, cells) in [
        ("a,b;c,d\n1,2;3,4", Separator::Comma, vec!["1", "2;3", "4"]),
        (
            "a;b;c,d\n1;2;3,4",
            Separator::Semicolon,
            vec!["1", "2", "3,4"],
        ),
        ("a\tb\tc, d\n1\t2\t3", Separator::Tab, vec!["1", "2", "3"]),
        ("\"a;b;c\",d\n1,2", Separator::Comma, vec!["1", "2"]),
        ("\n \na;b\n1;2", Separator::Semicolon, vec!["1", "2"]),
        (
            "sep=;\r\na,b,c;d\r\n1;2",
            Separator::Semicolon,
            vec!["1", "2"],
        ),
    ] {
        let table = read_file(text).unwrap();
        assert_eq!(format(&table).1, separator, "{text:?}");
        assert_eq!(rows(&table)[0].1, cells, "{text:?}");
    }
    let options = ReadOptions {
        separator: Some(Separator::Semicolon),
        ..ReadOptions::default()
    };
    let table = read(b"a,b;c\n1,2;3", "a.csv", &options).unwrap();
    assert_eq!(rows(&table), [(2, vec!["1,2", "3"])]);
    let table = read_file("sep=;\na;b\n1;2").unwrap();
    assert_eq!(rows(&table), [(3, vec!["1", "2"])]);
}

#[test]
fn cells_stay_as_they_are_written_and_lines_count_as_in_an_editor() {
    let text = "Name,Note\r\n\" Acme \",\"two\r\nlines, \"\"quoted\"\"\"\r\n\r\n , \r\n=1+1,+31\rx@y, 6\" pipe \n,last";
    let table = read_file(text).unwrap();
    assert_eq!(
        rows(&table),
        [
            (2, vec![" Acme ", "two\r\nlines, \"quoted\""]),
            (6, vec!["=1+1", "+31"]),
            (7, vec!["x@y", " 6\" pipe "]),
            (8, vec!["", "last"]),
        ]
    );
    assert_eq!(table.findings[1], "2 empty rows were skipped.");
}

#[test]
fn a_quotation_mark_that_is_not_closed_right_is_an_error_with_its_line() {
    for (text, sentence) in [
        (
            "a,b\n1,\"2\n3,4\n",
            "The quotation mark in line 2 is never closed. Close or remove it.",
        ),
        (
            "a,b\n1,\"2\n3,\"4\"\n",
            "The quotation mark in line 2 is closed in line 3, but more text follows. \
             Write each quotation mark inside a quoted cell twice.",
        ),
        (
            "a,b\n\"The \"Best\" Ltd\",2\n",
            "The quotation mark in line 2 is closed in line 2, but more text follows. \
             Write each quotation mark inside a quoted cell twice.",
        ),
    ] {
        assert_eq!(refusal(text), sentence, "{text:?}");
    }
}

#[test]
fn rows_that_are_longer_than_the_header_are_named() {
    let table = read_file("a,b\n1,2,3\n1\n1,2,,\n").unwrap();
    assert_eq!(table.findings[1], "Line 2 has more cells than the header.");
    assert_eq!(rows(&table)[1], (3, vec!["1"]));
    let table = read_file(format!("a,b\n{}", "1,2,3\n".repeat(8))).unwrap();
    assert_eq!(
        table.findings[1],
        "8 rows have more cells than the header: lines 2, 3, 4, 5, 6 and 3 others."
    );
}

#[test]
fn what_is_no_table_is_refused_with_what_to_do() {
    for (bytes, part) in [
        (&b""[..], "The file is empty."),
        (b" \r\n\n ,, \n", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (b"Name,Email\n", "The file has only one row."),
        (b"Name,Email\n,\n", "The file has only one row."),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "This is not a text file."),
        (b"Name,Email\nA\0b,c\n", "This is not a text file."),
        (b"\x7fELF\x02\x01\x01\0\0\0\0\0", "This is not a text file."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", "old format (.xls)"),
        (b"%PDF-1.7\n", "This is a PDF."),
        (b"\x1f\x8b\x08\0", "This is a compressed file."),
        (
            b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
            "not a spreadsheet",
        ),
        (b"PK\x03\x04nothing", "The spreadsheet is damaged"),
        (b"\n<!DOCTYPE html><table>", "This is a web page."),
        (
            b"<?xml version=\"1.0\"?><Workbook/>",
            "This is an XML file.",
        ),
    ] {
        let sentence = refusal(bytes);
        assert!(sentence.contains(part), "{bytes:?}: {sentence}");
    }
}

#[test]
fn the_name_of_a_file_decides_nothing() {
    let table = read(TABLE.as_bytes(), "customers.XLSX", &ReadOptions::default()).unwrap();
    assert_eq!(
        table.findings[1],
        "The file is named like a spreadsheet, but it is text."
    );
}

#[test]
fn a_file_that_is_too_large_is_refused_without_reading_all_of_it() {
    let many = |rows: usize| format!("Name,Email\n{}", "A,a@b.example\n".repeat(rows));
    assert_eq!(read_file(many(MAX_ROWS)).unwrap().rows.len(), MAX_ROWS);
    let sentence = "The table has more than 20,000 rows. Split it into several files.";
    assert_eq!(refusal(many(MAX_ROWS + 1)), sentence);
    // The quotation mark at the end is never reached.
    assert_eq!(refusal(many(200_000) + "\""), sentence);

    let one_line = "x".repeat(MAX_BYTES);
    assert_eq!(
        refusal(&one_line),
        "A cell in line 1 has more than 10,000 characters. Shorten it."
    );
    assert_eq!(
        refusal(",".repeat(MAX_BYTES)),
        "Line 1 has more than 100 cells. Is the separator right?"
    );
    assert_eq!(
        refusal(one_line + "x"),
        "The file is larger than 10 MB. Split it into several files."
    );
    assert!(refusal("\"".repeat(MAX_BYTES - 1)).contains("line 1"));
}

#[test]
fn a_pasted_text_is_read_like_a_file() {
    let table = read_text("Name\tEmail\nAcme\ta@b.example\n", &ReadOptions::default()).unwrap();
    assert_eq!(table.findings, ["Read as pasted text, separated by tabs."]);
    assert_eq!(rows(&table), [(2, vec!["Acme", "a@b.example"])]);
    for (text, part) in [
        ("", "empty"),
        ("a\0b", "NUL"),
        ("Name\tEmail", "only one row"),
    ] {
        let sentence = read_text(text, &ReadOptions::default()).unwrap_err();
        assert!(sentence.to_string().contains(part), "{sentence}");
    }
}

//! Properties of reading that hold for any input.

use proptest::prelude::*;
use reseller_portal::import::{Encoding, ReadOptions, Separator, read, read_text};

use super::workbook::{Workbook, text_row};

fn options() -> impl Strategy<Value = ReadOptions> {
    let encoding = prop::option::of(prop::sample::select(Encoding::ALL.to_vec()));
    let separator = prop::option::of(prop::sample::select(Separator::ALL.to_vec()));
    (encoding, separator).prop_map(|(encoding, separator)| ReadOptions {
        encoding,
        separator,
        sheet: None,
    })
}

fn workbook() -> Workbook {
    let rows = format!(
        "<dimension ref=\"A1:C3\"/><cols><col min=\"1\" max=\"1\" hidden=\"1\"/></cols>{}{}\
         <row r=\"3\" hidden=\"1\"><c r=\"A3\" t=\"s\"><v>0</v></c><c r=\"B3\" s=\"1\"><v>45943.5</v></c>\
         <c r=\"C3\"><f t=\"shared\" si=\"1\" ref=\"C3:C4\">A1</f><v>2</v></c></row>",
        text_row(1, &["Name", "Email", "Limit"]),
        text_row(2, &["Acme", "a@b.example", "5"]),
    );
    Workbook::of(&rows).texts(&["Beta"]).formats(&[0, 14])
}

/// Returns the bytes with some of them replaced.
fn mutated(mut bytes: Vec<u8>, changes: &[(prop::sample::Index, u8)]) -> Vec<u8> {
    for (at, byte) in changes {
        let at = at.index(bytes.len());
        bytes[at] = *byte;
    }
    bytes
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), options in options()) {
        let _ = read(&bytes, "a.csv", &options);
    }

    #[test]
    fn no_text_makes_it_panic(text in "[a-c,;\t\"\r\n =\u{feff}é]{0,60}", options in options()) {
        let _ = read(text.as_bytes(), "a.csv", &options);
        let _ = read_text(&text, &options);
    }

    #[test]
    fn no_damage_to_a_spreadsheet_makes_it_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        end in any::<prop::sample::Index>(),
    ) {
        let bytes = workbook().bytes();
        let cut = end.index(bytes.len());
        let _ = read(&bytes[..cut], "a.xlsx", &ReadOptions::default());
        let _ = read(&mutated(bytes, &changes), "a.xlsx", &ReadOptions::default());
    }

    #[test]
    fn no_damage_to_a_sheet_makes_it_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(b"<>/\"&;=A9z :!-".to_vec())), 1..4),
        part in prop::sample::select(vec!["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"]),
    ) {
        let workbook = workbook();
        let damaged = mutated(workbook.contents(part), &changes);
        let _ = read(&workbook.part(part, damaged).bytes(), "a.xlsx", &ReadOptions::default());
    }

    #[test]
    fn cells_come_back_as_a_writer_of_csv_wrote_them(
        cells in prop::collection::vec(prop::collection::vec("[a-c ,;\t\"\r\n=+@é日]{0,8}", 3), 1..12),
        separator in prop::sample::select(Separator::ALL.to_vec()),
        encoding in prop::sample::select(vec![Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be]),
    ) {
        let byte = match separator { Separator::Comma => b',', Separator::Semicolon => b';', Separator::Tab => b'\t' };
        let mut writer = csv::WriterBuilder::new().delimiter(byte).from_writer(Vec::new());
        writer.write_record(["Name", "Email", "Note"]).unwrap();
        for row in &cells {
            writer.write_record(row).unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        let written: Vec<Vec<String>> = cells.into_iter().filter(|row| row.iter().any(|cell| !cell.trim().is_empty())).collect();
        let bytes = match encoding {
            Encoding::Utf16Le => format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Encoding::Utf16Be => format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_be_bytes).collect(),
            _ => text.into_bytes(),
        };
        match read(&bytes, "a.csv", &ReadOptions::default()) {
            Ok(table) => {
                let rows: Vec<Vec<String>> = table.rows.into_iter().map(|row| row.cells).collect();
                prop_assert_eq!(rows, written);
            }
            Err(error) => prop_assert!(written.is_empty(), "{}", error),
        }
    }
}

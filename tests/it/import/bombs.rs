//! XLSX files that would cost much memory or time.

use super::refusal;
use super::workbook::{Workbook, text_row};

fn valid() -> Workbook {
    let rows = [text_row(1, &["Name", "Email"]), text_row(2, &["Acme", "x"])];
    Workbook::of(&rows.concat())
}

const TOO_LARGE: &str = "The spreadsheet is too large once it is unpacked. Save the sheet as CSV, and upload that file.";

#[test]
fn an_archive_unpacks_to_100_megabytes_at_most() {
    let zeros = vec![b' '; 60 << 20];
    let bomb = valid().part("xl/media/a", zeros.clone());
    super::read_file(bomb.bytes()).unwrap();
    let bytes = bomb.part("xl/media/b", zeros).bytes();
    assert!(bytes.len() < 1 << 20, "{} bytes are packed", bytes.len());
    assert_eq!(refusal(bytes), TOO_LARGE);
}

#[test]
fn an_archive_has_2000_entries_at_most() {
    let many = (0..2_000).fold(valid(), |workbook, number| {
        workbook.part(&format!("{number}"), "")
    });
    assert_eq!(refusal(many.bytes()), TOO_LARGE);
}

#[test]
fn a_count_that_a_file_states_reserves_no_memory() {
    for count in [
        "1000000000000",
        "18446744073709551615",
        "99999999999999999999",
        "-1",
        "x",
    ] {
        let texts = format!("<sst uniqueCount=\"{count}\"><si><t>a</t></si></sst>");
        let sentence = refusal(valid().part("xl/sharedStrings.xml", texts).bytes());
        assert_eq!(sentence, TOO_LARGE, "{count}");
    }
    let many = format!("<sst>{}</sst>", "<si/>".repeat(2_000_001));
    assert_eq!(
        refusal(valid().part("xl/sharedStrings.xml", many).bytes()),
        TOO_LARGE
    );
}

#[test]
fn a_format_is_not_copied_for_each_of_many_styles() {
    let code = "0".repeat(1_000_000);
    let styles = format!(
        "<styleSheet><numFmts><numFmt numFmtId=\"200\" formatCode=\"{code}\"/></numFmts><cellXfs>{}</cellXfs></styleSheet>",
        "<xf numFmtId=\"200\"/>".repeat(60_000)
    );
    assert_eq!(
        refusal(valid().part("xl/styles.xml", styles).bytes()),
        TOO_LARGE
    );
    let many = format!(
        "<styleSheet><cellXfs>{}</cellXfs></styleSheet>",
        "<xf/>".repeat(150_001)
    );
    assert_eq!(
        refusal(valid().part("XL/Styles.xml", many).bytes()),
        TOO_LARGE
    );
}

#[test]
fn entities_are_not_expanded() {
    let texts = "<!DOCTYPE sst [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>\
                 <sst><si><t>&b;&b;&b;</t></si></sst>";
    let sentence = refusal(valid().part("xl/sharedStrings.xml", texts).bytes());
    assert!(
        sentence.starts_with("The spreadsheet is damaged"),
        "{sentence}"
    );
}

#[test]
fn the_workbook_is_where_it_is_checked_and_each_part_exists_once() {
    let package = "<Relationships><Relationship Id=\"rId1\" Type=\"http://x/relationships/officeDocument\" \
                   Target=\"other/workbook.xml\"/></Relationships>";
    let sentence = refusal(valid().part("_rels/.rels", package).bytes());
    assert!(
        sentence.starts_with("The spreadsheet is damaged"),
        "{sentence}"
    );
    let twice = valid()
        .part("xl/styles.xml", "<styleSheet/>")
        .part("xl/STYLES.xml", "<styleSheet/>");
    assert!(refusal(twice.bytes()).starts_with("The spreadsheet is damaged"));
}

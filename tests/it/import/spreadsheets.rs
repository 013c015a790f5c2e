//! XLSX files: values, sheets, hidden parts, formulas, and positions.

use reseller_portal::import::{Format, ReadError, ReadOptions, Table, read};

use super::workbook::{Workbook, archive, text_row};
use super::{read_file, refusal, rows};

fn header() -> String {
    text_row(1, &["Name", "Email", "Channels"])
}

fn with_rows(rows: &str) -> Workbook {
    Workbook::of(&format!("{}{rows}", header()))
}

fn read_sheet(workbook: &Workbook, name: &str) -> Result<Table, ReadError> {
    let options = ReadOptions {
        sheet: Some(name.to_owned()),
        ..ReadOptions::default()
    };
    read(&workbook.bytes(), "customers.xlsx", &options)
}

#[test]
fn values_are_read_as_they_would_be_typed() {
    let workbook = with_rows(
        "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>0</v></c><c r=\"B2\" t=\"s\"><v>1</v></c><c r=\"C2\"><v>5</v></c></row>\
         <row r=\"3\"><c r=\"A3\"><v>5.0</v></c><c r=\"B3\"><v>2.5</v></c><c r=\"C3\"><v>1E3</v></c></row>\
         <row r=\"4\"><c r=\"A4\"><v>-0</v></c><c r=\"B4\"><v>4915112345678</v></c><c r=\"C4\"><v>1E12</v></c></row>\
         <row r=\"5\"><c r=\"A5\" t=\"b\"><v>1</v></c><c r=\"B5\" t=\"e\"><v>#N/A</v></c><c r=\"C5\" t=\"str\"><v>a &amp; b</v></c></row>\
         <row r=\"6\"><c r=\"A6\" s=\"1\"><v>45943</v></c><c r=\"B6\" s=\"1\"><v>45943.5</v></c><c r=\"C6\" s=\"1\"><v>0.25</v></c></row>",
    )
    .texts(&[" Acme &lt;1&gt; ", "two\nlines"])
    .formats(&[0, 14]);
    let table = read_file(workbook.bytes()).unwrap();
    assert_eq!(
        rows(&table),
        [
            (2, vec![" Acme <1> ", "two\nlines", "5"]),
            (3, vec!["5", "2.5", "1000"]),
            (4, vec!["0", "4915112345678", "1000000000000"]),
            (5, vec!["TRUE", "#N/A", "a & b"]),
            (6, vec!["2025-10-13", "2025-10-13 12:00:00", "06:00:00"]),
        ]
    );
    assert_eq!(
        table.findings,
        [
            "Read the sheet “Customers” of 1 sheet.",
            "1 cell has an error such as #N/A as value: line 5.",
            "Dates are read as year, month and day: 2026-01-31.",
            "Cells with a logical value are read as TRUE or FALSE.",
        ]
    );
}

#[test]
fn the_first_visible_sheet_with_values_is_read_and_another_one_by_choice() {
    let second = format!("{}{}", header(), text_row(2, &["Acme"]));
    let old = format!("{}{}", header(), text_row(2, &["Old"]));
    let workbook = Workbook::default()
        .sheet("Alt", "hidden", &old)
        .sheet("Start", "visible", "")
        .sheet("Kunden", "visible", &second)
        .sheet("Secret", "veryHidden", &old);
    let table = read_file(workbook.bytes()).unwrap();
    assert_eq!(rows(&table), [(2, vec!["Acme"])]);
    assert_eq!(
        table.findings,
        [
            "Read the sheet “Kunden” of 4 sheets; “Alt” and “Secret” are hidden.",
            "“Start” is empty."
        ]
    );
    let Format::Spreadsheet { sheet, sheets } = &table.format else {
        unreachable!("it is a spreadsheet");
    };
    assert_eq!(sheet, "Kunden");
    let names: Vec<String> = sheets.iter().map(ToString::to_string).collect();
    assert_eq!(
        names,
        ["Alt (hidden)", "Start", "Kunden", "Secret (hidden)"]
    );

    assert_eq!(
        rows(&read_sheet(&workbook, "Alt").unwrap()),
        [(2, vec!["Old"])]
    );
    for (name, sentence) in [
        ("Start", "The sheet “Start” is empty. Choose another sheet."),
        (
            "Neu",
            "The file has no sheet “Neu”. Its sheets: Alt (hidden), Start, Kunden and Secret (hidden).",
        ),
    ] {
        assert_eq!(
            read_sheet(&workbook, name).unwrap_err().to_string(),
            sentence
        );
    }
    assert_eq!(refusal(Workbook::of("").bytes()), "The file is empty.");
    assert!(refusal(Workbook::default().bytes()).contains("empty"));
}

#[test]
fn hidden_rows_and_columns_are_read_and_named() {
    let cells = "<c t=\"inlineStr\"><is><t>x</t></is></c>";
    let workbook = Workbook::of(&format!(
        "<cols><col min=\"2\" max=\"3\" hidden=\"1\"/><col min=\"50\" max=\"16384\" hidden=\"1\"/></cols>\
         {}<row r=\"2\" hidden=\"1\">{cells}</row><row>{cells}</row><row hidden=\"true\">{cells}</row>\
         <row r=\"9\" hidden=\"1\"/>",
        header()
    ));
    let table = read_file(workbook.bytes()).unwrap();
    assert_eq!(rows(&table).len(), 3);
    assert_eq!(
        table.findings[1..],
        [
            "2 hidden rows are included.",
            "2 hidden columns are included."
        ]
    );
}

#[test]
fn a_formula_is_its_stored_value_and_its_absence_is_named() {
    let workbook = with_rows(
        "<row r=\"2\"><c r=\"A2\" t=\"str\"><f>CONCAT(\"A\",\"cme\")</f><v>Acme</v></c><c r=\"C2\"><f>1+1</f><v>2</v></c></row>\
         <row r=\"4\"><c r=\"A4\" t=\"inlineStr\"><is><t>Beta</t></is></c><c r=\"B4\"><f>A1</f></c><c r=\"C4\"><f>2+2</f></c></row>\
         <row r=\"9\"><c r=\"A9\"><v>1</v></c><c r=\"C9\"><f t=\"shared\" si=\"4000000000\" ref=\"C9:C10\">2+2</f></c></row>",
    );
    let table = read_file(workbook.bytes()).unwrap();
    assert_eq!(
        rows(&table),
        [
            (2, vec!["Acme", "", "2"]),
            (4, vec!["Beta"]),
            (9, vec!["1"])
        ]
    );
    assert_eq!(
        table.findings[1..],
        [
            "3 formulas have no stored value, so their cells are empty: lines 4 and 9.",
            "5 empty rows were skipped."
        ]
    );
}

#[test]
fn a_cell_far_away_costs_nothing() {
    let far = "<row r=\"1048576\"><c r=\"B1048576\"><v>1</v></c></row>";
    let table = read_file(with_rows(far).bytes()).unwrap();
    assert_eq!(rows(&table), [(1_048_576, vec!["", "1"])]);
    let wide = "<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"XFD2\"><v>1</v></c></row>";
    assert_eq!(
        refusal(with_rows(wide).bytes()),
        "The sheet “Customers” has more than 100 columns. Remove those that are not needed."
    );
    let formatted = "<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"XFD2\" s=\"0\"/></row>";
    assert_eq!(
        rows(&read_file(with_rows(formatted).bytes()).unwrap()),
        [(2, vec!["1"])]
    );
}

#[test]
fn too_many_rows_are_refused() {
    let many = (2..=20_002)
        .map(|row| format!("<row r=\"{row}\"><c><v>1</v></c></row>"))
        .collect::<Vec<_>>()
        .concat();
    assert!(refusal(with_rows(&many).bytes()).contains("more than 20,000 rows"));
}

#[test]
fn a_spreadsheet_that_breaks_its_own_rules_is_damaged() {
    for rows in [
        // Rows that go backwards, and cell references that overflow.
        "<row r=\"9\"><c r=\"A9\"><v>1</v></c></row><row r=\"2\"><c r=\"A2\"><v>1</v></c></row>",
        "<row r=\"99999999999\"><c><v>1</v></c></row>",
        "<row r=\"2\"><c r=\"AAAAAAAAAAAAAAAA2\"><v>1</v></c></row>",
        "<row r=\"2\"><c r=\"!2\"><v>1</v></c></row>",
        "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>7</v></c></row>",
        "<row r=\"2\"><c r=\"A2\" t=\"b\"><v>maybe</v></c></row>",
        "<row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>&secret;</t></is></c></row>",
        "<row r=\"2\"><c r=\"A2\">",
    ] {
        let bytes = with_rows(rows).bytes();
        let sentence = read_file(bytes).map(|table| table.rows);
        let sentence = sentence.unwrap_err().to_string();
        let damaged = sentence.starts_with("The spreadsheet is damaged");
        // In a release build the reference wraps to a column far away.
        assert!(
            damaged || sentence.contains("columns"),
            "{rows}: {sentence}"
        );
    }
    let reversed = Workbook::of("<dimension ref=\"B9:A1\"/><row r=\"1\"/>").bytes();
    let sentence = refusal(reversed);
    assert!(
        sentence.contains("damaged") || sentence.contains("empty"),
        "{sentence}"
    );
}

#[test]
fn other_archives_are_refused_by_what_they_are() {
    for (entry, part) in [
        ("content.xml", "OpenDocument file (.ods)"),
        ("xl/workbook.bin", "binary Excel file (.xlsb)"),
        ("word/document.xml", "not a spreadsheet"),
        ("photo.jpg", "not a spreadsheet"),
    ] {
        let sentence = refusal(archive(&[(entry.to_owned(), b"<a/>".to_vec())]));
        assert!(sentence.contains(part), "{entry}: {sentence}");
    }
}

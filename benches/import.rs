//! Benchmark of an import's check: reading a file of 20,000 rows, and checking each cell.
//!
//! Prints time and additional memory beside the goals of 1.5 seconds and 100 MB. Uses no database.
//!
//! `cargo bench --bench import`

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on stops, and prints what it measured"
)]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::process::Command;
use std::time::Instant;

use mimalloc::MiMalloc;
use reseller_portal::import::{
    CellContext, MAX_ROWS, Mapping, ReadOptions, RowDefaults, check, read,
};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Allocator of the portal's binary.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const GOAL_SECONDS: f64 = 1.5;
const GOAL_MEGABYTES: f64 = 100.0;
const HEADER: [&str; 8] = [
    "Organization name",
    "Email",
    "Channel limit",
    "Rollup billing",
    "Custom pricing",
    "Tags",
    "Note",
    "Display name",
];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, name, path] = arguments.as_slice()
        && name != "--bench"
    {
        return measure(name, path);
    }
    // Each file is measured in a process of its own, which holds nothing else.
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [("CSV", csv_file()), ("XLSX", xlsx_file())] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let program = std::env::current_exe().unwrap();
        let status = Command::new(program).arg(name).arg(path).status().unwrap();
        assert!(status.success());
    }
}

fn measure(name: &str, path: &str) {
    let bytes = std::fs::read(path).unwrap();
    let before = resident("VmRSS:");
    let began = Instant::now();
    let table = read(&bytes, "customers", &ReadOptions::default()).unwrap();
    let took_reading = began.elapsed().as_secs_f64();
    let mapping = Mapping::recognize(&table.header);
    let assignees = HashMap::new();
    let context = CellContext {
        mapping: &mapping,
        defaults: RowDefaults::default(),
        assignees: &assignees,
    };
    let rows = table.rows.iter();
    let checked: Vec<_> = rows.map(|row| check(&row.cells, &context)).collect();
    let took = began.elapsed().as_secs_f64();
    let memory = resident("VmHWM:") - before;
    let invalid = checked.iter().filter(|row| row.change.is_none()).count();
    assert_eq!((checked.len(), invalid), (MAX_ROWS, MAX_ROWS / 10));
    println!(
        "{name}, {MAX_ROWS} rows, {:.1} MB: read in {took_reading:.2} s, read and checked in {took:.2} s \
         ({:.0} % of the goal), {memory:.0} MB more memory ({:.0} % of the goal)",
        megabytes(bytes.len()),
        took / GOAL_SECONDS * 100.0,
        memory / GOAL_MEGABYTES * 100.0
    );
}

/// Returns the cells of a row. One row of ten has an invalid channel limit.
fn cells(number: usize) -> [String; 8] {
    let limit = if number.is_multiple_of(10) {
        "ten"
    } else {
        "12"
    };
    [
        format!("Bücher & Söhne {number} GmbH"),
        format!("voice{number}@company{number}.example"),
        limit.to_owned(),
        "no".to_owned(),
        "yes".to_owned(),
        "retail; north; 2026".to_owned(),
        format!("Customer {number} moved from another provider, numbers follow on a later day."),
        format!("Books {number}"),
    ]
}

fn csv_file() -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER).unwrap();
    for number in 0..MAX_ROWS {
        writer.write_record(cells(number)).unwrap();
    }
    writer.into_inner().unwrap()
}

/// Returns a spreadsheet as programs write it: all texts are in one part.
fn xlsx_file() -> Vec<u8> {
    let mut texts = String::from("<sst>");
    let mut rows = String::new();
    let mut count = 0;
    let header = HEADER.map(str::to_owned);
    for (line, row) in (1..).zip(std::iter::once(header).chain((0..MAX_ROWS).map(cells))) {
        write!(rows, "<row r=\"{line}\">").unwrap();
        for (column, cell) in ('A'..).zip(row) {
            write!(texts, "<si><t>{}</t></si>", cell.replace('&', "&amp;")).unwrap();
            write!(rows, "<c r=\"{column}{line}\" t=\"s\"><v>{count}</v></c>").unwrap();
            count += 1;
        }
        rows.push_str("</row>");
    }
    texts.push_str("</sst>");
    let kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, contents) in [
        (
            "_rels/.rels",
            format!("<Relationships><Relationship Id=\"a\" Type=\"{kind}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"),
        ),
        (
            "xl/workbook.xml",
            "<workbook><sheets><sheet name=\"Customers\" sheetId=\"1\" r:id=\"a\"/></sheets></workbook>".to_owned(),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!("<Relationships><Relationship Id=\"a\" Type=\"{kind}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"),
        ),
        ("xl/sharedStrings.xml", texts),
    ] {
        writer.start_file(path, SimpleFileOptions::default()).unwrap();
        writer.write_all(contents.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Returns the memory of this process in megabytes: now (`VmRSS:`), or the most so far (`VmHWM:`).
fn resident(field: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kilobytes = line.unwrap().trim().trim_end_matches(" kB");
    kilobytes.parse::<f64>().unwrap() / 1_024.0
}

#[expect(clippy::cast_precision_loss, reason = "files have a few megabytes")]
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

//! XLSX files, made from small XML.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const SPREADSHEET: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const DOCUMENT: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGES: &str = "http://schemas.openxmlformats.org/package/2006/relationships";

/// XLSX file with sheets, texts and styles.
#[derive(Clone, Default)]
pub(super) struct Workbook {
    sheets: Vec<(String, String)>,
    parts: Vec<(String, Vec<u8>)>,
}

impl Workbook {
    /// Creates a file with one sheet that has these rows.
    pub(super) fn of(rows: &str) -> Self {
        Self::default().sheet("Customers", "visible", rows)
    }

    /// Adds a sheet. Rows are given as XML, with everything before them except for the root.
    pub(super) fn sheet(mut self, name: &str, state: &str, rows: &str) -> Self {
        let (before, rows) = rows
            .split_once("<row")
            .map_or((rows, String::new()), |split| {
                (split.0, format!("<row{}", split.1))
            });
        let xml = format!(
            "<worksheet xmlns=\"{SPREADSHEET}\">{before}<sheetData>{rows}</sheetData></worksheet>"
        );
        let number = self.sheets.len() + 1;
        self.parts
            .push((format!("xl/worksheets/sheet{number}.xml"), xml.into_bytes()));
        self.sheets.push((name.to_owned(), state.to_owned()));
        self
    }

    /// Adds a part, or replaces it.
    pub(super) fn part(mut self, path: &str, contents: impl Into<Vec<u8>>) -> Self {
        self.parts.retain(|(other, _)| other != path);
        self.parts.push((path.to_owned(), contents.into()));
        self
    }

    /// Adds the texts that cells of the type `s` refer to.
    pub(super) fn texts(self, texts: &[&str]) -> Self {
        let items = texts
            .iter()
            .map(|text| format!("<si><t xml:space=\"preserve\">{text}</t></si>"))
            .collect::<Vec<_>>()
            .concat();
        let xml = format!(
            "<sst xmlns=\"{SPREADSHEET}\" count=\"{0}\" uniqueCount=\"{0}\">{items}</sst>",
            texts.len()
        );
        self.part("xl/sharedStrings.xml", xml)
    }

    /// Adds styles with these formats of numbers, of which the cells use the index.
    pub(super) fn formats(self, ids: &[u32]) -> Self {
        let styles = ids
            .iter()
            .map(|id| format!("<xf numFmtId=\"{id}\" fontId=\"0\"/>"))
            .collect::<Vec<_>>()
            .concat();
        let xml =
            format!("<styleSheet xmlns=\"{SPREADSHEET}\"><cellXfs>{styles}</cellXfs></styleSheet>");
        self.part("xl/styles.xml", xml)
    }

    /// Returns the contents of a part.
    pub(super) fn contents(&self, path: &str) -> Vec<u8> {
        let parts = self.all_parts();
        let part = parts.into_iter().find(|(other, _)| other == path);
        part.unwrap().1
    }

    /// Returns the bytes of the file.
    pub(super) fn bytes(&self) -> Vec<u8> {
        archive(&self.all_parts())
    }

    fn all_parts(&self) -> Vec<(String, Vec<u8>)> {
        let mut parts = vec![
            (
                "_rels/.rels".to_owned(),
                format!(
                    "<Relationships xmlns=\"{PACKAGES}\"><Relationship Id=\"rId1\" \
                     Type=\"{DOCUMENT}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
                )
                .into_bytes(),
            ),
            ("xl/workbook.xml".to_owned(), self.workbook().into_bytes()),
            (
                "xl/_rels/workbook.xml.rels".to_owned(),
                self.relationships().into_bytes(),
            ),
        ];
        parts.retain(|(path, _)| !self.parts.iter().any(|(other, _)| other == path));
        parts.extend(self.parts.iter().cloned());
        parts
    }

    fn workbook(&self) -> String {
        let sheets = (1..)
            .zip(&self.sheets)
            .map(|(id, (name, state))| {
                format!(
                    "<sheet name=\"{name}\" sheetId=\"{id}\" state=\"{state}\" r:id=\"rId{id}\"/>"
                )
            })
            .collect::<Vec<_>>()
            .concat();
        format!(
            "<workbook xmlns=\"{SPREADSHEET}\" xmlns:r=\"{DOCUMENT}\"><sheets>{sheets}</sheets></workbook>"
        )
    }

    fn relationships(&self) -> String {
        let items = (1..=self.sheets.len())
            .map(|id| {
                format!(
                    "<Relationship Id=\"rId{id}\" Type=\"{DOCUMENT}/worksheet\" Target=\"worksheets/sheet{id}.xml\"/>"
                )
            })
            .collect::<Vec<_>>().concat();
        format!("<Relationships xmlns=\"{PACKAGES}\">{items}</Relationships>")
    }
}

/// Returns a ZIP archive with these entries.
pub(super) fn archive(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, contents) in entries {
        writer
            .start_file(path.as_str(), SimpleFileOptions::default())
            .unwrap();
        writer.write_all(contents).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Returns a row of texts that are stored in the cells.
pub(super) fn text_row(number: u32, cells: &[&str]) -> String {
    let cells = cells
        .iter()
        .map(|cell| format!("<c t=\"inlineStr\"><is><t xml:space=\"preserve\">{cell}</t></is></c>"))
        .collect::<Vec<_>>()
        .concat();
    format!("<row r=\"{number}\">{cells}</row>")
}

//! ZIP archive of an XLSX file, checked before the parts are read.
//!
//! The reader of spreadsheets trusts counts that a file states, and copies formats for each style.
//! So a small file could make it reserve any amount of memory.

use std::collections::HashSet;
use std::io::{self, Cursor, Read};

use zip::ZipArchive;
use zip::read::ZipFile;

use super::xml::{attribute, visit_tags};
use crate::import::table::ReadError;

/// Maximum number of entries.
const MAX_ENTRIES: usize = 2_000;
/// Maximum size of all entries together after they are unpacked, in bytes.
const MAX_UNPACKED: u64 = 100 << 20;
/// Maximum number of elements in the part with the texts of all sheets.
const MAX_TEXT_ELEMENTS: usize = 2_000_000;
/// Maximum number of elements in other parts that the reader holds in memory.
const MAX_ELEMENTS: usize = 150_000;
/// Maximum length of a tag in the part with the styles, in bytes.
const MAX_STYLE_TAG: usize = 1_000;

const PACKAGE: &str = "_rels/.rels";
const WORKBOOK: &str = "xl/workbook.xml";
const RELATIONSHIPS: &str = "xl/_rels/workbook.xml.rels";
const TEXTS: &str = "xl/sharedstrings.xml";
const STYLES: &str = "xl/styles.xml";
const THEME: &str = "xl/theme/theme1.xml";

/// Archive that unpacks to a bounded size.
pub(super) struct Archive<'a>(ZipArchive<Cursor<&'a [u8]>>);

impl<'a> Archive<'a> {
    /// Opens an archive and checks it.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, ReadError> {
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| super::damaged())?;
        let mut archive = Self(zip);
        archive.check_names()?;
        archive.check_unpacked_size()?;
        archive.check_workbook()?;
        for (part, max_elements, max_tag) in [
            (WORKBOOK, MAX_ELEMENTS, usize::MAX),
            (RELATIONSHIPS, MAX_ELEMENTS, usize::MAX),
            (THEME, MAX_ELEMENTS, usize::MAX),
            (STYLES, MAX_ELEMENTS, MAX_STYLE_TAG),
            (TEXTS, MAX_TEXT_ELEMENTS, usize::MAX),
        ] {
            archive.check_elements(part, max_elements, max_tag)?;
        }
        Ok(archive)
    }

    /// Returns a part by its path in any case, as the reader of spreadsheets finds it.
    pub(super) fn part(&mut self, path: &str) -> Option<ZipFile<'_, Cursor<&'a [u8]>>> {
        let index = self.index(path)?;
        self.0.by_index(index).ok()
    }

    fn index(&self, path: &str) -> Option<usize> {
        let path = normalized(path.as_bytes());
        self.0
            .file_names_raw()
            .position(|name| normalized(name) == path)
    }

    fn check_names(&self) -> Result<(), ReadError> {
        if self.0.len() > MAX_ENTRIES {
            return Err(too_large());
        }
        let mut names = HashSet::new();
        let is_unique = |name: &[u8]| names.insert(normalized(name));
        if self.0.has_duplicate_names() || !self.0.file_names_raw().all(is_unique) {
            return Err(super::damaged());
        }
        if self.index(WORKBOOK).is_some() {
            return Ok(());
        }
        Err(ReadError::new(if self.index("content.xml").is_some() {
            "This is an OpenDocument file (.ods). Save it as XLSX or CSV, and upload that file."
        } else if self.index("xl/workbook.bin").is_some() {
            "This is a binary Excel file (.xlsb). Save it as .xlsx, and upload that file."
        } else {
            "This is a compressed file or a document, not a spreadsheet. Upload the table as XLSX or CSV."
        }))
    }

    /// Unpacks everything once. The sizes that an archive states may be wrong.
    fn check_unpacked_size(&mut self) -> Result<(), ReadError> {
        let mut total = 0;
        for index in 0..self.0.len() {
            let file = self.0.by_index(index).map_err(|_| super::damaged())?;
            let mut limited = file.take(MAX_UNPACKED + 1 - total);
            total += io::copy(&mut limited, &mut io::sink()).map_err(|_| super::damaged())?;
            if total > MAX_UNPACKED {
                return Err(too_large());
            }
        }
        Ok(())
    }

    /// Checks that the workbook is where the other checks look for it.
    fn check_workbook(&mut self) -> Result<(), ReadError> {
        let mut is_usual = true;
        let mut elements = 0;
        self.visit(PACKAGE, |tag| {
            elements += 1;
            let kind = attribute(tag, "Type").unwrap_or_default();
            if kind.ends_with("/relationships/officeDocument") {
                let target = attribute(tag, "Target").unwrap_or_default();
                is_usual &= target.trim_start_matches('/') == WORKBOOK;
            }
            elements <= MAX_ELEMENTS
        })?;
        if is_usual && elements <= MAX_ELEMENTS {
            Ok(())
        } else {
            Err(super::damaged())
        }
    }

    fn check_elements(
        &mut self,
        part: &str,
        max_elements: usize,
        max_tag: usize,
    ) -> Result<(), ReadError> {
        let mut elements = 0;
        let mut is_small = true;
        self.visit(part, |tag| {
            elements += 1;
            is_small &= elements <= max_elements && tag.len() <= max_tag;
            if tag.local_name().as_ref() == "sst" {
                let stated =
                    attribute(tag, "uniqueCount").map(|count| count.trim().parse::<usize>());
                is_small &=
                    stated.is_none_or(|count| count.is_ok_and(|count| count <= max_elements));
            }
            is_small
        })?;
        if is_small { Ok(()) } else { Err(too_large()) }
    }

    /// Visits the tags of a part, which may be missing.
    fn visit(
        &mut self,
        part: &str,
        visit: impl FnMut(&quick_xml::events::BytesStart<'_>) -> bool,
    ) -> Result<(), ReadError> {
        match self.part(part) {
            Some(file) => visit_tags(file, visit).map_err(|_| super::damaged()),
            None => Ok(()),
        }
    }
}

fn normalized(path: &[u8]) -> Vec<u8> {
    let slash = |byte: &u8| {
        if *byte == b'\\' {
            b'/'
        } else {
            byte.to_ascii_lowercase()
        }
    };
    path.iter().map(slash).collect()
}

fn too_large() -> ReadError {
    ReadError::new(
        "The spreadsheet is too large once it is unpacked. Save the sheet as CSV, and upload that file.",
    )
}

//! Hidden rows and columns of a sheet. They are imported, so the page says that they exist.

use std::collections::HashMap;

use super::archive::Archive;
use super::xml::{attribute, visit_tags};
use crate::import::findings::counted;
use crate::import::rows::Rows;
use crate::import::table::MAX_COLUMNS;

/// Returns sentences about hidden rows and columns with values. `index` counts all sheets.
pub(super) fn findings(archive: &mut Archive<'_>, index: usize, rows: &Rows) -> Vec<String> {
    let Some((lines, columns)) = find(archive, index) else {
        return vec!["The portal could not look for hidden rows and columns.".to_owned()];
    };
    let (rows, columns) = rows.count_present(&lines, &columns);
    let mut findings = Vec::new();
    for (number, one, many) in [
        (rows, "hidden row is", "hidden rows are"),
        (columns, "hidden column is", "hidden columns are"),
    ] {
        if number > 0 {
            findings.push(format!("{} included.", counted(number, one, many)));
        }
    }
    findings
}

/// Returns the hidden lines, sorted, and the hidden columns, from 0.
fn find(archive: &mut Archive<'_>, index: usize) -> Option<(Vec<u64>, Vec<usize>)> {
    let path = path(archive, index)?;
    let mut lines = Vec::new();
    let mut columns = Vec::new();
    let mut line = 0;
    visit_tags(archive.part(&path)?, |tag| {
        let number = |name: &str| attribute(tag, name).and_then(|text| text.parse::<u64>().ok());
        let is_hidden = || matches!(attribute(tag, "hidden").as_deref(), Some("1" | "true"));
        match tag.local_name().as_ref() {
            "row" => {
                line = number("r").unwrap_or(line + 1);
                if is_hidden() {
                    lines.push(line);
                }
            }
            "col" if is_hidden() => {
                let first = number("min").map_or(0, column_index);
                let last = number("max").map_or(0, column_index);
                columns.extend(first..=last.min(MAX_COLUMNS));
            }
            _ => {}
        }
        true
    })
    .ok()?;
    lines.sort_unstable();
    columns.sort_unstable();
    columns.dedup();
    Some((lines, columns))
}

fn column_index(number: u64) -> usize {
    usize::try_from(number.saturating_sub(1)).unwrap_or(MAX_COLUMNS)
}

/// Returns the path of a sheet in the archive.
fn path(archive: &mut Archive<'_>, index: usize) -> Option<String> {
    let mut ids = Vec::new();
    visit_tags(archive.part("xl/workbook.xml")?, |tag| {
        if tag.local_name().as_ref() == "sheet" {
            ids.push(attribute(tag, "id"));
        }
        true
    })
    .ok()?;
    let id = ids.into_iter().nth(index)??;
    let mut targets = HashMap::new();
    visit_tags(archive.part("xl/_rels/workbook.xml.rels")?, |tag| {
        if let (Some(id), Some(target)) = (attribute(tag, "Id"), attribute(tag, "Target")) {
            targets.insert(id, target);
        }
        true
    })
    .ok()?;
    let target = targets.remove(&id)?;
    Some(match target.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None => format!("xl/{target}"),
    })
}

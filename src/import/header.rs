//! Check of the header of a table: names of the columns, and none with a secret.

use std::collections::BTreeMap;

use super::columns::letters_and_digits;
use super::findings::{counted, join};
use super::table::{ReadError, TableRow};
use crate::domain::email::Email;
use crate::domain::text::{folded, group_thousands};

/// Parts of names of columns with secrets, in letters and digits only.
const SECRET_PARTS: [&str; 11] = [
    "password",
    "passwort",
    "passwd",
    "passphrase",
    "kennwort",
    "motdepasse",
    "contrasena",
    "apikey",
    "apitoken",
    "apisecret",
    "secretkey",
];

/// Whole names of columns with secrets, in letters and digits only.
const SECRET_NAMES: [&str; 4] = ["pwd", "pass", "secret", "token"];

/// Checks the header. Returns findings about names that are missing or not unique.
pub(super) fn check(header: &TableRow) -> Result<Vec<String>, ReadError> {
    let cells = &header.cells;
    if let Some(name) = cells.iter().find(|name| is_secret(name)) {
        return Err(ReadError::new(format!(
            "Passwords and API keys do not belong in a file. Remove the column “{}”, and upload the file again.",
            name.trim()
        )));
    }
    if cells.iter().any(|cell| cell.parse::<Email>().is_ok()) {
        return Err(ReadError::new(format!(
            "Line {} has an email address, but the first line must name the columns. \
             Add a first line such as “Organization name, Email, Channel limit”.",
            group_thousands(i64::try_from(header.line).unwrap_or(i64::MAX))
        )));
    }
    let mut findings = Vec::new();
    if cells.len() == 1 {
        findings.push("The header has only one column. Is the separator right?".to_owned());
    }
    let unnamed: Vec<String> = (1..)
        .zip(cells)
        .filter(|(_, name)| name.trim().is_empty())
        .map(|(number, _): (i64, _)| number.to_string())
        .collect();
    match unnamed.as_slice() {
        [] => {}
        [one] => findings.push(format!("Column {one} has no name.")),
        many => findings.push(format!(
            "{} have no name: {}.",
            counted(many.len(), "column", "columns"),
            join(many)
        )),
    }
    let mut names: BTreeMap<String, (usize, &str)> = BTreeMap::new();
    for name in cells
        .iter()
        .map(|name| name.trim())
        .filter(|name| !name.is_empty())
    {
        names.entry(folded(name)).or_insert((0, name)).0 += 1;
    }
    findings.extend(
        names
            .values()
            .filter(|(count, _)| *count > 1)
            .map(|(count, name)| {
                format!(
                    "{} are named “{name}”. The first one is used.",
                    counted(*count, "column", "columns")
                )
            }),
    );
    Ok(findings)
}

fn is_secret(name: &str) -> bool {
    let name = letters_and_digits(name);
    SECRET_NAMES.contains(&name.as_str()) || SECRET_PARTS.iter().any(|part| name.contains(part))
}

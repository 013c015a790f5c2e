//! Architecture rules, checked on the source: imports, libraries, file lengths, templates.
//! Each rule is first tested on an example that breaks it.

use std::path::{Path, PathBuf};

mod circles;
mod docs;
mod forms;
mod imports;
mod names;
mod security;
mod templates;
mod texts;

/// Source file of the project: its path from the project's root, and its text.
struct File {
    path: String,
    text: String,
}

impl File {
    fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }
}

/// Returns every file below `folder` whose name ends with `end`.
fn files(folder: &str, end: &str) -> Vec<File> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![top.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(end) {
                let name = path
                    .strip_prefix(top)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                found.push(File::new(&name, &std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(!found.is_empty(), "nothing in {folder} ends in {end}");
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Fails with the findings of the rule, one per line, if there are any.
#[track_caller]
fn nothing(files: &[File], rule: impl Fn(&File) -> Vec<String>) {
    let found: Vec<String> = files.iter().flat_map(rule).collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

fn shape(file: &File) -> Vec<String> {
    // A test file may be longer, because its tests are read one by one.
    let longest = if file.path.starts_with("tests/") {
        460
    } else {
        400
    };
    let mut found = Vec::new();
    let lines = file.text.lines().count();
    if lines > longest {
        found.push(format!(
            "{} has {lines} lines: split it by what it does",
            file.path
        ));
    }
    if file.path == "src/main.rs" && lines >= 60 {
        found.push(format!(
            "src/main.rs has {lines} lines: it only starts what is elsewhere"
        ));
    }
    if file.path.ends_with("/mod.rs") {
        found.push(format!(
            "{}: a module's file is called by its name",
            file.path
        ));
    }
    if !file.text.starts_with("//!") {
        found.push(format!(
            "{} does not begin with what belongs there",
            file.path
        ));
    }
    if file.text.contains(concat!("[", "allow(")) {
        found.push(format!(
            "{}: expect a lint, with a reason, do not allow it",
            file.path
        ));
    }
    found
}

#[test]
fn a_file_is_short_says_what_it_is_for_and_silences_no_lint() {
    let bad = File::new(
        "src/web/mod.rs",
        &concat!("#[", "allow(unused)]\n").repeat(401),
    );
    assert_eq!(shape(&bad).len(), 4);
    let mut all = files("src", ".rs");
    all.extend(files("tests", ".rs"));
    nothing(&all, shape);
}

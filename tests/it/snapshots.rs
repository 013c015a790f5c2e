//! Snapshots of the portal's answers, in `tests/it/snapshots/` with a folder for each test.
//!
//! They cover every page and fragment for every role, refused forms, conflicts, errors, pages
//! without a login, and files.
//!
//! Accept a change with `INSTA_UPDATE=always cargo nextest run -E 'test(/^snapshots::/)'` and read
//! the diff.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use crate::support::Response;

mod answer;
mod names;
mod roles;
mod tree;
mod world;

mod empty_forms;
mod exports;
mod other_setups;
mod pages;
mod refused;
mod saved;
mod signed_out;
mod states;

use world::World;

/// Snapshots of one test, in their own folder.
struct Folder {
    path: PathBuf,
    kept: BTreeSet<String>,
    wrong: Vec<String>,
}

impl Folder {
    fn new(name: &str) -> Self {
        let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/snapshots");
        Self {
            path: all.join(name),
            kept: BTreeSet::new(),
            wrong: Vec::new(),
        }
    }

    /// Compares the text with the snapshot of this name.
    /// `finish` reports differences, so that all of them appear at once.
    #[track_caller]
    fn compare(&mut self, name: &str, text: &str) {
        assert!(
            self.kept.insert(name.to_owned()),
            "{name} has two snapshots"
        );
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&self.path);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        let compared = settings.bind(|| {
            std::panic::catch_unwind(AssertUnwindSafe(|| insta::assert_snapshot!(name, text)))
        });
        if compared.is_err() {
            self.wrong.push(name.to_owned());
        }
    }

    /// Fails if a snapshot differs, or if the folder contains an unused one.
    fn finish(self) {
        let files = std::fs::read_dir(&self.path).into_iter().flatten();
        let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let unused: Vec<String> = files
            .filter_map(|file| file.strip_suffix(".snap").map(str::to_owned))
            .filter(|name| !self.kept.contains(name))
            .collect();
        assert!(
            self.wrong.is_empty(),
            "these snapshots differ: {:#?}",
            self.wrong
        );
        assert!(
            unused.is_empty(),
            "delete these snapshots, nothing is compared with them: {unused:#?}"
        );
    }
}

/// Returns a file name for an address and a state: `accounts__id__disable.dialog`.
fn name_of(path: &str, state: &str) -> String {
    let path = path
        .trim_matches('/')
        .replace(['{', '}'], "")
        .replace('/', "__");
    let path = if path.is_empty() { "dashboard" } else { &path };
    format!("{path}.{state}")
}

/// Splits a table with columns between `|` into rows.
fn rows(table: &str) -> Vec<Vec<&str>> {
    let lines = table.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| line.split('|').map(str::trim).collect())
        .collect()
}

/// Parses input of the form `name=value & other=value`.
fn fields(typed: &str) -> Vec<(&str, &str)> {
    typed
        .split(" & ")
        .filter_map(|pair| pair.split_once('='))
        .collect()
}

/// Returns the text of an answer for its own snapshot.
fn told(world: &World, answer: &Response) -> String {
    answer::lines(answer, &world.names).join("\n")
}

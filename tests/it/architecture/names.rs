//! Words that must not be part of the name of a type or module.
//! They are metaphors, participles and words that can mean anything.

use super::{File, files, nothing};

/// Banned words, in lower case.
const BANNED: [&str; 26] = [
    "book",
    "desk",
    "elsewhere",
    "glimpse",
    "heads",
    "helper",
    "helpers",
    "horizon",
    "kept",
    "letters",
    "marks",
    "news",
    "onward",
    "service",
    "sheet",
    "shelf",
    "sighting",
    "stubs",
    "told",
    "torn",
    "turned",
    "typed",
    "util",
    "utils",
    "word",
    "words",
];

/// Names that use a banned word in its ordinary meaning.
const ALLOWED: [&str; 1] = ["SearchWord"];

/// Splits `RowCache` and `row_cache` into `row` and `cache`.
fn parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for c in name.chars() {
        if c == '_' || c.is_uppercase() {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut().filter(|_| c != '_') {
            part.extend(c.to_lowercase());
        }
    }
    parts
}

fn banned(file: &File) -> Vec<String> {
    let mut found = Vec::new();
    for line in file.text.lines().map(str::trim_start) {
        if line.starts_with("//") {
            continue;
        }
        let words: Vec<&str> = line
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .collect();
        for pair in words.windows(2) {
            let names = matches!(pair[0], "struct" | "enum" | "trait" | "mod" | "type");
            if names
                && !ALLOWED.contains(&pair[1])
                && parts(pair[1])
                    .iter()
                    .any(|part| BANNED.contains(&part.as_str()))
            {
                found.push(format!("{} names something {}", file.path, pair[1]));
            }
        }
    }
    found
}

#[test]
fn no_type_or_module_is_named_with_a_metaphor_or_a_word_that_holds_anything() {
    for bad in [
        "pub struct Desk;",
        "mod words;",
        "enum RowShelf {",
        "type Kept = u8;",
    ] {
        assert_eq!(banned(&File::new("src/a.rs", bad)).len(), 1, "{bad}");
    }
    let good = "// mod words;\nstruct RowCache; mod keyword; let typed = kept;";
    assert_eq!(banned(&File::new("src/a.rs", good)), Vec::<String>::new());
    nothing(&files("src", ".rs"), banned);
}

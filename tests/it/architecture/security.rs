//! Every test named in `docs/SECURITY.md` exists.

use super::{File, files};

/// Returns the names of tests in a text: words in backquotes with a module before them.
fn named(text: &str) -> Vec<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted
        .filter(|word| {
            word.matches("::").count() >= 1 && word.split("::").last().is_some_and(is_sentence)
        })
        .filter(|word| !word.contains(char::is_whitespace))
        .collect()
}

/// Returns `true` for a test's name, which is a sentence. A function's name is one or two words.
fn is_sentence(name: &str) -> bool {
    name.matches('_').count() >= 3
}

/// Returns `true` if a file contains the test.
/// Tests in `tests/it` are named relative to that folder, tests beside the code relative to `src`.
fn is_there(name: &str, all: &[File]) -> bool {
    let Some((module, function)) = name.rsplit_once("::") else {
        return false;
    };
    let path = match module.strip_suffix("::tests") {
        Some(unit) => format!("src/{}.rs", unit.replace("::", "/")),
        None => format!("tests/it/{}.rs", module.replace("::", "/")),
    };
    let test = format!("fn {function}(");
    all.iter()
        .any(|file| file.path == path && file.text.contains(&test))
}

#[test]
fn every_test_that_the_page_about_security_names_is_there() {
    let mut all = files("tests/it", ".rs");
    all.extend(files("src", ".rs"));
    let own = "architecture::security::every_test_that_the_page_about_security_names_is_there";
    assert!(is_there(own, &all));
    assert!(!is_there(
        "architecture::security::every_test_that_is_not_there",
        &all
    ));
    let page = "See `web::a::a_test_that_is_one`, `Role::may`, `src/a_b_c_d.rs` and `staff::a::tests::one_of_the_units`.";
    assert_eq!(
        named(page),
        [
            "web::a::a_test_that_is_one",
            "staff::a::tests::one_of_the_units"
        ]
    );

    let docs = files("docs", ".md");
    let page = docs
        .iter()
        .find(|file| file.path == "docs/SECURITY.md")
        .unwrap();
    let names = named(&page.text);
    assert!(names.len() > 80, "{}", names.len());
    let missing: Vec<_> = names
        .into_iter()
        .filter(|name| !is_there(name, &all))
        .collect();
    assert!(missing.is_empty(), "\n{}\n", missing.join("\n"));
}

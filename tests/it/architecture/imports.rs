//! Allowed imports between modules, and the modules that may use each library.

use super::{File, files, nothing};

/// Modules that all modules above them may use.
const OPEN: [&str; 4] = ["domain", "clock", "config", "app"];

/// Returns the modules that a top-level module may use; `None` if it may use all.
fn allowed(module: &str) -> Option<Vec<&'static str>> {
    let (own, open): (&[&str], &[&str]) = match module {
        "main" | "cli" | "lib" => return None,
        "web" => (
            &[
                "bulk",
                "import",
                "operations",
                "directory",
                "annotations",
                "access_review",
                "staff",
                "mail",
                "notifications",
                "welcome_email",
                "audit_verification",
                "daily_figures",
                "monitoring",
                "db",
                "telnyx",
                "metrics",
                "traces",
            ],
            &OPEN,
        ),
        "staff" => (&["db", "mail", "sso", "notifications"], &OPEN),
        "notifications" => (&["db", "mail", "webhook"], &OPEN),
        "welcome_email" => (&["db", "mail"], &OPEN),
        "secret_key" => (&["staff", "notifications", "db"], &OPEN),
        "access_review" => (&["db", "notifications"], &OPEN),
        "annotations" | "audit_verification" | "daily_figures" => (&["db"], &OPEN),
        "bulk" => (
            &[
                "import",
                "operations",
                "annotations",
                "notifications",
                "db",
                "traces",
            ],
            &OPEN,
        ),
        "backup" => (&["operations", "db"], &OPEN),
        "monitoring" => (&["backup", "metrics", "db"], &OPEN),
        "jobs" => (
            &[
                "backup",
                "bulk",
                "operations",
                "directory",
                "staff",
                "notifications",
                "welcome_email",
                "audit_verification",
                "daily_figures",
                "access_review",
                "db",
            ],
            &OPEN,
        ),
        "operations" => (&["db", "telnyx", "notifications", "traces"], &OPEN),
        "directory" => (&["db", "telnyx", "notifications"], &OPEN),
        "app" => (
            &[
                "db", "telnyx", "mail", "sso", "webhook", "metrics", "traces",
            ],
            &["domain", "clock", "config"],
        ),
        "sso" => (&[], &["domain", "clock", "config"]),
        "db" => (&["traces"], &["domain", "clock", "config"]),
        "telnyx" => (&["metrics", "traces"], &["domain", "clock", "config"]),
        "mail" | "webhook" => (&["metrics"], &["domain", "clock", "config"]),
        "traces" => (&["metrics"], &["config"]),
        "connections" => (&["metrics"], &[]),
        "clock" | "config" | "import" | "metrics" => (&[], &["domain"]),
        _ => (&[], &[]),
    };
    Some([own, open].concat())
}

/// Splits a file's path into modules.
/// `src/web/accounts/list.rs` becomes `web`, `accounts`, `list`.
fn modules(path: &str) -> Vec<&str> {
    let path = path.trim_start_matches("src/").trim_end_matches(".rs");
    path.split('/').collect()
}

/// Returns the code without comments.
/// This is good enough for paths, because no string of the project contains `crate::`.
fn code(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns the first name after each `crate::`, including those in `use crate::{…}`.
fn named_modules(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, start) in code.match_indices("crate::") {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &code[at + start.len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(top_names(group)),
            None => found.push(name(rest)),
        }
    }
    found
}

/// Returns the top-level names of a group: `a` and `d` for `a::{b, c}, d}`.
fn top_names(group: &str) -> Vec<String> {
    let mut found = vec![name(group.trim_start())];
    let mut depth = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => found.push(name(group[at + 1..].trim_start())),
            _ => {}
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

fn name(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// Returns the largest number of consecutive `super::`.
fn climbs(code: &str) -> usize {
    let climb = |part: &str| {
        let mut steps = 0;
        let mut rest = part;
        while let Some(next) = rest.strip_prefix("super::") {
            steps += 1;
            rest = next;
        }
        steps
    };
    code.match_indices("super::")
        .map(|(at, _)| climb(&code[at..]))
        .max()
        .unwrap_or(0)
}

fn imports(file: &File) -> Vec<String> {
    let modules = modules(&file.path);
    let code = code(&file.text);
    let mut found = Vec::new();
    if let Some(allowed) = allowed(modules[0]) {
        for name in named_modules(&code) {
            // A macro or type at the root is not a module.
            let module = name.chars().next().is_some_and(char::is_lowercase);
            if module && name != modules[0] && !allowed.contains(&name.as_str()) {
                found.push(format!(
                    "{} names crate::{name}, which is not open to {}",
                    file.path, modules[0]
                ));
            }
        }
    }
    // A test module inside the file is one level deeper.
    let inside = modules.len() - 1 + usize::from(code.contains("\nmod tests {"));
    if modules[0] != "lib" && modules[0] != "main" && climbs(&code) > inside {
        found.push(format!(
            "{} climbs out of {}: name crate:: there",
            file.path, modules[0]
        ));
    }
    found
}

/// Libraries, and the modules that may use each of them.
/// There is one module per library, or one for each external system.
const LIBRARIES: [(&str, &[&str]); 14] = [
    ("sqlx", &["db"]),
    ("sqlx_postgres", &["db"]),
    ("sqlx_sqlite", &["db"]),
    // `config` has the builder that all clients share.
    ("reqwest", &["config", "telnyx", "sso", "webhook", "traces"]),
    ("opentelemetry", &["traces"]),
    ("lettre", &["mail"]),
    ("openidconnect", &["sso"]),
    ("chrono", &["sso"]),
    ("askama", &["web"]),
    ("tower_sessions", &["web"]),
    ("calamine", &["import"]),
    ("encoding_rs", &["import"]),
    ("quick_xml", &["import"]),
    ("zip", &["import"]),
];

fn libraries(file: &File) -> Vec<String> {
    let module = modules(&file.path)[0].to_owned();
    let code = code(&file.text);
    let names = |library: &str| {
        code.match_indices(library).any(|(at, _)| {
            let before = code[..at].chars().next_back();
            let word = before.is_none_or(|c| !c.is_alphanumeric() && c != '_');
            word && code[at + library.len()..].starts_with("::")
        })
    };
    let wrong = LIBRARIES
        .iter()
        .filter(|(library, homes)| !homes.contains(&module.as_str()) && names(library));
    wrong
        .map(|(library, homes)| {
            format!(
                "{} names {library}, which only {} does",
                file.path,
                homes.join(" and ")
            )
        })
        .collect()
}

/// Returns the parts of `web` with pages of their own, recognized by their router.
fn areas(files: &[File]) -> Vec<String> {
    let top = |file: &&File| modules(&file.path).len() == 2 && file.path.starts_with("src/web/");
    let routes = |file: &&File| file.text.contains("fn router(");
    // Sign-in is a base of all areas, because it answers their interrupted forms.
    let names = files
        .iter()
        .filter(top)
        .filter(routes)
        .filter(|file| file.path != "src/web/sign_in.rs");
    names
        .map(|file| modules(&file.path)[1].to_owned())
        .collect()
}

fn neighbors(file: &File, areas: &[String]) -> Vec<String> {
    let modules = modules(&file.path);
    if modules[0] != "web" || modules.len() < 2 {
        return Vec::new();
    }
    let code = code(&file.text);
    let up = "super::".repeat(modules.len() - 1);
    let others = areas.iter().filter(|area| *area != modules[1]);
    let wrong = others.filter(|area| {
        [format!("crate::web::{area}::"), format!("{up}{area}::")]
            .iter()
            .any(|path| {
                code.match_indices(path.as_str())
                    .any(|(at, _)| !code[..at].ends_with("super::"))
            })
    });
    wrong
        .map(|area| {
            format!(
                "{} reaches into web::{area}: areas do not know each other",
                file.path
            )
        })
        .collect()
}

#[test]
fn nobody_imports_what_is_not_open_to_them() {
    let bad = |path, text| imports(&File::new(path, text)).len();
    assert_eq!(bad("src/db/accounts.rs", "use crate::telnyx::Client;"), 1);
    assert_eq!(bad("src/telnyx.rs", "fn f() { crate::db::open(); }"), 1);
    assert_eq!(
        bad(
            "src/operations/run.rs",
            "use crate::{app::App, web::{a, b}, sandbox};"
        ),
        2
    );
    assert_eq!(bad("src/sandbox/seed.rs", "use crate::domain::Id;"), 1);
    assert_eq!(bad("src/db.rs", "use super::telnyx::Client;"), 1);
    assert_eq!(bad("src/db/a.rs", "use super::super::telnyx::Client;"), 1);
    assert_eq!(
        bad(
            "src/db/a.rs",
            "use super::b; // crate::web\nuse crate::domain::Id;"
        ),
        0
    );
    nothing(&files("src", ".rs"), imports);
}

#[test]
fn a_library_is_named_in_its_rooms_alone() {
    let bad = |path, text| libraries(&File::new(path, text)).len();
    assert_eq!(bad("src/web/accounts.rs", "sqlx::query(\"\")"), 1);
    assert_eq!(bad("src/sandbox.rs", "use reqwest::Client;"), 1);
    assert_eq!(bad("src/staff/sso.rs", "use openidconnect::Nonce;"), 1);
    assert_eq!(bad("src/sso/http.rs", "use reqwest::Client;"), 0);
    assert_eq!(bad("src/domain/id.rs", "#[derive(askama::Template)]"), 1);
    assert_eq!(bad("src/web/accounts.rs", "use askama::Template;"), 0);
    nothing(&files("src", ".rs"), libraries);
}

#[test]
fn areas_of_the_web_do_not_know_each_other() {
    let known = ["accounts".to_owned(), "staff".to_owned()];
    let bad = |path, text| neighbors(&File::new(path, text), &known).len();
    assert_eq!(
        bad("src/web/accounts/list.rs", "use crate::web::staff::Row;"),
        1
    );
    assert_eq!(
        bad("src/web/accounts/list.rs", "use super::super::staff::Row;"),
        1
    );
    assert_eq!(bad("src/web/page.rs", "use super::staff::Row;"), 1);
    assert_eq!(
        bad(
            "src/web/accounts/list.rs",
            "use super::staff::Row; use crate::web::page::Page;"
        ),
        0
    );
    let all = files("src", ".rs");
    let areas = areas(&all);
    nothing(&all, |file| neighbors(file, &areas));
}

/// Dependencies that are named for their features alone.
const FOR_FEATURES: [&str; 1] = ["sqlx-core"];

/// Returns the dependencies in these sections of `Cargo.toml` that no file in `texts` uses.
fn unused(manifest: &str, sections: &[&str], texts: &[File]) -> Vec<String> {
    let mut section = "";
    let mut found = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']);
        } else if let Some((name, _)) = line.split_once(" = ")
            && sections.contains(&section)
            && !name.starts_with('#')
            && !FOR_FEATURES.contains(&name)
        {
            let named = format!("{}::", name.replace('-', "_"));
            if !texts.iter().any(|file| file.text.contains(&named)) {
                found.push(name.to_owned());
            }
        }
    }
    found
}

#[test]
fn every_dependency_is_used() {
    let file = File::new("src/a.rs", "use one_two::Three;");
    let manifest =
        "[dependencies]\none-two = \"1\"\nfour = \"2\"\n[dev-dependencies]\nfive = \"5\"";
    assert_eq!(unused(manifest, &["dependencies"], &[file]), ["four"]);

    let manifest = include_str!("../../../Cargo.toml");
    let source = files("src", ".rs");
    assert_eq!(
        unused(manifest, &["dependencies", "build-dependencies"], &source),
        Vec::<String>::new()
    );
    let mut all = files("tests", ".rs");
    all.extend(files("benches", ".rs"));
    all.extend(source);
    assert_eq!(
        unused(manifest, &["dev-dependencies"], &all),
        Vec::<String>::new()
    );
}

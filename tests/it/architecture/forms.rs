//! Where a form is shown again after the login expired: every form that has a page at its own address says so.

use super::{File, files};

/// Forms whose own address shows no page of theirs, or one that the browser names better, with its query.
const SHOWN_ELSEWHERE: [&str; 16] = [
    "/accounts/new",
    "/accounts/new/create",
    "/accounts/new/review",
    "/activity/chain",
    "/channels/record",
    "/profile",
    "/profile/factors/app",
    "/profile/factors/codes",
    "/profile/factors/passkeys",
    "/profile/password",
    "/prove",
    "/settings",
    "/staff",
    "/staff/{id}/enable",
    "/staff/{id}/link",
    "/staff/{id}/role",
];

/// Open to everybody: no login expires there.
const OPEN: [&str; 5] = [
    "/invite/{token}",
    "/login",
    "/login/second-factor",
    "/reset/{token}",
    "/setup",
];

/// The routes of a file that answer both GET and POST.
fn both(file: &File) -> Vec<String> {
    let mut found = Vec::new();
    for (at, start) in file.text.match_indices(".route(") {
        let rest = &file.text[at + start.len()..];
        let mut depth = 1;
        let end = rest.find(|c| {
            depth += match c {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            depth == 0
        });
        let call = &rest[..end.unwrap_or(rest.len())];
        if call.contains("get(") && call.contains("post(") {
            found.extend(strings(call));
        }
    }
    found
}

/// What stands in quotes.
fn strings(code: &str) -> Vec<String> {
    code.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_form_at_a_page_of_its_own_is_shown_there_again_after_the_login_expired() {
    let two = r#"Router::new().route("/a", get(show)).route(
        "/b/{id}",
        get(edit).post(update),
    ).route("/c", post(x))"#;
    assert_eq!(both(&File::new("a.rs", two)), ["/b/{id}"]);

    let all = files("src/web", ".rs");
    let gate = all.iter().find(|file| file.path == "src/web/sign_in/gate.rs").unwrap();
    let table = gate.text.split("const CONFIRMATIONS").nth(1).unwrap();
    let confirmations = strings(table.split("];").next().unwrap());
    assert!(!confirmations.is_empty());

    let mut known: Vec<String> = [&SHOWN_ELSEWHERE[..], &OPEN]
        .concat()
        .into_iter()
        .map(str::to_owned)
        .chain(confirmations)
        .collect();
    known.sort();
    let mut routes: Vec<String> = all.iter().flat_map(both).collect();
    routes.sort();
    assert_eq!(
        routes, known,
        "a confirmation belongs to CONFIRMATIONS, any other form here"
    );
}

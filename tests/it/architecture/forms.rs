//! Where a form is shown again after the login expired: every form that has a page at its own address says so.

use super::{File, files};

/// Forms whose own address shows no page of theirs, or one that the browser names better, with its query.
const SHOWN_ELSEWHERE: [&str; 15] = [
    "/accounts/new",
    "/accounts/new/create",
    "/accounts/new/review",
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

/// Confirmations in which nothing is typed.
const NOTHING_TYPED: [&str; 2] = ["/accounts/{id}/show-key", "/staff/{id}/disable"];

/// The routes of a file that answer both GET and POST.
fn both(file: &File) -> Vec<String> {
    let calls = routes(file).into_iter();
    let both = calls.filter(|call| call.contains("get(") && call.contains("post("));
    both.flat_map(|call| strings(&call)).collect()
}

/// What stands between the brackets of each `.route(…)`.
fn routes(file: &File) -> Vec<String> {
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
        found.push(rest[..end.unwrap_or(rest.len())].to_owned());
    }
    found
}

/// The function that answers the GET of a route, as the route names it: `edit` or `edit::show`.
fn shown_by(call: &str) -> &str {
    let name = call.split("get(").nth(1).and_then(|rest| rest.split(')').next());
    name.unwrap_or_default()
}

/// Whether that function, in the file that has the route or in the one that it names, takes what was kept.
fn takes_kept(router: &File, all: &[File], path: &str) -> bool {
    let (module, name) = path.rsplit_once("::").unwrap_or(("", path));
    let folder = router.path.trim_end_matches(".rs");
    let home = if module.is_empty() {
        router.path.clone()
    } else {
        format!("{folder}/{}.rs", module.replace("::", "/"))
    };
    let near = all.iter().filter(|file| file.path == home);
    let start = format!("async fn {name}(");
    let mut heads = near.flat_map(|file| file.text.split(start.as_str()).skip(1));
    heads.any(|rest| {
        rest.split('{')
            .next()
            .is_some_and(|head| head.to_lowercase().contains("kept"))
    })
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

    let forms = [
        File::new(
            "a.rs",
            "async fn show(may: May<Read>, kept: Kept) {} async fn show_all() {}",
        ),
        File::new("a/edit.rs", "async fn show(may: May<Read>) {}"),
    ];
    assert_eq!(shown_by(r#""/b", get(edit::show).post(x)"#), "edit::show");
    assert!(takes_kept(&forms[0], &forms, "show"));
    assert!(!takes_kept(&forms[0], &forms, "show_all") && !takes_kept(&forms[0], &forms, "edit::show"));

    let all = files("src/web", ".rs");
    let gate = all.iter().find(|file| file.path == "src/web/sign_in/gate.rs").unwrap();
    let table = gate.text.split("const CONFIRMATIONS").nth(1).unwrap();
    let confirmations = strings(table.split("];").next().unwrap());
    assert!(!confirmations.is_empty());

    let mut forgetful = Vec::new();
    for file in &all {
        for call in routes(file) {
            let route = strings(&call).into_iter().next().unwrap_or_default();
            let typed = confirmations.contains(&route) && !NOTHING_TYPED.contains(&route.as_str());
            if typed && !takes_kept(file, &all, shown_by(&call)) {
                forgetful.push(format!("{route}: {} forgets what was typed", shown_by(&call)));
            }
        }
    }
    assert!(forgetful.is_empty(), "\n{}\n", forgetful.join("\n"));

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

//! Forms after an expired login: each form with a page of its own names its address.

use std::collections::BTreeSet;

use axum::http::Method;

use super::files;
use crate::support::{Route, routes};

/// Forms without a page at their own address, or with a better one.
/// The browser's address includes the query.
const SHOWN_ELSEWHERE: [&str; 31] = [
    "/accounts",
    "/accounts/import",
    "/accounts/import/paste",
    "/accounts/new",
    "/accounts/new/create",
    "/accounts/new/defaults",
    "/accounts/new/review",
    "/activity/verification",
    "/channels/record",
    "/org-users/reviews",
    "/profile",
    "/profile/factors/app",
    "/profile/factors/codes",
    "/profile/factors/passkeys",
    "/profile/notifications",
    "/profile/password",
    "/step-up",
    "/settings",
    "/settings/access-review",
    "/settings/appearance",
    "/settings/appearance/logo",
    "/settings/notifications",
    "/settings/webhook",
    "/settings/webhook/secret",
    "/settings/welcome-email",
    "/settings/welcome-email/preview",
    "/staff",
    "/staff/{id}/enable",
    "/staff/{id}/forget-identity",
    "/staff/{id}/link",
    "/staff/{id}/role",
];

/// Forms that need no login.
const OPEN: [&str; 6] = [
    "/invite/{token}",
    "/login",
    "/login/forgotten",
    "/login/second-factor",
    "/reset/{token}",
    "/setup",
];

/// Confirmations without input fields.
const NOTHING_TYPED: [&str; 9] = [
    "/accounts/{id}/show-key",
    "/accounts/{id}/welcome-email",
    "/jobs/{id}/stop",
    "/org-users/reviews/{id}/discard",
    "/org-users/reviews/{id}/sign-off",
    "/profile/email/{token}",
    "/profile/factors/app/remove",
    "/profile/factors/passkeys/{id}/remove",
    "/staff/{id}/disable",
];

/// Returns the strings in quotes.
fn strings(code: &str) -> Vec<String> {
    code.split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_form_at_a_page_of_its_own_is_shown_there_again_after_the_login_expired() {
    let all = files("src/web", ".rs");
    let gate = all
        .iter()
        .find(|file| file.path == "src/web/sign_in/guard.rs")
        .unwrap();
    let table = gate.text.split("const CONFIRMATIONS").nth(1).unwrap();
    let confirmations = strings(table.split("];").next().unwrap());
    assert!(!confirmations.is_empty());

    let shows_a_form = |route: &&Route| {
        route.method == Method::GET
            && confirmations.contains(&route.path)
            && !NOTHING_TYPED.contains(&route.path.as_str())
    };
    let forgetful: Vec<&str> = routes()
        .iter()
        .filter(shows_a_form)
        .filter(|route| !route.takes_draft)
        .map(|route| route.path.as_str())
        .collect();
    assert!(
        forgetful.is_empty(),
        "what was typed is forgotten at {forgetful:?}"
    );

    let mut known: Vec<String> = [&SHOWN_ELSEWHERE[..], &OPEN]
        .concat()
        .into_iter()
        .map(str::to_owned)
        .chain(confirmations)
        .collect();
    known.sort();
    let at = |method: &Method| {
        let found = routes().iter().filter(|route| route.method == *method);
        found
            .map(|route| route.path.clone())
            .collect::<BTreeSet<String>>()
    };
    let both: Vec<String> = at(&Method::GET)
        .intersection(&at(&Method::POST))
        .cloned()
        .collect();
    assert_eq!(
        both, known,
        "a confirmation belongs to CONFIRMATIONS, any other form here"
    );
}

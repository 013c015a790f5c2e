//! Second factors and passkeys: setting them up, using, losing and requiring them.

use std::time::Duration;

use axum::http::Method;
use reseller_portal::domain::actor::Actor;
use reseller_portal::domain::role::Role;
use serde_json::Value;

use super::sign_in::{events, sign_in};
use crate::support::{AuthenticatorApp, Browser, PASSWORD, Passkey, Portal, Response, secrets};

mod apps;
mod forged;
mod guessing;
mod notices;
mod passkeys;
mod recovery;
mod required;
mod reset;
mod step_up;

/// Starts a portal with a host name, which browsers require for passkeys.
pub(super) async fn portal() -> Portal {
    Portal::build()
        .settings(|settings| settings.public_url = "http://localhost:8080".parse().unwrap())
        .start()
        .await
}

/// Sets up an authenticator app. Returns it with the resulting page.
pub(super) async fn set_up_app(portal: &Portal, browser: &Browser) -> (AuthenticatorApp, Response) {
    let page = browser.get("/profile/factors/app").await.expect(200);
    let app = AuthenticatorApp::new(&page.text_of("#secret"));
    let typed = [("code", &*app.code(&portal.clock))];
    let done = browser.submit(&page, "#app-form", &typed).await;
    portal.advance(Duration::from_secs(30));
    (app, done)
}

/// Adds a person with an authenticator app, and returns their recovery codes too.
pub(super) async fn with_app(
    portal: &Portal,
    role: Role,
) -> (Actor, AuthenticatorApp, Vec<String>) {
    let actor = portal.staff(role).await;
    let browser = portal.signed_in_as(&actor).await;
    let (app, page) = set_up_app(portal, &browser).await;
    let codes = codes(&page.expect(200));
    (actor, app, codes)
}

pub(super) fn codes(page: &Response) -> Vec<String> {
    let codes = page.text_of("#codes");
    codes
        .split_whitespace()
        .inspect(|code| secrets::hide_but_on_pages(code))
        .map(str::to_owned)
        .collect()
}

/// Requests a challenge as a script does.
pub(super) async fn challenge(browser: &Browser, path: &str) -> Value {
    let answer = ask(browser, path).await.expect(200);
    serde_json::from_str(&answer.text).unwrap()
}

async fn ask(browser: &Browser, path: &str) -> Response {
    let request = browser.request(Method::POST, path);
    request.header("accept", "application/json").send().await
}

/// Adds a passkey and returns the response.
pub(super) async fn add_passkey(browser: &Browser, passkey: &mut Passkey, name: &str) -> Response {
    let challenge = challenge(browser, "/profile/factors/passkeys/challenge").await;
    let answer = passkey.attest(&challenge);
    let fields = [
        ("ceremony", challenge["ceremony"].as_str().unwrap()),
        ("name", name),
        ("answer", &answer),
    ];
    browser.post("/profile/factors/passkeys", &fields).await
}

/// Adds a person with a passkey.
pub(super) async fn with_passkey(portal: &Portal, role: Role) -> (Actor, Passkey) {
    let actor = portal.staff(role).await;
    let browser = portal.signed_in_as(&actor).await;
    let mut passkey = Passkey::new();
    add_passkey(&browser, &mut passkey, "Blue key")
        .await
        .expect(200);
    (actor, passkey)
}

/// Sends a passkey's answer to a challenge.
pub(super) async fn answer(
    browser: &Browser,
    path: &str,
    challenge: &Value,
    answer: &str,
) -> Response {
    let ceremony = challenge["ceremony"].as_str().unwrap();
    browser
        .post(
            path,
            &[
                ("ceremony", ceremony),
                ("answer", answer),
                ("next", "/channels"),
            ],
        )
        .await
}

/// Signs in with only a passkey.
pub(super) async fn sign_in_with(browser: &Browser, passkey: &mut Passkey) -> Response {
    let challenge = challenge(browser, "/login/passkey/challenge").await;
    let said = passkey.assert(&challenge);
    answer(browser, "/login/passkey", &challenge, &said).await
}

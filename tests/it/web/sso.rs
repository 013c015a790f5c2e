//! Signing in at a provider of single sign-on, real and forging.

use reseller_portal::db::{identities, staff};
use reseller_portal::domain::actor::Actor;
use reseller_portal::domain::audit::EventKind;
use reseller_portal::domain::role::Role;
use serde_json::{Value, json};

use super::sign_in::events;
use crate::support::forger::Forger;
use crate::support::{Browser, Portal, Provider, Response, onward};

mod attacks;
mod matching;
mod passwords;
mod profiles;
mod signing_in;
mod step_up;
mod unavailable;

/// Returns the claims of a person with a verified address.
fn person(subject: &str, email: &str) -> Value {
    json!({ "sub": subject, "email": email, "email_verified": true })
}

/// Starts a portal with a real provider that knows `ann`, who is `manager@example.com`.
async fn with_ann() -> (Portal, Provider) {
    let provider = Provider::start();
    provider
        .knows("ann", person("ann-1", "manager@example.com"))
        .await;
    let portal = Portal::build().settings(provider.set()).start().await;
    (portal, provider)
}

/// Presses the button on the sign-in page. Returns the page that leads to the provider.
async fn leave(browser: &Browser, address: &str) -> Response {
    let page = browser.get(address).await.expect(200);
    browser.submit(&page, "#sso-form", &[]).await.expect(200)
}

/// Goes to the provider, logs in there, and comes back.
async fn by_sso(browser: &Browser, provider: &Provider, login: &str) -> Response {
    let page = leave(browser, "/login").await;
    browser.get(&provider.sign_in(&page, login).await).await
}

/// Returns a query parameter of an address.
fn carried(address: &str, name: &str) -> String {
    let url = url::Url::parse(address).unwrap();
    let found = url.query_pairs().find(|(other, _)| other == name);
    found
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// Returns the address back from the forging provider, with this code and the page's state.
fn back(page: &Response, code: &str) -> String {
    let state = carried(&onward(page), "state");
    format!("/login/sso/callback?code={code}&state={state}")
}

async fn messages(portal: &Portal, kind: EventKind) -> Vec<String> {
    let events = events(portal, kind).await;
    events.into_iter().map(|event| event.message).collect()
}

/// Invites a person who has not signed up yet.
async fn invited(
    portal: &Portal,
    email: &str,
    role: Role,
) -> reseller_portal::domain::ids::StaffId {
    let owner = portal.staff(Role::Owner).await;
    let by = reseller_portal::staff::Principal::Actor(&owner);
    let email = email.parse().unwrap();
    let invited =
        reseller_portal::staff::members::invite(portal, by, &email, "Kim Example", role).await;
    invited.unwrap().0
}

async fn subject(portal: &Portal, issuer: &str, who: &Actor) -> Option<String> {
    let mut tx = portal.db.begin().await.unwrap();
    identities::subject_of(&mut tx, issuer, who.staff_id)
        .await
        .unwrap()
}

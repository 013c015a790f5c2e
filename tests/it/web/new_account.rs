//! Onboarding an account: form, review, creation and result, through the pages and as a script.

use std::time::Duration;

use reseller_portal::domain::role::Role;
use serde_json::{Value, json};

use crate::support::{Browser, Portal, Response};

mod creating;
mod details;
mod expired;
mod failing;
mod first_sign_in;
mod form;
mod prefill;
mod result;
mod review;
mod secret;
mod welcome;

const CREATE: &str = "/v2/managed_accounts";
const NAME: &str = "Quillwörth Überseehandel Ltd";
const EMAIL: &str = "voice@acme.example";

/// Input for the form.
const TYPED: [(&str, &str); 5] = [
    ("organization_name", NAME),
    ("email", EMAIL),
    ("rollup_billing", "yes"),
    ("custom_pricing", "no"),
    ("channel_limit", "30"),
];

/// Returns the fields with some of them changed.
fn but<'a>(other: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = TYPED
        .into_iter()
        .filter(|(name, _)| other.iter().all(|(changed, _)| changed != name));
    kept.chain(other.iter().copied()).collect()
}

/// Starts a portal with a filled directory, and signs in an account manager.
async fn stage() -> (Portal, Browser) {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    (portal, ann)
}

/// Returns the review page for these fields.
async fn review_of(ann: &Browser, fields: &[(&str, &str)]) -> Response {
    let form = ann.get("/accounts/new").await.expect(200);
    ann.submit(&form, "#new-account", fields).await.expect(200)
}

/// Sends the review page's form and returns the next page.
async fn created(ann: &Browser, review: &Response, typed: &[(&str, &str)]) -> Response {
    let answer = ann.submit(review, "#create", typed).await;
    let answer = answer.expect(303);
    assert!(answer.leads_to().unwrap().starts_with("/accounts/created/"));
    ann.follow(&answer).await
}

/// Returns Telnyx's accounts with this name.
async fn acmes(portal: &Portal) -> Vec<Value> {
    let mut accounts = portal.sandbox.accounts().await;
    accounts.retain(|account| account["organization_name"] == NAME);
    accounts
}

/// Makes the next `times` creations at Telnyx fail as in `then`.
async fn fault(portal: &Portal, times: u32, then: Value) {
    let rule = json!([{ "method": "POST", "path": CREATE, "times": times, "then": then }]);
    portal.sandbox.faults(rule).await;
}

/// Runs rounds of recovery over this time.
async fn recover_over(portal: &Portal, time: Duration) {
    let step = Duration::from_secs(20);
    for _ in 0..=time.as_secs() / step.as_secs() {
        portal.advance(step);
        portal.run_jobs().await;
    }
}

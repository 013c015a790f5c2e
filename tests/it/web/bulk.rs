//! Changes of many accounts: the selection bar, the forms, and the previews that they store.

use std::collections::BTreeSet;

use reseller_portal::db::jobs::{self, Job, items::JobItem};
use reseller_portal::domain::job::{Decision, ItemState};
use reseller_portal::domain::role::Role;

use crate::support::{Browser, Portal, Response};

mod actions;
mod reclaim;
mod selection;

/// Starts a portal, sweeps all accounts, and signs in a person with this role.
async fn swept(role: Role) -> (Portal, Browser) {
    let portal = Portal::start().await;
    portal.sweep().await;
    let browser = portal.signed_in(role).await;
    (portal, browser)
}

/// Returns the IDs of all accounts with this status at Telnyx.
async fn ids_of(portal: &Portal, status: &str) -> BTreeSet<String> {
    let accounts = portal.sandbox.accounts().await;
    accounts
        .iter()
        .filter(|account| account["status"] == status)
        .map(|account| account["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Opens the form of an action for these accounts, from the list of accounts.
async fn open(browser: &Browser, action: &str, ids: &[&str]) -> Response {
    let mut fields = vec![("list", "/accounts"), ("all", "")];
    fields.extend(ids.iter().map(|id| ("id", *id)));
    browser
        .post(&format!("/accounts/bulk/{action}"), &fields)
        .await
        .expect(200)
}

/// Returns the job to whose page an answer leads.
async fn job(portal: &Portal, answer: &Response) -> Job {
    let to = answer.leads_to().unwrap_or_else(|| {
        panic!("{} leads nowhere: {}", answer.asked, answer.words());
    });
    let id = to
        .strip_prefix("/jobs/")
        .unwrap_or_else(|| panic!("leads to {to}"));
    let id = id.parse().unwrap();
    jobs::by_id(&portal.db, id).await.unwrap().unwrap()
}

/// Returns the items of a job.
async fn items(portal: &Portal, job: &Job) -> Vec<JobItem> {
    jobs::items::after(&portal.db, job.id, 0, 1_000)
        .await
        .unwrap()
}

/// Returns the IDs of the accounts that a job would change.
async fn changed(portal: &Portal, job: &Job) -> BTreeSet<String> {
    let items = items(portal, job).await;
    let waiting = items
        .into_iter()
        .filter(|item| item.state == ItemState::Waiting);
    waiting
        .map(|item| {
            assert_eq!(item.decision, Decision::Change);
            item.account.unwrap().to_string()
        })
        .collect()
}

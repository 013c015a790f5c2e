//! `/jobs`: previews, runs, and what people do with them.

use reseller_portal::bulk::{self, NewJob};
use reseller_portal::domain::actor::Actor;
use reseller_portal::domain::ids::JobId;
use reseller_portal::domain::job::JobAction;
use reseller_portal::domain::operation::{Reason, ReasonCode};
use reseller_portal::domain::role::Role;

use crate::support::{Browser, Portal, Response};

mod events;
mod list;
mod preview;
mod run;
mod shown;

/// Portal with accounts, and an account manager.
struct Stage {
    portal: Portal,
    ann: Actor,
    browser: Browser,
}

impl Stage {
    async fn new() -> Self {
        let portal = Portal::start().await;
        portal.sweep().await;
        let ann = portal.staff(Role::Manager).await;
        let browser = portal.signed_in_as(&ann).await;
        Self {
            portal,
            ann,
            browser,
        }
    }

    /// Returns the IDs of accounts with this status.
    async fn accounts(&self, status: &str) -> Vec<String> {
        let all = self.portal.sandbox.accounts().await;
        let found = all.iter().filter(|account| account["status"] == status);
        found
            .map(|account| account["id"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Previews a job of these accounts. Returns its address.
    async fn preview(&self, action: JobAction, accounts: &[String]) -> String {
        let new = NewJob {
            id: JobId::new(self.portal.clock.now()),
            action,
            accounts: accounts.iter().map(|id| id.parse().unwrap()).collect(),
            selection: format!("{} accounts by hand", accounts.len()),
            reason: Reason {
                code: Some(ReasonCode::Fraud),
                text: "Calls at night".to_owned(),
            },
        };
        let job = bulk::preview(&self.portal.app, &self.ann, new)
            .await
            .unwrap();
        format!("/jobs/{}", job.id)
    }

    /// Previews the disabling of the first enabled accounts. Returns the address and their IDs.
    async fn preview_disable(&self, accounts: usize) -> (String, Vec<String>) {
        let ids = self.accounts("enabled").await[..accounts].to_vec();
        (self.preview(JobAction::Disable, &ids).await, ids)
    }

    /// Starts a previewed job with the typed number, and opens its page.
    async fn start(&self, path: &str, typed: &[(&str, &str)]) -> Response {
        let page = self.browser.get(path).await.expect(200);
        let sent = self.browser.submit(&page, "#start", typed).await;
        self.browser.follow(&sent.expect(303)).await.expect(200)
    }

    /// Runs the loop of jobs once.
    async fn run(&self) {
        bulk::run_once(&self.portal.app).await.unwrap();
    }

    /// Returns the number of these accounts that have this status at Telnyx.
    async fn count(&self, ids: &[String], status: &str) -> usize {
        let mut found = 0;
        for id in ids {
            found += usize::from(self.portal.sandbox.account(id).await["status"] == status);
        }
        found
    }

    async fn page(&self, path: &str) -> Response {
        self.browser.get(path).await.expect(200)
    }
}

//! Jobs below the pages: the stored plan, its run, and what people do with it.

mod assigning;
mod exactly_once;
mod handover;
mod importing;
mod kills;
mod moving;
mod planning;
mod retention;
mod running;
mod undoing;

use std::time::Duration;

use reseller_portal::bulk::{self, NewJob, PlanError};
use reseller_portal::db::accounts;
use reseller_portal::db::jobs::items::{self, ItemFilter, JobItem};
use reseller_portal::db::jobs::{self, Job};
use reseller_portal::domain::account::AccountStatus;
use reseller_portal::domain::actor::Actor;
use reseller_portal::domain::channels::ChannelLimit;
use reseller_portal::domain::fact::{Fact, FactSource};
use reseller_portal::domain::ids::{AccountId, JobId};
use reseller_portal::domain::job::{
    Decision, ItemState, JobAction, JobCounts, JobState, LimitRule,
};
use reseller_portal::domain::operation::{Reason, ReasonCode};
use reseller_portal::domain::role::Role;
use serde_json::Value;

use crate::support::Portal;

/// Portal whose directory knows the status and limit of every account, and an account manager.
struct Stage {
    portal: Portal,
    ann: Actor,
}

impl Stage {
    /// Starts a portal with this many accounts. All of them are enabled and have limit 4.
    async fn start(accounts: usize) -> Self {
        let channels = u32::try_from(accounts).unwrap() * 100;
        let portal = Portal::build()
            .accounts(accounts)
            .channels(channels)
            .start()
            .await;
        for account in portal.sandbox.accounts().await {
            let change = serde_json::json!({"status": "enabled", "channel_limit": 4});
            portal
                .sandbox
                .change_elsewhere(account["id"].as_str().unwrap(), change)
                .await;
        }
        portal.sweep().await;
        let ids = all_ids(&portal).await;
        let at = portal.clock.now();
        let mut tx = portal.db.begin().await.unwrap();
        for id in &ids {
            let known = Fact {
                value: limit(4),
                source: FactSource::Person,
                observed_at: at,
            };
            accounts::set_limit(&mut tx, id, known, None).await.unwrap();
        }
        tx.commit().await.unwrap();
        portal.advance(Duration::from_secs(1));
        portal.sandbox.clear_log().await;
        let ann = portal.staff(Role::Manager).await;
        Self { portal, ann }
    }

    async fn preview(&self, action: JobAction, accounts: &[AccountId]) -> Result<Job, PlanError> {
        let new = NewJob {
            id: JobId::new(self.portal.clock.now()),
            action,
            accounts: accounts.to_vec(),
            selection: "A selection".to_owned(),
            reason: reason(),
        };
        bulk::preview(&self.portal, &self.ann, new).await
    }

    /// Previews a job and starts it.
    async fn started(&self, action: JobAction, accounts: &[AccountId]) -> Job {
        let job = self.preview(action, accounts).await.unwrap();
        bulk::start(&self.portal, &self.ann, &job, None)
            .await
            .unwrap();
        job
    }

    /// Runs the loop once.
    async fn run(&self) {
        bulk::run_once(&self.portal).await.unwrap();
    }

    async fn job(&self, job: &Job) -> Job {
        jobs::by_id(&self.portal.db, job.id).await.unwrap().unwrap()
    }

    async fn counts(&self, job: &Job) -> JobCounts {
        jobs::counts(&self.portal.db, &[job.id]).await.unwrap()[&job.id]
    }

    async fn items(&self, job: &Job) -> Vec<JobItem> {
        let all = ItemFilter::default();
        items::page(&self.portal.db, job.id, &all, 1, 1_000)
            .await
            .unwrap()
    }

    async fn ids(&self) -> Vec<AccountId> {
        all_ids(&self.portal).await
    }

    /// Returns the true limit of each account.
    async fn true_limits(&self) -> Vec<i64> {
        let accounts = self.portal.sandbox.accounts().await;
        accounts
            .iter()
            .map(|account| account["channel_limit"].as_i64().unwrap())
            .collect()
    }
}

async fn all_ids(portal: &Portal) -> Vec<AccountId> {
    let accounts = portal.sandbox.accounts().await;
    let id = |account: &Value| account["id"].as_str().unwrap().parse().unwrap();
    accounts.iter().map(id).collect()
}

fn limit(channels: u64) -> ChannelLimit {
    ChannelLimit::new(channels).unwrap()
}

fn set(channels: u64) -> JobAction {
    JobAction::ChannelLimit {
        limit: LimitRule::Set(limit(channels)),
    }
}

fn reason() -> Reason {
    Reason {
        code: Some(ReasonCode::CustomerRequest),
        text: "Campaign".to_owned(),
    }
}

fn decisions(items: &[JobItem]) -> Vec<Decision> {
    items.iter().map(|item| item.decision).collect()
}

fn states(items: &[JobItem]) -> Vec<ItemState> {
    items.iter().map(|item| item.state).collect()
}

fn number(items: usize) -> i64 {
    i64::try_from(items).unwrap()
}

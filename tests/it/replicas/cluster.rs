//! Processes of the portal behind a load balancer, on one database.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use reseller_portal::db::audit::{self, EventFilter};
use reseller_portal::db::operations::{self, Operation};
use reseller_portal::domain::audit::{EventKind, EventOutcome};
use reseller_portal::domain::ids::AccountId;
use reseller_portal::domain::operation::{Change, OperationState};
use reseller_portal::domain::role::Role;
use serde_json::json;

use crate::support::{Balancer, Browser, Portal, Process};

/// Number of processes.
pub const PROCESSES: usize = 3;
/// Limit that each account has at first.
const FIRST_LIMIT: i64 = 4;

/// Returns `true` if the tests run on a database that several processes can share.
pub fn can_share_database() -> bool {
    std::env::var("TEST_DATABASE_URL").is_ok_and(|url| !url.is_empty())
}

/// Three processes behind a balancer.
pub struct Cluster {
    pub portal: Portal,
    pub balancer: Balancer,
    processes: Vec<Process>,
}

impl Cluster {
    /// Starts the processes, with this many enabled accounts.
    pub async fn start(accounts: usize) -> Self {
        let channels = u32::try_from(accounts).unwrap() * 100;
        let portal = Portal::build().accounts(accounts).channels(channels);
        let portal = portal.start().await;
        for account in portal.sandbox.accounts().await {
            let id = account["id"].as_str().unwrap();
            let change = json!({"status": "enabled", "channel_limit": FIRST_LIMIT});
            portal.sandbox.change_elsewhere(id, change).await;
        }
        portal.sweep().await;
        portal.sandbox.clear_log().await;
        // The ports stay taken until all are known, so that none is given twice.
        let free: Vec<TcpListener> = (0..PROCESSES)
            .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
            .collect();
        let addresses: Vec<_> = free.iter().map(|port| port.local_addr().unwrap()).collect();
        drop(free);
        let processes = addresses
            .iter()
            .map(|address| Process::start_at(&portal, *address, &SETTINGS))
            .collect();
        let cluster = Self {
            balancer: Balancer::start(&addresses),
            portal,
            processes,
        };
        for place in 0..PROCESSES {
            cluster.balancer.until_ready(place).await;
        }
        cluster
    }

    /// Returns a browser behind the balancer, in which a new account manager is signed in.
    pub async fn signed_in(&self) -> Browser {
        let direct = self.portal.signed_in(Role::Manager).await;
        let url = self.portal.settings.public_url.clone();
        let browser = Browser::new(self.balancer.router(), url);
        for (name, value) in direct.cookies() {
            browser.set_cookie(&name, &value);
        }
        browser
    }

    /// Returns the IDs of all accounts.
    pub async fn ids(&self) -> Vec<String> {
        let accounts = self.portal.sandbox.accounts().await;
        let id = |account: &serde_json::Value| account["id"].as_str().unwrap().to_owned();
        accounts.iter().map(id).collect()
    }

    /// Restarts each process in turn, and waits until it is ready again.
    pub async fn restart_in_turn(&mut self) {
        for place in 0..PROCESSES {
            let status = self.processes[place].terminate().await;
            assert_eq!(status.code(), Some(0));
            self.start_again(place).await;
        }
    }

    /// Kills a process, and starts it again.
    pub async fn kill(&mut self, place: usize) {
        self.balancer.expect_kill(place);
        self.processes[place].kill();
        self.start_again(place).await;
    }

    async fn start_again(&mut self, place: usize) {
        let address = self.processes[place].address;
        self.processes[place] = Process::start_at(&self.portal, address, &SETTINGS);
        self.balancer.started_again(place);
        self.balancer.until_ready(place).await;
    }

    /// Waits until each change has its outcome. Returns the time that this took.
    pub async fn until_settled(&self) -> Duration {
        let began = Instant::now();
        while !operations::open(&self.portal.db, 1)
            .await
            .unwrap()
            .is_empty()
        {
            assert!(
                began.elapsed() < Duration::from_mins(2),
                "a change stays open"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        began.elapsed()
    }

    /// Fails unless each change is recorded as the simulated Telnyx has it, with its event once.
    /// Returns the number of changes that took effect.
    pub async fn assert_truth(&self) -> usize {
        let filter = EventFilter {
            kinds: vec![EventKind::ChannelLimit],
            ..EventFilter::default()
        };
        let events = audit::oldest(&self.portal.db, &filter, 10_000)
            .await
            .unwrap();
        let mut done = 0;
        for account in self.portal.sandbox.accounts().await {
            let id = account["id"].as_str().unwrap();
            let account_id: AccountId = id.parse().unwrap();
            let made = operations::of_account(&self.portal.db, &account_id, 1_000);
            let made: Vec<Operation> = made.await.unwrap();
            for operation in &made {
                let of = |outcome: EventOutcome| {
                    let own = events.iter().map(|entry| &entry.event);
                    let own = own.filter(|event| event.operation == Some(operation.id));
                    own.filter(|event| event.outcome == outcome).count()
                };
                let is_done = operation.state == OperationState::Done;
                assert!(operation.state.is_settled(), "{:?}", operation.state);
                assert_eq!(of(EventOutcome::Started), 1, "{id}");
                assert_eq!(of(EventOutcome::Done), usize::from(is_done), "{id}");
                done += usize::from(is_done);
            }
            // The newest comes first.
            let last = made.iter().find(|made| made.state == OperationState::Done);
            let expected = last.map_or(FIRST_LIMIT, |last| match &last.change {
                Change::ChannelLimit { limit, .. } => i64::from(limit.get()),
                other => panic!("{other:?}"),
            });
            assert_eq!(account["channel_limit"], expected, "{id}");
        }
        done
    }

    /// Returns the number of requests that changed a limit.
    pub async fn sent(&self) -> usize {
        self.portal.sandbox.changes().await.len()
    }
}

/// Settings of each process.
const SETTINGS: [(&str, &str); 1] = [("PORTAL_DRAIN_TIME", "1s")];

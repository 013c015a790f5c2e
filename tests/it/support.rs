//! The ground that tests stand on: a whole portal for each test, in front of a simulated Telnyx of its own.
//!
//! `Portal::start().await` gives one; `portal.signed_in(Role::Manager).await` gives somebody who clicks. Nothing is
//! replaced but the clock, which stands still until the test moves it: requests go through the real router with all its
//! layers, the database is a real one, and Telnyx is the sandbox over real HTTP.

use std::net::SocketAddr;
use std::ops::Deref;
use std::time::Duration;

use axum::Router;
use reseller_portal::app::App;
use reseller_portal::clock::Clock;
use reseller_portal::config::{PasswordCost, Settings};
use reseller_portal::db::Db;
use reseller_portal::db::sweeps::SweepOutcome;
use reseller_portal::directory::sweep::{self, SweepResult};
use reseller_portal::domain::actor::Actor;
use reseller_portal::domain::ids::StaffId;
use reseller_portal::domain::role::Role;
use reseller_portal::domain::time::Timestamp;
use reseller_portal::operations::recover;
use reseller_portal::sandbox::Options;
use reseller_portal::web;
use url::Url;

mod browser;
mod cable;
mod controls;
mod database;
mod dump;
mod factors;
pub mod forger;
mod itself;
mod log;
mod page;
mod post_office;
mod provider;
mod routes;
mod staff;
mod upstream;

pub use browser::Browser;
pub use cable::Cable;
pub use database::{Database, directory};
pub use dump::Dump;
pub use factors::{AuthenticatorApp, Passkey};
pub use log::Log;
pub use page::Response;
pub use post_office::{Mailed, Manner, PostOffice};
pub use provider::{Provider, onward, sso};
pub use routes::{Needs, Route, Source, route_at, routes};
pub use staff::{PASSWORD, password_hash};
pub use upstream::Upstream;

/// A portal that runs, with everything that belongs to it. What the app shares is reached through it: `portal.db`.
pub struct Portal {
    /// What handlers share.
    pub app: App,
    /// The simulated Telnyx.
    pub sandbox: Upstream,
    router: Router,
    // Last: it is removed once nothing above holds it.
    _database: Database,
}

impl Deref for Portal {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

type Change = Box<dyn FnOnce(&mut Settings) + Send>;

/// How a portal is to be, where the usual one does not do.
pub struct Builder {
    options: Options,
    clock: Clock,
    settings: Vec<Change>,
}

impl Portal {
    /// The usual one: 20 accounts, a pool of 2,000 channels, nothing read from Telnyx yet.
    pub async fn start() -> Self {
        Self::build().start().await
    }

    /// One that is not the usual one.
    pub fn build() -> Builder {
        Builder {
            options: Options {
                accounts: 20,
                ..Options::default()
            },
            clock: Clock::fixed(Clock::system().now()),
            settings: Vec::new(),
        }
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// One pass of the recovery of operations: what is due is looked at, what is settled is written.
    pub async fn run_jobs(&self) {
        recover::run_once(&self.app).await.unwrap();
    }

    /// One sweep of Telnyx's lists into the directory, which must come to a good end.
    pub async fn sweep(&self) {
        match sweep::run(&self.app).await.unwrap() {
            SweepResult::Finished(swept) => {
                assert_eq!(swept.outcome, SweepOutcome::Done, "{}", swept.message);
            }
            SweepResult::NotRun => panic!("another sweep has the lease"),
        }
    }

    /// A browser in which nobody signed in.
    pub fn browser(&self) -> Browser {
        Browser::new(self.router.clone(), self.settings.public_url.clone())
    }

    /// An actor of this role, for what is called without the web. The portal's staff does not know them.
    pub fn actor(&self, role: Role) -> Actor {
        Actor {
            staff_id: StaffId::new(self.clock.now()),
            email: format!("{}@example.com", role.as_str()),
            name: format!("Test {}", role.label()),
            role,
            address: None,
            request_id: None,
        }
    }
}

impl Builder {
    /// So many accounts at Telnyx.
    pub fn accounts(mut self, number: usize) -> Self {
        self.options.accounts = number;
        self
    }

    /// So many channels in the manager's pool; 0 turns the feature off.
    pub fn channels(mut self, number: u32) -> Self {
        self.options.channels = number;
        self
    }

    /// The portal's clock and Telnyx's stand at this instant, whatever the day.
    pub fn at(mut self, instant: Timestamp) -> Self {
        self.clock = Clock::fixed(instant);
        self.options.now = Some(instant.as_millis());
        self
    }

    /// A request to Telnyx is given up after this.
    pub fn telnyx_timeout(self, after: Duration) -> Self {
        self.settings(move |settings| settings.telnyx_timeout = after)
    }

    /// Other settings.
    pub fn settings(mut self, change: impl FnOnce(&mut Settings) + Send + 'static) -> Self {
        self.settings.push(Box::new(change));
        self
    }

    /// Boots it.
    pub async fn start(self) -> Portal {
        let database = Database::create().await;
        let db = database.open().await;
        self.start_on(database, db).await
    }

    /// Boots it with a line to its database that can be disturbed.
    pub async fn start_with_cable(self) -> (Portal, Cable) {
        let database = Database::create().await;
        let cable = Cable::to(database.url()).await;
        let db = Db::open(&cable.url).await.unwrap();
        (self.start_on(database, db).await, cable)
    }

    async fn start_on(self, database: Database, db: Db) -> Portal {
        let sandbox = Upstream::start(self.options).await;
        let listen = SocketAddr::from(([127, 0, 0, 1], 8080));
        let public_url = Url::parse("http://127.0.0.1:8080").unwrap();
        let mut settings =
            Settings::for_sandbox(listen, public_url, sandbox.base(), database.url());
        settings.telnyx_retry_wait = Duration::from_millis(5);
        settings.password_cost = PasswordCost {
            memory: 8,
            passes: 1,
            lanes: 1,
        };
        for change in self.settings {
            change(&mut settings);
        }
        let app = App::from_settings(db, self.clock, settings).unwrap();
        Portal {
            router: web::router(app.clone()),
            app,
            sandbox,
            _database: database,
        }
    }
}

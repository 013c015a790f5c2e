//! Test support: a whole portal for each test, with its own simulated Telnyx.
//!
//! `Portal::start().await` returns a portal; `portal.signed_in(Role::Manager).await` returns a
//! signed-in browser. Only the clock is replaced, which stands still until the test moves it.
//! Requests go through the real router with all its layers, the database is a real one, and Telnyx
//! is the sandbox over real HTTP.

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
use reseller_portal::operations::settlement;
use reseller_portal::sandbox::Options;
use reseller_portal::web;
use secrecy::ExposeSecret;
use url::Url;

mod balancer;
mod browser;
mod cable;
mod collector;
mod controls;
mod database;
mod dump;
mod events;
mod factors;
pub mod forger;
mod itself;
mod log;
mod page;
mod post_office;
mod process;
mod provider;
mod receiver;
mod routes;
pub mod secrets;
mod staff;
mod upstream;

pub use balancer::Balancer;
pub use browser::Browser;
pub use cable::Cable;
pub use collector::{CollectedSpan, Collector, CollectorReply};
pub use database::{Database, Folder, directory};
pub use dump::Dump;
pub use events::Events;
pub use factors::{AuthenticatorApp, Passkey};
pub use log::Log;
pub use page::Response;
pub use post_office::{Mailed, Manner, PostOffice};
pub use process::Process;
pub use provider::{Provider, onward, sso};
pub use receiver::{Receiver, Reply};
pub use routes::{Needs, Route, Source, route_at, routes};
pub use staff::{PASSWORD, password_hash};
pub use upstream::Upstream;

/// Running portal with everything it needs. It dereferences to the app: `portal.db`.
pub struct Portal {
    /// State that handlers share.
    pub app: App,
    /// Simulated Telnyx.
    pub sandbox: Upstream,
    router: Router,
    // The last field, so that it is removed after everything above has released it.
    _database: Database,
}

impl Deref for Portal {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

type Change = Box<dyn FnOnce(&mut Settings) + Send>;

/// Builder of a portal that differs from the usual one.
pub struct Builder {
    options: Options,
    clock: Clock,
    settings: Vec<Change>,
}

impl Portal {
    /// Starts the usual portal: 20 accounts, a pool of 2,000 channels, nothing read from Telnyx
    /// yet.
    pub async fn start() -> Self {
        Self::build().start().await
    }

    /// Returns a builder for a portal with other options.
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

    /// Runs the recovery of operations once. It checks those that are due and writes results.
    pub async fn run_jobs(&self) {
        settlement::run_once(&self.app).await.unwrap();
    }

    /// Sweeps Telnyx's lists into the directory. The sweep must succeed.
    pub async fn sweep(&self) {
        match sweep::run(&self.app).await.unwrap() {
            SweepResult::Finished(swept) => {
                assert_eq!(swept.outcome, SweepOutcome::Done, "{}", swept.message);
            }
            SweepResult::NotRun => panic!("another sweep has the lease"),
        }
    }

    /// Returns a browser in which no one is signed in.
    pub fn browser(&self) -> Browser {
        Browser::new(self.router.clone(), self.settings.public_url.clone())
    }

    /// Starts another portal on the same database. Returns it, and this browser's sign-in there.
    pub async fn replica(&self, browser: &Browser) -> (App, Browser) {
        let settings = self.settings.clone();
        let db = Db::open(settings.database_url.expose_secret())
            .await
            .unwrap();
        let app = App::from_settings(db, self.clock.clone(), settings).unwrap();
        let there = Browser::new(web::router(app.clone()), self.settings.public_url.clone());
        for (name, value) in browser.cookies() {
            there.set_cookie(&name, &value);
        }
        (app, there)
    }

    /// Returns an actor with this role, for calls below the web layer. It is not in the database.
    pub fn actor(&self, role: Role) -> Actor {
        Actor {
            staff_id: StaffId::new(self.clock.now()),
            email: format!("{}@example.com", role.as_str()),
            name: format!("Test {}", role.label()),
            role,
            address: None,
            request_id: None,
            job: None,
        }
    }
}

impl Builder {
    /// Sets the number of accounts at Telnyx.
    pub fn accounts(mut self, number: usize) -> Self {
        self.options.accounts = number;
        self
    }

    /// Sets the number of channels in the manager's pool; 0 turns the feature off.
    pub fn channels(mut self, number: u32) -> Self {
        self.options.channels = number;
        self
    }

    /// Fixes the clocks of the portal and of Telnyx at this time.
    pub fn at(mut self, instant: Timestamp) -> Self {
        self.clock = Clock::fixed(instant);
        self.options.now = Some(instant.as_millis());
        self
    }

    /// Sets the timeout of a request to Telnyx.
    pub fn telnyx_timeout(self, after: Duration) -> Self {
        self.settings(move |settings| settings.telnyx_timeout = after)
    }

    /// Changes other settings.
    pub fn settings(mut self, change: impl FnOnce(&mut Settings) + Send + 'static) -> Self {
        self.settings.push(Box::new(change));
        self
    }

    /// Starts the portal.
    pub async fn start(self) -> Portal {
        let database = Database::create().await;
        let db = database.open().await;
        self.start_on(database, db).await
    }

    /// Starts the portal with a connection to its database that can be disturbed.
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
        secrets::of_settings(&settings);
        secrets::record_log();
        let app = App::from_settings(db, self.clock, settings).unwrap();
        app.read_known_settings().await;
        Portal {
            router: web::router(app.clone()),
            app,
            sandbox,
            _database: database,
        }
    }
}

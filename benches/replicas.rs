//! Benchmark of three processes behind round robin beside one, on one PostgreSQL database.
//!
//! Visitors read pages of 10,000 accounts and change limits now and then. Prints requests a second
//! and durations of each round, and the ratios of one run. Uses only the loopback interface, and
//! takes about a minute.
//!
//! `tests/with-postgres.sh cargo bench --bench replicas`

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on stops, and prints what it measured"
)]

use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reseller_portal::app::App;
use reseller_portal::clock::Clock;
use reseller_portal::config::Settings;
use reseller_portal::db::Db;
use reseller_portal::db::accounts::{self, SortOrder};
use reseller_portal::db::sweeps::SweepOutcome;
use reseller_portal::directory::sweep::{self, SweepResult};
use reseller_portal::domain::account_filter::Criteria;
use reseller_portal::domain::ids::AccountId;
use reseller_portal::sandbox::{Options, Sandbox};
use scraper::{Html, Selector};
use secrecy::ExposeSecret;
use url::Url;

#[expect(dead_code, reason = "other benchmarks need more of it")]
mod support;

use support::{Figures, Visitor};

const ACCOUNTS: usize = 10_000;
const PROCESSES: usize = 3;
/// Rounds of one process and of three, in turn.
const ROUNDS: usize = 4;
const SPAN: Duration = Duration::from_secs(6);
const CONNECTIONS: usize = 8;
/// Each visitor makes a change after this number of pages.
const PAGES_PER_CHANGE: usize = 25;

/// Process of the portal, killed when it is dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[tokio::main]
async fn main() {
    let server = std::env::var("TEST_DATABASE_URL").unwrap_or_default();
    if server.is_empty() {
        println!("needs PostgreSQL: tests/with-postgres.sh cargo bench --bench replicas");
        return;
    }
    let url = support::fresh_database(&server, 3).await;
    let (app, ids) = start(&url).await;
    let addresses: Vec<SocketAddr> = (0..PROCESSES).map(|_| free_address()).collect();
    let processes: Vec<Process> = addresses
        .iter()
        .map(|address| process(&app.settings, *address))
        .collect();
    let bases: Vec<Url> = addresses
        .iter()
        .map(|address| Url::parse(&format!("http://{address}")).unwrap())
        .collect();
    for base in &bases {
        until_ready(base).await;
    }
    let visitor = Visitor::signed_in(&bases[0]).await;
    let mut one = Vec::new();
    let mut three = Vec::new();
    for round in 0..=ROUNDS {
        for (count, figures) in [(1, &mut one), (PROCESSES, &mut three)] {
            let measured = measure(&visitor, &bases[..count], &ids).await;
            // The first round fills caches.
            if round > 0 {
                measured.print(&format!("{count} of {PROCESSES} processes, round {round}"));
                figures.push(measured);
            }
        }
    }
    drop(processes);
    let median = |of: &[Figures], figure: fn(&Figures) -> f64| {
        let mut all: Vec<f64> = of.iter().map(figure).collect();
        all.sort_by(f64::total_cmp);
        f64::midpoint(all[(all.len() - 1) / 2], all[all.len() / 2])
    };
    let ratio = |figure| median(&three, figure) / median(&one, figure);
    println!(
        "three processes beside one, medians: x{:.2} requests a second, x{:.2} p50, x{:.2} p99",
        ratio(|figures| figures.per_second),
        ratio(|figures| figures.p50.as_secs_f64()),
        ratio(|figures| figures.p99.as_secs_f64()),
    );
}

/// Starts the simulated Telnyx, and reads its accounts into the database.
async fn start(url: &str) -> (App, Vec<AccountId>) {
    let db = Db::open(url).await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = Url::parse(&format!("http://{}/v2", listener.local_addr().unwrap())).unwrap();
    let sandbox = Sandbox::new(Options {
        accounts: ACCOUNTS,
        channels: 10_000_000,
        ..Options::default()
    });
    tokio::spawn(sandbox.serve(listener, std::future::pending()));
    let listen = SocketAddr::from(([127, 0, 0, 1], 8080));
    let public = Url::parse("http://127.0.0.1:8080").unwrap();
    let settings = Settings::for_sandbox(listen, public, base, url);
    let app = App::from_settings(db, Clock::system(), settings).unwrap();
    let SweepResult::Finished(swept) = sweep::run(&app).await.unwrap() else {
        unreachable!("nobody else sweeps")
    };
    assert_eq!(swept.outcome, SweepOutcome::Done, "{}", swept.message);
    support::hire(&app).await;
    let ids = accounts::ids(&app.db, &Criteria::default(), SortOrder::default()).await;
    (app, ids.unwrap())
}

fn free_address() -> SocketAddr {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap()
}

fn process(settings: &Settings, address: SocketAddr) -> Process {
    let child = Command::new(env!("CARGO_BIN_EXE_reseller-portal"))
        .arg("serve")
        .env_clear()
        .env("TELNYX_API_KEY", settings.telnyx_key.expose_secret())
        .env("TELNYX_API_BASE", settings.telnyx_base.as_str())
        .env("PORTAL_SECRET_KEY", settings.secret_key.expose_secret())
        .env("PORTAL_LISTEN", address.to_string())
        .env("PORTAL_PUBLIC_URL", format!("http://{address}"))
        .env("DATABASE_URL", settings.database_url.expose_secret())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    Process(child.unwrap())
}

async fn until_ready(base: &Url) {
    let url = base.join("/readyz").unwrap();
    while !reqwest::get(url.clone())
        .await
        .is_ok_and(|answer| answer.status() == 200)
    {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Lets visitors work for a time, each with one process after the other.
async fn measure(visitor: &Visitor, bases: &[Url], ids: &[AccountId]) -> Figures {
    let began = Instant::now();
    let workers: Vec<_> = (0..CONNECTIONS)
        .map(|worker| {
            let (visitor, bases) = (visitor.clone(), bases.to_vec());
            let own: Vec<AccountId> = ids
                .iter()
                .skip(worker)
                .step_by(CONNECTIONS)
                .cloned()
                .collect();
            tokio::spawn(async move {
                let mut took = Vec::new();
                let mut visit = worker;
                while began.elapsed() < SPAN {
                    let base = &bases[visit % bases.len()];
                    let path = format!("/accounts?status=all&page={}", visit % 100 + 1);
                    let sent = Instant::now();
                    visitor.fetch(&base.join(&path).unwrap()).await;
                    took.push(sent.elapsed());
                    visit += 1;
                    if visit % PAGES_PER_CHANGE == 0 {
                        change(&visitor, base, &own[visit % own.len()], visit).await;
                    }
                }
                took
            })
        })
        .collect();
    let mut took = Vec::new();
    for worker in workers {
        took.extend(worker.await.unwrap());
    }
    Figures::of(took, began.elapsed())
}

/// Changes the limit of an account through its form.
async fn change(visitor: &Visitor, base: &Url, id: &AccountId, visit: usize) {
    let url = base.join(&format!("/accounts/{id}/channel-limit")).unwrap();
    let page = visitor.fetch(&url).await;
    let mut fields: Vec<(String, String)> = {
        let page = Html::parse_document(&String::from_utf8_lossy(&page));
        let hidden = Selector::parse("form.confirm input[type=hidden]").unwrap();
        let pair = |field: scraper::ElementRef<'_>| {
            let value = |name| field.attr(name).unwrap_or_default().to_owned();
            (value("name"), value("value"))
        };
        page.select(&hidden).map(pair).collect()
    };
    fields.push(("channel_limit".to_owned(), (visit % 50 + 1).to_string()));
    visitor.send(&url, &fields).await;
}

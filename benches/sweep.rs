//! Benchmark of a complete sweep of 100,000 accounts that changes nothing.
//!
//! Compares it with only fetching the same pages, from the same simulated Telnyx in the same run.
//! Prints the best of three of each, and their ratio. Also measures the first sweep, which fills
//! the directory. Runs on SQLite, or on the empty PostgreSQL database in `BENCH_DATABASE_URL`.
//!
//! `cargo bench --bench sweep`

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on stops, and prints what it measured"
)]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures::StreamExt;
use reseller_portal::app::App;
use reseller_portal::clock::Clock;
use reseller_portal::config::Settings;
use reseller_portal::db::Db;
use reseller_portal::db::sweeps::SweepOutcome;
use reseller_portal::directory::lists::{MAX_CONCURRENT_PAGES, fetch_page};
use reseller_portal::directory::sweep::{SweepResult, run};
use reseller_portal::domain::account::AccountStatus;
use reseller_portal::sandbox::{Options, Sandbox};
use reseller_portal::telnyx::Client;
use tokio::net::TcpListener;
use url::Url;

const ACCOUNTS: usize = 100_000;
const TIMES: usize = 3;

fn main() {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(measure());
}

async fn measure() {
    let folder = tempfile::tempdir().unwrap();
    let url = std::env::var("BENCH_DATABASE_URL")
        .unwrap_or_else(|_| format!("sqlite:{}", folder.path().join("bench.db").display()));
    let db = Db::open(&url).await.unwrap();
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .unwrap();
    let base = Url::parse(&format!("http://{}/v2", listener.local_addr().unwrap())).unwrap();
    let sandbox = Sandbox::new(Options {
        accounts: ACCOUNTS,
        ..Options::default()
    });
    tokio::spawn(sandbox.serve(listener, std::future::pending()));
    let listen = SocketAddr::from(([127, 0, 0, 1], 8080));
    let settings = Settings::for_sandbox(
        listen,
        Url::parse("http://127.0.0.1:8080").unwrap(),
        base,
        &url,
    );
    let app = App::from_settings(db, Clock::system(), settings).unwrap();

    let first = timed(Box::pin(sweep(&app))).await;
    let mut fetching = Duration::MAX;
    let mut sweeping = Duration::MAX;
    for _ in 0..TIMES {
        fetching = fetching.min(timed(fetch(&app.telnyx.in_background())).await);
        sweeping = sweeping.min(timed(Box::pin(sweep(&app))).await);
    }
    println!("{ACCOUNTS} accounts");
    println!("fetching all pages           {:>8.0} ms", millis(fetching));
    println!("a sweep that changes nothing {:>8.0} ms", millis(sweeping));
    println!("the first sweep              {:>8.0} ms", millis(first));
    println!(
        "ratio of a sweep to the fetching: {:.2}",
        millis(sweeping) / millis(fetching)
    );
    println!(
        "ratio of the first sweep to the fetching: {:.2}",
        millis(first) / millis(fetching)
    );
}

fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1_000.0
}

async fn timed(work: impl Future<Output = ()>) -> Duration {
    let start = Instant::now();
    work.await;
    start.elapsed()
}

async fn sweep(app: &App) {
    let SweepResult::Finished(swept) = run(app).await.unwrap() else {
        unreachable!("nobody else sweeps")
    };
    assert_eq!(swept.outcome, SweepOutcome::Done, "{}", swept.message);
    assert_eq!(usize::try_from(swept.seen).unwrap(), ACCOUNTS);
}

/// Fetches the pages of a sweep in the same order and with the same concurrency.
async fn fetch(client: &Client) {
    for status in AccountStatus::LISTED {
        let first = fetch_page(client, status, 1).await.unwrap();
        let pages = 2..=first.total_pages.unwrap_or(1);
        futures::stream::iter(pages)
            .map(|number| fetch_page(client, status, number))
            .buffer_unordered(MAX_CONCURRENT_PAGES)
            .for_each(|page| async move { drop(page.unwrap()) })
            .await;
    }
    client.pool().await.unwrap();
}

//! Benchmark of jobs: use of the rate limit, a person's changes beside a job, previews and pages.
//!
//! Prints ratios that were measured in one run. Runs on SQLite, or on the empty PostgreSQL database
//! in `BENCH_DATABASE_URL`. Uses only the loopback interface, and takes about two minutes.
//!
//! `cargo bench --bench jobs`

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on stops, and prints what it measured"
)]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request as HttpRequest;
use reseller_portal::app::App;
use reseller_portal::bulk::{self, NewJob};
use reseller_portal::clock::Clock;
use reseller_portal::config::Settings;
use reseller_portal::db::accounts::SortOrder;
use reseller_portal::db::jobs::{self, Job};
use reseller_portal::db::sweeps::SweepOutcome;
use reseller_portal::db::{Db, accounts, staff};
use reseller_portal::directory::sweep::{self, SweepResult};
use reseller_portal::domain::account::AccountStatus;
use reseller_portal::domain::account_filter::Criteria;
use reseller_portal::domain::actor::Actor;
use reseller_portal::domain::channels::ChannelLimit;
use reseller_portal::domain::fact::{Fact, FactSource};
use reseller_portal::domain::ids::{AccountId, JobId, OperationId, StaffId};
use reseller_portal::domain::job::{JobAction, JobState, LimitRule};
use reseller_portal::domain::operation::{Change, Reason};
use reseller_portal::domain::role::Role;
use reseller_portal::operations::{ExpectedValues, Request, submit};
use reseller_portal::sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::ServiceExt;
use url::Url;

/// Accounts at the simulated Telnyx.
const ACCOUNTS: usize = 100_000;
/// Items of the job whose pace is measured.
const ROWS: usize = 600;
/// Requests a second that the simulated Telnyx allows.
const RATE: u32 = 50;
/// Changes of a person that are timed.
const CLICKS: usize = 40;

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let url = std::env::var("BENCH_DATABASE_URL")
        .unwrap_or_else(|_| format!("sqlite:{}", folder.path().join("bench.db").display()));
    let (app, sandbox) = start(&url).await;
    let manager = hire(&app).await;
    let ids = known_accounts(&app).await;
    println!("{} accounts in the directory", ids.len());

    for size in [1_000, 20_000, ACCOUNTS] {
        let selected: Vec<AccountId> = ids.iter().take(size).cloned().collect();
        let began = Instant::now();
        let job = preview(&app, &manager, &selected, 9).await;
        println!(
            "preview of {:>7} accounts: {:>6.0} ms",
            selected.len(),
            millis(began.elapsed())
        );
        jobs::discard(&app.db, job.id).await.unwrap();
    }

    control(
        &sandbox,
        "/_sandbox/rate_limit",
        &json!({ "per_second": RATE }),
    )
    .await;
    let (clicked, rest) = ids.split_at(2 * CLICKS);
    let idle = clicks(&app, &manager, &clicked[..CLICKS]).await;
    let job = preview(&app, &manager, &rest[..ROWS], 9).await;
    bulk::start(&app, &manager, &job, None).await.unwrap();
    let before = requests(&sandbox).await;
    let began = Instant::now();
    let runner = tokio::spawn({
        let app = app.clone();
        async move { bulk::run_once(&app).await.unwrap() }
    });
    let busy = clicks(&app, &manager, &clicked[CLICKS..]).await;
    runner.await.unwrap();
    let took = began.elapsed();
    let sent = requests(&sandbox).await - before;
    let job = jobs::by_id(&app.db, job.id).await.unwrap().unwrap();
    assert_eq!(job.state, JobState::Ended);
    println!(
        "a job of {ROWS} rows at {RATE} requests a second: {:.1} s, {sent} requests with those of {CLICKS} clicks, \
         {:.1} % of the rate",
        took.as_secs_f64(),
        f64::from(sent) / (took.as_secs_f64() * f64::from(RATE)) * 100.0
    );
    println!(
        "a person's change: p50 {:.1} ms idle, {:.1} ms beside the job, ratio {:.2}",
        millis(idle),
        millis(busy),
        millis(busy) / millis(idle)
    );
}

/// Starts a portal with a simulated Telnyx, whose accounts are in the directory.
async fn start(url: &str) -> (App, Sandbox) {
    let db = Db::open(url).await.unwrap();
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .unwrap();
    let base = Url::parse(&format!("http://{}/v2", listener.local_addr().unwrap())).unwrap();
    let sandbox = Sandbox::new(Options {
        accounts: ACCOUNTS,
        channels: 10_000_000,
        ..Options::default()
    });
    tokio::spawn(sandbox.clone().serve(listener, std::future::pending()));
    let listen = SocketAddr::from(([127, 0, 0, 1], 8080));
    let public = Url::parse("http://127.0.0.1:8080").unwrap();
    let mut settings = Settings::for_sandbox(listen, public, base, url);
    settings.max_job_items = ACCOUNTS;
    let app = App::from_settings(db, Clock::system(), settings).unwrap();
    let SweepResult::Finished(swept) = sweep::run(&app).await.unwrap() else {
        unreachable!("nobody else sweeps")
    };
    assert_eq!(swept.outcome, SweepOutcome::Done, "{}", swept.message);
    (app, sandbox)
}

async fn hire(app: &App) -> Actor {
    let now = app.clock.now();
    let id = StaffId::new(now);
    let mut tx = app.db.begin().await.unwrap();
    let email = "bench@example.com".parse().unwrap();
    staff::insert(&mut tx, id, &email, "Bench", Role::Manager, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    Actor {
        staff_id: id,
        email: "bench@example.com".to_owned(),
        name: "Bench".to_owned(),
        role: Role::Manager,
        address: None,
        request_id: None,
        job: None,
    }
}

/// Returns the enabled accounts. Their limits are recorded as known.
async fn known_accounts(app: &App) -> Vec<AccountId> {
    let all = accounts::ids(&app.db, &Criteria::default(), SortOrder::default())
        .await
        .unwrap();
    let at = app.clock.now();
    let mut known = Vec::new();
    let mut tx = app.db.begin().await.unwrap();
    for account in accounts::by_ids(&app.db, &all).await.unwrap() {
        if account.status.value == AccountStatus::Enabled {
            let limit = Fact {
                value: ChannelLimit::new(4).unwrap(),
                source: FactSource::Person,
                observed_at: at,
            };
            accounts::set_limit(&mut tx, &account.id, limit, None)
                .await
                .unwrap();
            known.push(account.id);
        }
    }
    tx.commit().await.unwrap();
    // The loop of sweeps does this each second. It is no part of a preview.
    accounts::refresh_index(&app.db).await.unwrap();
    known
}

async fn preview(app: &App, actor: &Actor, ids: &[AccountId], channels: u64) -> Job {
    let new = NewJob {
        id: JobId::new(app.clock.now()),
        action: JobAction::ChannelLimit {
            limit: LimitRule::Set(ChannelLimit::new(channels).unwrap()),
        },
        accounts: ids.to_vec(),
        selection: String::new(),
        reason: Reason::default(),
    };
    bulk::preview(app, actor, new).await.unwrap()
}

/// Changes the limit of these accounts one after the other. Returns the median time of a change.
async fn clicks(app: &App, actor: &Actor, ids: &[AccountId]) -> Duration {
    let mut took = Vec::new();
    for id in ids {
        let began = Instant::now();
        let request = Request {
            id: OperationId::new(app.clock.now()),
            change: Change::ChannelLimit {
                account: id.clone(),
                limit: ChannelLimit::new(3).unwrap(),
            },
            reason: Reason::default(),
            undoes: None,
            expected: ExpectedValues::default(),
            try_anyway: false,
            password: None,
        };
        submit(app, actor, request).await.unwrap();
        took.push(began.elapsed());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    took.sort_unstable();
    took[took.len() / 2]
}

/// Returns the number of API requests that the simulated Telnyx has answered with another status
/// than 429.
async fn requests(sandbox: &Sandbox) -> u32 {
    let log = control_get(sandbox, "/_sandbox/log").await;
    let all = log["requests"].as_array().unwrap();
    let answered = all.iter().filter(|entry| entry["status"] != 429);
    u32::try_from(answered.count()).unwrap()
}

async fn control(sandbox: &Sandbox, path: &str, body: &Value) {
    let request = HttpRequest::put(path)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let answer = sandbox.router().oneshot(request).await.unwrap();
    assert!(answer.status().is_success());
}

async fn control_get(sandbox: &Sandbox, path: &str) -> Value {
    let request = HttpRequest::get(path).body(Body::empty()).unwrap();
    let answer = sandbox.router().oneshot(request).await.unwrap();
    let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX)
        .await
        .unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1_000.0
}

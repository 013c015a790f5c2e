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

use argon2::password_hash::PasswordHasher;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Request as HttpRequest};
use axum::response::Response;
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
use reseller_portal::web;
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
/// Items of the jobs whose pages are compared.
const FEW_ROWS: usize = 20;
const MANY_ROWS: usize = 20_000;
/// Number of times that each page is opened.
const PAGE_VIEWS: usize = 200;

const READER: &str = "reader@example.com";
const PASSWORD: &str = "correct horse battery staple";

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let url = std::env::var("BENCH_DATABASE_URL")
        .unwrap_or_else(|_| format!("sqlite:{}", folder.path().join("bench.db").display()));
    let (app, sandbox) = start(&url).await;
    let manager = hire(&app, "bench@example.com").await;
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
    compare_pages(&app, &manager, rest).await;
}

/// Compares the pages of a job with many rows to those of one with few.
async fn compare_pages(app: &App, manager: &Actor, ids: &[AccountId]) {
    let reader = Reader::sign_in(app).await;
    let few = preview(app, manager, &ids[..FEW_ROWS], 8).await;
    let many = preview(app, manager, &ids[..MANY_ROWS], 8).await;
    while jobs::plans::is_pending(&app.db, many.id).await.unwrap() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    reader.compare("preview", &few, &many, "").await;
    reader
        .compare("preview, opened", &few, &many, "?decision=change")
        .await;
    for job in [&few, &many] {
        bulk::start(app, manager, job, None).await.unwrap();
        let job = jobs::by_id(&app.db, job.id).await.unwrap().unwrap();
        bulk::pause(app, manager, &job).await.unwrap();
        fail_half(app, &job).await;
    }
    reader.compare("run", &few, &many, "").await;
    reader
        .compare("run, failures", &few, &many, "?state=refused")
        .await;
    reader
        .compare("run, last page", &few, &many, "?page=9999")
        .await;
}

/// Records a failure for half of the items of a job.
async fn fail_half(app: &App, job: &Job) {
    let sql =
        "UPDATE job_items SET state = 'refused', message = 'Telnyx refused it.', finished_at = 0
               WHERE job_id = $1 AND number % 2 = 0";
    let id: uuid::Uuid = job.id.to_string().parse().unwrap();
    match &app.db {
        Db::Sqlite { write, .. } => {
            sqlx::query(sql).bind(id).execute(write).await.unwrap();
        }
        Db::Postgres { pool, .. } => {
            sqlx::query(sql).bind(id).execute(pool).await.unwrap();
        }
    }
}

/// Signed-in reader of pages.
struct Reader {
    router: Router,
    cookie: String,
}

impl Reader {
    /// Signs in another person than the one whose jobs they are.
    async fn sign_in(app: &App) -> Self {
        hire(app, READER).await;
        let router = web::router(app.clone());
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("email", READER)
            .append_pair("password", PASSWORD)
            .finish();
        let request = HttpRequest::post("/login")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .unwrap();
        let answer = send(&router, request).await;
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self { router, cookie }
    }

    /// Prints the median times in which these pages of two jobs open.
    async fn compare(&self, what: &str, few: &Job, many: &Job, query: &str) {
        let (mut small, mut large) = (Vec::new(), Vec::new());
        for _ in 0..PAGE_VIEWS {
            for (job, took) in [(few, &mut small), (many, &mut large)] {
                let request = HttpRequest::get(format!("/jobs/{}{query}", job.id))
                    .header("cookie", &self.cookie)
                    .body(Body::empty())
                    .unwrap();
                let began = Instant::now();
                let answer = send(&self.router, request).await;
                assert_eq!(answer.status(), 200);
                axum::body::to_bytes(answer.into_body(), usize::MAX)
                    .await
                    .unwrap();
                took.push(began.elapsed());
            }
        }
        small.sort_unstable();
        large.sort_unstable();
        let (small, large) = (small[PAGE_VIEWS / 2], large[PAGE_VIEWS / 2]);
        println!(
            "page of a job, {what}: {:.2} ms with {FEW_ROWS} rows, {:.2} ms with {MANY_ROWS}, ratio {:.2}",
            millis(small),
            millis(large),
            millis(large) / millis(small)
        );
    }
}

async fn send(router: &Router, mut request: HttpRequest<Body>) -> Response {
    let address = SocketAddr::from(([127, 0, 0, 1], 50_000));
    request.extensions_mut().insert(ConnectInfo(address));
    let host = HeaderValue::from_static("127.0.0.1:8080");
    request.headers_mut().insert("host", host);
    router.clone().oneshot(request).await.unwrap()
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

async fn hire(app: &App, email: &str) -> Actor {
    let now = app.clock.now();
    let id = StaffId::new(now);
    let mut tx = app.db.begin().await.unwrap();
    let address = email.parse().unwrap();
    staff::insert(&mut tx, id, &address, "Bench", Role::Manager, now)
        .await
        .unwrap();
    let hash = argon2::Argon2::default()
        .hash_password(PASSWORD.as_bytes())
        .unwrap();
    staff::set_password(&mut tx, id, &hash.to_string(), now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    Actor {
        staff_id: id,
        email: email.to_owned(),
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

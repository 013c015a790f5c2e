//! Benchmark of a SQLite database with 100,000 accounts and a million events: verifying its audit
//! trail, and backing it up while pages are read, beside pages alone. Then the start of the program
//! on it and on one with 10,000 accounts, and its memory. Takes about six minutes.
//!
//! `cargo bench --bench large_database`

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on stops, and prints what it measured"
)]

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reseller_portal::app::App;
use reseller_portal::backup;
use reseller_portal::clock::Clock;
use reseller_portal::config::Settings;
use reseller_portal::db::Db;
use reseller_portal::db::audit::{self, AuditKey, keys, verify};
use reseller_portal::domain::audit::{Event, EventKind, EventOutcome};
use secrecy::ExposeSecret;
use url::Url;

#[expect(dead_code, reason = "other benchmarks need more of it")]
mod support;

use support::Portal;

const EVENTS: u32 = 1_000_000;
const EVENTS_PER_TRANSACTION: u32 = 20_000;
const SPAN: Duration = Duration::from_secs(5);
/// Number of starts of each database.
const STARTS: usize = 5;
/// Time after which memory is read.
const IDLE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let small = format!("sqlite:{}/small.db", folder.path().display());
    let large = format!("sqlite:{}/large.db", folder.path().display());
    drop(Portal::start(&small, 10_000).await);
    let portal = Portal::start(&large, 100_000).await;
    let settings = settings(&large);
    let key = App::audit_key(&settings);
    let db = Db::open(&large).await.unwrap();
    append_events(&db, &key).await;

    let began = Instant::now();
    let verdict = verify::verify(&db, &key).await.unwrap();
    assert!(matches!(verdict, verify::Verdict::Holds { .. }));
    println!(
        "{EVENTS} events verified in {:.1} s",
        began.elapsed().as_secs_f64()
    );
    measure_backup(&portal, &large, &folder.path().join("copy.db")).await;
    drop(portal);
    for url in [&small, &large] {
        keys::bind(&Db::open(url).await.unwrap(), &key)
            .await
            .unwrap();
    }
    for (what, url) in [
        ("10,000 accounts", &small),
        ("100,000 accounts and a million events", &large),
    ] {
        measure_start(what, url).await;
    }
}

/// Returns the settings of a portal that reaches no Telnyx.
fn settings(url: &str) -> Settings {
    let listen = SocketAddr::from(([127, 0, 0, 1], 8080));
    let public = Url::parse("http://127.0.0.1:8080").unwrap();
    let nowhere = Url::parse("http://127.0.0.1:9/v2").unwrap();
    Settings::for_sandbox(listen, public, nowhere, url)
}

async fn append_events(db: &Db, key: &AuditKey) {
    let now = Clock::system().now();
    for _ in 0..EVENTS / EVENTS_PER_TRANSACTION {
        let mut tx = db.begin().await.unwrap();
        for number in 0..EVENTS_PER_TRANSACTION {
            audit::append(&mut tx, key, now, &event(number))
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
    }
}

fn event(number: u32) -> Event {
    Event {
        before: Some((number % 40).to_string()),
        after: Some((number % 50).to_string()),
        reason: Some("A larger campaign starts on Monday.".to_owned()),
        ..Event::by_system(
            EventKind::ChannelLimit,
            EventOutcome::Done,
            format!("Company {number} of the street Ltd"),
        )
    }
}

/// Reads pages alone, and then while backups are made.
async fn measure_backup(portal: &Portal, url: &str, copy: &Path) {
    let page = portal.at("/accounts");
    let alone = portal.visitor.measure(&page, SPAN).await;
    let reading = portal.visitor.measure(&page, SPAN);
    let backing_up = async {
        let began = Instant::now();
        let content = backup::create(url, copy).await.unwrap();
        (began.elapsed(), content)
    };
    let (beside, (took, _content)) = tokio::join!(reading, backing_up);
    alone.print("pages alone");
    beside.print("pages beside a backup");
    println!(
        "backup of {} MB, checked, while pages are read: {:.1} s; pages: x{:.2} p50, x{:.2} p99",
        std::fs::metadata(copy).unwrap().len() / 1_000_000,
        took.as_secs_f64(),
        beside.p50.as_secs_f64() / alone.p50.as_secs_f64(),
        beside.p99.as_secs_f64() / alone.p99.as_secs_f64()
    );
}

/// Starts the program several times. Prints the time until its first answer, and its memory.
async fn measure_start(what: &str, url: &str) {
    let settings = settings(url);
    let mut took = Vec::new();
    for _ in 0..STARTS {
        let began = Instant::now();
        let (mut child, base) = serve(&settings);
        wait_for_answer(&base).await;
        took.push(began.elapsed());
        end(&mut child);
    }
    took.sort_unstable();
    let (mut child, base) = serve(&settings);
    wait_for_answer(&base).await;
    tokio::time::sleep(IDLE).await;
    let memory = resident_kilobytes(&child);
    end(&mut child);
    println!(
        "start with {what}: first answer after {} ms (median of {STARTS}, slowest {} ms); {:.1} MB of memory after {} s",
        took[STARTS / 2].as_millis(),
        took[STARTS - 1].as_millis(),
        f64::from(memory) / 1_000.0,
        IDLE.as_secs()
    );
}

fn serve(settings: &Settings) -> (Child, Url) {
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_reseller-portal"))
        .arg("serve")
        .env_clear()
        .env("TELNYX_API_KEY", settings.telnyx_key.expose_secret())
        .env("TELNYX_API_BASE", settings.telnyx_base.as_str())
        .env("PORTAL_SECRET_KEY", settings.secret_key.expose_secret())
        .env("PORTAL_LISTEN", address.to_string())
        .env("DATABASE_URL", settings.database_url.expose_secret())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    (
        child.unwrap(),
        Url::parse(&format!("http://{address}/login")).unwrap(),
    )
}

async fn wait_for_answer(url: &Url) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    loop {
        let answer = http.get(url.clone()).send().await;
        if answer.is_ok_and(|answer| answer.status() == 200) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn end(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Returns the resident memory of a process, as Linux states it.
fn resident_kilobytes(child: &Child) -> u32 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

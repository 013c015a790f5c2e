//! Start of `serve`: what it logs, a database that is not there yet, and several that start together.

use std::time::{Duration, Instant};

use super::{Run, Running, free_address, get};
use crate::support::{Cable, Database, directory};

#[test]
fn it_starts_with_three_lines_about_itself_its_database_and_its_address() {
    let running = Run::serve()
        .set("PORTAL_PUBLIC_URL", "http://localhost:4699")
        .start();
    let log = running.until_logged("the portal listens");
    let lines: Vec<&str> = log.lines().collect();
    let schema = reseller_portal::db::schema_version().to_string();
    let expected: [&[&str]; 3] = [
        &[
            "INFO",
            "the portal starts version=",
            env!("CARGO_PKG_VERSION"),
            "commit=",
            &format!("schema={schema}"),
        ],
        &[
            "INFO",
            "the database is open kind=\"SQLite\"",
            "place=\"sqlite:portal.db\"",
            "accounts=0",
        ],
        &[
            "INFO",
            "the portal listens listen=127.0.0.1:",
            "url=http://localhost:4699/",
        ],
    ];
    assert_eq!(lines.len(), expected.len(), "{log}");
    for (line, parts) in lines.iter().zip(expected) {
        for part in parts {
            assert!(line.contains(part), "{part} is not in {line}");
        }
    }
    running.until("To become the owner");
    assert_eq!(running.end("-TERM").0, Some(0));
}

#[test]
fn a_server_that_is_absent_is_waited_for_and_then_named() {
    let started = Instant::now();
    let url = format!("postgres://portal:s3cret@{}/portal", free_address());
    let running = Run::serve()
        .set("DATABASE_URL", &url)
        .set("PORTAL_DATABASE_WAIT", "2s")
        .start();
    let log = running.until_logged("reseller-portal: ");
    let waited = started.elapsed();
    assert!(
        (Duration::from_secs(2)..Duration::from_secs(15)).contains(&waited),
        "{waited:?}"
    );
    let warnings: Vec<&str> = log.lines().filter(|line| line.contains("WARN")).collect();
    assert_eq!(warnings.len(), 1, "{log}");
    assert!(warnings[0].contains("waiting up to 2s for it (PORTAL_DATABASE_WAIT)"));
    assert!(
        log.contains("the database cannot be used (postgres://portal:***@"),
        "{log}"
    );
    assert!(!log.contains("s3cret"), "{log}");
}

#[test]
fn it_ends_with_0_when_asked_while_it_waits() {
    let url = format!("postgres://portal@{}/portal", free_address());
    let running = Run::serve().set("DATABASE_URL", &url).start();
    running.until_logged("waiting up to 1m");
    let started = Instant::now();
    let (status, log) = running.end("-TERM");
    assert_eq!(status, Some(0), "{log}");
    assert!(log.contains("the portal has ended"), "{log}");
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn it_runs_once_the_server_is_there() {
    let Some(database) = Database::create_empty().await else {
        return;
    };
    let mut cable = Cable::to(database.url()).await;
    cable.refuse();
    let running = Run::serve().set("DATABASE_URL", &cable.url).start();
    let running = until_logged(running, "waiting up to 1m").await.0;
    cable.resume().await;
    let (running, log) = until_logged(running, "the portal listens").await;
    assert!(log.contains("PostgreSQL"), "{log}");
    let address = super::after(&log, "listen=");
    assert_eq!(get(&format!("http://{address}/readyz")).await.0, 200);
    assert_eq!(running.end("-TERM").0, Some(0));
}

/// Waits for a line of the log, while the test's own tasks go on.
async fn until_logged(running: Running, word: &'static str) -> (Running, String) {
    tokio::task::spawn_blocking(move || {
        let log = running.until_logged(word);
        (running, log)
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn what_waiting_does_not_mend_fails_at_once() {
    let started = Instant::now();
    let missing_folder = Run::serve().set("DATABASE_URL", "sqlite:no/such/place/portal.db");
    missing_folder.refusal();
    if let Some(database) = Database::create_empty().await {
        let absent = format!("{}_absent", database.url());
        let refused = tokio::task::spawn_blocking(move || start_and_fail(&absent));
        let log = refused.await.unwrap();
        assert!(log.contains("does not exist"), "{log}");
        assert!(!log.contains("waiting"), "{log}");
    }
    assert!(started.elapsed() < Duration::from_secs(20));
}

fn start_and_fail(url: &str) -> String {
    let running = Run::serve().set("DATABASE_URL", url).start();
    running.until_logged("reseller-portal: ")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_that_start_together_on_an_empty_database_all_run() {
    let folder = directory();
    let mut urls = vec![format!("sqlite:{}/portal.db", folder.path().display())];
    let database = Database::create_empty().await;
    urls.extend(database.as_ref().map(|database| database.url().to_owned()));
    for url in urls {
        let start = |_| Run::serve().set("DATABASE_URL", &url).start();
        let running: Vec<Running> = (0..5).map(start).collect();
        for one in &running {
            let log = one.until_logged("the portal listens");
            assert!(!log.contains("ERROR"), "{log}");
        }
        for one in running {
            assert_eq!(one.end("-TERM").0, Some(0));
        }
    }
}

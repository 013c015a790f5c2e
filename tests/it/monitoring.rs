//! What an operator sees from outside: readiness, metrics, and the lines of the log.

use std::collections::BTreeSet;
use std::time::Duration;

use reseller_portal::config::BackupSettings;
use reseller_portal::db::Db;
use reseller_portal::domain::role::Role;
use reseller_portal::{backup, monitoring};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::support::{Browser, Log, Portal, directory};

mod counters;
mod floods;

/// Returns a browser for the listener of monitoring.
fn monitor(portal: &Portal) -> Browser {
    let url = portal.settings.public_url.clone();
    Browser::new(monitoring::router(portal.app.clone()), url)
}

async fn metrics(portal: &Portal) -> String {
    monitor(portal).get("/metrics").await.expect(200).text
}

/// Returns the value of the sample that starts so.
#[track_caller]
fn sample(text: &str, start: &str) -> f64 {
    let line = text.lines().find(|line| line.starts_with(start));
    let line = line.unwrap_or_else(|| panic!("no {start} in {text}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn metrics_have_requests_telnyx_and_what_is_stored_but_nobody_and_no_secret() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Owner).await;
    let id = portal.sandbox.id_of("enabled").await;
    ann.get("/accounts?q=secret-search").await.expect(200);
    ann.get(&format!("/accounts/{id}")).await.expect(200);
    ann.get("/nowhere/secret-path").await.expect(404);
    let text = metrics(&portal).await;
    let requests = "portal_http_request_duration_seconds_count";
    for (route, status) in [("/accounts", 200), ("/accounts/{id}", 200), ("(none)", 404)] {
        let start = format!("{requests}{{method=\"GET\",route=\"{route}\",status=\"{status}\"}}");
        assert!(
            (sample(&text, &start) - 1.0).abs() < f64::EPSILON,
            "{route}"
        );
    }
    let telnyx = "portal_telnyx_request_duration_seconds_count{operation=\"GET /managed_accounts\",outcome=\"200\"}";
    assert!(sample(&text, telnyx) >= 1.0);
    assert!(
        text.contains("operation=\"GET /managed_accounts/{id}\""),
        "{text}"
    );
    assert!(sample(&text, "portal_accounts{status=\"enabled\"}") >= 1.0);
    assert!(sample(&text, "portal_pool_channels{kind=\"total\"}") > 1_999.0);
    assert!(sample(&text, "portal_sessions") >= 1.0);
    assert!(sample(&text, "portal_database_up") > 0.0);
    assert!(text.ends_with("# EOF\n"));
    for secret in [
        id.as_str(),
        "secret-",
        "@",
        "KEY",
        portal.settings.public_url.as_str(),
    ] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[tokio::test]
async fn a_failing_telnyx_and_its_retries_are_counted() {
    let portal = Portal::start().await;
    let down = json!([{ "method": "GET", "path": "/v2/*", "then": { "status": 503 } }]);
    portal.sandbox.faults(down).await;
    let client = portal.telnyx.clone();
    client.pool().await.unwrap_err();
    let text = metrics(&portal).await;
    let operation = "GET /managed_accounts/allocatable_global_outbound_channels";
    let failed = format!(
        "portal_telnyx_request_duration_seconds_count{{operation=\"{operation}\",outcome=\"503\"}}"
    );
    assert!(sample(&text, &failed) > 2.0, "{text}");
    let retries = format!("portal_telnyx_retries_total{{operation=\"{operation}\"}}");
    assert!(sample(&text, &retries) > 1.0);
}

#[tokio::test]
async fn each_metric_of_the_alerts_and_of_the_dashboard_exists() {
    let folder = directory();
    let path = folder.path().to_owned();
    let portal = Portal::build()
        .settings(move |settings| {
            let url = settings.database_url.expose_secret();
            let is_sqlite = url.starts_with("sqlite:");
            settings.backup = is_sqlite.then_some(BackupSettings {
                folder: path,
                keep: 1,
            });
        })
        .start()
        .await;
    portal.sandbox.rate_limit(Some(1_000)).await;
    portal.sweep().await;
    portal
        .sandbox
        .faults(json!([{ "times": 1, "path": "/v2/*", "then": { "status": 503 } }]))
        .await;
    portal.telnyx.pool().await.unwrap();
    let ann = portal.signed_in(Role::Owner).await;
    ann.get("/accounts").await.expect(200);
    backup::run_daily(&portal).await.unwrap();
    let text = metrics(&portal).await;
    let known: BTreeSet<&str> = names(&text).collect();
    let is_sqlite = matches!(portal.db, Db::Sqlite { .. });
    for file in [
        "docs/monitoring/alerts.yaml",
        "docs/monitoring/dashboard.json",
    ] {
        let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
        let used = std::fs::read_to_string(path).unwrap();
        assert!(used.contains("portal_"), "{file}");
        for name in names(&used) {
            let is_known = known.contains(name) || (!is_sqlite && name.contains("backup"));
            assert!(is_known, "{file} names {name}, which does not exist");
        }
    }
}

/// Returns every name of a metric in a text.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("portal_"))
}

#[tokio::test]
async fn the_portal_is_ready_while_it_can_write_whatever_telnyx_does() {
    let (portal, mut cable) = Portal::build().start_with_cable().await;
    portal
        .sandbox
        .faults(json!([{ "path": "/v2/*", "then": { "status": 503 } }]))
        .await;
    for _ in 0..4 {
        portal.telnyx.pool().await.unwrap_err();
    }
    let outside = portal.browser();
    let page = outside.get("/readyz").await.expect(200);
    assert_eq!(page.text, "ready");
    let page = monitor(&portal).get("/readyz").await.expect(200);
    let said: Value = serde_json::from_str(&page.text).unwrap();
    assert_eq!(said["ready"], true);
    assert_eq!(said["telnyx_down"], true);
    assert_eq!(said["schema"], reseller_portal::db::schema_version());
    cable.pause().await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let page = outside.get("/readyz").await.expect(503);
    assert_eq!(page.text, "not ready: database");
    outside.get("/healthz").await.expect(200);
    cable.resume().await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    outside.get("/readyz").await.expect(200);
    portal.draining.cancel();
    let page = outside.get("/readyz").await.expect(503);
    assert_eq!(page.text, "not ready: shutting down");
    outside.get("/healthz").await.expect(200);
}

#[tokio::test]
async fn metrics_are_not_for_browsers() {
    let portal = Portal::start().await;
    portal.browser().get("/metrics").await.expect(404);
    let ann = portal.signed_in(Role::Owner).await;
    ann.get("/metrics").await.expect(404);
}

#[tokio::test]
async fn a_request_is_one_line_with_its_person_its_client_and_its_account() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.staff(Role::Manager).await;
    let browser = portal.signed_in_as(&ann).await;
    let id = portal.sandbox.id_of("enabled").await;
    let (log, logging) = Log::keep("info");
    browser
        .get(&format!("/accounts/{id}?tab=secret-word"))
        .await
        .expect(200);
    portal.browser().get("/invite/secret-token").await;
    drop(logging);
    let lines: Vec<String> = log
        .lines()
        .into_iter()
        .filter(|line| line.contains("answered"))
        .collect();
    assert_eq!(lines.len(), 2, "{lines:#?}");
    let person = format!("staff={}", ann.staff_id);
    let account = format!("subject={id}");
    for part in [
        person.as_str(),
        &account,
        "client=",
        "route=\"/accounts/{id}\"",
        "status=200",
    ] {
        assert!(lines[0].contains(part), "{part}: {}", lines[0]);
    }
    assert!(!lines.concat().contains("secret"), "{lines:#?}");
}

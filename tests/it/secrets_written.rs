//! Tests of the search for secrets: it finds one in every place.

use axum::Router;
use axum::routing::{get, post};
use reseller_portal::config::VARIABLES;
use reseller_portal::domain::role::Role;
use secrecy::ExposeSecret;

use crate::support::secrets::{self, Place};
use crate::support::{Browser, Log, PASSWORD, Portal, directory};

const PLANTED: &str = "planted secret of this test";

/// Fails unless the search finds one secret in this place.
#[track_caller]
fn assert_found(place: Place) {
    let leaks = secrets::take_leaks();
    assert!(!leaks.is_empty(), "nothing is found in {place:?}");
    for leak in leaks {
        assert!(leak.starts_with(&format!("{place:?}: ")), "{leak}");
    }
}

#[tokio::test]
async fn a_secret_is_found_wherever_it_is_written() {
    let portal = Portal::start().await;
    let key = portal.settings.telnyx_key.expose_secret().to_owned();
    tracing::info!(key, "asked");
    assert_found(Place::Log);

    let (_log, logging) = Log::keep("info");
    secrets::hide(PLANTED);
    tracing::debug!("not written: {PLANTED}");
    assert!(secrets::take_leaks().is_empty());
    secrets::hide(PLANTED);
    tracing::info!("{PLANTED}");
    drop(logging);
    assert_found(Place::Log);

    let echo = async |body: String| body;
    let router = Router::new().route("/echo", post(echo)).route(
        "/metrics",
        get(async || "x{a=\"planted%20secret+of+this+test\"} 1"),
    );
    let browser = Browser::new(router, portal.settings.public_url.clone());
    let typed = [("name", "Ann"), ("password", PLANTED)];
    browser.post("/echo", &typed).await;
    assert_found(Place::Page);
    secrets::hide("planted secret");
    secrets::hide(PASSWORD);
    assert!(secrets::take_leaks().is_empty());

    for place in [
        Place::Mail,
        Place::Webhook,
        Place::Trace,
        Place::Output,
        Place::Metrics,
    ] {
        secrets::hide(PLANTED);
        secrets::record(place, format!("hello {PLANTED}"));
        assert_found(place);
    }
    secrets::record(Place::Log, format!("KEY{}_rest", "0A".repeat(16)));
    assert_found(Place::Log);
}

#[tokio::test]
async fn a_secret_is_found_in_a_table_and_in_an_export() {
    let folder = directory();
    secrets::hide(PLANTED);
    std::fs::write(
        folder.path().join("events.jsonl"),
        format!("{{\"a\":\"{PLANTED}\"}}"),
    )
    .unwrap();
    secrets::record_folder(folder.path());
    assert_found(Place::File);
    std::fs::remove_file(folder.path().join("events.jsonl")).unwrap();

    let portal = Portal::start().await;
    let url = portal.settings.database_url.expose_secret().to_owned();
    let Some(file) = url.strip_prefix("sqlite:") else {
        return;
    };
    let mut tx = portal.db.begin().await.unwrap();
    reseller_portal::db::settings::set(&mut tx, "planted", PLANTED)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    secrets::hide(PLANTED);
    secrets::record_folder(std::path::Path::new(file).parent().unwrap());
    assert_found(Place::File);
}

#[tokio::test]
async fn what_people_are_meant_to_read_once_is_no_leak_on_their_page() {
    let token = "a-token-of-a-one-time-link-of-43-characters";
    secrets::of_path(&format!("/invite/{token}"));
    secrets::record(Place::Page, token);
    secrets::record(Place::Mail, token);
    assert!(secrets::take_leaks().is_empty());
    secrets::of_path(&format!("/invite/{token}"));
    secrets::record(Place::Log, token);
    assert_found(Place::Log);
}

#[tokio::test]
#[should_panic(expected = "a secret was written")]
async fn a_test_fails_whose_portal_writes_a_secret() {
    let portal = Portal::start().await;
    let ann = portal.signed_in(Role::Viewer).await;
    tracing::warn!("signed in with {}", ann.cookie("portal").unwrap());
}

#[test]
fn the_secrets_among_the_settings_are_all_searched_for() {
    let names: Vec<&str> = VARIABLES
        .iter()
        .filter(|variable| variable.is_secret)
        .map(|variable| variable.name)
        .collect();
    // Another one belongs into `secrets::of_settings` too.
    assert_eq!(
        names,
        [
            "TELNYX_API_KEY",
            "PORTAL_SECRET_KEY",
            "DATABASE_URL",
            "PORTAL_OTLP_HEADERS",
            "PORTAL_SSO_CLIENT_SECRET",
            "PORTAL_SMTP_URL"
        ]
    );
}

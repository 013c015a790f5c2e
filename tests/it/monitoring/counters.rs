//! Counters of sign-ins, notifications, jobs and readings. They exist from the start.

use axum::http::Method;
use reseller_portal::db::sweeps::SweepOutcome;
use reseller_portal::domain::notification::{NotificationFact, NotificationKind};
use reseller_portal::domain::role::Role;
use reseller_portal::{jobs, notifications};

use super::{metrics, monitor, sample};
use crate::support::{Browser, Manner, PASSWORD, Portal, PostOffice, Response};

#[track_caller]
fn assert_sample(text: &str, start: &str, expected: f64) {
    let value = sample(text, start);
    assert!(
        (value - expected).abs() < f64::EPSILON,
        "{start} is {value}"
    );
}

async fn sign_in(browser: &Browser, email: &str, password: &str) -> Response {
    let typed = [("email", email), ("password", password)];
    browser.post("/login", &typed).await
}

#[tokio::test]
async fn every_counter_exists_from_the_start() {
    let portal = Portal::start().await;
    let text = metrics(&portal).await;
    for outcome in ["signed_in", "refused", "throttled", "busy"] {
        assert_sample(
            &text,
            &format!("portal_sign_ins_total{{outcome=\"{outcome}\"}}"),
            0.0,
        );
    }
    for channel in ["portal", "email", "webhook"] {
        for outcome in ["made", "sent", "failed"] {
            let labels = format!("channel=\"{channel}\",outcome=\"{outcome}\"");
            assert_sample(
                &text,
                &format!("portal_notifications_total{{{labels}}}"),
                0.0,
            );
        }
    }
    for outcome in ["done", "refused", "incomplete", "unknown"] {
        assert_sample(
            &text,
            &format!("portal_job_items_total{{outcome=\"{outcome}\"}}"),
            0.0,
        );
    }
    for outcome in SweepOutcome::ALL.map(SweepOutcome::as_str) {
        let start = format!("portal_sweep_duration_seconds_count{{outcome=\"{outcome}\"}}");
        assert_sample(&text, &start, 0.0);
    }
    for start in [
        "portal_event_streams ",
        "portal_index_rows ",
        "portal_log_lines_left_out_total ",
    ] {
        assert_sample(&text, start, 0.0);
    }
    assert_sample(&text, "portal_trace_exports_total{outcome=\"failed\"}", 0.0);
}

#[tokio::test]
async fn sign_ins_and_readings_are_counted_by_outcome() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.staff(Role::Manager).await;
    let browser = portal.browser();
    sign_in(&browser, &ann.email, PASSWORD).await.expect(303);
    for _ in 0..4 {
        sign_in(&portal.browser(), "nobody@example.com", "wrong password")
            .await
            .expect(422);
    }
    sign_in(&portal.browser(), "nobody@example.com", "wrong password")
        .await
        .expect(422);
    sign_in(&portal.browser(), "nobody@example.com", "wrong password")
        .await
        .expect(429);
    let text = metrics(&portal).await;
    for (outcome, expected) in [("signed_in", 1.0), ("refused", 5.0), ("throttled", 1.0)] {
        assert_sample(
            &text,
            &format!("portal_sign_ins_total{{outcome=\"{outcome}\"}}"),
            expected,
        );
    }
    assert_sample(
        &text,
        "portal_sweep_duration_seconds_count{outcome=\"done\"}",
        1.0,
    );
    assert_sample(&text, "portal_index_rows ", 20.0);
}

#[tokio::test]
async fn open_streams_are_counted_until_they_end() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let page = ann.get("/accounts").await.expect(200);
    let since = page.attr_of("tbody[data-live]", "data-since").unwrap();
    let stream = ann.request(
        Method::GET,
        &format!("/accounts/events?since={since}&rows="),
    );
    let stream = stream.open().await;
    assert_eq!(stream.status().as_u16(), 200);
    assert_sample(&metrics(&portal).await, "portal_event_streams ", 1.0);
    drop(stream);
    assert_sample(&metrics(&portal).await, "portal_event_streams ", 0.0);
}

#[tokio::test]
async fn notifications_are_counted_by_channel_when_they_are_made_and_sent() {
    let post_office = PostOffice::start(Manner::Takes).await;
    let mail = post_office.settings();
    let portal = Portal::build().settings(move |settings| settings.mail = Some(mail));
    let portal = portal.start().await;
    let owner = portal.staff(Role::Owner).await;
    let fact = NotificationFact {
        kind: NotificationKind::NewSignIn,
        sweep: None,
        items: 1,
        subject: "Firefox".to_owned(),
        detail: String::new(),
        path: "/profile".to_owned(),
    };
    let mut tx = portal.db.begin().await.unwrap();
    notifications::publish(&portal, &mut tx, &fact, Some(owner.staff_id))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    jobs::notification_emails_once(&portal).await.unwrap();
    let text = metrics(&portal).await;
    let count = |channel: &str, outcome: &str| {
        let labels = format!("channel=\"{channel}\",outcome=\"{outcome}\"");
        sample(&text, &format!("portal_notifications_total{{{labels}}}"))
    };
    assert!((count("portal", "made") - 1.0).abs() < f64::EPSILON);
    assert!((count("email", "made") - count("email", "sent")).abs() < f64::EPSILON);
    assert!((count("email", "failed") - 0.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn many_scrapes_share_a_reading_and_no_host_is_asked_for() {
    let portal = Portal::start().await;
    let monitor = monitor(&portal);
    for host in ["127.0.0.1:9090", "prometheus.example.com", ""] {
        let request = monitor
            .request(Method::GET, "/metrics")
            .header("host", host);
        request.send().await.expect(200);
    }
    portal.staff(Role::Manager).await;
    let ann = portal.signed_in(Role::Owner).await;
    let text = monitor.get("/metrics").await.expect(200).text;
    assert_sample(&text, "portal_sessions ", 0.0);
    ann.get("/accounts").await.expect(200);
    let text = monitor.get("/metrics").await.expect(200).text;
    let requests = "portal_http_request_duration_seconds_count{method=\"GET\",route=\"/accounts\"";
    assert_sample(&text, requests, 1.0);
    tokio::time::sleep(std::time::Duration::from_millis(1_050)).await;
    let text = monitor.get("/metrics").await.expect(200).text;
    assert_sample(&text, "portal_sessions ", 1.0);
}

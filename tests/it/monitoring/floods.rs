//! Floods of refused requests: the log stays short, and has every line that matters.

use std::time::Duration;

use axum::http::Method;
use reseller_portal::domain::role::Role;

use super::{metrics, sample};
use crate::support::{Log, Portal};

/// Number of requests of each kind of flood.
const FLOOD: usize = 300;
/// Number of lines that one kind may have in a minute.
const LIMIT: usize = 100;

fn count(log: &Log, words: &[&str]) -> usize {
    let has_all = |line: &&String| words.iter().all(|word| line.contains(word));
    log.lines().iter().filter(has_all).count()
}

#[tokio::test]
async fn a_flood_of_refusals_leaves_the_lines_of_signed_in_people() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let id = portal.sandbox.id_of("enabled").await;
    let (log, logging) = Log::keep("info");
    for number in 0..FLOOD {
        let address = format!("198.51.{}.{}", number / 200, number % 200);
        let stranger = portal.browser().at(&address);
        let typed = [
            ("email", "nobody@example.com"),
            ("password", "a wrong guess"),
        ];
        stranger.post("/login", &typed).await;
        stranger
            .get(&format!("/nowhere/{number}"))
            .await
            .expect(404);
        stranger.get(&format!("/accounts/{id}")).await;
        let foreign = stranger.post_from("https://evil.example", "/login", &typed);
        foreign.await.expect(403);
        let rebound = stranger.request(Method::GET, "/login");
        rebound
            .header("host", "evil.example")
            .send()
            .await
            .expect(421);
        if number % 2 == 0 {
            ann.get(&format!("/accounts/{id}")).await.expect(200);
            ann.get("/jobs/0198f3f0-0000-7000-8000-000000000001")
                .await
                .expect(404);
        }
    }
    for words in [
        &["answered", "POST", "/login", "status=403"][..],
        &["answered", "(none)", "status=404"],
        &["answered", "route=\"/accounts/{id}\"", "status=303"],
        &["answered", "status=421"],
        &["sent from another site"],
        &["meant for another host"],
    ] {
        let signed_in = count(&log, &[words, &["staff="]].concat());
        assert_eq!(count(&log, words) - signed_in, LIMIT, "{words:?}");
    }
    let refused = count(&log, &["answered", "route=\"/login\"", "status=4"]);
    assert!(refused <= 4 * LIMIT, "{refused} lines");
    assert_eq!(
        count(&log, &["answered", "staff=", "status=200"]),
        FLOOD / 2
    );
    assert_eq!(
        count(&log, &["answered", "staff=", "status=404"]),
        FLOOD / 2
    );

    assert_eq!(count(&log, &["were left out"]), 0);
    portal.advance(Duration::from_mins(1));
    portal.repeated_lines.report(portal.clock.now());
    drop(logging);
    let left_out = format!("left_out={}", FLOOD - LIMIT);
    assert_eq!(
        count(&log, &["were left out", "(none)", "status=404", &left_out]),
        1
    );
    assert_eq!(
        count(
            &log,
            &[
                "were left out",
                "of=\"refused: meant for another host\"",
                &left_out
            ]
        ),
        1
    );

    let text = metrics(&portal).await;
    let requests = "portal_http_request_duration_seconds_count{method=\"GET\",route=\"(none)\",status=\"404\"}";
    let counted = sample(&text, requests);
    assert!((counted - 300.0).abs() < f64::EPSILON, "{counted}");
    assert!(sample(&text, "portal_log_lines_left_out_total ") >= 6.0 * 200.0);
}

#[tokio::test]
async fn a_line_of_a_failure_is_never_left_out() {
    let (portal, mut cable) = Portal::build().start_with_cable().await;
    let (log, logging) = Log::keep("info");
    for _ in 0..LIMIT + 20 {
        portal.browser().get("/healthz").await.expect(200);
    }
    cable.pause().await;
    let typed = [("email", "ann@example.com"), ("password", "some password")];
    portal.browser().post("/login", &typed).await.expect(503);
    drop(logging);
    assert_eq!(count(&log, &["answered", "/healthz"]), LIMIT);
    assert_eq!(count(&log, &["ERROR", "request failed"]), 1);
}

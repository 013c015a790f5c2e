//! Traces: spans of requests, attempts and background runs, as a collector gets them.

use std::time::{Duration, Instant};

use axum::http::Method;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use reseller_portal::config::CollectorSettings;
use reseller_portal::domain::role::Role;
use serde_json::json;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use crate::support::{CollectedSpan, Collector, CollectorReply, Log, Portal};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

fn traceparent() -> String {
    format!("00-{TRACE}-{PARENT}-01")
}

async fn traced(to: CollectorSettings) -> Portal {
    let proxy = "127.0.0.1/32".parse().unwrap();
    let portal = Portal::build().settings(move |settings| {
        settings.collector = Some(to);
        settings.trusted_proxies = vec![proxy];
    });
    portal.start().await
}

#[track_caller]
fn named<'a>(spans: &'a [CollectedSpan], name: &str) -> Vec<&'a CollectedSpan> {
    let found: Vec<_> = spans.iter().filter(|span| span.name == name).collect();
    assert!(!found.is_empty(), "no {name} in {spans:#?}");
    found
}

#[tokio::test]
async fn a_page_and_its_attempts_at_telnyx_are_one_trace_and_its_log_line_names_it() {
    let collector = Collector::start(CollectorReply::Accepts).await;
    let portal = traced(collector.settings(&[("x-token", "of the collector")])).await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let id = portal.sandbox.id_of("enabled").await;
    let fails =
        json!([{ "times": 1, "path": "/v2/managed_accounts/*", "then": { "status": 503 } }]);
    portal.sandbox.faults(fails).await;
    let (log, logging) = Log::keep("info");
    ann.get(&format!("/accounts/{id}")).await.expect(200);
    drop(logging);
    portal.tracer.shut_down().await;
    let spans = collector.spans();
    let page = named(&spans, "GET /accounts/{id}")[0];
    assert_eq!((page.kind, page.failed), (SpanKind::Server, false));
    assert_eq!(page.parent, "");
    for attribute in ["http.route=/accounts/{id}", "http.response.status_code=200"] {
        assert!(
            page.attributes.iter().any(|has| has == attribute),
            "{page:#?}"
        );
    }
    let attempts = named(&spans, "GET /managed_accounts/{id}");
    assert_eq!(attempts.len(), 2, "{spans:#?}");
    for (attempt, number, status) in [(attempts[0], 1, 503), (attempts[1], 2, 200)] {
        assert_eq!((&attempt.trace, &attempt.parent), (&page.trace, &page.id));
        assert_eq!(
            (attempt.kind, attempt.failed),
            (SpanKind::Client, status == 503)
        );
        for attribute in [
            format!("telnyx.attempt={number}"),
            format!("http.response.status_code={status}"),
        ] {
            assert!(attempt.attributes.contains(&attribute), "{attempt:#?}");
        }
    }
    let trace = format!("trace={}", page.trace);
    let lines = log.lines();
    let line = lines.iter().find(|line| line.contains("answered")).unwrap();
    assert!(line.contains(&trace), "{line}");
    assert!(
        collector
            .headers()
            .iter()
            .all(|sent| sent["x-token"] == "of the collector")
    );
}

#[tokio::test]
async fn a_change_that_goes_on_in_a_task_stays_in_the_trace() {
    let collector = Collector::start(CollectorReply::Accepts).await;
    let portal = traced(collector.settings(&[])).await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let id = portal.sandbox.id_of("enabled").await;
    let page = ann
        .get(&format!("/accounts/{id}/disable"))
        .await
        .expect(200);
    ann.submit(&page, "form.confirm", &[("reason_code", "fraud")])
        .await
        .expect(303);
    portal.tracer.shut_down().await;
    let spans = collector.spans();
    let request = named(&spans, "POST /accounts/{id}/disable")[0];
    let attempt = named(&spans, "POST /managed_accounts/{id}/actions/disable")[0];
    assert_eq!(
        (&attempt.trace, &attempt.parent),
        (&request.trace, &request.id)
    );
    let of_request = |span: &&&CollectedSpan| span.parent == request.id;
    let transactions = named(&spans, "database transaction");
    let transaction = transactions.iter().find(of_request).unwrap();
    assert!(
        transaction
            .attributes
            .iter()
            .any(|has| has == "portal.outcome=committed")
    );
}

#[tokio::test]
async fn only_a_trusted_proxy_can_name_the_trace_of_a_request() {
    let collector = Collector::start(CollectorReply::Accepts).await;
    let portal = traced(collector.settings(&[])).await;
    let ask = |browser: crate::support::Browser| async move {
        let request = browser.request(Method::GET, "/login");
        let request = request.header("traceparent", &traceparent());
        request
            .header("tracestate", "vendor=secret-state")
            .send()
            .await
            .expect(200);
    };
    ask(portal.browser()).await;
    ask(portal.browser().at("203.0.113.9")).await;
    let twice = portal.browser();
    let request = twice.request(Method::GET, "/login");
    let request = request.header("traceparent", &traceparent());
    request
        .also("traceparent", &traceparent())
        .send()
        .await
        .expect(200);
    portal.tracer.shut_down().await;
    let spans = collector.spans();
    let pages = named(&spans, "GET /login");
    assert_eq!(pages.len(), 3);
    assert_eq!(
        (pages[0].trace.as_str(), pages[0].parent.as_str()),
        (TRACE, PARENT)
    );
    for stranger in &pages[1..] {
        assert_ne!(stranger.trace, TRACE);
        assert_eq!(stranger.parent, "");
    }
}

#[tokio::test]
async fn a_trace_is_passed_on_to_telnyx_with_and_without_a_collector() {
    let telnyx = MockServer::start().await;
    Mock::given(matchers::any())
        .respond_with(ResponseTemplate::new(503))
        .mount(&telnyx)
        .await;
    let base: url::Url = format!("{}/v2", telnyx.uri()).parse().unwrap();
    let collector = Collector::start(CollectorReply::Accepts).await;
    for to in [None, Some(collector.settings(&[]))] {
        let base = base.clone();
        let exports = to.is_some();
        let portal = Portal::build().settings(move |settings| {
            settings.telnyx_base = base;
            settings.collector = to;
            settings.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
        });
        let portal = portal.start().await;
        let ann = portal.signed_in(Role::Owner).await;
        telnyx.reset().await;
        let request = ann.request(Method::GET, "/org-users");
        request.header("traceparent", &traceparent()).send().await;
        let sent = telnyx.received_requests().await.unwrap();
        assert!(!sent.is_empty());
        for request in sent {
            let header = request.headers["traceparent"].to_str().unwrap();
            assert!(header.starts_with(&format!("00-{TRACE}-")), "{header}");
            // Without a collector there is no span of the portal's own.
            assert_eq!(header.contains(PARENT), !exports, "{header}");
            assert!(!request.headers.contains_key("tracestate"));
        }
        telnyx.reset().await;
        let stranger = portal.signed_in(Role::Admin).await.at("203.0.113.9");
        let request = stranger.request(Method::GET, "/org-users");
        request.header("traceparent", &traceparent()).send().await;
        for request in telnyx.received_requests().await.unwrap() {
            let header = request.headers.get("traceparent");
            let header = header.map(|value| value.to_str().unwrap());
            assert_eq!(header.is_some(), exports);
            assert!(
                header.is_none_or(|header| !header.contains(TRACE)),
                "{header:?}"
            );
        }
        portal.tracer.shut_down().await;
    }
}

#[tokio::test]
async fn a_run_is_a_trace_only_if_it_did_something() {
    let collector = Collector::start(CollectorReply::Accepts).await;
    let portal = traced(collector.settings(&[])).await;
    let tracer = &portal.tracer;
    drop(tracer.start_run("idle"));
    let asking = tracer.start_run("asking");
    asking.run(portal.telnyx.pool()).await.unwrap();
    drop(asking);
    let failing = tracer.start_run("failing");
    failing.fail("failed");
    drop(failing);
    tracer.shut_down().await;
    let spans = collector.spans();
    let names: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    let run = named(&spans, "background asking")[0];
    assert_eq!(spans[0].parent, run.id);
    assert!(named(&spans, "background failing")[0].failed);
}

#[tokio::test]
async fn no_address_email_or_secret_is_in_a_span() {
    let collector = Collector::start(CollectorReply::Accepts).await;
    let portal = traced(collector.settings(&[])).await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Owner).await;
    let id = portal.sandbox.id_of("enabled").await;
    ann.get("/accounts?q=secret-search").await.expect(200);
    ann.get(&format!("/accounts/{id}")).await.expect(200);
    ann.get("/nowhere/secret-path").await.expect(404);
    let stranger = portal.browser();
    stranger.get("/invite/secret-token").await;
    let typed = [
        ("email", "secret@example.com"),
        ("password", "secret-password"),
    ];
    stranger.post("/login", &typed).await.expect(422);
    let odd = Method::from_bytes(b"SECRET").unwrap();
    stranger.request(odd, "/login").send().await;
    portal.telnyx.in_background().pool().await.unwrap();
    portal.tracer.shut_down().await;
    let sent = collector.bodies().concat();
    let sent = String::from_utf8_lossy(&sent);
    assert!(
        sent.contains("GET /accounts/{id}") && sent.contains("other /login"),
        "{sent}"
    );
    for secret in [
        "secret",
        "SECRET",
        "127.0.0.1",
        &id,
        &ann.cookie("portal").unwrap(),
    ] {
        assert!(!sent.contains(secret), "{secret}: {sent}");
    }
    // Random IDs may have any short text, so these are sought in the texts of the spans alone.
    for span in collector.spans() {
        let texts = format!("{} {}", span.name, span.attributes.join(" "));
        assert!(!texts.contains('@') && !texts.contains("KEY"), "{texts}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_does_not_answer_slows_no_page_and_is_reported_once() {
    let away: CollectorSettings = CollectorSettings {
        endpoint: "http://127.0.0.1:1".parse().unwrap(),
        headers: Vec::new(),
    };
    let hanging = Collector::start(CollectorReply::Hangs).await;
    let refusing = Collector::start(CollectorReply::Refuses).await;
    for to in [away, hanging.settings(&[]), refusing.settings(&[])] {
        let portal = traced(to).await;
        let browser = portal.browser();
        let started = Instant::now();
        // More spans than may wait.
        for _ in 0..4_000 {
            drop(portal.tracer.start_request("GET", "/healthz", "", None));
        }
        for _ in 0..50 {
            browser.get("/healthz").await.expect(200);
        }
        assert!(
            started.elapsed() < Duration::from_secs(2),
            "{:?}",
            started.elapsed()
        );
        let ended = Instant::now();
        portal.tracer.shut_down().await;
        assert!(
            ended.elapsed() < Duration::from_millis(2_800),
            "{:?}",
            ended.elapsed()
        );
    }
    let most = hanging.spans().len();
    assert!(most <= 512, "{most} spans were sent in the only request");
}

#[tokio::test]
async fn a_collector_that_refuses_is_reported_once() {
    let (log, logging) = Log::keep("info");
    let refusing = Collector::start(CollectorReply::Refuses).await;
    let portal = traced(refusing.settings(&[])).await;
    for _ in 0..3 {
        for _ in 0..600 {
            drop(portal.tracer.start_request("GET", "/healthz", "", None));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    portal.tracer.shut_down().await;
    drop(logging);
    assert!(refusing.bodies().len() > 2, "{}", refusing.bodies().len());
    let lines = log.lines();
    let reports = lines
        .iter()
        .filter(|line| line.contains("traces cannot be sent"));
    assert_eq!(reports.count(), 1, "{lines:#?}");
}

//! What operators see from outside: the listener of metrics, and traces.

use super::{Run, SECRET, after, get, text};
use crate::support::{Collector, CollectorReply};

fn serve() -> Run {
    Run::serve()
        .set("PORTAL_LISTEN", "127.0.0.1:0")
        .set("PORTAL_PUBLIC_URL", "http://localhost:4699")
}

#[tokio::test]
async fn metrics_are_on_their_own_listener_which_warns_if_others_may_reach_it() {
    for (listen, warns) in [("127.0.0.1:0", false), ("0.0.0.0:0", true)] {
        let running = serve().set("PORTAL_METRICS_LISTEN", listen).start();
        let log = running.until_logged("metrics are served");
        let metrics = after(&log, "metrics are served listen=").replace("0.0.0.0", "127.0.0.1");
        let portal = after(&log, "the portal listens listen=");
        let warned = log.contains("PORTAL_METRICS_LISTEN") && log.contains("let only Prometheus");
        assert_eq!(warned, warns, "{log}");
        let (status, page) = get(&format!("http://{metrics}/metrics")).await;
        assert!(
            status == 200 && page.contains("portal_sign_ins_total"),
            "{page}"
        );
        assert_eq!(get(&format!("http://{portal}/metrics")).await.0, 404);
        assert_eq!(running.end("-TERM").0, Some(0));
    }
    let check = Run::new(&["check"])
        .set("TELNYX_API_KEY", "KEY_of_tests")
        .set("PORTAL_SECRET_KEY", SECRET)
        .set("TELNYX_API_BASE", "http://127.0.0.1:1/v2")
        .set("PORTAL_METRICS_LISTEN", "203.0.113.5:9090");
    let printed = text(&check.output().stdout);
    let line = printed.lines().find(|line| line.starts_with("Metrics"));
    assert!(
        line.unwrap().contains("WARNING: PORTAL_METRICS_LISTEN"),
        "{printed}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_traces_are_sent_when_the_portal_ends() {
    let collector = Collector::start(CollectorReply::Accepts).await;
    let endpoint = collector.settings(&[]).endpoint;
    let running = serve()
        .set("PORTAL_OTLP_ENDPOINT", endpoint.as_str())
        .set(
            "PORTAL_OTLP_HEADERS",
            "authorization=Bearer%20token-of-the-tests",
        )
        .start();
    let log = running.until_logged("the portal listens");
    let address = after(&log, "the portal listens listen=");
    assert_eq!(get(&format!("http://{address}/healthz")).await.0, 200);
    let (status, log) = running.end("-TERM");
    assert_eq!(status, Some(0), "{log}");
    let spans = collector.spans();
    assert!(
        spans.iter().any(|span| span.name == "GET /healthz"),
        "{spans:#?}"
    );
    let headers = collector.headers();
    assert!(
        headers
            .iter()
            .all(|sent| sent["authorization"] == "Bearer token-of-the-tests")
    );

    let check = |endpoint: &str| {
        let check = Run::new(&["check"])
            .set("TELNYX_API_KEY", "KEY_of_tests")
            .set("PORTAL_SECRET_KEY", SECRET)
            .set("TELNYX_API_BASE", "http://127.0.0.1:1/v2");
        let printed = text(&check.set("PORTAL_OTLP_ENDPOINT", endpoint).output().stdout);
        let line = printed.lines().find(|line| line.starts_with("Traces"));
        line.unwrap().to_owned()
    };
    let line = check(endpoint.as_str());
    assert!(
        line.starts_with("Traces     ok: http://127.0.0.1:"),
        "{line}"
    );
    let line = check("http://127.0.0.1:1");
    assert!(
        line.contains("FAILED: http://127.0.0.1:1/v1/traces: no connection"),
        "{line}"
    );

    let away = serve()
        .set("PORTAL_OTLP_ENDPOINT", "http://127.0.0.1:1")
        .start();
    away.until_logged("the portal listens");
    assert_eq!(away.end("-TERM").0, Some(0));
    let refused = serve()
        .set("PORTAL_OTLP_ENDPOINT", "collector:4318")
        .refusal();
    assert!(
        refused.contains("PORTAL_OTLP_ENDPOINT is no web address"),
        "{refused}"
    );
    let open = serve()
        .set("PORTAL_OTLP_ENDPOINT", "http://collector:4318")
        .set(
            "PORTAL_OTLP_HEADERS",
            "authorization=Bearer%20token-of-the-tests",
        )
        .refusal();
    assert!(
        open.contains("is not https") && !open.contains("token-of"),
        "{open}"
    );
}

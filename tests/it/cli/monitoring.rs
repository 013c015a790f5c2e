//! What operators see from outside: the listener of metrics.

use super::{Run, SECRET, after, get, text};

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

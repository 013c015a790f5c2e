//! Database that does not answer: a 503 in time, and everything works once it answers again.

use std::time::{Duration, Instant};

use axum::http::Method;
use reseller_portal::db::operations::open;
use reseller_portal::domain::role::Role;
use serde_json::json;

use crate::support::{Browser, Cable, Log, Portal, Response};

/// Time within which a page says that the database does not answer.
const IN_TIME: Duration = Duration::from_secs(3);

async fn start() -> (Portal, Cable) {
    let (portal, cable) = Portal::build().start_with_cable().await;
    portal.sweep().await;
    (portal, cable)
}

#[track_caller]
fn told(page: &Response, started: Instant, words: &str) {
    assert_eq!(page.status, 503, "{}", page.text);
    assert!(started.elapsed() < IN_TIME, "{:?}", started.elapsed());
    assert_eq!(page.header("retry-after"), "5");
    assert!(page.says("The database does not answer"), "{}", page.text);
    assert!(page.says(words), "{}", page.text);
}

async fn note(browser: &Browser, form: &Response, text: &str) -> Response {
    browser.submit(form, "#notes-new", &[("note", text)]).await
}

#[tokio::test]
async fn a_page_and_a_form_say_so_and_work_again_afterwards() {
    let (portal, mut cable) = start().await;
    let ann = portal.signed_in(Role::Owner).await;
    let id = portal.sandbox.id_of("enabled").await;
    let form = ann.get(&format!("/accounts/{id}/notes")).await.expect(200);
    cable.pause().await;
    let (log, logging) = Log::keep("info,sqlx=error,tower_sessions::service=off");
    let started = Instant::now();
    let page = note(&ann, &form, "While it is away.").await;
    told(&page, started, "Nothing was sent to Telnyx.");
    drop(logging);
    let errors = log
        .lines()
        .into_iter()
        .filter(|line| line.contains("ERROR") || line.contains("WARN"));
    let errors: Vec<String> = errors.collect();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    if cable.is_server() {
        let started = Instant::now();
        told(&ann.get("/accounts").await, started, "reload the page");
        let started = Instant::now();
        let part = ann
            .request(Method::GET, "/accounts")
            .fragment()
            .send()
            .await;
        told(&part, started, "reload the page");
        assert_eq!(part.header("hx-retarget"), "#toasts");
    } else {
        ann.get("/accounts").await.expect(200);
    }
    ann.get("/healthz").await.expect(200);
    cable.resume().await;
    ann.get("/accounts").await.expect(200);
    note(&ann, &form, "When it is back.").await.expect(303);
    let page = ann.get(&format!("/accounts/{id}")).await.expect(200);
    assert!(page.says("When it is back.") && !page.says("While it is away."));
}

#[tokio::test]
async fn nobody_can_sign_in_while_it_is_away_and_everybody_afterwards() {
    let (portal, mut cable) = start().await;
    let ann = portal.staff(Role::Viewer).await;
    let browser = portal.browser();
    cable.pause().await;
    let started = Instant::now();
    let fields = [
        ("email", ann.email.as_str()),
        ("password", crate::support::PASSWORD),
    ];
    told(
        &browser.post("/login", &fields).await,
        started,
        "Nothing was sent to Telnyx.",
    );
    cable.resume().await;
    browser.post("/login", &fields).await.expect(303);
    browser.get("/accounts").await.expect(200);
}

#[tokio::test]
async fn a_server_that_is_gone_is_told_and_stale_connections_are_replaced() {
    let (portal, mut cable) = start().await;
    let ann = portal.signed_in(Role::Owner).await;
    for path in ["/accounts", "/channels", "/activity"] {
        ann.get(path).await.expect(200);
        cable.break_all().await;
        ann.get(path).await.expect(200);
    }
    if cable.is_server() {
        cable.refuse();
        let started = Instant::now();
        told(&ann.get("/accounts").await, started, "reload the page");
        cable.resume().await;
        ann.get("/accounts").await.expect(200);
    }
}

#[tokio::test]
async fn a_change_that_was_sent_before_is_told_as_sent_and_settled() {
    let (portal, mut cable) = start().await;
    let ann = portal.signed_in(Role::Owner).await;
    let id = portal.sandbox.id_of("enabled").await;
    let slow = json!([{ "method": "PATCH", "path": "/v2/*", "then": { "delay_ms": 600 } },
                      { "method": "POST", "path": "/v2/*", "then": { "delay_ms": 600 } }]);
    portal.sandbox.faults(slow).await;
    let form = ann
        .get(&format!("/accounts/{id}/disable"))
        .await
        .expect(200);
    let sending = ann.submit(&form, "form.confirm", &[("reason_code", "fraud")]);
    let pausing = async {
        while open(&portal.db, 1).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        cable.pause().await;
        Instant::now()
    };
    let (page, started) = tokio::join!(sending, pausing);
    if cable.is_server() {
        told(
            &page,
            started,
            "Your change was sent to Telnyx. The portal records its outcome",
        );
    }
    cable.resume().await;
    portal.tasks.close();
    portal.tasks.wait().await;
    let page = ann.get("/activity").await.expect(200);
    assert!(page.says("disabled"), "{}", page.words());
    assert_eq!(portal.sandbox.account(&id).await["status"], "disabled");
    assert!(
        open(&portal.db, 1).await.unwrap().is_empty(),
        "it is settled"
    );
}

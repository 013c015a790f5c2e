//! Tests of the test support, for mistakes that would let faulty code pass.

use std::time::Duration;

use axum::http::Method;
use axum::response::Html;
use axum::routing::get;
use axum::{Form, Router};
use serde_json::json;
use url::Url;

use reseller_portal::db::accounts;
use reseller_portal::domain::role::Role;

use super::{Browser, PASSWORD, Portal};

const PAGE: &str = r#"<h1>A &amp; B</h1>
    <form id="one" method="post" action="/echo">
      <input type="hidden" name="op" value="42"><input name="name" value="Acme">
      <input type="checkbox" name="off" value="1"><input type="checkbox" name="on" value="1" checked>
      <input type="radio" name="pick" value="a"><input type="radio" name="pick" value="b" checked>
      <select name="choice"><option value="x">X</option><option value="y" selected>Y</option></select>
      <textarea name="note">Hi &lt;you&gt;</textarea><input name="gone" value="1" disabled>
      <button name="go" value="1">Go</button>
    </form>
    <input name="beside" value="2" form="one"><form id="two"><input name="q" value="ä b"></form>"#;

fn pages() -> Browser {
    let echo = |Form(fields): Form<Vec<(String, String)>>| async move { format!("{fields:?}") };
    let cookies = || async { ([("set-cookie", "taste=sweet; Path=/; HttpOnly")], "set") };
    let seen = |headers: axum::http::HeaderMap| async move {
        format!("{:?} {:?}", headers.get("cookie"), headers.get("origin"))
    };
    let kind = |headers: axum::http::HeaderMap| async move {
        format!("{:?}", headers.get("hx-request-type"))
    };
    let router = Router::new()
        .route("/", get(|| async { Html(PAGE) }))
        .route("/echo", get(|| async { "" }).post(echo))
        .route("/cookies", get(cookies))
        .route("/seen", get(seen).post(seen))
        .route("/kind", get(kind).post(kind))
        .route(
            "/away",
            get(|| async { axum::response::Redirect::to("/#top") }),
        );
    Browser::new(router, Url::parse("http://127.0.0.1:8080").unwrap())
}

#[tokio::test]
async fn a_form_is_sent_as_a_browser_sends_it() {
    let browser = pages();
    let page = browser.get("/").await.expect(200);
    assert_eq!(page.text_of("h1"), "A & B");
    let sent = browser
        .submit(&page, "#one", &[("name", "Zeta"), ("off", "1")])
        .await;
    assert_eq!(
        sent.expect(200).text,
        r#"[("op", "42"), ("on", "1"), ("pick", "b"), ("choice", "y"), ("note", "Hi <you>"), ("beside", "2"), ("name", "Zeta"), ("off", "1")]"#
    );
    let sent = browser.submit(&page, "#two", &[]).await;
    assert_eq!(sent.asked, "GET /?q=%C3%A4+b");
    assert_eq!(page.form("#one").value("pick"), Some("b"));
}

#[tokio::test]
async fn cookies_come_back_and_origins_are_told() {
    let browser = pages().at("192.0.2.7");
    assert_eq!(browser.get("/seen").await.text, "None None");
    browser.get("/cookies").await;
    assert_eq!(browser.cookie("taste").as_deref(), Some("sweet"));
    let seen = browser.post("/seen", &[]).await;
    assert_eq!(
        seen.text,
        r#"Some("taste=sweet") Some("http://127.0.0.1:8080")"#
    );
    let seen = browser
        .post_from("https://evil.example", "/seen", &[])
        .await;
    assert_eq!(
        seen.text,
        r#"Some("taste=sweet") Some("https://evil.example")"#
    );
    let seen = browser
        .request(Method::POST, "/seen")
        .without("origin")
        .send()
        .await;
    assert_eq!(seen.text, r#"Some("taste=sweet") None"#);
}

#[tokio::test]
async fn a_fragment_is_asked_for_as_htmx_does_and_redirects_are_followed_when_told() {
    let browser = pages();
    assert_eq!(browser.get("/kind").await.text, "None");
    assert_eq!(
        browser.get_fragment("/kind").await.text,
        "Some(\"partial\")"
    );
    assert_eq!(
        browser.post_fragment("/kind", &[("a", "b")]).await.text,
        "Some(\"partial\")"
    );
    let away = browser.get("/away").await.expect(303);
    assert_eq!(away.header("location"), "/#top");
    let page = browser.follow(&away).await.expect(200);
    assert!(page.has("form#one") && !page.has("form#three") && page.says("A & B"));
    assert_eq!(page.count("form"), 2);
    assert_eq!(page.attr_of("form", "action").as_deref(), Some("/echo"));
    assert_eq!(page.attrs_of("input[type=radio]", "value"), ["a", "b"]);
    assert_eq!(page.select("option"), ["X", "Y"]);
}

#[tokio::test]
async fn each_portal_has_a_database_a_clock_and_a_telnyx_of_its_own() {
    let (one, other) = tokio::join!(Portal::start(), Portal::build().accounts(3).start());
    assert_eq!(one.browser().get("/healthz").await.status, 200);

    let mut tx = one.db.begin().await.unwrap();
    reseller_portal::db::settings::set_if_absent(&mut tx, "color", "red")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        reseller_portal::db::settings::value(&one.db, "color")
            .await
            .unwrap()
            .as_deref(),
        Some("red")
    );
    assert_eq!(
        reseller_portal::db::settings::value(&other.db, "color")
            .await
            .unwrap(),
        None
    );

    let before = one.clock.now();
    one.advance(Duration::from_mins(1));
    assert_eq!(before.until(one.clock.now()), Duration::from_mins(1));

    assert_eq!(one.sandbox.accounts().await.len(), 20);
    assert_eq!(other.sandbox.accounts().await.len(), 3);
    other
        .sandbox
        .faults(json!([{"path": "/v2/*", "then": {"status": 503}}]))
        .await;
    assert!(one.telnyx.pool().await.is_ok());
    assert!(other.telnyx.pool().await.is_err());
    other.sandbox.clear_faults().await;
    assert!(other.telnyx.pool().await.is_ok());
    assert_eq!(other.sandbox.changes().await, Vec::<String>::new());
    one.run_jobs().await;
}

#[tokio::test]
async fn telnyx_is_told_what_to_be_like() {
    let portal = Portal::build().channels(50).start().await;
    assert_eq!(portal.telnyx.pool().await.unwrap().total, 50);
    portal.sandbox.pool(60).await;
    assert_eq!(portal.telnyx.pool().await.unwrap().total, 60);

    let id = portal.sandbox.id_of("enabled").await;
    portal
        .sandbox
        .change_elsewhere(&id, json!({"status": "disabled"}))
        .await;
    assert_eq!(portal.sandbox.account(&id).await["status"], "disabled");
    portal.sandbox.lag(1).await;
    portal.sandbox.forget(&id).await;
    assert_eq!(portal.sandbox.accounts().await.len(), 19);
    portal.sandbox.rate_limit(Some(5)).await;
    portal.sandbox.rate_limit(None).await;
}

#[tokio::test]
async fn staff_is_signed_in_and_the_directory_filled_by_one_word_each() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let id = portal.sandbox.id_of("disabled").await;
    let kept = accounts::by_id(&portal.db, &id.parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        kept.organization_name,
        portal.sandbox.account(&id).await["organization_name"]
            .as_str()
            .unwrap()
    );

    let nobody = portal.browser();
    assert_eq!(nobody.get("/login").await.status, 200);
    let ann = portal.signed_in(Role::Manager).await;
    let left = ann.post("/logout", &[]).await;
    assert!(
        left.status.is_redirection(),
        "{} {}",
        left.status,
        left.text
    );
    assert_eq!(ann.cookies().len(), 0);

    let (one, two) = (
        portal.staff(Role::Viewer).await,
        portal.staff(Role::Viewer).await,
    );
    assert_eq!(
        (one.email.as_str(), two.email.as_str()),
        ("viewer@example.com", "viewer2@example.com")
    );
    assert!(!PASSWORD.is_empty());
}

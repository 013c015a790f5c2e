//! Rules for every answer: headers, hosts, foreign origins, sizes, errors, static files.

use axum::http::Method;
use reseller_portal::domain::role::Role;

use crate::support::Portal;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

#[tokio::test]
async fn every_answer_says_what_a_page_may_do() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Viewer).await;
    for path in [
        "/login",
        "/profile",
        "/nothing/here",
        "/static/app.js",
        "/healthz",
    ] {
        let answer = browser.get(path).await;
        assert_eq!(answer.header("content-security-policy"), POLICY, "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert!(answer.header("permissions-policy").contains("camera=()"));
        assert_eq!(
            answer.header("strict-transport-security"),
            "",
            "plain http promises no https"
        );
        assert_eq!(answer.header("x-request-id").len(), 36);
    }
    let page = browser.get("/profile").await;
    assert_eq!(page.header("cache-control"), "no-store");
    let vary: Vec<_> = page
        .headers
        .get_all("vary")
        .iter()
        .map(|value| value.to_str().unwrap())
        .collect();
    assert!(
        vary.join(",").to_lowercase().contains("hx-request-type"),
        "{vary:?}"
    );
}

#[tokio::test]
async fn over_https_browsers_are_told_to_stay_there() {
    let public = "https://portal.example.com/";
    let portal = Portal::build()
        .settings(|settings| settings.public_url = public.parse().unwrap())
        .start()
        .await;
    let answer = portal.browser().get("/login").await.expect(200);
    assert_eq!(
        answer.header("strict-transport-security"),
        "max-age=63072000; includeSubDomains"
    );
}

#[tokio::test]
async fn a_request_id_is_the_portals_own() {
    let portal = Portal::start().await;
    let browser = portal.browser();
    let answer = browser
        .request(Method::GET, "/login")
        .header("x-request-id", "made-up")
        .send()
        .await;
    assert_ne!(answer.header("x-request-id"), "made-up");
    let page = browser.get("/nothing/here").await.expect(404);
    assert!(page.says(page.header("x-request-id")));
}

#[tokio::test]
async fn a_host_that_is_not_ours_is_misdirected() {
    let portal = Portal::start().await;
    let browser = portal.browser();
    let ask = async |path: &str, host: &str| {
        browser
            .request(Method::GET, path)
            .header("host", host)
            .send()
            .await
    };
    for host in [
        "127.0.0.1:8080",
        "localhost:8080",
        "[::1]:8080",
        "LOCALHOST",
        "127.0.0.1",
    ] {
        ask("/login", host).await.expect(200);
    }
    for (host, status) in [
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost@evil.example", 400),
        ("", 400),
        ("a b", 400),
        ("127.0.0.1:8080/x", 400),
        ("127.0.0.1:8080,evil.example", 400),
        ("127.0.0.1:x", 400),
    ] {
        for path in ["/login", "/static/app.js"] {
            ask(path, host).await.expect(status);
        }
        ask("/healthz", host).await.expect(200);
    }
    assert!(ask("/login", "evil.example").await.says("Wrong address"));

    let public = Portal::build()
        .settings(|settings| {
            settings.public_url = "https://portal.example.com/".parse().unwrap();
            settings.listen = "0.0.0.0:8080".parse().unwrap();
        })
        .start()
        .await;
    let browser = public.browser();
    for (host, status) in [
        ("portal.example.com", 200),
        ("PORTAL.example.com:443", 200),
        ("portal.example.com:8443", 421),
        ("localhost", 421),
        ("127.0.0.1:8080", 421),
    ] {
        browser
            .request(Method::GET, "/login")
            .header("host", host)
            .send()
            .await
            .expect(status);
    }
}

#[tokio::test]
async fn a_request_that_names_two_hosts_or_none_is_refused() {
    let portal = Portal::start().await;
    let browser = portal.browser();
    let login = || browser.request(Method::GET, "/login");
    login()
        .also("host", "127.0.0.1:8080")
        .send()
        .await
        .expect(400);
    login()
        .also("host", "evil.example")
        .send()
        .await
        .expect(400);
    login().without("host").send().await.expect(400);
    login()
        .header("host", "localhost:8080")
        .send()
        .await
        .expect(200);
    let whole = |host: &str| {
        browser
            .request(Method::GET, "/login")
            .target(&format!("http://{host}/login"))
    };
    whole("127.0.0.1:8080").send().await.expect(200);
    whole("127.0.0.1:8080")
        .without("host")
        .send()
        .await
        .expect(200);
    whole("localhost:8080").send().await.expect(400);
    whole("evil.example").send().await.expect(400);
    whole("evil.example")
        .header("host", "evil.example")
        .send()
        .await
        .expect(421);
}

#[tokio::test]
async fn a_form_that_another_site_sent_does_nothing() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Viewer).await;
    let page = browser
        .post_from("https://evil.example", "/logout", &[])
        .await
        .expect(403);
    assert!(page.says("Request from another site"));
    let old = browser
        .request(Method::POST, "/logout")
        .without("sec-fetch-site")
        .header("origin", "https://evil.example");
    old.form(&[]).send().await.expect(403);
    let sibling = browser
        .request(Method::POST, "/logout")
        .header("sec-fetch-site", "same-site");
    sibling.without("origin").form(&[]).send().await.expect(403);
    browser.get("/profile").await.expect(200);
}

#[tokio::test]
async fn errors_are_pages_in_the_frame_and_toasts_in_fragments() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Viewer).await;
    let page = browser.get("/nothing/here").await.expect(404);
    assert_eq!(page.text_of("h1"), "Page not found");
    assert!(page.has("aside.sidebar"));
    let plain = portal.browser().get("/nothing/here").await.expect(404);
    assert_eq!(plain.text_of("h1"), "Page not found");
    assert!(!plain.has("aside.sidebar"));

    let toast = browser.get_fragment("/nothing/here").await.expect(404);
    assert_eq!(toast.header("hx-retarget"), "#toasts");
    assert_eq!(toast.header("hx-reswap"), "beforeend");
    assert!(
        toast
            .text_of(".toast[data-kind=danger] p")
            .starts_with("Page not found")
    );
    assert!(!toast.text.contains("<html"));

    let wrong = browser
        .request(Method::PUT, "/login")
        .send()
        .await
        .expect(405);
    assert_eq!(wrong.text_of("h1"), "Not supported");
    let large = browser
        .request(Method::POST, "/login")
        .form(&[])
        .body("x".repeat(600_000))
        .send()
        .await
        .expect(413);
    assert_eq!(large.text_of("h1"), "Too large");
    let odd = browser
        .request(Method::POST, "/login")
        .body("{}")
        .header("content-type", "application/json")
        .send()
        .await;
    assert_eq!(odd.expect(400).text_of("h1"), "Invalid request");
    browser.get("/profile?%FF=%00&a=b&a=c").await.expect(200);
    browser.get("/login?next=%FF").await.expect(400);
}

#[tokio::test]
async fn a_redirect_is_told_to_htmx_in_its_own_words() {
    let portal = Portal::start().await;
    let answer = portal.browser().get_fragment("/profile").await.expect(200);
    assert_eq!(answer.header("location"), "");
    assert_eq!(
        answer.header("hx-redirect"),
        "/login",
        "the page that asked was the dashboard"
    );
}

#[tokio::test]
async fn static_files_are_found_again_by_their_content_and_set_no_cookie() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Viewer).await;
    let page = browser.get("/profile").await.expect(200);
    let addresses = page.attrs_of("script", "src");
    assert!(!addresses.is_empty() && page.attrs_of("link[rel=stylesheet]", "href").len() > 3);
    for address in addresses
        .iter()
        .chain(&page.attrs_of("link", "href"))
        .chain(&page.attrs_of("use", "href"))
    {
        assert!(address.matches('.').count() >= 2, "{address} has no hash");
        browser.get(address).await.expect(200);
    }
    let answer = browser.get("/static/app.js").await.expect(200);
    assert!(answer.header("content-type").contains("javascript"));
    assert_eq!(answer.header("set-cookie"), "");
    let tag = answer.header("etag").to_owned();
    assert!(!tag.is_empty());
    let again = browser
        .request(Method::GET, "/static/app.js")
        .header("if-none-match", &tag)
        .send()
        .await;
    assert_eq!(again.status, 304);
    let hashed = browser
        .get(reseller_portal::web::assets::asset("/app.js"))
        .await
        .expect(200);
    assert_eq!(hashed.text, answer.text);
    browser.get("/static/none.js").await.expect(404);
    browser.get("/static/../Cargo.toml").await.expect(404);
}

#[tokio::test]
async fn against_anything_but_telnyx_every_page_says_practice() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Viewer).await;
    for path in ["/login", "/profile", "/nothing/here"] {
        let browser = if path == "/login" {
            portal.browser()
        } else {
            portal.signed_in(Role::Viewer).await
        };
        assert_eq!(
            browser.get(path).await.text_of(".banner-practice"),
            "Practice: simulated Telnyx, nothing here is real."
        );
    }
    let real = Portal::build()
        .settings(|settings| {
            settings.telnyx_base = reseller_portal::config::DEFAULT_TELNYX_BASE
                .parse()
                .unwrap();
        })
        .start()
        .await;
    assert!(!real.browser().get("/login").await.has(".banner"));
    drop(browser);
}

#[tokio::test]
async fn a_broken_telnyx_and_a_refused_key_are_told_in_a_bar() {
    use serde_json::json;
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Viewer).await;
    portal
        .sandbox
        .faults(json!([{"path": "/v2/*", "then": {"status": 503}}]))
        .await;
    for _ in 0..3 {
        assert!(portal.telnyx.pool().await.is_err());
    }
    let bar = browser.get("/profile").await.text_of(".banner-warning");
    assert!(
        bar.starts_with("Telnyx has not answered since") && bar.contains("last known data"),
        "{bar}"
    );
    portal
        .sandbox
        .faults(json!([{"path": "/v2/*", "then": {"status": 401}}]))
        .await;
    assert!(portal.telnyx.pool().await.is_err());
    let bar = browser.get("/profile").await.text_of(".banner-danger");
    assert!(bar.contains("Waiting will not help"), "{bar}");
    // Changes are sent, and Telnyx refuses them.
    assert!(bar.contains("Telnyx refuses changes"), "{bar}");
    assert!(!bar.contains("not sent"), "{bar}");
    let card = browser.get("/").await.text_of("#health");
    assert!(card.contains("Refuses the API key"), "{card}");
    portal.sandbox.clear_faults().await;
    assert!(portal.telnyx.pool().await.is_ok());
    assert!(!browser.get("/profile").await.has(".banner-danger"));
}

#[tokio::test]
async fn another_managers_key_is_told_in_a_bar_and_an_empty_note_of_it_is_none() {
    use reseller_portal::db::settings::{self, MANAGER_MISMATCH};
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Viewer).await;
    for (noted, told) in [("other-manager", true), ("", false)] {
        let mut tx = portal.db.begin().await.unwrap();
        settings::set(&mut tx, MANAGER_MISMATCH, noted)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let page = browser.get("/profile").await.expect(200);
        assert_eq!(
            page.has(".banner-danger"),
            told,
            "{noted:?}: {}",
            page.words()
        );
    }
}

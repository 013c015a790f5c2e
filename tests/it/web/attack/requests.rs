//! Requests in disguise.
//! They have headers that claim something, unexpected methods, addresses that layers read
//! differently, or bodies that are too large.

use axum::http::{Method, Uri};
use reseller_portal::domain::role::Role;

use crate::support::{PASSWORD, Portal, Response, routes};
use crate::web::sign_in::sign_in;

/// Headers of a proxy that no one trusts.
const BELIEVE_ME: [(&str, &str); 14] = [
    ("x-forwarded-for", "203.0.113.9"),
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-prefix", "/evil.example"),
    ("x-real-ip", "203.0.113.9"),
    ("forwarded", "for=203.0.113.9;host=evil.example;proto=https"),
    ("x-original-url", "/settings"),
    ("x-rewrite-url", "/settings"),
    ("x-http-method-override", "POST"),
    ("x-http-method", "POST"),
    ("x-method-override", "POST"),
    ("x-forwarded-user", "owner@example.com"),
    ("authorization", "Basic b3duZXJAZXhhbXBsZS5jb206eA=="),
    ("x-csp-nonce", "evil.example"),
];

#[tokio::test]
async fn headers_that_want_to_be_believed_change_nothing() {
    let portal = Portal::start().await;
    let viewer = portal.signed_in(Role::Viewer).await;
    let owner = portal.signed_in(Role::Owner).await;
    let actor = portal.staff(Role::Manager).await;
    let plain = viewer.get("/").await.expect(200);
    for (name, value) in BELIEVE_ME {
        let page = viewer
            .request(Method::GET, "/")
            .header(name, value)
            .send()
            .await
            .expect(200);
        assert_eq!(page.text_of("h1"), plain.text_of("h1"), "{name}");
        assert!(
            !page.text.contains("evil.example") && !page.has("#second-factor-form"),
            "{name}"
        );
        // A GET stays a GET, whatever its headers ask for.
        viewer
            .request(Method::GET, "/logout")
            .header(name, value)
            .send()
            .await
            .expect(405);
        let nobody = portal.browser();
        let led = nobody
            .request(Method::GET, "/accounts")
            .header(name, value)
            .send()
            .await
            .expect(303);
        assert_eq!(led.header("location"), "/login?next=%2Faccounts", "{name}");
        // A link is made only from the public URL.
        let link = owner
            .request(Method::POST, &format!("/staff/{}/link", actor.staff_id))
            .header(name, value);
        let link = link.form(&[]).send().await.expect(200).text_of("#link");
        assert!(link.starts_with("http://127.0.0.1:8080/"), "{name}: {link}");
        let signed_in = nobody.request(Method::POST, "/login").header(name, value);
        let fields = [("email", &*actor.email), ("password", PASSWORD)];
        let signed_in = signed_in.form(&fields).send().await.expect(303);
        assert!(!signed_in.header("set-cookie").contains("Secure"), "{name}");
        let seen = portal.everything().await;
        assert!(
            !seen["audit_events"]
                .iter()
                .any(|row| row.contains("203.0.113.9")),
            "{name}"
        );
    }
}

#[tokio::test]
async fn only_the_methods_that_a_route_has_reach_it_and_no_other_origin_is_allowed() {
    let portal = Portal::start().await;
    let owner = portal.signed_in(Role::Owner).await;
    let before = portal.everything().await;
    let others = [
        "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "X",
    ];
    for route in routes() {
        let address = route.path.replace(['{', '}'], "");
        for method in others {
            let request = owner.request(method.parse().unwrap(), &address);
            let request = request.header("access-control-request-method", "POST");
            let answer = request.send().await;
            assert_eq!(answer.status, 405, "{}", answer.asked);
            assert!(
                !answer.text.contains("access-control-request-method"),
                "{} is no mirror",
                answer.asked
            );
            let allows = answer
                .headers
                .keys()
                .find(|name| name.as_str().starts_with("access-control"));
            assert_eq!(allows, None, "{}", answer.asked);
        }
    }
    assert_eq!(portal.everything().await, before);
    // A preflight from another origin reveals nothing, with or without a session.
    for browser in [&owner, &portal.browser()] {
        let asked = browser
            .request(Method::OPTIONS, "/accounts")
            .header("origin", "https://evil.example");
        let told = asked
            .header("access-control-request-method", "POST")
            .send()
            .await;
        assert!(told.status.is_client_error(), "{}", told.status);
        assert!(
            !told
                .headers
                .keys()
                .any(|name| name.as_str().starts_with("access-control"))
        );
    }
}

#[tokio::test]
async fn a_head_is_a_get_without_its_body() {
    let portal = Portal::start().await;
    let viewer = portal.signed_in(Role::Viewer).await;
    for (browser, path, status) in [
        (&viewer, "/accounts", 200),
        (&viewer, "/staff/new", 403),
        (&portal.browser(), "/accounts", 303),
        (&portal.browser(), "/login", 200),
        (&portal.browser(), "/nothing", 404),
    ] {
        let answer = browser
            .request(Method::HEAD, path)
            .send()
            .await
            .expect(status);
        assert_eq!(answer.text, "", "{path}");
        assert!(
            answer
                .header("content-security-policy")
                .starts_with("default-src 'none'"),
            "{path}"
        );
    }
}

/// Returns ways to write a page's address that could deceive a check.
/// The check might read them differently from the router.
fn tricks(page: &str) -> Vec<String> {
    let name = &page[1..];
    let first = name.as_bytes()[0];
    vec![
        format!("//{name}"),
        format!("///{name}"),
        format!("/./{name}"),
        format!("/login/../{name}"),
        format!("/login/..;/{name}"),
        format!("/static/../{name}"),
        format!("/static/..%2f{name}"),
        format!("/static/%2e%2e/{name}"),
        format!("/healthz/../{name}"),
        format!("/..;/{name}"),
        format!("/%2e/{name}"),
        format!("/%2f{name}"),
        format!("/{name}/"),
        format!("/{name}//"),
        format!("/{name}/."),
        format!("/{name};x=1"),
        format!("/{name}%20"),
        format!("/{name}%00"),
        format!("/{name}%2f"),
        format!("/{name}.html"),
        format!("/{name}%3flogin"),
        format!("/{}", name.to_uppercase()),
        format!("/%{first:02x}{}", &name[1..]),
        format!("/%25{first:02x}{}", &name[1..]),
        format!("http://127.0.0.1:8080/{name}"),
        format!("http://localhost:8080/{name}"),
        format!("http://evil.example/{name}"),
    ]
}

#[tokio::test]
async fn no_way_to_write_an_address_leads_past_the_gate_or_the_role() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let viewer = portal.signed_in(Role::Viewer).await;
    let nobody = portal.browser();
    let marks = |page: &Response| page.has("#second-factor-form") || page.has("aside.sidebar");
    let mut tried = 0;
    for page in ["/settings", "/accounts", "/staff/new", "/accounts/new"] {
        for trick in tricks(page) {
            if trick.parse::<Uri>().is_err() {
                continue;
            }
            let open = nobody.get(&trick).await;
            assert!(
                matches!(open.status.as_u16(), 303 | 308 | 400 | 404 | 421),
                "{trick}: {}",
                open.status
            );
            assert!(!marks(&open), "{trick}");
            if let Some(to) = open.leads_to() {
                // A final slash leads to the page without it, which leads to the sign-in.
                let to_page = open.status == 308 && to == page;
                assert!(to_page || to.starts_with("/login?next="), "{trick}: {to}");
            }
            let sent = nobody.post(&trick, &[("required", "viewer")]).await;
            let refused = sent.status == 308 || sent.status.is_client_error();
            assert!(refused, "{trick}: {}", sent.status);
            let read = viewer.get(&trick).await;
            assert!(
                !read.has("#second-factor-form") && !read.has("form[action='/staff']"),
                "{trick}"
            );
            assert!(read.status.as_u16() < 500, "{trick}");
            tried += 1;
        }
    }
    assert!(tried > 90, "{tried}");
    assert!(
        !viewer
            .get("/static/..%2f..%2fCargo.toml")
            .await
            .text
            .contains("[package]")
    );
}

#[tokio::test]
async fn a_body_that_is_too_much_or_no_form_is_refused_before_it_is_looked_at() {
    let portal = Portal::start().await;
    let owner = portal.signed_in(Role::Owner).await;
    let before = portal.everything().await;
    let nobody = portal.browser();
    let many = "a=b&".repeat(200_000);
    let long = format!("name={}", "x".repeat(600_000));
    for browser in [&owner, &nobody] {
        for path in [
            "/profile",
            "/login",
            "/login/passkey",
            "/setup",
            "/staff",
            "/settings",
        ] {
            for body in [&many, &long] {
                let sent = browser
                    .request(Method::POST, path)
                    .form(&[])
                    .body(body.clone())
                    .send()
                    .await;
                assert_eq!(sent.status, 413, "{path}");
            }
        }
    }
    for (kind, body) in [
        ("application/json", "{\"email\":\"owner@example.com\"}"),
        ("text/plain", "name=Mallory&time_zone=UTC"),
        (
            "multipart/form-data; boundary=x",
            "--x\r\n\r\nname=Mallory\r\n--x--",
        ),
        ("", "name=Mallory&time_zone=UTC"),
        (
            "application/x-www-form-urlencoded-not",
            "name=Mallory&time_zone=UTC",
        ),
    ] {
        let sent = owner
            .request(Method::POST, "/profile")
            .header("content-type", kind)
            .body(body)
            .send()
            .await;
        assert_eq!(sent.status, 400, "{kind}: {}", sent.words());
    }
    // Repeated fields.
    let twice = owner.request(Method::POST, "/profile").form(&[
        ("name", "A"),
        ("name", "B"),
        ("time_zone", "UTC"),
    ]);
    twice.send().await.expect(400);
    assert_eq!(portal.everything().await, before);
}

#[tokio::test]
async fn what_a_client_says_of_itself_is_text_and_not_of_any_length() {
    let portal = Portal::start().await;
    let actor = portal.staff(Role::Viewer).await;
    let browser = portal.browser();
    let name = format!("<script>alert(1)</script>{}", "x".repeat(5_000));
    let request = browser
        .request(Method::POST, "/login")
        .header("user-agent", &name);
    let fields = [("email", &*actor.email), ("password", PASSWORD)];
    request.form(&fields).send().await.expect(303);
    let page = browser.get("/profile").await.expect(200);
    assert!(!page.has("#devices script"));
    assert!(!page.text.contains(&"x".repeat(400)));
    // Text that imitates a line of the log or the audit.
    let email = "a@example.com\r\n2026-01-01 INFO signed in as owner@example.com";
    sign_in(&portal.browser(), email, "wrong").await.expect(422);
    let told = portal.everything().await["audit_events"].join("\n");
    assert!(told.contains("a@example.com2026-01-01"), "{told}");
}

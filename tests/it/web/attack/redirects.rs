//! Redirects after a sign-in never lead to another site, however one signs in.

use std::time::Duration;

use axum::http::Method;
use reseller_portal::domain::role::Role;
use url::Url;

use crate::support::{Browser, PASSWORD, Response};
use crate::web::factors;

/// Returns addresses that browsers or parsers have been known to take for another host.
fn nasty() -> Vec<String> {
    let mut all: Vec<String> = [
        "//evil.example",
        "///evil.example",
        "////evil.example//",
        "/\\evil.example",
        "\\/evil.example",
        "\\\\evil.example",
        "/\\/evil.example",
        "https://evil.example",
        "https:evil.example",
        "https:/evil.example",
        "HtTpS://evil.example",
        "http://localhost:8080@evil.example/",
        "//localhost:8080@evil.example/",
        "/@evil.example/..//evil.example",
        "@evil.example",
        ".evil.example",
        "/.//evil.example",
        "/..//evil.example",
        "/x/..//evil.example",
        "/x/../..//evil.example",
        "/%2e%2e//evil.example",
        "/.%2e//evil.example",
        "/%2f/evil.example/..//evil.example",
        "%2f%2fevil.example",
        "%68ttps://evil.example",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,evil",
        "vbscript:evil",
        "//evil.example%00",
        "//evil%E3%80%82example",
        "/\u{2028}/evil.example",
        "\u{ff0f}\u{ff0f}evil.example",
        "/\u{ff0f}evil.example",
        "//\u{2215}evil.example",
        "ws://evil.example",
        "///\\;@evil.example",
        "//0x7f000001/",
        "//[::1]/",
        "?//evil.example",
        "#//evil.example",
    ]
    .map(str::to_owned)
    .to_vec();
    // White space and control characters that browsers drop.
    for c in [
        '\t', '\n', '\r', '\0', '\u{b}', '\u{c}', ' ', '\u{a0}', '\u{85}', '\u{feff}', '\u{200b}',
    ] {
        all.extend([
            format!("/{c}/evil.example"),
            format!("{c}//evil.example"),
            format!("//{c}evil.example"),
            format!("{c}https://evil.example"),
            format!("java{c}script:alert(1)"),
        ]);
    }
    // Line breaks that would end the header.
    all.push("/a\r\nLocation: https://evil.example".to_owned());
    all.push("/a%0d%0aSet-Cookie:%20portal=evil".to_owned());
    all.push(format!("/{}//evil.example", "a".repeat(100_000)));
    all
}

/// Asserts that a browser would follow this redirect to the portal.
#[track_caller]
fn stays(answer: &Response, next: &str) {
    let to = answer
        .leads_to()
        .unwrap_or_else(|| panic!("{next:?}: {} {}", answer.status, answer.words()));
    let here = Url::parse("http://localhost:8080/login").unwrap();
    let led = here.join(&to).unwrap();
    assert_eq!(led.origin(), here.origin(), "{next:?} leads to {to:?}");
    assert!(
        to.starts_with('/') && !to.starts_with("//") && !to.contains('\\'),
        "{next:?} leads to {to:?}"
    );
    assert!(
        !to.chars().any(char::is_control),
        "{next:?} leads to {to:?}"
    );
    assert_eq!(
        answer
            .headers
            .get_all("set-cookie")
            .iter()
            .filter(|cookie| cookie.to_str().unwrap().contains("evil"))
            .count(),
        0
    );
}

/// Asserts that no link or hidden field of the page leads to another site.
#[track_caller]
fn names_none(page: &Response, next: &str) {
    let named = [
        page.attrs_of("a", "href"),
        page.attrs_of("form", "action"),
        page.attrs_of("input[name=next], input[name=kept_page]", "value"),
    ];
    for to in named.concat() {
        assert!(
            to.is_empty()
                || to == "#main"
                || (to.starts_with('/') && !to.starts_with("//") && !to.starts_with("/\\")),
            "{next:?}: {to:?}"
        );
    }
}

async fn send(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> Response {
    browser.post(path, fields).await
}

#[tokio::test]
async fn no_address_leads_away_after_the_password() {
    let portal = factors::portal().await;
    portal.staff(Role::Viewer).await;
    let who = [("email", "viewer@example.com"), ("password", PASSWORD)];
    for next in nasty() {
        // Late enough that the wrong passwords below are not throttled.
        portal.advance(Duration::from_hours(2));
        let browser = portal.browser();
        let query = paths_query(&next);
        names_none(&browser.get(&query).await.expect(200), &next);
        let wrong = [
            ("email", "viewer@example.com"),
            ("password", "wrong"),
            ("next", &next),
        ];
        names_none(&send(&browser, "/login", &wrong).await.expect(422), &next);
        for field in ["next", "kept_page"] {
            let browser = portal.browser();
            let fields = [&who[..], &[(field, &*next), ("kept", "a=b")]].concat();
            stays(&send(&browser, "/login", &fields).await.expect(303), &next);
            // Signed in already.
            stays(&browser.get(&query).await.expect(303), &next);
        }
    }
}

fn paths_query(next: &str) -> String {
    reseller_portal::web::paths::with_query("/login", [("next", next.get(..5_000).unwrap_or(next))])
}

#[tokio::test]
async fn no_address_leads_away_after_a_code_or_a_passkey() {
    let portal = factors::portal().await;
    let (actor, _, codes) = factors::with_app(&portal, Role::Viewer).await;
    let (_, mut passkey) = factors::with_passkey(&portal, Role::Owner).await;
    let mut codes = codes.into_iter();
    for (number, next) in nasty().into_iter().enumerate() {
        let browser = portal.browser();
        let asked = factors::challenge(&browser, "/login/passkey/challenge").await;
        let said = passkey.assert(&asked);
        let ceremony = asked["ceremony"].as_str().unwrap();
        let fields = [
            ("ceremony", ceremony),
            ("answer", &*said),
            ("next", &*next),
            ("kept_page", &*next),
        ];
        stays(
            &send(&browser, "/login/passkey", &fields).await.expect(303),
            &next,
        );
        names_none(
            &send(&browser, "/login/passkey", &fields).await.expect(422),
            &next,
        );
        // There are only ten recovery codes. Some of the addresses are enough, because the check is
        // the same.
        if number % 12 == 0 {
            let Some(code) = codes.next() else { continue };
            let browser = portal.browser();
            let fields = [
                ("email", &*actor.email),
                ("password", PASSWORD),
                ("next", &next),
                ("kept_page", &next),
                ("kept", "a=b"),
            ];
            send(&browser, "/login", &fields).await.expect(303);
            names_none(
                &browser.get("/login/second-factor").await.expect(200),
                &next,
            );
            stays(
                &send(&browser, "/login/second-factor", &[("code", &code)])
                    .await
                    .expect(303),
                &next,
            );
        }
    }
}

#[tokio::test]
async fn no_address_leads_away_after_proving_who_it_is_or_from_where_a_form_was() {
    let portal = factors::portal().await;
    portal.sweep().await;
    let owner = portal.signed_in(Role::Owner).await;
    let id = portal.sandbox.id_of("enabled").await;
    let limit = format!("/accounts/{id}/channel-limit");
    for next in nasty() {
        let page = owner
            .get(&paths_query(&next).replace("/login", "/step-up"))
            .await
            .expect(200);
        names_none(&page, &next);
        let fields = [("password", PASSWORD), ("next", &*next)];
        stays(&send(&owner, "/step-up", &fields).await.expect(303), &next);

        let page = owner
            .get(&reseller_portal::web::paths::with_query(
                &limit,
                [("return_to", next.get(..5_000).unwrap_or(&next))],
            ))
            .await
            .expect(200);
        names_none(&page, &next);

        // The page of a form, according to the browser: one of the portal's, or none.
        if let Ok(said) = axum::http::HeaderValue::from_str(&next) {
            let said = said.to_str().unwrap_or_default();
            for name in ["referer", "hx-current-url"] {
                let nobody = portal.browser();
                let request = nobody
                    .request(Method::POST, "/profile")
                    .form(&[("name", "Ann")]);
                let request = request.header("hx-request", "true").header(name, said);
                names_none(&request.send().await.expect(401), &next);
                let request = nobody
                    .request(Method::GET, "/profile")
                    .header("hx-request", "true");
                stays(&request.header(name, said).send().await, &next);
            }
        }
    }
}

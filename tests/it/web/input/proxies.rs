//! Client's address, in every form that proxies write.

use std::time::Duration;

use axum::http::Method;
use reseller_portal::db::settings;
use reseller_portal::domain::audit::EventKind;
use reseller_portal::domain::proxy::{ForwardedHeader, UnreadableHeader};
use reseller_portal::domain::role::Role;

use crate::support::{Log, PASSWORD, Portal};
use crate::web::sign_in::events;

async fn behind(header: Option<ForwardedHeader>) -> Portal {
    let portal = Portal::build()
        .settings(move |settings| {
            settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
            settings.forwarded_header = header;
        })
        .start()
        .await;
    portal.staff(Role::Viewer).await;
    portal
}

async fn sign_in(portal: &Portal, sent: &[(&str, &[u8])], password: &str) -> u16 {
    let browser = portal.browser();
    let mut request = browser.request(Method::POST, "/login");
    for (name, value) in sent {
        request = request.raw_header(name, value);
    }
    let fields = [("email", "viewer@example.com"), ("password", password)];
    request.form(&fields).send().await.status.as_u16()
}

async fn kept(portal: &Portal) -> Option<UnreadableHeader> {
    portal.app.tasks.close();
    portal.app.tasks.wait().await;
    portal.app.tasks.reopen();
    let text = settings::value(&portal.db, settings::UNREADABLE_PROXY_HEADER)
        .await
        .unwrap();
    text.map(|text| serde_json::from_str(&text).unwrap())
}

#[tokio::test]
async fn a_client_is_recorded_by_its_address_in_every_form_that_proxies_write() {
    let portal = behind(None).await;
    for (name, value, address) in [
        ("x-forwarded-for", "203.0.113.9:51234", "203.0.113.9"),
        ("x-forwarded-for", "[2001:db8::1]:443", "2001:db8::1"),
        ("x-forwarded-for", "\"203.0.113.10\"", "203.0.113.10"),
        ("x-forwarded-for", "nonsense, 203.0.113.11 ", "203.0.113.11"),
        (
            "x-forwarded-for",
            "[fe80::7%25eth0]:1, 127.0.0.2:80",
            "fe80::7",
        ),
        ("forwarded", "for=203.0.113.12;proto=https", "203.0.113.12"),
        (
            "forwarded",
            "for=_x, For=\"[2001:db8::2]:4711\";host=\"a,b;c\"",
            "2001:db8::2",
        ),
    ] {
        assert_eq!(
            sign_in(&portal, &[(name, value.as_bytes())], PASSWORD).await,
            303,
            "{value}"
        );
        let told = events(&portal, EventKind::SignIn).await;
        assert_eq!(told[0].address.as_deref(), Some(address), "{name}: {value}");
    }
    assert_eq!(kept(&portal).await, None);
}

#[tokio::test]
async fn a_header_that_the_proxy_does_not_write_is_not_believed() {
    for (header, sent, address) in [
        (
            Some(ForwardedHeader::XForwardedFor),
            "203.0.113.1",
            "203.0.113.1",
        ),
        (
            Some(ForwardedHeader::Forwarded),
            "203.0.113.1",
            "198.51.100.2",
        ),
        (None, "203.0.113.1", "127.0.0.1"),
        (None, "198.51.100.2", "198.51.100.2"),
    ] {
        let portal = behind(header).await;
        let sent = [
            ("x-forwarded-for", sent.as_bytes()),
            ("forwarded", b"for=198.51.100.2".as_slice()),
        ];
        assert_eq!(sign_in(&portal, &sent, PASSWORD).await, 303);
        let told = events(&portal, EventKind::SignIn).await;
        assert_eq!(told[0].address.as_deref(), Some(address), "{header:?}");
    }
}

#[tokio::test]
async fn an_address_that_cannot_be_read_is_logged_once_a_minute_and_kept_for_check() {
    let portal = behind(None).await;
    let (log, _guard) = Log::keep("reseller_portal=warn");
    let evil: &[u8] = b"unknown\xff \tERROR forged";
    let lines = |log: &Log| {
        log.lines()
            .iter()
            .filter(|line| line.contains("does not say for whom"))
            .count()
    };
    for _ in 0..5 {
        assert_eq!(
            sign_in(&portal, &[("forwarded", b"for=_hidden")], PASSWORD).await,
            303
        );
    }
    assert_eq!(lines(&log), 1, "{}", log.text());
    let found = kept(&portal).await.unwrap();
    assert_eq!(
        (found.proxy.to_string().as_str(), found.said.as_str()),
        ("127.0.0.1", "_hidden")
    );

    portal.advance(Duration::from_secs(61));
    assert_eq!(
        sign_in(&portal, &[("x-forwarded-for", evil)], PASSWORD).await,
        303
    );
    assert_eq!(lines(&log), 2, "{}", log.text());
    assert!(kept(&portal).await.unwrap().said.starts_with("unknown"));
    let told = events(&portal, EventKind::SignIn).await;
    assert_eq!(told[0].address.as_deref(), Some("127.0.0.1"));
}

#[tokio::test]
async fn clients_of_a_proxy_that_does_not_name_them_are_not_kept_out_by_a_stranger_for_long() {
    let portal = behind(None).await;
    let hidden: [(&str, &[u8]); 1] = [("forwarded", b"for=_hidden")];
    for number in 0..40 {
        let browser = portal.browser();
        let request = browser
            .request(Method::POST, "/login")
            .raw_header("forwarded", b"for=_hidden");
        let email = format!("who{number}@example.com");
        let fields = [("email", email.as_str()), ("password", "guess")];
        request.form(&fields).send().await.expect(422);
    }
    assert_eq!(sign_in(&portal, &hidden, PASSWORD).await, 303);
}

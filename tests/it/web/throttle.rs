//! Cost of guessing: delays by account and by address that lock no one else out.

use std::time::Duration;

use reseller_portal::domain::audit::EventKind;
use reseller_portal::domain::role::Role;

use super::sign_in::{events, sign_in};
use crate::support::{PASSWORD, Portal};

#[tokio::test]
async fn who_guesses_for_an_account_waits_longer_each_time_but_never_longer_than_a_minute() {
    let portal = Portal::start().await;
    portal.staff(Role::Owner).await;
    let mut waits = Vec::new();
    for number in 0..14 {
        let guesser = portal.browser().at(&format!("198.51.100.{number}"));
        let answer = sign_in(&guesser, "owner@example.com", "guess").await;
        assert_eq!(answer.status, 422, "{}", answer.words());
        let other = portal.browser().at("192.0.2.99");
        let held = sign_in(&other, "owner@example.com", "guess").await;
        if held.status == 429 {
            let wait: u64 = held.header("retry-after").parse().unwrap();
            assert!(
                held.says(&format!(
                    "Too many failed attempts. Try again in {wait} second"
                )),
                "{}",
                held.words()
            );
            waits.push(wait);
            portal.advance(Duration::from_secs(wait));
        }
    }
    assert_eq!(waits.first(), Some(&1));
    assert!(
        waits.is_sorted() && waits.iter().max() == Some(&60),
        "{waits:?}"
    );
    // The right password waits no longer than that either.
    portal.advance(Duration::from_mins(1));
    sign_in(
        &portal.browser().at("192.0.2.50"),
        "owner@example.com",
        PASSWORD,
    )
    .await
    .expect(303);
}

#[tokio::test]
async fn guesses_from_elsewhere_do_not_keep_an_owner_out_where_they_are_at_home() {
    let portal = Portal::start().await;
    portal.staff(Role::Owner).await;
    let home = || portal.browser().at("203.0.113.5");
    sign_in(&home(), "owner@example.com", PASSWORD)
        .await
        .expect(303);
    for number in 0..30 {
        sign_in(
            &portal.browser().at(&format!("198.51.100.{number}")),
            "owner@example.com",
            "guess",
        )
        .await;
    }
    assert_eq!(
        sign_in(
            &portal.browser().at("192.0.2.1"),
            "owner@example.com",
            PASSWORD
        )
        .await
        .status,
        429
    );
    sign_in(&home(), "owner@example.com", PASSWORD)
        .await
        .expect(303);
}

#[tokio::test]
async fn an_address_that_guesses_waits_for_every_account_and_forwarded_addresses_count_from_trusted_proxies_only()
 {
    let portal = Portal::start().await;
    portal.staff(Role::Viewer).await;
    let attacker = portal.browser().at("198.51.100.7");
    for number in 0..11 {
        let answer = attacker
            .request(axum::http::Method::POST, "/login")
            .header("x-forwarded-for", &format!("10.1.1.{number}"))
            .form(&[
                ("email", &format!("who{number}@example.com")),
                ("password", "guess"),
            ])
            .send()
            .await;
        assert_eq!(answer.status, 422);
    }
    assert_eq!(
        sign_in(&attacker, "viewer@example.com", PASSWORD)
            .await
            .status,
        429
    );
    sign_in(&portal.browser(), "viewer@example.com", PASSWORD)
        .await
        .expect(303);

    let behind = Portal::build()
        .settings(|settings| settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()])
        .start()
        .await;
    behind.staff(Role::Viewer).await;
    let through = async |address: &str, password: &str| {
        let browser = behind.browser();
        let request = browser
            .request(axum::http::Method::POST, "/login")
            .header("x-forwarded-for", address);
        request
            .form(&[("email", "viewer@example.com"), ("password", password)])
            .send()
            .await
            .status
    };
    for _ in 0..11 {
        behind.advance(Duration::from_secs(61));
        assert_eq!(through("198.51.100.7", "guess").await, 422);
    }
    behind.advance(Duration::from_millis(500));
    assert_eq!(through("198.51.100.7", PASSWORD).await, 429);
    behind.advance(Duration::from_secs(61));
    assert_eq!(through("203.0.113.1", PASSWORD).await, 303);
}

#[tokio::test]
async fn tries_that_are_held_back_are_counted_in_one_event_a_minute() {
    let portal = Portal::start().await;
    portal.staff(Role::Viewer).await;
    let fail = async || {
        let browser = portal.browser().at("198.51.100.7");
        sign_in(&browser, "viewer@example.com", "guess")
            .await
            .status
    };
    for number in 0..11 {
        portal.advance(Duration::from_secs(61));
        assert_eq!(fail().await, 422, "{number}");
    }
    let before = events(&portal, EventKind::SignInFailed).await.len();
    for _ in 0..20 {
        assert_eq!(fail().await, 429);
    }
    let told = events(&portal, EventKind::SignInFailed).await;
    assert_eq!(told.len(), before + 1);
    assert!(told[0].message.contains("Blocked"), "{}", told[0].message);
    portal.advance(Duration::from_secs(61));
    assert_eq!(fail().await, 422);
    assert_eq!(fail().await, 429);
    let told = events(&portal, EventKind::SignInFailed).await;
    assert!(
        told[0].message.starts_with("20 attempts blocked"),
        "{}",
        told[0].message
    );
}

#[tokio::test]
async fn the_last_tries_that_were_held_back_are_told_although_none_came_after_them() {
    let portal = Portal::start().await;
    portal.staff(Role::Viewer).await;
    for number in 0..11 {
        portal.advance(Duration::from_secs(61));
        let guesser = portal.browser().at(&format!("198.51.100.{number}"));
        sign_in(&guesser, "viewer@example.com", "guess")
            .await
            .expect(422);
    }
    let elsewhere = portal.browser().at("2001:db8:1:2::7");
    for number in 0..11 {
        let email = format!("who{number}@example.com");
        sign_in(&elsewhere, &email, "guess").await.expect(422);
    }
    for _ in 0..8 {
        sign_in(&elsewhere, "who@example.com", "guess")
            .await
            .expect(429);
        let anywhere = portal.browser().at("203.0.113.9");
        sign_in(&anywhere, "viewer@example.com", "guess")
            .await
            .expect(429);
    }
    let told = async || {
        let told = events(&portal, EventKind::SignInFailed).await;
        let told = told.into_iter().filter(|event| {
            event.message.contains("locked: ") || event.message.contains("blocked: ")
        });
        told.map(|event| {
            (
                event.target,
                event.address.unwrap_or_default(),
                event.message,
            )
        })
        .collect::<Vec<_>>()
    };
    let expire = || reseller_portal::jobs::expiry_once(&portal);
    expire().await.unwrap();
    assert_eq!(
        told().await.len(),
        2,
        "the others of this minute are told when it is over"
    );
    // Long after, failures that were not reported yet are not forgotten.
    portal.advance(Duration::from_hours(2));
    expire().await.unwrap();
    let mut last = told().await;
    last.truncate(2);
    last.sort();
    let words = "7 attempts blocked: too many failures before.";
    let line =
        |target: &str, address: &str| (target.to_owned(), address.to_owned(), words.to_owned());
    assert_eq!(
        last,
        [
            line("Any email address", "2001:db8:1:2::/64"),
            line("viewer@example.com", "")
        ]
    );
    portal.advance(Duration::from_hours(2));
    expire().await.unwrap();
    assert_eq!(told().await.len(), 4, "each is told once");
}

#[tokio::test]
async fn when_too_many_passwords_wait_the_next_is_told_so_at_once_and_does_not_count_as_a_failure()
{
    let portal = Portal::start().await;
    let actor = portal.staff(Role::Owner).await;
    let browser = portal.signed_in_as(&actor).await;
    let room = portal.password_permits.available_permits();
    let others = portal
        .password_permits
        .try_acquire_many(u32::try_from(room).unwrap())
        .unwrap();
    let elsewhere = portal.browser().at("198.51.100.7");
    for _ in 0..30 {
        let busy = sign_in(&elsewhere, "owner@example.com", PASSWORD)
            .await
            .expect(503);
        assert_eq!(busy.header("retry-after"), "5");
        assert!(busy.says("Try again in a few seconds."), "{}", busy.words());
        assert_eq!(
            busy.form("form.form").value("email"),
            Some("owner@example.com")
        );
        assert!(!busy.text.contains(PASSWORD));
    }
    let fields = [
        ("present_password", PASSWORD),
        ("password", "a new and longer password"),
        ("password_again", "a new and longer password"),
    ];
    for _ in 0..6 {
        let busy = browser.post("/profile/password", &fields).await.expect(503);
        assert_eq!(busy.header("retry-after"), "5");
        assert!(busy.says("Nothing was changed."), "{}", busy.words());
    }
    drop(others);
    sign_in(&elsewhere, "owner@example.com", PASSWORD)
        .await
        .expect(303);
    browser.post("/profile/password", &fields).await.expect(303);
}

#[tokio::test]
async fn many_guesses_at_once_are_no_more_than_one_after_the_other() {
    let portal = Portal::start().await;
    portal.staff(Role::Viewer).await;
    let mut at_once = tokio::task::JoinSet::new();
    for number in 0..20 {
        let browser = portal.browser().at(&format!("198.51.100.{number}"));
        at_once.spawn(async move {
            sign_in(&browser, "viewer@example.com", "guess")
                .await
                .status
                .as_u16()
        });
    }
    let answers = at_once.join_all().await;
    assert_eq!(
        answers.iter().filter(|status| **status == 422).count(),
        5,
        "{answers:?}"
    );
    assert_eq!(answers.iter().filter(|status| **status == 429).count(), 15);
}

#[tokio::test]
async fn an_ipv6_site_is_held_back_as_a_whole_however_many_networks_it_has() {
    let portal = Portal::start().await;
    portal.staff(Role::Owner).await;
    for number in 0..101 {
        let guesser = portal.browser().at(&format!("2001:db8:1:{number:x}::1"));
        let answer = sign_in(&guesser, &format!("who{number}@example.com"), "guess").await;
        assert_eq!(answer.status, 422, "{number}");
    }
    let fresh = portal.browser().at("2001:db8:1:ffff::1");
    let held = sign_in(&fresh, "owner@example.com", PASSWORD)
        .await
        .expect(429);
    assert!(held.header("retry-after").parse::<u64>().unwrap() <= 60);
    // Another site and an IPv4 address are not held back. This one is, for at most a minute.
    for elsewhere in ["2001:db8:2:1::1", "198.51.100.7"] {
        let browser = portal.browser().at(elsewhere);
        sign_in(&browser, "owner@example.com", PASSWORD)
            .await
            .expect(303);
    }
    portal.advance(Duration::from_mins(1));
    sign_in(&fresh, "owner@example.com", PASSWORD)
        .await
        .expect(303);
}

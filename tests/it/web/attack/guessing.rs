//! Ten thousand wrong passwords.
//! Tests how many of them are checked, that no one else is locked out, that the answers reveal
//! nothing, and what remains stored.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::Method;
use futures::StreamExt;
use reseller_portal::db::staff;
use reseller_portal::domain::audit::EventKind;
use reseller_portal::domain::ids::StaffId;
use reseller_portal::domain::role::Role;

use crate::support::{PASSWORD, Portal, Response, password_hash};
use crate::web::factors;
use crate::web::sign_in::{events, sign_in};

const MANY: u32 = 10_000;
/// Numbers of guesses that are checked before a wait: from one address, and for one account.
const LOOKED_AT_FROM_ADDRESS: usize = 11;
const LOOKED_AT_FOR_ACCOUNT: usize = 5;

/// Starts a portal behind a proxy that states the client's address.
/// It has a host name, so that passkeys work.
async fn behind_a_proxy() -> Portal {
    Portal::build()
        .settings(|settings| {
            settings.public_url = "http://localhost:8080".parse().unwrap();
            settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        })
        .start()
        .await
}

/// Sends a guess through the proxy.
async fn guess(portal: &Portal, from: &str, email: &str, password: &str) -> Response {
    let browser = portal.browser();
    let request = browser
        .request(Method::POST, "/login")
        .header("x-forwarded-for", from);
    request
        .form(&[("email", email), ("password", password)])
        .send()
        .await
}

/// Sends many guesses, some at once. Returns the number of answers by status.
async fn storm(
    portal: &Portal,
    numbers: std::ops::Range<u32>,
    who: impl Fn(u32) -> (String, String),
) -> BTreeMap<u16, usize> {
    let tries = numbers.map(|number| {
        let (from, email) = who(number);
        async move {
            guess(portal, &from, &email, "not the password")
                .await
                .status
                .as_u16()
        }
    });
    let mut answers = BTreeMap::new();
    let mut tries = futures::stream::iter(tries).buffer_unordered(16);
    while let Some(status) = tries.next().await {
        *answers.entry(status).or_default() += 1;
    }
    answers
}

/// Returns a different IP address for each number.
fn address(number: u32) -> String {
    std::net::Ipv4Addr::from(u32::from(std::net::Ipv4Addr::new(198, 18, 0, 0)) + number).to_string()
}

/// Returns the number of rows in the throttle's table.
async fn counts(portal: &Portal) -> usize {
    portal.everything().await["throttles"].len()
}

#[tokio::test]
async fn of_ten_thousand_wrong_passwords_from_one_address_eleven_are_looked_at() {
    let portal = behind_a_proxy().await;
    portal.staff(Role::Manager).await;
    let who = |number: u32| {
        (
            "203.0.113.66".to_owned(),
            format!("who{}@example.com", number % 500),
        )
    };
    let answers = storm(&portal, 0..MANY, who).await;
    let held = MANY as usize - LOOKED_AT_FROM_ADDRESS;
    assert_eq!(
        answers,
        BTreeMap::from([(422, LOOKED_AT_FROM_ADDRESS), (429, held)])
    );

    // From this address, no one can sign in. From others, everyone can.
    let email = "manager@example.com";
    assert_eq!(
        guess(&portal, "203.0.113.66", email, PASSWORD).await.status,
        429
    );
    assert_eq!(
        guess(&portal, "203.0.113.67", email, PASSWORD).await.status,
        303
    );

    // The audit has the failures and one event for the rest. After the minute, it has another.
    assert_eq!(
        events(&portal, EventKind::SignInFailed).await.len(),
        LOOKED_AT_FROM_ADDRESS + 1
    );
    portal.advance(Duration::from_mins(1));
    reseller_portal::jobs::expiry_once(&portal).await.unwrap();
    let told = events(&portal, EventKind::SignInFailed).await;
    assert_eq!(told.len(), LOOKED_AT_FROM_ADDRESS + 2);
    let words = format!("{held} attempts blocked: too many failures before.");
    assert_eq!(
        (told[0].message.as_str(), told[0].address.as_deref()),
        (&*words, Some("203.0.113.66"))
    );
    // Guesses that were not checked leave nothing behind.
    assert!(counts(&portal).await < 20, "{}", counts(&portal).await);
    portal.advance(Duration::from_hours(2));
    reseller_portal::jobs::expiry_once(&portal).await.unwrap();
    // The row that remembers the manager's usual address.
    assert_eq!(counts(&portal).await, 1);
}

#[tokio::test]
async fn of_ten_thousand_wrong_passwords_for_one_account_from_many_addresses_five_are_looked_at_and_its_owner_comes_in()
 {
    let portal = behind_a_proxy().await;
    let (actor, mut passkey) = factors::with_passkey(&portal, Role::Owner).await;
    let other = portal.staff(Role::Manager).await;
    // The usual address is one from which they have signed in before.
    let home = portal.browser().at("127.0.0.9");
    factors::sign_in_with(&home, &mut passkey).await.expect(303);

    let who = |number: u32| (address(number), actor.email.clone());
    let mut answers = storm(&portal, 0..MANY / 2, who).await;
    // In between, they sign in by passkey: from an unknown address, and from one that guesses.
    for place in ["192.0.2.4", "198.18.0.1"] {
        let owner = portal.browser().at(place);
        factors::sign_in_with(&owner, &mut passkey)
            .await
            .expect(303);
        owner.get("/accounts").await.expect(200);
    }
    for (status, number) in storm(&portal, MANY / 2..MANY, who).await {
        *answers.entry(status).or_default() += number;
    }
    let held = MANY as usize - answers[&422];
    assert_eq!(answers, BTreeMap::from([(422, answers[&422]), (429, held)]));
    // A sign-in clears the account's count, so the guesser gets as many attempts again.
    assert!(answers[&422] <= 3 * LOOKED_AT_FOR_ACCOUNT, "{answers:?}");
    // A password works from the usual address too, because the account has a separate count there.
    // Other people are not locked out at all.
    let second = sign_in(&home, &actor.email, PASSWORD).await.expect(303);
    assert_eq!(second.header("location"), "/login/second-factor");
    assert_eq!(
        guess(&portal, "192.0.2.5", &other.email, PASSWORD)
            .await
            .status,
        303
    );

    let told = events(&portal, EventKind::SignInFailed).await;
    assert!(told.len() <= answers[&422] + 3, "{} events", told.len());
    portal.advance(Duration::from_mins(1));
    reseller_portal::jobs::expiry_once(&portal).await.unwrap();
    assert!(counts(&portal).await < 30, "{}", counts(&portal).await);
}

/// Adds a person who cannot sign in with a password.
/// They are disabled, or invited and without a password.
async fn without(portal: &Portal, email: &str, disabled: bool) {
    let now = portal.clock.now();
    let id = StaffId::new(now);
    let mut tx = portal.db.begin().await.unwrap();
    staff::insert(
        &mut tx,
        id,
        &email.parse().unwrap(),
        "Someone",
        Role::Viewer,
        now,
    )
    .await
    .unwrap();
    if disabled {
        staff::set_password(&mut tx, id, password_hash(), now)
            .await
            .unwrap();
        staff::set_disabled(&mut tx, id, Some(now)).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn nothing_tells_whether_an_account_exists_is_disabled_or_has_no_password_yet() {
    let portal = behind_a_proxy().await;
    portal.staff(Role::Owner).await;
    factors::with_app(&portal, Role::Manager).await;
    without(&portal, "disabled@example.com", true).await;
    without(&portal, "invited@example.com", false).await;
    let emails = [
        "owner@example.com",
        "manager@example.com",
        "disabled@example.com",
        "invited@example.com",
        "nobody@example.com",
    ];
    let mut seen = Vec::new();
    for (place, email) in (0..).zip(emails) {
        let mut answers = Vec::new();
        for number in 0..8 {
            let answer = guess(
                &portal,
                &address(100 * place + number),
                email,
                "not the password",
            )
            .await;
            let mut headers = answer.headers.clone();
            headers.remove("x-request-id").unwrap();
            headers.remove("content-length").unwrap();
            let text = answer
                .text
                .replace(email, "WHO")
                .replace(&email.replace('@', "&#64;"), "WHO");
            answers.push((answer.status, format!("{headers:?}"), text));
        }
        seen.push(answers);
    }
    for (email, answers) in emails.iter().zip(&seen) {
        assert_eq!(answers, &seen[0], "{email}");
    }
    let statuses: Vec<u16> = seen[0].iter().map(|(status, ..)| status.as_u16()).collect();
    assert_eq!(statuses, [422, 422, 422, 422, 422, 429, 429, 429]);

    // The right password of a disabled person gets the same answer as a wrong one.
    portal.advance(Duration::from_mins(2));
    let right = guess(&portal, "192.0.2.7", "disabled@example.com", PASSWORD)
        .await
        .expect(422);
    assert_eq!(right.text_of("[role=alert]"), "Email or password is wrong.");
}

#[tokio::test]
async fn a_password_is_hashed_as_often_for_an_account_that_does_not_exist_and_never_when_held_back()
{
    let portal = behind_a_proxy().await;
    portal.staff(Role::Owner).await;
    without(&portal, "disabled@example.com", true).await;
    without(&portal, "invited@example.com", false).await;
    // If all hashing slots are taken, everyone gets the same answer: the portal is busy.
    let room = u32::try_from(portal.password_permits.available_permits()).unwrap();
    let taken = portal.password_permits.try_acquire_many(room).unwrap();
    let emails = [
        "owner@example.com",
        "disabled@example.com",
        "invited@example.com",
        "nobody@example.com",
        "",
        "no address",
    ];
    for (place, email) in (0..).zip(emails) {
        let answer = guess(&portal, &address(place), email, "not the password").await;
        assert_eq!(
            answer.status, 503,
            "{email:?} is not looked at like the others"
        );
    }
    drop(taken);
    for number in 0..LOOKED_AT_FROM_ADDRESS {
        let email = format!("who{number}@example.com");
        assert_eq!(
            guess(&portal, "203.0.113.66", &email, "no").await.status,
            422
        );
    }
    let _taken = portal.password_permits.try_acquire_many(room).unwrap();
    for email in emails {
        assert_eq!(
            guess(&portal, "203.0.113.66", email, PASSWORD).await.status,
            429,
            "{email:?}"
        );
    }
}

//! Changes that people make to their own profile.

use std::time::Duration;

use reseller_portal::domain::role::Role;

use crate::support::{PASSWORD, Portal};

const NEW: &str = "a new and longer password";

#[tokio::test]
async fn name_and_time_zone_are_kept_and_times_are_shown_in_it() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Viewer).await;
    let page = browser.get("/profile").await.expect(200);
    let done = browser
        .submit(
            &page,
            "#profile-form",
            &[("name", "Ann O'Neil"), ("time_zone", "Asia/Tokyo")],
        )
        .await;
    let page = browser.follow(&done.expect(303)).await.expect(200);
    assert_eq!(page.text_of(".toast p"), "Profile saved.");
    assert_eq!(page.form("#profile-form").value("name"), Some("Ann O'Neil"));
    assert_eq!(
        page.form("#profile-form").value("time_zone"),
        Some("Asia/Tokyo")
    );
    assert!(
        page.attrs_of("#devices time", "title")
            .iter()
            .all(|title| title.ends_with("JST"))
    );

    for zone in [
        "",
        "Mars/Base",
        "../etc/passwd",
        "UTC\0",
        &"x".repeat(10_000),
    ] {
        let page = browser
            .post("/profile", &[("name", "Ann"), ("time_zone", zone)])
            .await
            .expect(422);
        assert!(page.has("#time_zone[aria-invalid=true]"), "{zone}");
        assert_eq!(page.form("#profile-form").value("name"), Some("Ann"));
    }
    browser
        .post("/profile", &[("name", ""), ("time_zone", "UTC")])
        .await
        .expect(422);
}

#[tokio::test]
async fn a_time_zone_is_named_by_its_city_or_an_old_name_and_utc_is_always_one() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Viewer).await;
    for (typed, kept) in [
        ("new york", "America/New_York"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("kolkata", "Asia/Kolkata"),
        ("berlin", "Europe/Berlin"),
        ("Etc/UTC", "UTC"),
        ("UTC", "UTC"),
    ] {
        let fields = [("name", "Ann"), ("time_zone", typed)];
        browser.post("/profile", &fields).await.expect(303);
        let page = browser.get("/profile").await.expect(200);
        assert_eq!(
            page.form("#profile-form").value("time_zone"),
            Some(kept),
            "{typed}"
        );
    }
    let page = browser.get("/profile").await.expect(200);
    assert!(page.count("#time-zones option") > 400);
    assert_eq!(
        page.text_of("#time-zones option[value='America/New_York']"),
        "New York, America"
    );
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions_and_keeps_this_one() {
    let portal = Portal::start().await;
    let actor = portal.staff(Role::Manager).await;
    let (here, there) = (
        portal.signed_in_as(&actor).await,
        portal.signed_in_as(&actor).await,
    );
    let change = async |present: &str, new: &str, again: &str| {
        let fields = [
            ("present_password", present),
            ("password", new),
            ("password_again", again),
        ];
        here.post("/profile/password", &fields).await
    };
    let wrong = change("not my password", NEW, NEW).await.expect(422);
    assert_eq!(
        wrong.text_of("#present_password-help"),
        "This is not your current password."
    );
    let short = change(PASSWORD, "short", "short").await.expect(422);
    assert!(
        short
            .text_of("#password-help")
            .starts_with("Use at least 12 characters.")
    );
    assert!(!short.text.contains(PASSWORD));
    change(PASSWORD, NEW, "something else entirely")
        .await
        .expect(422);
    change(PASSWORD, &"x".repeat(10_000), &"x".repeat(10_000))
        .await
        .expect(422);

    let done = change(PASSWORD, NEW, NEW).await.expect(303);
    assert_eq!(
        here.follow(&done).await.text_of(".toast p"),
        "Password changed. One other device was signed out."
    );
    there.get("/profile").await.expect(303);
    portal
        .browser()
        .post("/login", &[("email", &actor.email), ("password", PASSWORD)])
        .await
        .expect(422);
    portal
        .browser()
        .post("/login", &[("email", &actor.email), ("password", NEW)])
        .await
        .expect(303);
}

#[tokio::test]
async fn a_changed_password_takes_back_a_reset_link_that_nobody_used() {
    let portal = Portal::start().await;
    let admin = portal.signed_in(Role::Admin).await;
    let actor = portal.staff(Role::Manager).await;
    let made = admin
        .post(&format!("/staff/{}/link", actor.staff_id), &[])
        .await;
    let link = made.expect(200).text_of("#link");
    portal.browser().get(&link).await.expect(200);
    let fields = [
        ("present_password", PASSWORD),
        ("password", NEW),
        ("password_again", NEW),
    ];
    let here = portal.signed_in_as(&actor).await;
    here.post("/profile/password", &fields).await.expect(303);
    portal.browser().get(&link).await.expect(404);
}

#[tokio::test]
async fn guessing_the_present_password_is_throttled() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Manager).await;
    let mut words = String::new();
    for _ in 0..6 {
        let fields = [
            ("present_password", "guess"),
            ("password", NEW),
            ("password_again", NEW),
        ];
        let page = browser.post("/profile/password", &fields).await.expect(422);
        words = page.text_of("#present_password-help");
    }
    assert!(
        words.starts_with("Too many failed attempts. Try again in"),
        "{words}"
    );
}

#[tokio::test]
async fn devices_are_listed_and_ended_one_by_one_or_all_others() {
    let portal = Portal::start().await;
    let actor = portal.staff(Role::Viewer).await;
    let here = portal.signed_in_as(&actor).await;
    portal.advance(Duration::from_mins(5));
    let others = [
        portal.signed_in_as(&actor).await,
        portal.signed_in_as(&actor).await,
        portal.signed_in_as(&actor).await,
    ];
    let stranger = portal.signed_in(Role::Owner).await;

    let page = here.get("/profile").await.expect(200);
    assert_eq!(page.count("#devices tbody tr"), 4);
    assert!(page.text_of("#devices tbody tr").contains("This one"));
    let ends = page.attrs_of("#devices form", "action");
    stranger.post(&ends[1], &[]).await.expect(303);
    assert_eq!(
        here.get("/profile").await.count("#devices tbody tr"),
        4,
        "nobody ends another's session"
    );
    here.post(&ends[1], &[]).await.expect(303);
    assert_eq!(here.get("/profile").await.count("#devices tbody tr"), 3);
    let done = here
        .post("/profile/sessions/end-others", &[])
        .await
        .expect(303);
    assert!(
        here.follow(&done)
            .await
            .text_of(".toast p")
            .starts_with("2 other devices")
    );
    for other in &others {
        other.get("/profile").await.expect(303);
    }
    here.post("/profile/sessions/nonsense/end", &[])
        .await
        .expect(404);
    let done = here.post(&ends[0], &[]).await.expect(303);
    assert_eq!(done.header("location"), "/login?said=signed-out");
    here.get("/profile").await.expect(303);
}

#[tokio::test]
async fn who_changes_a_password_and_signs_in_at_once_many_times_does_both() {
    let portal = Portal::start().await;
    let person = portal.staff(Role::Manager).await;
    let browser = portal.signed_in_as(&person).await;
    let mut password = PASSWORD.to_owned();
    for round in 0..8 {
        let next = format!("lamp teapot orbit {round}");
        let typed = [
            ("present_password", password.as_str()),
            ("password", next.as_str()),
            ("password_again", next.as_str()),
        ];
        let elsewhere = portal.browser();
        let signing_in = [
            ("email", person.email.as_str()),
            ("password", password.as_str()),
        ];
        let (changed, signed_in) = tokio::join!(
            browser.post("/profile/password", &typed),
            elsewhere.post("/login", &signing_in),
        );
        changed.expect(303);
        assert!(
            [303, 422].contains(&signed_in.status.as_u16()),
            "{}",
            signed_in.words()
        );
        password = next;
    }
}

//! `PORTAL_SECRET_KEY`: a wrong key seals nothing, and replacing it succeeds or fails as a whole.

use std::time::Duration;

use reseller_portal::app::App;
use reseller_portal::db::audit::verify::{Verdict, verify};
use reseller_portal::db::audit::{self, keys, verification_log};
use reseller_portal::db::{self, factors};
use reseller_portal::domain::audit::{Event, EventKind, EventOutcome};
use reseller_portal::domain::role::Role;
use reseller_portal::secret_key::{Error, rotate};
use reseller_portal::web;
use reseller_portal::{audit_verification, staff};

use crate::db::sql;
use crate::support::{AuthenticatorApp, Browser, PASSWORD, Portal};

const ANOTHER: &str = "another key that is long enough for a portal";
const THIRD: &str = "a third key that is also long enough for it";

/// Returns the same portal with this key.
fn with_key(portal: &Portal, key: &str) -> App {
    let mut settings = portal.settings.clone();
    settings.secret_key = key.into();
    App::from_settings(portal.db.clone(), portal.clock.clone(), settings).unwrap()
}

async fn event(app: &App) -> db::Result<i64> {
    let event = Event::by_system(EventKind::SignOut, EventOutcome::Done, "someone");
    audit::record(&app.db, &app.audit_key, app.clock.now(), &event).await
}

async fn holds(app: &App) -> bool {
    let verdict = verify(&app.db, &app.audit_key).await.unwrap();
    matches!(verdict, Verdict::Holds { .. })
}

/// Asserts that another key is refused, with the expected and the given fingerprint.
fn assert_refused<T: std::fmt::Debug>(result: db::Result<T>, expected: Option<&App>, given: &App) {
    let Err(db::Error::OtherSecretKey {
        expected: was,
        given: is,
    }) = result
    else {
        panic!("not refused: {result:?}");
    };
    assert_eq!(
        was.as_deref(),
        expected.map(|app| app.audit_key.fingerprint())
    );
    assert_eq!(is, given.audit_key.fingerprint());
}

#[tokio::test]
async fn another_key_is_refused_before_it_seals_anything() {
    let portal = Portal::start().await;
    event(&portal).await.unwrap();
    let other = with_key(&portal, ANOTHER);
    assert_refused(
        keys::check_binding(&portal.db, &other.audit_key).await,
        Some(&portal.app),
        &other,
    );
    assert_refused(
        keys::bind(&portal.db, &other.audit_key).await,
        Some(&portal.app),
        &other,
    );
    assert_refused(event(&other).await, Some(&portal.app), &other);
    keys::bind(&portal.db, &portal.audit_key).await.unwrap();
    assert_eq!(event(&portal).await.unwrap(), 2, "no number was used up");
    assert!(holds(&portal).await);
}

#[tokio::test]
async fn a_fingerprint_tells_keys_apart_and_is_no_part_of_the_key() {
    let portal = Portal::start().await;
    let (one, two) = (with_key(&portal, ANOTHER), with_key(&portal, THIRD));
    let print = one.audit_key.fingerprint();
    assert_eq!(print.len(), 16);
    assert_eq!(print, with_key(&portal, ANOTHER).audit_key.fingerprint());
    assert_ne!(print, two.audit_key.fingerprint());
    assert!(!audit::hex(&one.derived_key("audit")).contains(print));
}

#[tokio::test]
async fn a_database_from_before_is_bound_only_to_the_key_that_sealed_its_latest_event() {
    let portal = Portal::start().await;
    event(&portal).await.unwrap();
    event(&portal).await.unwrap();
    let older = "UPDATE audit_head SET key_fingerprint = NULL";
    sql(&portal.db, older).await.unwrap();
    let other = with_key(&portal, ANOTHER);
    assert_refused(keys::bind(&portal.db, &other.audit_key).await, None, &other);
    assert_refused(event(&other).await, None, &other);
    keys::check_binding(&portal.db, &portal.audit_key)
        .await
        .unwrap();
    keys::bind(&portal.db, &portal.audit_key).await.unwrap();
    assert_refused(event(&other).await, Some(&portal.app), &other);
    // If nothing bound the database before, its first event does.
    sql(&portal.db, older).await.unwrap();
    event(&portal).await.unwrap();
    assert_refused(event(&other).await, Some(&portal.app), &other);
    assert!(holds(&portal).await);
}

#[tokio::test]
async fn of_two_first_starts_at_once_with_two_keys_one_binds_the_database() {
    let portal = Portal::start().await;
    let other = with_key(&portal, ANOTHER);
    let (one, two) = tokio::join!(
        keys::bind(&portal.db, &portal.audit_key),
        keys::bind(&portal.db, &other.audit_key)
    );
    assert_eq!(
        usize::from(one.is_ok()) + usize::from(two.is_ok()),
        1,
        "{one:?} {two:?}"
    );
    assert_eq!(event(&portal).await.is_ok(), one.is_ok());
    assert_eq!(event(&other).await.is_ok(), two.is_ok());
}

#[tokio::test]
async fn after_a_rotation_the_whole_chain_is_verified_without_the_old_key() {
    let portal = Portal::start().await;
    for _ in 0..3 {
        event(&portal).await.unwrap();
    }
    audit_verification::verify(&portal).await.unwrap().unwrap();
    let new = with_key(&portal, ANOTHER);
    let rotated = rotate(&portal, &new).await.unwrap();
    assert_eq!((rotated.last_event, rotated.people_without_codes), (3, 0));
    assert_eq!(
        event(&new).await.unwrap(),
        5,
        "after the event that tells of the rotation"
    );
    assert!(holds(&new).await);
    assert!(
        verification_log::latest_result(&new.db, &new.audit_key)
            .await
            .unwrap()
            .is_some()
    );
    assert_refused(event(&portal).await, Some(&new), &portal);
    assert_refused(
        keys::bind(&portal.db, &portal.audit_key).await,
        Some(&new),
        &portal,
    );

    // Rotate once more.
    let third = with_key(&portal, THIRD);
    rotate(&new, &third).await.unwrap();
    event(&third).await.unwrap();
    assert!(holds(&third).await);
    // Events sealed with an earlier key cannot be changed, and earlier keys cannot be removed.
    let without = "DELETE FROM audit_keys WHERE last_seq = 3";
    sql(&third.db, without).await.unwrap();
    assert!(!holds(&third).await);
}

#[tokio::test]
async fn a_rotation_keeps_authenticator_apps_and_voids_recovery_codes() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Manager).await;
    let page = browser.get("/profile/factors/app").await.expect(200);
    let app = AuthenticatorApp::new(&page.text_of("#secret"));
    browser
        .submit(&page, "#app-form", &[("code", &app.code(&portal.clock))])
        .await;
    let new = with_key(&portal, ANOTHER);
    assert_eq!(rotate(&portal, &new).await.unwrap().people_without_codes, 1);
    portal.advance(Duration::from_mins(1));

    let browser = Browser::new(web::router(new.clone()), new.settings.public_url.clone());
    let half_way = browser
        .post(
            "/login",
            &[("email", "manager@example.com"), ("password", PASSWORD)],
        )
        .await
        .expect(303);
    let page = browser.follow(&half_way).await.expect(200);
    browser
        .submit(&page, "#code-form", &[("code", &app.code(&portal.clock))])
        .await
        .expect(303);
    browser.get("/profile").await.expect(200);
    assert!(holds(&new).await);
}

#[tokio::test]
async fn a_rotation_that_fails_leaves_everything_with_the_old_key() {
    let portal = Portal::start().await;
    let ann = portal.signed_in(Role::Manager).await;
    drop(ann);
    event(&portal).await.unwrap();
    let holder = db::staff::by_email(&portal.db, "manager@example.com")
        .await
        .unwrap()
        .unwrap();
    let mut tx = portal.db.begin().await.unwrap();
    let at = portal.clock.now();
    factors::set_app(&mut tx, holder.id, &[7; 60], 0, at)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let new = with_key(&portal, ANOTHER);
    let failed = rotate(&portal, &new).await;
    assert!(
        matches!(&failed, Err(Error::Seed(email)) if email == "manager@example.com"),
        "{failed:?}"
    );
    assert_refused(event(&new).await, Some(&portal.app), &new);
    event(&portal).await.unwrap();
    assert!(holds(&portal).await);
    // Without that app, the rotation succeeds.
    staff::factors::reset::reset(&portal, staff::Principal::Shell, holder.id, "lost")
        .await
        .unwrap();
    rotate(&portal, &new).await.unwrap();
    assert!(holds(&new).await);
}

#[tokio::test]
async fn only_the_present_key_is_replaced_and_only_by_another() {
    let portal = Portal::start().await;
    event(&portal).await.unwrap();
    let (wrong, new) = (with_key(&portal, THIRD), with_key(&portal, ANOTHER));
    assert!(matches!(
        rotate(
            &portal,
            &with_key(&portal, "practice only: this key protects nothing")
        )
        .await,
        Err(Error::SameKey)
    ));
    let failed = rotate(&wrong, &new).await;
    assert!(
        matches!(failed, Err(Error::Db(db::Error::OtherSecretKey { .. }))),
        "{failed:?}"
    );
    event(&portal).await.unwrap();
    assert!(holds(&portal).await);
}

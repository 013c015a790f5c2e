//! One-use links: the first owner, an invitation, a forgotten password.

use std::time::Duration;

use reseller_portal::db::audit::{self, EventFilter};
use reseller_portal::db::staff;
use reseller_portal::domain::audit::EventKind;
use reseller_portal::domain::role::Role;
use reseller_portal::staff::links;

use crate::support::{PASSWORD, Portal};

const NEW: &str = "a new and longer password";

async fn set_up_path(portal: &Portal) -> String {
    let link = links::create_set_up_link(portal).await.unwrap().unwrap();
    format!("{}?{}", link.url.path(), link.url.query().unwrap())
}

async fn count(portal: &Portal, kind: EventKind) -> usize {
    let filter = EventFilter {
        kinds: vec![kind],
        ..EventFilter::default()
    };
    audit::latest(&portal.db, &filter, 100).await.unwrap().len()
}

#[tokio::test]
async fn the_first_link_creates_the_owner_once() {
    let portal = Portal::start().await;
    let path = set_up_path(&portal).await;
    let browser = portal.browser();
    let page = browser.get(&path).await.expect(200);
    browser.get(&path).await.expect(200);

    let bad = [
        ("email", "no address"),
        ("name", "  "),
        ("password", "short"),
        ("password_again", "short"),
    ];
    let refused = browser.submit(&page, "form.form", &bad).await.expect(422);
    assert_eq!(refused.count("[aria-invalid=true]"), 3);
    assert_eq!(refused.form("form.form").value("email"), Some("no address"));
    assert_eq!(refused.form("form.form").value("password"), Some(""));

    let typed = [
        ("email", "ann@example.com"),
        ("name", "Ann <b>"),
        ("password", NEW),
        ("password_again", NEW),
    ];
    let done = browser
        .submit(&refused, "form.form", &typed)
        .await
        .expect(303);
    let sign_in = browser.follow(&done).await.expect(200);
    assert!(sign_in.says("Your password is set. Sign in with it."));
    browser
        .submit(
            &sign_in,
            "form.form",
            &[("email", "ann@example.com"), ("password", NEW)],
        )
        .await
        .expect(303);
    assert!(
        browser
            .get("/staff")
            .await
            .expect(200)
            .says("Ann <b> (you)")
    );
    let owner = staff::by_email(&portal.db, "ann@example.com")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(owner.role, Role::Owner);

    browser
        .submit(&refused, "form.form", &typed)
        .await
        .expect(404);
    assert!(
        portal
            .browser()
            .get(&path)
            .await
            .expect(404)
            .says("This link does not work")
    );
    assert!(
        links::create_set_up_link(&portal.app)
            .await
            .unwrap()
            .is_none(),
        "there is staff: no link"
    );
    assert_eq!(count(&portal, EventKind::SetUp).await, 1);
}

#[tokio::test]
async fn the_first_link_holds_an_hour_and_only_the_newest_works() {
    let portal = Portal::start().await;
    let (first, second) = (set_up_path(&portal).await, set_up_path(&portal).await);
    let browser = portal.browser();
    browser.get(&first).await.expect(404);
    browser.get(&second).await.expect(200);
    for path in [
        "/setup",
        "/setup?token=",
        "/setup?token=guess",
        "/setup?token=%00",
    ] {
        browser.get(path).await.expect(404);
    }
    portal.advance(Duration::from_hours(1));
    browser.get(&second).await.expect(404);
    let token = second.split('=').nth(1).unwrap();
    let typed = [
        ("token", token),
        ("email", "a@example.com"),
        ("name", "A"),
        ("password", NEW),
        ("password_again", NEW),
    ];
    browser.post("/setup", &typed).await.expect(404);
    assert!(!staff::any(&portal.db).await.unwrap());
}

#[tokio::test]
async fn two_who_use_the_first_link_at_once_make_one_owner() {
    let portal = Portal::start().await;
    let path = set_up_path(&portal).await;
    let token = path.split('=').nth(1).unwrap();
    let one = async |email: &str| {
        let typed = [
            ("token", token),
            ("email", email),
            ("name", "A"),
            ("password", NEW),
            ("password_again", NEW),
        ];
        portal
            .browser()
            .post("/setup", &typed)
            .await
            .status
            .as_u16()
    };
    let (a, b) = tokio::join!(one("a@example.com"), one("b@example.com"));
    let mut answers = [a, b];
    answers.sort_unstable();
    assert_eq!(answers, [303, 404]);
    assert_eq!(staff::all(&portal.db).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_invitation_is_shown_once_and_lets_somebody_choose_a_password_once() {
    let portal = Portal::start().await;
    let admin = portal.signed_in(Role::Admin).await;
    let form = admin.get("/staff/new").await.expect(200);
    assert!(
        !form.has("input[name=role][checked]"),
        "no role is preselected"
    );
    let typed = [
        ("name", "Bo"),
        ("email", "bo@example.com"),
        ("role", "manager"),
    ];
    let page = admin.submit(&form, "form.form", &typed).await.expect(200);
    assert_eq!(page.header("cache-control"), "no-store");
    let link = page.text_of("#link");
    assert!(link.starts_with("http://127.0.0.1:8080/invite/"), "{link}");
    assert!(admin.get("/staff").await.says("Invited"));

    let bo = portal.browser();
    let form = bo.get(&link).await.expect(200);
    assert_eq!(form.form("form.form").value("name"), Some("Bo"));
    let typed = [
        ("name", "Bo Berg"),
        ("password", NEW),
        ("password_again", "a different password"),
    ];
    bo.submit(&form, "form.form", &typed).await.expect(422);
    let typed = [
        ("name", "Bo Berg"),
        ("password", NEW),
        ("password_again", NEW),
    ];
    bo.submit(&form, "form.form", &typed).await.expect(303);
    bo.submit(&form, "form.form", &typed).await.expect(404);
    bo.post("/login", &[("email", "bo@example.com"), ("password", NEW)])
        .await
        .expect(303);
    assert!(bo.get("/profile").await.says("Bo Berg"));
    assert_eq!(count(&portal, EventKind::Invited).await, 1);
    assert_eq!(count(&portal, EventKind::InvitationAccepted).await, 1);
}

#[tokio::test]
async fn an_invitation_holds_three_days_and_another_ends_it() {
    let portal = Portal::start().await;
    let admin = portal.signed_in(Role::Admin).await;
    let typed = [
        ("name", "Bo"),
        ("email", "bo@example.com"),
        ("role", "viewer"),
    ];
    let first = admin
        .post("/staff", &typed)
        .await
        .expect(200)
        .text_of("#link");
    let bo = staff::by_email(&portal.db, "bo@example.com")
        .await
        .unwrap()
        .unwrap();
    let second = admin
        .post(&format!("/staff/{}/link", bo.id), &[])
        .await
        .expect(200)
        .text_of("#link");
    portal.browser().get(&first).await.expect(404);
    portal.browser().get(&second).await.expect(200);
    portal
        .browser()
        .get(&second.replace("/invite/", "/reset/"))
        .await
        .expect(404);
    portal.advance(Duration::from_hours(72));
    portal.browser().get(&second).await.expect(404);
}

#[tokio::test]
async fn a_reset_link_ends_every_session_and_holds_an_hour() {
    let portal = Portal::start().await;
    let admin = portal.signed_in(Role::Admin).await;
    let manager = portal.staff(Role::Manager).await;
    let device = portal.signed_in_as(&manager).await;
    let ask = async || {
        admin
            .post(&format!("/staff/{}/link", manager.staff_id), &[])
            .await
            .expect(200)
            .text_of("#link")
    };
    let link = ask().await;
    let browser = portal.browser();
    let form = browser.get(&link).await.expect(200);
    device.get("/profile").await.expect(200);
    browser
        .submit(
            &form,
            "form.form",
            &[("password", NEW), ("password_again", NEW)],
        )
        .await
        .expect(303);
    device.get("/profile").await.expect(303);
    browser
        .post(
            "/login",
            &[("email", &manager.email), ("password", PASSWORD)],
        )
        .await
        .expect(422);
    browser
        .post("/login", &[("email", &manager.email), ("password", NEW)])
        .await
        .expect(303);
    let late = ask().await;
    portal.advance(Duration::from_hours(1));
    portal.browser().get(&late).await.expect(404);
}

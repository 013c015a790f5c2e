//! Fields that a form accepts and ignores, and a way to leave every page.

use axum::http::Method;
use reseller_portal::db::staff;
use reseller_portal::domain::role::Role;

use crate::support::{Needs, PASSWORD, Portal, routes};
use crate::web::factors;
use crate::web::sign_in::sign_in;

const NEW: &str = "a new and longer password";

#[tokio::test]
async fn every_password_is_hidden_and_may_be_pasted() {
    let portal = Portal::start().await;
    let owner = portal.signed_in(Role::Owner).await;
    let actor = portal.staff(Role::Viewer).await;
    let made = owner
        .post(&format!("/staff/{}/link", actor.staff_id), &[])
        .await
        .expect(200);
    let nobody = portal.browser();
    let pages = [
        nobody.get("/login").await.expect(200),
        nobody.get(&made.text_of("#link")).await.expect(200),
        owner.get("/profile").await.expect(200),
        owner.get("/step-up").await.expect(200),
    ];
    let mut fields = 0;
    for page in pages {
        fields += page.count("input[name*=password]");
        assert_eq!(
            page.count("input[name*=password]:not([type=password])"),
            0,
            "{}",
            page.asked
        );
        let named = page.attrs_of("input[type=password]", "autocomplete");
        assert_eq!(
            named.len(),
            page.count("input[type=password]"),
            "{}",
            page.asked
        );
        assert!(
            named.iter().all(|name| name.ends_with("-password")),
            "{named:?}"
        );
        assert!(
            !page.has("input[type=password][readonly], input[type=password][onpaste]"),
            "{}",
            page.asked
        );
    }
    assert!(fields >= 7, "{fields}");
}

#[tokio::test]
async fn a_password_counts_exactly_as_typed() {
    let portal = Portal::start().await;
    let actor = portal.staff(Role::Viewer).await;
    let browser = portal.signed_in_as(&actor).await;
    let odd = "  Grüße, Straße\u{301} \u{1F511} and A trailing space ";
    let fields = [
        ("present_password", PASSWORD),
        ("password", odd),
        ("password_again", odd),
    ];
    browser.post("/profile/password", &fields).await.expect(303);
    for wrong in [
        odd.trim(),
        &odd.to_lowercase(),
        &odd.to_uppercase(),
        &odd[..odd.len() - 1],
        &format!("{odd} "),
    ] {
        portal.advance(std::time::Duration::from_hours(2));
        sign_in(&portal.browser(), &actor.email, wrong)
            .await
            .expect(422);
    }
    portal.advance(std::time::Duration::from_hours(2));
    sign_in(&portal.browser(), &actor.email, odd)
        .await
        .expect(303);
}

#[tokio::test]
async fn a_new_password_by_link_does_not_pass_by_the_second_factor() {
    let portal = factors::portal().await;
    let owner = portal.signed_in(Role::Owner).await;
    let (actor, app, _) = factors::with_app(&portal, Role::Manager).await;
    let made = owner
        .post(&format!("/staff/{}/link", actor.staff_id), &[])
        .await
        .expect(200);
    let browser = portal.browser();
    let fields = [("password", NEW), ("password_again", NEW)];
    browser
        .post(&made.text_of("#link"), &fields)
        .await
        .expect(303);
    browser.get("/accounts").await.expect(303);
    let second = sign_in(&browser, &actor.email, NEW).await.expect(303);
    assert_eq!(second.header("location"), "/login/second-factor");
    browser.get("/accounts").await.expect(303);
    let code = [("code", &*app.code(&portal.clock))];
    browser
        .post("/login/second-factor", &code)
        .await
        .expect(303);
    browser.get("/accounts").await.expect(200);
}

#[tokio::test]
async fn a_form_takes_no_field_that_it_does_not_show() {
    let portal = Portal::start().await;
    let actor = portal.staff(Role::Viewer).await;
    let browser = portal.signed_in_as(&actor).await;
    let before = staff::by_id(&portal.db, actor.staff_id)
        .await
        .unwrap()
        .unwrap();
    let more = [
        ("name", "Ann"),
        ("time_zone", "UTC"),
        ("role", "owner"),
        ("email", "owner@example.com"),
        ("id", "1"),
        ("staff_id", "1"),
        ("disabled_at", "1"),
        ("second_factor", "true"),
        ("version", "99"),
        ("signed_in", "{}"),
    ];
    browser.post("/profile", &more).await.expect(303);
    let after = staff::by_id(&portal.db, actor.staff_id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (after.role, &after.email, after.name.as_str()),
        (before.role, &before.email, "Ann")
    );
    assert_eq!((after.disabled_at, after.second_factor), (None, false));
    // An invitation cannot choose its role either.
    let owner = portal.signed_in(Role::Owner).await;
    let invited = [
        ("name", "Bob"),
        ("email", "bob@example.com"),
        ("role", "viewer"),
    ];
    let link = owner
        .post("/staff", &invited)
        .await
        .expect(200)
        .text_of("#link");
    let typed = [
        ("name", "Bob"),
        ("password", NEW),
        ("password_again", NEW),
        ("role", "owner"),
        ("email", "x@example.com"),
    ];
    portal.browser().post(&link, &typed).await.expect(303);
    let bob = staff::by_email(&portal.db, "bob@example.com")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(bob.role, Role::Viewer);
}

#[tokio::test]
async fn every_page_of_somebody_signed_in_offers_to_sign_out() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let owner = portal.signed_in(Role::Owner).await;
    let id = portal.sandbox.id_of("enabled").await;
    let mut pages = 0;
    let behind = |needs| needs != Needs::Nothing;
    for route in routes()
        .iter()
        .filter(|route| route.method == Method::GET && behind(route.needs))
    {
        let page = owner
            .get(&route.path.replace("{id}", &id).replace(['{', '}'], ""))
            .await;
        if page.text.contains("<html") {
            assert!(
                page.has("form[method=post][action='/logout'] button"),
                "{}",
                page.asked
            );
            pages += 1;
        }
    }
    assert!(pages > 40, "{pages}");
}

//! Pages without a login: the sign-in, its second step, one-time links.

use axum::http::Method;
use reseller_portal::staff::links;

use super::{Folder, World, name_of, told, world};
use crate::support::{AuthenticatorApp, Needs, PASSWORD, routes};

const NEW: &str = "a new and longer password";

#[tokio::test]
async fn what_is_seen_signed_out() {
    let mut folder = Folder::new("signed_out");
    let world = World::busy().await;
    let open = routes()
        .iter()
        .filter(|route| route.needs == Needs::Nothing);
    for route in open.filter(|route| route.method == Method::GET) {
        let page = world
            .portal
            .browser()
            .get(&world.address(&route.path))
            .await;
        folder.compare(&name_of(&route.path, "page"), &told(&world, &page));
    }
    sign_in(&world, &mut folder).await;
    second_factor(&world, &mut folder).await;
    one_time_links(&world, &mut folder).await;
    set_up(&world, &mut folder).await;
    folder.finish();
}

async fn sign_in(world: &World, folder: &mut Folder) {
    let browser = world.portal.browser();
    for said in ["signed-out", "too-long", "password"] {
        let page = browser.get(&format!("/login?said={said}")).await;
        folder.compare(&format!("login.said-{said}"), &told(world, &page));
    }
    let page = browser.get("/login?next=%2Fchannels%3Fq%3Da").await;
    folder.compare("login.next", &told(world, &page));
    let wrong = [
        ("email", "owner@example.com"),
        ("password", "not my password"),
    ];
    let refused = browser.submit(&page, "#password-form", &wrong).await;
    folder.compare("login.refused", &told(world, &refused));
    let typed = [("email", "admin@example.com"), ("password", PASSWORD)];
    let done = browser.submit(&page, "#password-form", &typed).await;
    folder.compare("login.done", &told(world, &done));

    let nobody = world.portal.browser();
    let path = format!("/accounts/{}/display-name", world.accounts[0]);
    let fields = [("display_name", "Kept"), ("shown", "")];
    let kept = nobody.post(&path, &fields).await;
    folder.compare("login.kept-form", &told(world, &kept));
    let kept = nobody.post_fragment(&path, &fields).await;
    folder.compare("login.kept-form.fragment", &told(world, &kept));
    let led = nobody.get_fragment("/accounts").await;
    folder.compare("login.from-fragment", &told(world, &led));
    for _ in 0..6 {
        world.pause();
        nobody.post("/login", &wrong).await;
    }
    folder.compare(
        "login.throttled",
        &told(world, &nobody.post("/login", &wrong).await),
    );
}

async fn second_factor(world: &World, folder: &mut Folder) {
    let viewer = world
        .people
        .last()
        .map(|(_, actor, browser)| (actor, browser));
    let (actor, browser) = viewer.unwrap_or_else(|| panic!("somebody is there"));
    let page = browser.get("/profile/factors/app").await.expect(200);
    let app = AuthenticatorApp::new(&page.text_of("#secret"));
    let code = app.code(&world.portal.clock);
    browser
        .submit(&page, "#app-form", &[("code", &code)])
        .await
        .expect(200);
    world.pause();
    let half_way = world.portal.browser();
    let typed = [("email", actor.email.as_str()), ("password", PASSWORD)];
    let led = half_way.post("/login", &typed).await;
    folder.compare("login.half-way", &told(world, &led));
    let page = half_way.follow(&led).await;
    folder.compare("login__second-factor.code", &told(world, &page));
    let refused = half_way
        .submit(&page, "#code-form", &[("code", "12 34")])
        .await;
    folder.compare("login__second-factor.refused", &told(world, &refused));
}

async fn one_time_links(world: &World, folder: &mut Folder) {
    let spare = world.address("/staff/{id}");
    let fields = [
        ("name", "Ivo Invited"),
        ("email", "ivo@example.com"),
        ("role", "viewer"),
    ];
    let invited = world.owner().post("/staff", &fields).await.expect(200);
    folder.compare("staff.invited", &told(world, &invited));
    let reset = world
        .owner()
        .post(&format!("{spare}/link"), &[])
        .await
        .expect(200);
    folder.compare("staff__id__link.made", &told(world, &reset));
    for (name, link) in [
        ("invite__token", invited.text_of("#link")),
        ("reset__token", reset.text_of("#link")),
    ] {
        world.pause();
        let browser = world.portal.browser();
        let page = browser.get(&link).await;
        folder.compare(&format!("{name}.open"), &told(world, &page));
        let typed = [("password", "short"), ("password_again", "other")];
        let refused = browser.submit(&page, "form.form", &typed).await;
        folder.compare(&format!("{name}.refused"), &told(world, &refused));
        let typed = [("password", NEW), ("password_again", NEW)];
        let done = browser.submit(&page, "form.form", &typed).await;
        folder.compare(&format!("{name}.done"), &told(world, &done));
        folder.compare(
            &format!("{name}.used"),
            &told(world, &browser.get(&link).await),
        );
    }
}

async fn set_up(world: &World, folder: &mut Folder) {
    let portal = world::builder().start().await;
    let link = links::create_set_up_link(&portal).await.unwrap().unwrap();
    let browser = portal.browser();
    let page = browser.get(link.url.as_str()).await;
    folder.compare("setup.open", &told(world, &page));
    let typed = [
        ("email", "no address"),
        ("name", " "),
        ("password", "short"),
        ("password_again", "short"),
    ];
    let refused = browser.submit(&page, "form.form", &typed).await;
    folder.compare("setup.refused", &told(world, &refused));
    let typed = [
        ("email", "ann@example.com"),
        ("name", "Ann"),
        ("password", NEW),
        ("password_again", NEW),
    ];
    let done = browser.submit(&page, "form.form", &typed).await;
    folder.compare("setup.done", &told(world, &done));
}

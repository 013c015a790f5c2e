//! Theme of a person, and the reseller's own name and accent color.

use std::time::Duration;

use reseller_portal::domain::role::Role;

use crate::support::{Portal, Response};

mod logo;

const PATH: &str = "/settings/appearance";
const FORM: &str = "#appearance-form";

/// Returns the address of the style sheet with the accent color.
fn brand(page: &Response) -> Option<String> {
    page.attr_of("link[href^='/brand.css']", "href")
}

#[tokio::test]
async fn a_theme_is_of_one_person_and_an_unknown_one_changes_nothing() {
    let portal = Portal::start().await;
    let ann = portal.signed_in(Role::Viewer).await;
    let bob = portal.signed_in(Role::Manager).await;
    let page = ann.get("/profile").await.expect(200);
    assert_eq!(page.form("#profile-form").value("theme"), Some("system"));
    assert!(!page.has("html[data-theme]"));
    for (chosen, kept) in [("dark", "dark"), ("neon", "dark"), ("light", "light")] {
        let fields = [("name", "Ann"), ("time_zone", "UTC"), ("theme", chosen)];
        ann.post("/profile", &fields).await.expect(303);
        let page = ann.get("/profile").await.expect(200);
        assert!(page.has(&format!("html[data-theme={kept}]")), "{chosen}");
        assert!(page.has(&format!("meta[name=color-scheme][content={kept}]")));
        assert_eq!(page.form("#profile-form").value("theme"), Some(kept));
    }
    let wrong = [("name", ""), ("time_zone", "UTC"), ("theme", "dark")];
    let refused = ann.post("/profile", &wrong).await.expect(422);
    assert_eq!(refused.form("#profile-form").value("theme"), Some("dark"));
    assert!(refused.has("html[data-theme=light]"), "nothing is stored");
    assert!(!bob.get("/").await.expect(200).has("html[data-theme]"));
    let fields = [("name", "Ann"), ("time_zone", "UTC"), ("theme", "system")];
    ann.post("/profile", &fields).await.expect(303);
    assert!(!ann.get("/").await.expect(200).has("html[data-theme]"));
}

#[tokio::test]
async fn name_and_color_are_on_every_page_and_on_the_sign_in() {
    let portal = Portal::start().await;
    let owner = portal.signed_in(Role::Owner).await;
    let page = owner.get(PATH).await.expect(200);
    assert_eq!(page.text_of(".sidebar .brand"), "Reseller portal");
    assert_eq!(brand(&page), None);
    let typed = [("name", "Acme <Voice>"), ("accent", "0A6")];
    let refused = owner.submit(&page, FORM, &typed).await.expect(422);
    let words = refused.text_of("#accent-help");
    assert!(words.contains("White text on #00aa66"), "{words}");
    let nearest = words.split("passes is ").nth(1).unwrap();
    let nearest = &nearest[..7];
    assert_eq!(refused.form(FORM).value("name"), Some("Acme <Voice>"));
    let typed = [("name", "Acme <Voice>"), ("accent", nearest)];
    let done = owner.submit(&refused, FORM, &typed).await.expect(303);
    let page = owner.follow(&done).await.expect(200);
    assert_eq!(page.text_of(".toast p"), "Name and color saved.");
    assert_eq!(page.text_of(".sidebar .brand"), "Acme <Voice>");
    assert!(page.text_of("title").ends_with("· Acme <Voice>"));

    let sign_in = portal.browser().get("/login").await.expect(200);
    assert_eq!(sign_in.text_of(".brand"), "Acme <Voice>");
    let sheet = brand(&sign_in).expect("a color");
    let css = portal.browser().get(&sheet).await.expect(200);
    assert!(css.text.contains(&format!("--accent-fill: {nearest};")));
    assert!(css.header("cache-control").contains("immutable"));
    assert_eq!(css.header("content-type"), "text/css; charset=utf-8");
    let missing = owner.get("/none").await.expect(404);
    assert_eq!(missing.text_of(".sidebar .brand"), "Acme <Voice>");

    let activity = owner.get("/activity").await.expect(200);
    let words = activity.text_of(".feed");
    assert!(
        words.contains("Name, color and logo of the portal"),
        "{words}"
    );

    let typed = [("name", ""), ("accent", "")];
    let page = owner.get(PATH).await.expect(200);
    owner.submit(&page, FORM, &typed).await.expect(303);
    let page = owner.get("/").await.expect(200);
    assert_eq!(page.text_of(".sidebar .brand"), "Reseller portal");
    assert_eq!(brand(&page), None);
}

#[tokio::test]
async fn bad_names_and_colors_are_refused_at_their_fields() {
    let portal = Portal::start().await;
    let owner = portal.signed_in(Role::Owner).await;
    for (name, accent, field) in [
        ("Acme", "red", "accent"),
        ("Acme", "#2f56d3;}", "accent"),
        ("Acme", "#000", "accent"),
        ("a\0b", "", "name"),
        (&"x".repeat(41), "", "name"),
    ] {
        let fields = [("name", name), ("accent", accent), ("version", "0")];
        let page = owner.post(PATH, &fields).await.expect(422);
        assert!(
            page.has(&format!("#{field}[aria-invalid=true]")),
            "{accent}"
        );
    }
    for address in [
        "/brand.css",
        "/brand.css?accent=fff",
        "/brand.css?accent=x}",
    ] {
        portal.browser().get(address).await.expect(404);
    }
}

#[tokio::test]
async fn a_name_that_someone_else_changed_is_not_overwritten_unseen() {
    let portal = Portal::start().await;
    let owner = portal.signed_in(Role::Owner).await;
    let page = owner.get(PATH).await.expect(200);
    owner
        .submit(&page, FORM, &[("name", "First")])
        .await
        .expect(303);
    let stale = owner.submit(&page, FORM, &[("name", "Second")]).await;
    let stale = stale.expect(409);
    assert!(stale.text_of("[role=alert]").contains("Name: First"));
    owner
        .submit(&stale, FORM, &[("name", "Second")])
        .await
        .expect(303);
    let page = owner.get("/").await.expect(200);
    assert_eq!(page.text_of(".sidebar .brand"), "Second");
}

#[tokio::test]
async fn only_owners_choose_name_and_color_and_only_if_they_proved_who_they_are() {
    let portal = Portal::start().await;
    for role in [Role::Admin, Role::Manager, Role::Viewer] {
        let browser = portal.signed_in(role).await;
        browser.get(PATH).await.expect(403);
        browser.post(PATH, &[("name", "Mine")]).await.expect(403);
    }
    let owner = portal.signed_in(Role::Owner).await;
    let page = owner.get(PATH).await.expect(200);
    portal.advance(Duration::from_mins(11));
    let asked = owner.submit(&page, FORM, &[("name", "Mine")]).await;
    assert!(
        asked
            .expect(303)
            .leads_to()
            .unwrap()
            .starts_with("/step-up")
    );
}

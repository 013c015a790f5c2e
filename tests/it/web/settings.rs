//! Template of the welcome email in the settings.

use std::time::Duration;

use reseller_portal::domain::role::Role;

use crate::support::{Browser, Portal, Response};

const PATH: &str = "/settings/welcome-email";

async fn stage() -> (Portal, Browser) {
    let portal = Portal::start().await;
    let owner = portal.signed_in(Role::Owner).await;
    (portal, owner)
}

async fn save(owner: &Browser, page: &Response, subject: &str, body: &str) -> Response {
    let typed = [("subject", subject), ("body", body)];
    owner.submit(page, "#welcome-form", &typed).await
}

#[tokio::test]
async fn the_page_lists_the_fields_and_shows_a_sample_of_the_original_text() {
    let (_portal, owner) = stage().await;
    let settings = owner.get("/settings").await.expect(200);
    assert!(settings.has(&format!("a[href='{PATH}']")));
    let page = owner.get(PATH).await.expect(200);
    let sample = page.text_of("#sample");
    assert!(
        sample.contains("Your Telnyx account for Acme Ltd"),
        "{sample}"
    );
    assert!(
        sample.contains("Test Owner") && !sample.contains('{'),
        "{sample}"
    );
    for field in ["{organization_name}", "{email}", "{sender_name}"] {
        assert!(
            page.select("dt code").contains(&field.to_owned()),
            "{field}"
        );
    }
}

#[tokio::test]
async fn an_unknown_field_is_told_at_its_place_and_nothing_is_saved() {
    let (_portal, owner) = stage().await;
    let page = owner.get(PATH).await.expect(200);
    let wrong = save(&owner, &page, "For {name}", "Hello,\n{pasword}")
        .await
        .expect(422);
    assert!(
        wrong
            .text_of("#subject-help")
            .contains("there is no field {name}")
    );
    let words = wrong.text_of("#body-help");
    assert!(
        words.contains("Line 2: there is no field {pasword}"),
        "{words}"
    );
    assert_eq!(
        wrong.form("#welcome-form").value("subject"),
        Some("For {name}")
    );
    assert!(!wrong.has("#sample"));
    let shown = owner
        .post(
            &format!("{PATH}/preview"),
            &[("subject", "{"), ("body", "x")],
        )
        .await;
    assert!(shown.expect(422).has("#subject-help .field-error"));
    let page = owner.get(PATH).await.expect(200);
    assert_eq!(
        page.form("#welcome-form").value("subject"),
        Some("Your Telnyx account for {organization_name}")
    );
}

#[tokio::test]
async fn a_preview_saves_nothing_and_a_saved_text_is_shown_and_recorded() {
    let (_portal, owner) = stage().await;
    let typed = [
        ("subject", "Welcome {email}"),
        ("body", "By {sender_email}."),
    ];
    let seen = owner
        .post(&format!("{PATH}/preview"), &typed)
        .await
        .expect(200);
    assert!(
        seen.text_of("#sample")
            .contains("Welcome voice@acme.example")
    );
    assert!(seen.text_of("#sample").contains("By owner@example.com."));
    let page = owner.get(PATH).await.expect(200);
    assert!(!page.text.contains("Welcome {email}"));
    let saved = save(&owner, &page, "Welcome {email}", "By {sender_email}.")
        .await
        .expect(303);
    let page = owner.follow(&saved).await.expect(200);
    assert_eq!(
        page.form("#welcome-form").value("body"),
        Some("By {sender_email}.")
    );
    assert!(
        owner
            .get("/activity")
            .await
            .expect(200)
            .says("Its text was changed.")
    );
    // The original text can be had back, and is not saved by looking at it.
    let original = owner.get(&format!("{PATH}?original=yes")).await.expect(200);
    let form = original.form("#welcome-form");
    assert_eq!(
        form.value("subject"),
        Some("Your Telnyx account for {organization_name}")
    );
    assert!(
        owner
            .get("/settings")
            .await
            .expect(200)
            .says("Welcome {email}")
    );
    owner
        .submit(&original, "#welcome-form", &[])
        .await
        .expect(303);
    assert!(
        owner
            .get("/settings")
            .await
            .expect(200)
            .says("Your Telnyx account for")
    );
}

#[tokio::test]
async fn a_text_that_somebody_else_changed_is_not_overwritten_unseen() {
    let (portal, owner) = stage().await;
    let mine = owner.get(PATH).await.expect(200);
    let other = portal.signed_in(Role::Owner).await;
    let theirs = other.get(PATH).await.expect(200);
    save(&other, &theirs, "Theirs", "Their text.")
        .await
        .expect(303);
    let conflict = save(&owner, &mine, "Mine", "My text.").await.expect(409);
    assert!(conflict.says("Subject now: Theirs") && conflict.says("Their text."));
    assert_eq!(
        conflict.form("#welcome-form").value("body"),
        Some("My text.")
    );
    save(&owner, &conflict, "Mine", "My text.")
        .await
        .expect(303);
    assert!(owner.get("/settings").await.expect(200).says("Mine"));
}

#[tokio::test]
async fn only_owners_change_it_and_only_if_they_proved_who_they_are() {
    let (portal, owner) = stage().await;
    for role in [Role::Admin, Role::Manager, Role::Viewer] {
        let browser = portal.signed_in(role).await;
        browser.get(PATH).await.expect(403);
        browser.post(PATH, &[]).await.expect(403);
        browser
            .post(&format!("{PATH}/preview"), &[])
            .await
            .expect(403);
    }
    let page = owner.get(PATH).await.expect(200);
    portal.advance(Duration::from_mins(11));
    let asked = save(&owner, &page, "Mine", "My text.").await.expect(303);
    assert!(asked.leads_to().unwrap().starts_with("/step-up"));
}

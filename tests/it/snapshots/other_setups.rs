//! Portals with other settings, and a Telnyx that is slow or shows far fewer accounts.

use std::time::Duration;

use reseller_portal::domain::role::Role;
use serde_json::json;

use super::{Folder, World, answer, told, world};
use crate::support::{PASSWORD, Portal, sso};

#[tokio::test]
async fn what_differs_by_settings_and_by_telnyx() {
    let mut folder = Folder::new("other_setups");
    let names = World::quiet().await;
    single_sign_on(&names, &mut folder).await;
    read_only(&names, &mut folder).await;
    slow(&names, &mut folder).await;
    fewer(&names, &mut folder).await;
    required(&names, &mut folder).await;
    folder.finish();
}

async fn single_sign_on(names: &World, folder: &mut Folder) {
    for (state, passwords) in [("sso", true), ("sso-alone", false)] {
        let portal = world::builder().settings(move |settings| {
            let mut sso = sso("http://127.0.0.1:9");
            sso.password_sign_in = passwords;
            settings.sso = Some(sso);
        });
        let portal = portal.start().await;
        let owner = portal.signed_in(Role::Owner).await;
        let page = portal.browser().get("/login").await;
        folder.compare(&format!("login.{state}"), &told(names, &page));
        let page = owner.get("/step-up?next=%2Fchannels").await;
        folder.compare(&format!("step-up.{state}"), &told(names, &page));
        let fields = [
            ("name", "Ivo Invited"),
            ("email", "ivo@example.com"),
            ("role", "viewer"),
        ];
        let invited = owner.post("/staff", &fields).await.expect(200);
        folder.compare(&format!("staff.{state}"), &told(names, &invited));
        let page = portal.browser().get(&invited.text_of("#link")).await;
        folder.compare(&format!("invite__token.{state}"), &told(names, &page));
    }
}

async fn read_only(names: &World, folder: &mut Folder) {
    let portal = world::builder()
        .settings(|settings| settings.read_only = true)
        .start()
        .await;
    portal.sweep().await;
    let owner = portal.signed_in(Role::Owner).await;
    folder.compare("tags.read-only", &told(names, &owner.get("/tags").await));
    let path = format!("/accounts/{}/channel-limit", names.accounts[0]);
    folder.compare(
        "accounts__id__channel-limit.read-only",
        &told(names, &owner.get(&path).await),
    );
    let answer = owner.post(&path, &[("channel_limit", "5")]).await;
    folder.compare(
        "accounts__id__channel-limit.read-only-sent",
        &told(names, &answer),
    );
}

/// Page that does not wait for Telnyx, and its follow-up request.
async fn slow(names: &World, folder: &mut Folder) {
    let portal =
        world::builder().settings(|settings| settings.page_time_budget = Duration::from_millis(20));
    let portal = portal.start().await;
    portal.sweep().await;
    let owner = portal.signed_in(Role::Owner).await;
    let rule = json!([{ "path": "/v2/*", "then": { "delay_ms": 5000 } }]);
    portal.sandbox.faults(rule).await;
    let path = format!("/accounts/{}", names.accounts[0]);
    folder.compare("accounts__id.slow", &told(names, &owner.get(&path).await));
    folder.compare(
        "org-users.slow",
        &told(names, &owner.get("/org-users").await),
    );
}

async fn fewer(names: &World, folder: &mut Folder) {
    let portal = world::builder().accounts(20).start().await;
    portal.sweep().await;
    for account in portal.sandbox.accounts().await.iter().take(8) {
        portal.sandbox.forget(account["id"].as_str().unwrap()).await;
    }
    portal.advance(Duration::from_mins(2));
    let _ = reseller_portal::directory::sweep::run(&portal.app).await;
    let owner = portal.signed_in(Role::Owner).await;
    let page = owner.get("/directory/accept-shrink").await;
    folder.compare("directory__accept-shrink.asked", &told(names, &page));
    let part = owner.get_fragment("/directory/accept-shrink").await;
    folder.compare(
        "directory__accept-shrink.dialog",
        &answer::part_of(&page, &part, &names.names).join("\n"),
    );
    folder.compare("dashboard.fewer", &told(names, &owner.get("/").await));
    let refused = owner
        .submit(&page, "form.confirm", &[("number", "11")])
        .await;
    folder.compare("directory__accept-shrink.refused", &told(names, &refused));
    let taken = owner
        .submit(&page, "form.confirm", &[("number", "12")])
        .await;
    folder.compare("directory__accept-shrink.taken", &told(names, &taken));
}

/// Person who must set up a second factor before anything else.
async fn required(names: &World, folder: &mut Folder) {
    let portal: Portal = world::builder().start().await;
    let owner = portal.signed_in(Role::Owner).await;
    let viewer = portal.signed_in(Role::Viewer).await;
    owner
        .post("/settings", &[("required", "viewer")])
        .await
        .expect(303);
    let led = viewer.get("/channels").await;
    folder.compare("channels.factor-required", &told(names, &led));
    folder.compare(
        "profile__factors.required",
        &told(names, &viewer.follow(&led).await),
    );
    portal.advance(Duration::from_mins(10));
    let led = viewer.get("/profile/factors/app").await;
    let page = viewer.follow(&led).await;
    folder.compare("step-up.required", &told(names, &page));
    let proved = viewer
        .submit(&page, "#prove-form", &[("password", PASSWORD)])
        .await;
    folder.compare("step-up.done", &told(names, &proved));
}

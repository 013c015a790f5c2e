//! Values that the form starts with: those of another account, and a person's own defaults.

use reseller_portal::db::{new_account_defaults, staff};
use reseller_portal::domain::new_account::NewAccountDefaults;

use super::*;

/// Creates an account with details, and returns its ID and the page of the result.
async fn first_account(portal: &Portal, ann: &Browser, assignee: &str) -> (String, Response) {
    let typed = but(&[
        ("custom_pricing", "yes"),
        ("tags", "Key account, \"North, East\""),
        ("assignee", assignee),
        ("note", "Only for this one."),
        ("display_name", "Only this one"),
    ]);
    let review = review_of(ann, &typed).await;
    let page = created(ann, &review, &[]).await.expect(200);
    let id = acmes(portal).await[0]["id"].as_str().unwrap().to_owned();
    (id, page)
}

#[tokio::test]
async fn another_like_this_keeps_everything_but_what_names_the_customer() {
    let (portal, ann) = stage().await;
    let boss = portal.staff(Role::Admin).await;
    let assignee = boss.staff_id.to_string();
    let (id, result) = first_account(&portal, &ann, &assignee).await;
    let link = format!("/accounts/new?like={id}");
    let account = ann.get(&format!("/accounts/{id}")).await.expect(200);
    for page in [&result, &account] {
        assert!(page.has(&format!("a[href='{link}']")), "{}", page.asked);
    }
    let page = ann.get(&link).await.expect(200);
    assert!(page.says("Copied from Only this one"), "{}", page.words());
    let form = page.form("#new-account");
    for (name, value) in [
        ("organization_name", ""),
        ("email", ""),
        ("display_name", ""),
        ("note", ""),
        ("rollup_billing", "yes"),
        ("custom_pricing", "yes"),
        ("channel_limit", "30"),
        ("tags", "Key account, \"North, East\""),
        ("assignee", assignee.as_str()),
    ] {
        assert_eq!(form.value(name), Some(value), "{name}");
    }
    // The page still says which account it copies after an error and on the way back.
    let wrong = ann.submit(&page, "#new-account", &[]).await.expect(422);
    assert!(wrong.says("Copied from Only this one"));
    let typed = [("organization_name", "Second"), ("email", "b@acme.example")];
    let review = ann.submit(&wrong, "#new-account", &typed).await.expect(200);
    let back = ann.submit(&review, "#change", &[]).await.expect(200);
    assert!(back.says("Copied from Only this one"));
}

#[tokio::test]
async fn an_account_that_nobody_knows_is_not_copied_and_the_page_says_so() {
    let (_portal, ann) = stage().await;
    for like in [
        "nothing",
        "01980000-0000-7000-8000-000000000000",
        "%20",
        "a%00b",
    ] {
        let page = ann
            .get(&format!("/accounts/new?like={like}"))
            .await
            .expect(200);
        assert!(page.says("Nothing was copied"), "{like}: {}", page.words());
        assert_eq!(page.form("#new-account").value("rollup_billing"), None);
    }
}

#[tokio::test]
async fn what_is_not_known_of_an_account_is_named_and_left_blank() {
    let (portal, ann) = stage().await;
    let known = portal.sandbox.id_of("enabled").await;
    let page = ann
        .get(&format!("/accounts/new?like={known}"))
        .await
        .expect(200);
    assert!(page.says("Not known: channel limit"), "{}", page.words());
    assert_eq!(page.form("#new-account").value("channel_limit"), Some(""));
}

#[tokio::test]
async fn own_defaults_are_saved_from_the_form_which_keeps_what_was_typed() {
    let (portal, ann) = stage().await;
    let boss = portal.staff(Role::Admin).await;
    let assignee = boss.staff_id.to_string();
    let typed = but(&[
        ("custom_pricing", "yes"),
        ("tags", "Key account"),
        ("assignee", &assignee),
        ("note", "Half a no"),
    ]);
    let form = ann.get("/accounts/new").await.expect(200);
    assert!(form.says("None yet"));
    let filled = form.form("#new-account");
    let mut fields = filled.filled(&typed);
    fields.push(("defaults", "save"));
    let page = ann
        .post("/accounts/new/defaults", &fields)
        .await
        .expect(200);
    assert!(page.says("Saved as your defaults"), "{}", page.words());
    let summary = format!(
        "New forms start with: channel limit 30, custom pricing, tags: Key account, account \
         manager: {}.",
        boss.name
    );
    assert!(page.says(&summary), "{}", page.words());
    for (name, value) in &typed {
        assert_eq!(
            page.form("#new-account").value(name),
            Some(*value),
            "{name}"
        );
    }
    // A new form starts with them, without a customer and without an answer about billing.
    let new = ann
        .get("/accounts/new")
        .await
        .expect(200)
        .form("#new-account");
    for (name, value) in [
        ("organization_name", ""),
        ("note", ""),
        ("custom_pricing", "yes"),
        ("channel_limit", "30"),
        ("tags", "Key account"),
        ("assignee", assignee.as_str()),
    ] {
        assert_eq!(new.value(name), Some(value), "{name}");
    }
    assert_eq!(new.value("rollup_billing"), None);
    assert!(ann.get("/profile").await.expect(200).says(&summary));
    // They are one person's own.
    let bob = portal.signed_in(Role::Admin).await;
    let other = bob
        .get("/accounts/new")
        .await
        .expect(200)
        .form("#new-account");
    assert_eq!(other.value("channel_limit"), Some(""));
    // Another account has priority over them.
    let known = portal.sandbox.id_of("enabled").await;
    let like = ann
        .get(&format!("/accounts/new?like={known}"))
        .await
        .expect(200);
    assert_eq!(like.form("#new-account").value("tags"), Some(""));

    let removed = [("defaults", "remove"), ("organization_name", "Acme")];
    let page = ann
        .post("/accounts/new/defaults", &removed)
        .await
        .expect(200);
    assert!(page.says("None yet"));
    assert_eq!(
        page.form("#new-account").value("organization_name"),
        Some("Acme")
    );
    let new = ann
        .get("/accounts/new")
        .await
        .expect(200)
        .form("#new-account");
    assert_eq!(new.value("channel_limit"), Some(""));
    assert_eq!(portal.sandbox.changes().await, Vec::<String>::new());
}

#[tokio::test]
async fn wrong_defaults_are_told_at_their_fields_and_not_saved() {
    let (portal, ann) = stage().await;
    let typed = but(&[("channel_limit", "many"), ("defaults", "save")]);
    let page = ann.post("/accounts/new/defaults", &typed).await.expect(422);
    assert!(page.says("Your defaults were not saved"));
    assert!(page.has("#channel_limit-help .field-error"));
    assert_eq!(
        page.form("#new-account").value("channel_limit"),
        Some("many")
    );
    // The name of the customer is no default, so that it may still be missing.
    let typed = [("defaults", "save"), ("channel_limit", "4")];
    ann.post("/accounts/new/defaults", &typed).await.expect(200);
    drop(portal);
}

#[tokio::test]
async fn a_default_account_manager_who_was_disabled_is_left_out() {
    let (portal, _) = stage().await;
    let ann = portal.staff(Role::Manager).await;
    let boss = portal.staff(Role::Admin).await;
    let defaults = NewAccountDefaults {
        assignee: Some(boss.staff_id),
        ..NewAccountDefaults::default()
    };
    new_account_defaults::set(&portal.db, ann.staff_id, &defaults)
        .await
        .unwrap();
    let mut tx = portal.db.begin().await.unwrap();
    staff::set_disabled(&mut tx, boss.staff_id, Some(portal.clock.now()))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let browser = portal.signed_in_as(&ann).await;
    let form = browser
        .get("/accounts/new")
        .await
        .expect(200)
        .form("#new-account");
    assert_eq!(form.value("assignee"), Some(""));
}

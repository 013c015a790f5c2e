//! First steps of an owner.

use super::*;

/// Returns the titles of the steps that are open.
fn open(page: &Response) -> Vec<String> {
    page.select("#checklist li[data-kind=info] strong")
}

#[tokio::test]
async fn the_steps_are_read_from_the_data_and_end_with_the_last_one() {
    let portal = Portal::build().accounts(1).start().await;
    portal.sweep().await;
    let owner = portal.signed_in(Role::Owner).await;
    let page = owner.get("/").await.expect(200);
    assert_eq!(
        open(&page),
        [
            "Set up your second factor",
            "Invite a colleague",
            "Record channel limits",
            "Set up email",
            "Choose a name, color or logo"
        ]
    );
    let words = page.text_of("#checklist");
    assert!(words.contains("0 of 5 done"), "{words}");
    assert!(words.contains("1 account has no known limit"), "{words}");
    assert!(words.contains("PORTAL_SMTP_URL"), "{words}");
    for href in page.attrs_of("#checklist a", "href") {
        owner.get(&href).await.expect(200);
    }
    let account = accounts::list(&portal.db, &accounts::ListFilter::default())
        .await
        .unwrap()
        .rows
        .remove(0);
    known(&portal, account.id.as_str(), 4).await;
    portal.signed_in(Role::Viewer).await;
    let name = [("name", "Acme"), ("version", "0")];
    owner.post("/settings/appearance", &name).await.expect(303);
    let page = owner.get("/").await.expect(200);
    assert_eq!(open(&page), ["Set up your second factor", "Set up email"]);
    assert!(page.text_of("#checklist").contains("3 of 5 done"));
}

#[tokio::test]
async fn an_owner_hides_the_list_and_shows_it_again() {
    let portal = Portal::start().await;
    let (ann, bob) = (
        portal.signed_in(Role::Owner).await,
        portal.signed_in(Role::Owner).await,
    );
    let settings = ann.get("/settings").await.expect(200);
    assert!(!settings.has("#show-checklist"));
    let page = ann.get("/").await.expect(200);
    let hidden = ann.submit(&page, "#hide-checklist", &[]).await.expect(303);
    let page = ann.follow(&hidden).await.expect(200);
    assert!(!page.has("#checklist"));
    assert!(page.text_of(".toast p").contains("from the settings"));
    assert!(bob.get("/").await.expect(200).has("#checklist"));
    let settings = ann.get("/settings").await.expect(200);
    let shown = ann.submit(&settings, "#show-checklist", &[]).await;
    let page = ann.follow(&shown.expect(303)).await.expect(200);
    assert!(page.has("#checklist"));
}

#[tokio::test]
async fn only_owners_have_first_steps() {
    let portal = Portal::start().await;
    for role in [Role::Admin, Role::Manager, Role::Viewer] {
        let browser = portal.signed_in(role).await;
        assert!(!browser.get("/").await.expect(200).has("#checklist"));
        browser.post("/checklist/hide", &[]).await.expect(403);
    }
}

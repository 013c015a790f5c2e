//! Saved views follow tags that get another name.

use reseller_portal::domain::role::Role;

use super::*;

/// Saves a list as a view.
async fn save(browser: &Browser, list: &str, name: &str) {
    let form = [("list", list), ("name", name)];
    let saved = browser.post("/accounts/views/save", &form).await;
    saved.expect(303);
}

/// Returns the addresses of a person's views.
async fn views(browser: &Browser) -> Vec<String> {
    let page = browser.get("/accounts/views").await.expect(200);
    page.attrs_of(".views li > div > a", "href")
}

#[tokio::test]
async fn saved_views_follow_a_tag_that_is_renamed_or_merged() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let bob = portal.signed_in(Role::Viewer).await;
    let ids = some(&portal).await;
    tag(&ann, &ids[0], "Old & new").await;
    tag(&ann, &ids[1], "Other").await;
    save(
        &ann,
        "/accounts?tag=old+%26+NEW&status=all&sort=-name",
        "One",
    )
    .await;
    save(&bob, "/accounts?tag=Other&tag=Old+%26+new", "Both").await;
    save(&bob, "/accounts?q=Old+%26+new", "Search").await;

    let page = ann.get("/tags?q=old").await.expect(200);
    let rename = page.attr_of("a[href$='/rename']", "href").unwrap();
    let form = ann.get(&rename).await.expect(200);
    let typed = [("name", "Key = account")];
    ann.submit(&form, "form.confirm", &typed).await.expect(303);
    let one = &views(&ann).await[0];
    assert!(
        one.starts_with("/accounts?tag=Key+%3D+account&sort=-name&view="),
        "{one}"
    );
    assert!(one.ends_with(".2"), "{one}");
    let [both, search] = &views(&bob).await[..] else {
        panic!("two views");
    };
    assert!(
        both.starts_with("/accounts?tag=Other&tag=Key+%3D+account&"),
        "{both}"
    );
    assert!(
        search.starts_with("/accounts?q=Old+%26+new&") && search.ends_with(".1"),
        "{search}"
    );
    let opened = ann.get(one).await.expect(200);
    assert_eq!(opened.select(".chip"), ["Tag: Key = account"]);
    assert!(opened.has(&format!("#account-{}", ids[0])));

    let page = ann.get("/tags?q=key").await.expect(200);
    let merge = page.attr_of("a[href$='/merge']", "href").unwrap();
    let form = ann.get(&merge).await.expect(200);
    ann.submit(&form, "form.confirm", &[("into", "other")])
        .await
        .expect(303);
    assert!(views(&ann).await[0].starts_with("/accounts?tag=Other&sort=-name&view="));
    assert!(views(&bob).await[0].starts_with("/accounts?tag=Other&view="));
}

//! Jump box.

use reseller_portal::db::accounts;
use reseller_portal::domain::role::Role;

use super::{swept, text};

#[tokio::test]
async fn a_few_letters_find_an_account_and_lead_to_it() {
    let (portal, vic) = swept(Role::Viewer).await;
    let account = &portal.sandbox.accounts().await[5];
    let (id, name) = (text(account, "id"), text(account, "organization_name"));
    let letters: String = name.chars().take(5).collect::<String>().to_lowercase();
    let encoded: String = url::form_urlencoded::byte_serialize(letters.as_bytes()).collect();
    let found = vic
        .get_fragment(&format!("/accounts/jump?q={encoded}"))
        .await
        .expect(200);
    assert!(
        found
            .attrs_of("li a", "href")
            .contains(&format!("/accounts/{id}")),
        "{}",
        found.text
    );
    assert!(found.says(name) && found.says(text(account, "email")));
    assert!(!found.text.contains("<html"));
}

#[tokio::test]
async fn nothing_typed_shows_nothing_and_nothing_found_says_so() {
    let (_portal, vic) = swept(Role::Viewer).await;
    for q in ["", "?q=", "?q=%20"] {
        assert_eq!(
            vic.get_fragment(&format!("/accounts/jump{q}"))
                .await
                .expect(200)
                .text
                .trim(),
            ""
        );
    }
    let none = vic
        .get_fragment("/accounts/jump?q=zzqqzz")
        .await
        .expect(200);
    assert_eq!(none.text_of("li.none"), "No account matches.");
}

#[tokio::test]
async fn the_whole_id_of_an_account_that_is_gone_still_leads_to_it() {
    let (portal, vic) = swept(Role::Viewer).await;
    let id = portal.sandbox.id_of("enabled").await;
    super::show::gone(&portal, &id).await;
    let found = vic
        .get_fragment(&format!("/accounts/jump?q={id}"))
        .await
        .expect(200);
    assert_eq!(found.attrs_of("li a", "href"), [format!("/accounts/{id}")]);
    assert!(found.says("Gone from Telnyx"));
}

#[tokio::test]
async fn sent_off_as_a_form_it_opens_the_first_that_it_finds() {
    let (portal, vic) = swept(Role::Viewer).await;
    let account = &portal.sandbox.accounts().await[5];
    let (id, email) = (text(account, "id"), text(account, "email"));
    let encoded: String = url::form_urlencoded::byte_serialize(email.as_bytes()).collect();
    let to = vic
        .get(&format!("/accounts/jump?q={encoded}"))
        .await
        .leads_to();
    assert_eq!(to, Some(format!("/accounts/{id}")));
    // Enter opens the first result that the box shows.
    let shown = vic.get_fragment("/accounts/jump?q=e").await.expect(200);
    let to = vic.get("/accounts/jump?q=e").await.leads_to();
    assert_eq!(to.as_ref(), shown.attrs_of("li a", "href").first());
}

#[tokio::test]
async fn sent_off_as_a_form_that_finds_nothing_it_leads_to_the_list() {
    let (_portal, vic) = swept(Role::Viewer).await;
    for (typed, to) in [
        ("", "/accounts"),
        ("?q=%20", "/accounts"),
        ("?q=zz+qq%26tag%3Da", "/accounts?q=zz+qq%26tag%3Da"),
    ] {
        assert_eq!(
            vic.get(&format!("/accounts/jump{typed}"))
                .await
                .leads_to()
                .as_deref(),
            Some(to)
        );
    }
}

#[tokio::test]
async fn a_match_by_tag_or_note_says_so_comes_last_and_is_not_opened_by_enter() {
    let (portal, ann) = swept(Role::Manager).await;
    let all = portal.sandbox.accounts().await;
    let (tagged, noted, named) = (
        text(&all[1], "id"),
        text(&all[2], "id"),
        text(&all[3], "id"),
    );
    let page = ann.get(&format!("/accounts/{tagged}")).await.expect(200);
    ann.submit(&page, "#tags form.annotation-form", &[("tag", "Quuxly")])
        .await
        .expect(303);
    let page = ann.get(&format!("/accounts/{noted}")).await.expect(200);
    ann.submit(
        &page,
        "#notes form.annotation-form",
        &[("note", "Asked for quuxly channels")],
    )
    .await
    .expect(303);
    let to = ann.get("/accounts/jump?q=quuxly").await.leads_to();
    assert_eq!(to.as_deref(), Some("/accounts?q=quuxly"));
    let account = accounts::by_id(&portal.db, &named.parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    let mut tx = portal.db.begin().await.unwrap();
    accounts::set_display_name(&mut tx, &account.id, None, Some("Zz Quuxly Ltd"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let found = ann
        .get_fragment("/accounts/jump?q=quuxly")
        .await
        .expect(200);
    let links = found.attrs_of("li a", "href");
    assert_eq!(links.len(), 3);
    assert_eq!(links[0], format!("/accounts/{named}"));
    let why = found.select("li small.why");
    assert_eq!(why.len(), 2, "{why:?}");
    assert!(why.iter().any(|why| why.contains("tag: Quuxly")), "{why:?}");
    assert!(why.iter().any(|why| why.contains("note")), "{why:?}");
    let to = ann.get("/accounts/jump?q=quuxly").await.leads_to();
    assert_eq!(to, Some(format!("/accounts/{named}")));
}

//! Keyboard shortcuts: the list on each page, for each role, and the switch on the profile.

use reseller_portal::domain::role::Role;

use crate::support::{Portal, Response};

/// Returns scope, keys, act and address of each key that the page's script binds.
fn bound(page: &Response) -> Vec<[String; 4]> {
    let table = page.attr_of("body", "data-shortcuts").unwrap();
    let lines = table.split(';').map(|line| {
        let parts: Vec<String> = line.split(':').map(str::to_owned).collect();
        parts.try_into().unwrap()
    });
    lines.collect()
}

/// Returns the keys that are bound anywhere on the page.
fn keys(page: &Response) -> Vec<String> {
    let bound = bound(page).into_iter();
    let on_page = bound.filter(|[scope, ..]| scope == "page");
    on_page.map(|[_, keys, ..]| keys).collect()
}

#[tokio::test]
async fn each_role_sees_the_keys_that_it_may_use_and_they_lead_to_pages_of_its_own() {
    let portal = Portal::start().await;
    for role in Role::ALL {
        let browser = portal.signed_in(role).await;
        let page = browser.get("/profile").await.expect(200);
        let may_change = role != Role::Viewer;
        for key in ["c", "e"] {
            assert_eq!(
                keys(&page).contains(&key.to_owned()),
                may_change,
                "{role:?} {key}"
            );
        }
        for key in ["g a", "g t", "j", "x", "/", "?", "Mod+k"] {
            assert!(keys(&page).contains(&key.to_owned()), "{role:?} {key}");
        }
        let addresses = bound(&page).into_iter();
        let addresses: Vec<String> = addresses
            .map(|[.., to]| to)
            .filter(|to| !to.is_empty())
            .collect();
        assert!(addresses.len() > 7);
        for address in addresses {
            browser.get(&address).await.expect(200);
        }
        let list = browser.get("/shortcuts").await.expect(200);
        assert_eq!(list.says("Create an account"), may_change, "{role:?}");
        let dialog = browser.get_fragment("/shortcuts").await.expect(200);
        assert!(!dialog.text.contains("<html") && dialog.has("[data-close]"));
    }
}

#[tokio::test]
async fn single_keys_can_be_turned_off_for_a_person_on_every_device() {
    let portal = Portal::start().await;
    let actor = portal.staff(Role::Manager).await;
    let (here, there) = (
        portal.signed_in_as(&actor).await,
        portal.signed_in_as(&actor).await,
    );
    let page = here.get("/profile").await.expect(200);
    assert!(page.has("#keys-form input[name=single_keys][checked]"));
    here.post("/profile/keys", &[]).await.expect(303);
    let page = there.get("/profile").await.expect(200);
    assert_eq!(keys(&page), ["Mod+k"]);
    assert!(!page.has("#keys-form input[name=single_keys][checked]"));
    // Keys of menus and of the palette work only there.
    for scope in ["menu", "palette"] {
        assert!(bound(&page).iter().any(|[of, ..]| of == scope), "{scope}");
    }
    let list = there.get("/shortcuts").await.expect(200);
    assert!(list.says("Single-key shortcuts are off") && !list.says("Next and previous row"));
    there
        .submit(&page, "#keys-form", &[("single_keys", "yes")])
        .await
        .expect(303);
    assert!(keys(&here.get("/profile").await).contains(&"j".to_owned()));
    let other = portal.signed_in(Role::Manager).await;
    assert!(keys(&other.get("/profile").await).contains(&"j".to_owned()));
}

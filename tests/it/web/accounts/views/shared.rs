//! Shared views, and the tabs that store a changed list under its view.

use reseller_portal::db::audit::{self, EventFilter};
use reseller_portal::domain::audit::EventKind;

use super::*;
use crate::support::Portal;

const UPDATE: &str = "#views form[action$=\"/update\"]";

/// Submits the form of a view's verb in the dialog.
async fn act(browser: &Browser, name: &str, verb: &str) -> Response {
    let page = browser.get("/accounts/views").await.expect(200);
    let css = format!("li:has(button[aria-label=\"{name}\"]) form[action$=\"/{verb}\"]");
    browser.submit(&page, &css, &[]).await
}

async fn share(browser: &Browser, name: &str) -> Response {
    act(browser, &format!("Share {name}"), "share").await
}

/// Returns the address of a tab.
async fn tab(browser: &Browser, name: &str) -> String {
    let list = browser.get("/accounts?status=all").await.expect(200);
    let names = list.select("#views .tabs a > span:first-of-type");
    let links = list.attrs_of("#views .tabs a:has(span)", "href");
    let at = names.iter().position(|other| other == name).unwrap();
    links[at].clone()
}

async fn messages(portal: &Portal) -> Vec<String> {
    let filter = EventFilter {
        kinds: vec![EventKind::SharedView],
        ..EventFilter::default()
    };
    let entries = audit::latest(&portal.db, &filter, 50).await.unwrap();
    entries
        .into_iter()
        .map(|entry| format!("{}: {}", entry.event.target, entry.event.message))
        .collect()
}

#[tokio::test]
async fn a_shared_view_is_a_tab_for_everyone_and_changed_by_those_who_may() {
    let (portal, ann) = swept(Role::Admin).await;
    let bob = portal.signed_in(Role::Manager).await;
    assert!(!bob.get("/accounts").await.has("#views"), "no views yet");
    save(&ann, "/accounts?status=disabled", "Out").await;
    assert!(!bob.get("/accounts").await.has("#views"));
    share(&ann, "Out").await.expect(303);

    let address = tab(&bob, "Out").await;
    let open = bob.get(&address).await.expect(200);
    assert_eq!(open.text_of(OPEN), "Out (shared)");
    assert!(!open.has(UPDATE));
    let dialog = bob.get("/accounts/views").await.expect(200);
    assert!(dialog.says("Shared with the team"));
    assert!(!dialog.has("form[action*=\"/shared/\"]") && !dialog.has("form[action$=\"/share\"]"));
    let changed = bob.get(&format!("{address}&sort=-email")).await.expect(200);
    assert!(!changed.has(UPDATE) && changed.says("Save as new"));
    for verb in ["rename", "update", "move", "delete", "unshare"] {
        let id = "01980000-0000-7000-8000-000000000000";
        let path = format!("/accounts/views/shared/{id}/{verb}");
        bob.post(&path, &[]).await.expect(403);
    }

    let changed = ann.get(&format!("{address}&sort=-email")).await.expect(200);
    let updated = ann.submit(&changed, UPDATE, &[]).await.expect(303);
    let page = ann.follow(&updated).await.expect(200);
    assert!(page.says("View \u{201c}Out\u{201d} updated.") && !page.has(UPDATE));
    assert!(tab(&bob, "Out").await.contains("sort=-email"));

    let page = ann.get("/accounts/views").await;
    let rename = "form[action*=\"/shared/\"][action$=\"/rename\"]";
    ann.submit(&page, rename, &[("name", "Switched off")])
        .await
        .expect(303);
    let outdated = "form[action$=\"/unshare\"]";
    let refused = ann.submit(&page, outdated, &[]).await.expect(303);
    assert!(ann.follow(&refused).await.says("Nothing was changed"));
    let dialog = bob.get("/accounts/views").await.expect(200);
    let default = "form[action$=\"/default\"]";
    bob.submit(&dialog, default, &[("default", "yes")])
        .await
        .expect(303);
    let opened = bob.get("/accounts").await.leads_to().unwrap();
    assert!(opened.starts_with("/accounts?status=disabled"));
    act(&ann, "Stop sharing Switched off", "unshare")
        .await
        .expect(303);
    let all = bob.get("/accounts").await.expect(200);
    assert!(!all.has("#views"), "no default is left behind");
    let gone = bob.get(&address).await.expect(200);
    assert!(gone.says("does not exist or is not shared with you"));
    assert_eq!(gone.select(".chip"), ["Status: Disabled"]);

    share(&ann, "Switched off").await.expect(303);
    let dialog = ann.get("/accounts/views").await.expect(200);
    let ask = dialog.attr_of("a[aria-label='Delete Switched off']", "href");
    let ask = ask.unwrap();
    bob.get(&ask).await.expect(403);
    let form = ann.get(&ask).await.expect(200);
    assert!(form.says("Everyone loses this view."), "{}", form.words());
    ann.submit(&form, "form.confirm", &[]).await.expect(303);
    assert!(!bob.get("/accounts").await.has("#views"));
    assert_eq!(
        messages(&portal).await,
        [
            "Switched off: Deleted.",
            "Switched off: Shared with the team.",
            "Switched off: No longer shared.",
            "Out: Renamed.",
            "Out: Its order or columns were changed.",
            "Out: Shared with the team.",
        ]
    );
}

#[tokio::test]
async fn a_changed_list_is_stored_only_over_the_view_that_it_was_opened_with() {
    let (portal, ann) = swept(Role::Owner).await;
    let ben = portal.signed_in(Role::Admin).await;
    save(&ann, "/accounts?status=disabled", "Out").await;
    share(&ann, "Out").await.expect(303);
    let address = tab(&ann, "Out").await;
    let by_ann = ann.get(&format!("{address}&sort=email")).await.expect(200);
    let by_ben = ben.get(&format!("{address}&sort=-email")).await.expect(200);
    assert_eq!(by_ann.text_of(OPEN), "Out (shared)", "it stays open");
    ann.submit(&by_ann, UPDATE, &[]).await.expect(303);
    let refused = ben.submit(&by_ben, UPDATE, &[]).await.expect(303);
    let list = ben.follow(&refused).await.expect(200);
    assert!(list.says("Not updated: the view"), "{}", list.words());
    assert!(refused.leads_to().unwrap().contains("sort=-email"));
    assert!(tab(&ben, "Out").await.contains("sort=email"));
    let partial = ben.get_fragment(&format!("{address}&q=a")).await;
    assert!(partial.text.contains("Update view for everyone"));
}

#[tokio::test]
async fn views_are_moved_by_their_owner_and_names_of_shared_ones_are_unique() {
    let (portal, ann) = swept(Role::Owner).await;
    let ben = portal.signed_in(Role::Admin).await;
    for name in ["One", "Two", "Three"] {
        save(&ann, "/accounts?status=disabled", name).await;
    }
    let page = ann.get("/accounts/views").await;
    let form = "li:has(button[aria-label=\"Share Three\"]) form[action$=\"/move\"]";
    let moved = ann.submit(&page, form, &[("direction", "up")]).await;
    assert!(moved.leads_to().unwrap().contains("#view-"));
    let names = ann
        .get("/accounts/views")
        .await
        .select(".views li > div > a");
    assert_eq!(names, ["One", "Three", "Two"]);
    save(&ben, "/accounts?status=enabled", "one").await;
    share(&ann, "One").await.expect(303);
    let refused = share(&ben, "one").await.expect(303);
    assert!(
        ben.follow(&refused)
            .await
            .says("There is a shared view of this name.")
    );
    share(&ann, "Two").await.expect(303);
    let page = ben.get("/accounts/views").await;
    let form = "li:has(button[aria-label=\"Stop sharing Two\"]) form[action$=\"/move\"]";
    ben.submit(&page, form, &[("direction", "up")])
        .await
        .expect(303);
    let names = ann
        .get("/accounts/views")
        .await
        .select(".views li > div > a");
    assert_eq!(names, ["Three", "Two", "One"]);
}

#[tokio::test]
async fn a_view_says_which_of_its_tags_and_people_are_gone() {
    let (_portal, ann) = swept(Role::Manager).await;
    let nobody = "01980000-0000-7000-8000-000000000000";
    let list = format!("/accounts?status=enabled&assignee={nobody}&tag=Old");
    let saved = save(&ann, &list, "Past").await;
    let page = ann.follow(&saved).await.expect(200);
    assert!(page.says("The tag \u{201c}Old\u{201d} of this view no longer exists. Ignored."));
    assert!(page.says("The account manager of this view no longer exists. Ignored."));
    assert_eq!(page.select(".chip"), ["Status: Enabled"]);
    assert!(page.has("#rows tbody tr"));
    let updated = ann.submit(&page, UPDATE, &[]).await.expect(303);
    assert!(!ann.follow(&updated).await.says("no longer exists"));
    let odd = ann.get("/accounts?view=odd").await.expect(200);
    assert!(odd.says("Unknown view"));
}

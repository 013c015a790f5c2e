//! Saved views of the list.

use reseller_portal::domain::role::Role;

use super::swept;
use crate::support::{Browser, Response};

mod shared;

const SAVE: &str = "form[action=\"/accounts/views/save\"]";
/// Tab of the open view.
const OPEN: &str = "#views .tabs a[aria-current]";

/// Returns the address without the view that it names.
fn without_view(address: &str) -> &str {
    address.split("&view=").next().unwrap()
}

async fn save(ann: &Browser, list: &str, name: &str) -> Response {
    let page = ann
        .get(&list.replacen("/accounts", "/accounts/views", 1))
        .await
        .expect(200);
    ann.submit(&page, SAVE, &[("name", name)]).await
}

/// Returns the ID of the view with this name.
async fn id_of(ann: &Browser, name: &str) -> String {
    let page = ann.get("/accounts/views").await.expect(200);
    let link = page.attr_of(&format!("a[aria-label=\"Delete {name}\"]"), "href");
    link.unwrap().split('/').nth(3).unwrap().to_owned()
}

#[tokio::test]
async fn a_view_is_saved_from_the_list_as_it_stands_and_opened_by_its_name() {
    let (_portal, ann) = swept(Role::Viewer).await;
    let list = ann
        .get("/accounts?status=disabled&sort=-email&page=1")
        .await
        .expect(200);
    let to_views = list
        .attr_of("#rows a[href^=\"/accounts/views\"]", "href")
        .unwrap();
    let form = ann.get(&to_views).await.expect(200);
    assert!(form.says("Status: Disabled") && form.says("No views yet."));
    let saved = ann
        .submit(&form, SAVE, &[("name", "  Overdue & out ")])
        .await;
    assert_eq!(
        saved.leads_to().as_deref().map(without_view),
        Some("/accounts?status=disabled&sort=-email")
    );
    let shown = ann.follow(&saved).await.expect(200);
    assert_eq!(shown.text_of(OPEN), "Overdue & out");
    let same = ann.get("/accounts?status=disabled&sort=-email").await;
    assert_eq!(same.text_of(OPEN), "Overdue & out", "the same list");
    assert!(
        !ann.get("/accounts?status=disabled").await.has(OPEN),
        "another order is another list"
    );
    let views = ann.get("/accounts/views").await.expect(200);
    let links = views.attrs_of(".views li > div > a", "href");
    assert_eq!(
        without_view(&links[0]),
        "/accounts?status=disabled&sort=-email"
    );
    assert!(
        ann.get("/accounts").await.expect(200).has("#rows"),
        "no view is the default by itself"
    );
}

#[tokio::test]
async fn the_default_view_opens_first_and_all_accounts_stay_one_step_away() {
    let (portal, ann) = swept(Role::Viewer).await;
    save(&ann, "/accounts?status=disabled", "Out").await;
    let id = id_of(&ann, "Out").await;
    let made = ann
        .post(
            &format!("/accounts/views/{id}/default"),
            &[("default", "yes")],
        )
        .await;
    assert_eq!(made.leads_to().as_deref(), Some("/accounts/views"));
    assert!(ann.follow(&made).await.says("Default"));
    let menu = ann.get("/accounts").await;
    assert_eq!(
        menu.leads_to().as_deref().map(without_view),
        Some("/accounts?status=disabled")
    );
    let view = ann.follow(&menu).await.expect(200);
    assert_eq!(view.text_of(OPEN), "Out");
    let all = view.attr_of("#views .tabs a", "href").unwrap();
    assert_eq!(all, "/accounts?status=all");
    let all = ann.get(&all).await.expect(200);
    assert_eq!(
        all.count("#rows tbody tr"),
        portal.sandbox.accounts().await.len()
    );
    assert!(!all.has("a.chip"));
    assert!(
        !all.attrs_of("#table a", "href")
            .contains(&"/accounts".to_owned()),
        "nothing on the page leads back into the view unasked"
    );
    let searched = ann
        .submit(&all, "#table form[role=search]", &[("q", "")])
        .await
        .expect(200);
    assert_eq!(
        searched.count("#rows tbody tr"),
        portal.sandbox.accounts().await.len()
    );
    let refreshed = ann
        .post("/accounts/refresh", &[("list", "/accounts?status=all")])
        .await;
    assert_eq!(
        refreshed.leads_to().as_deref(),
        Some("/accounts?status=all")
    );

    let form = ann
        .get("/accounts/filter?status=disabled")
        .await
        .expect(200);
    let any = form.attr_of("#filter-status option", "value").unwrap();
    let without_filters = [
        format!("/accounts?status={any}"),
        form.attr_of(".confirm-foot a.start", "href").unwrap(),
        ann.get("/accounts/views?status=all")
            .await
            .attr_of("input[name=list]", "value")
            .unwrap(),
    ];
    for address in without_filters {
        let all = ann.get(&address).await.expect(200);
        assert_eq!(
            all.count("#rows tbody tr"),
            portal.sandbox.accounts().await.len(),
            "{address}"
        );
        assert_eq!(all.count("a.chip"), 0, "{address}");
    }

    let other = portal.signed_in(Role::Viewer).await;
    assert_eq!(other.get("/accounts").await.expect(200).count("a.chip"), 0);
    ann.post(
        &format!("/accounts/views/{id}/default"),
        &[("default", "no")],
    )
    .await;
    ann.get("/accounts").await.expect(200);
}

#[tokio::test]
async fn views_are_renamed_and_deleted_by_their_owner_alone() {
    let (portal, ann) = swept(Role::Viewer).await;
    save(&ann, "/accounts?status=disabled", "One").await;
    save(&ann, "/accounts?status=enabled", "Two").await;
    let id = id_of(&ann, "One").await;
    let page = ann.get("/accounts/views").await;
    let rename = format!("form[action=\"/accounts/views/{id}/rename\"]");
    let taken = ann
        .submit(&page, &rename, &[("name", "tWO")])
        .await
        .expect(422);
    assert!(taken.says("You have another view of this name."));
    assert_eq!(
        taken
            .attr_of("details[open] input[aria-invalid]", "value")
            .as_deref(),
        Some("tWO")
    );
    ann.submit(&page, &rename, &[("name", "ONE")])
        .await
        .expect(303);
    let outdated = ann.submit(&page, &rename, &[("name", "Once")]).await;
    assert!(
        outdated
            .expect(422)
            .says("Someone changed this view meanwhile.")
    );
    assert_eq!(
        ann.get("/accounts/views")
            .await
            .select(".views li > div > a"),
        ["ONE", "Two"]
    );

    let bob = portal.signed_in(Role::Owner).await;
    for (verb, field) in [
        ("rename", ("name", "Mine")),
        ("delete", ("name", "")),
        ("default", ("default", "yes")),
        ("update", ("list", "/accounts")),
        ("move", ("direction", "up")),
        ("share", ("version", "1")),
    ] {
        let answer = bob
            .post(&format!("/accounts/views/{id}/{verb}"), &[field])
            .await
            .expect(303);
        assert!(
            bob.follow(&answer)
                .await
                .says("This view no longer exists."),
            "{verb}"
        );
    }
    assert_eq!(
        ann.get("/accounts/views")
            .await
            .select(".views li > div > a"),
        ["ONE", "Two"]
    );
    let page = ann.get("/accounts/views?status=enabled").await;
    let ask = page.attr_of(&format!("a[href*=\"{id}/delete\"]"), "href");
    let form = ann.get(&ask.unwrap()).await.expect(200);
    assert!(form.says("Delete the view \u{201c}\u{2068}ONE\u{2069}\u{201d}?"));
    assert!(form.says("There is no undo."), "{}", form.words());
    let deleted = ann.submit(&form, "form.confirm", &[]).await.expect(303);
    assert_eq!(
        deleted.leads_to().unwrap(),
        "/accounts/views?status=enabled"
    );
    assert_eq!(
        ann.get("/accounts/views")
            .await
            .select(".views li > div > a"),
        ["Two"]
    );
    ann.get("/accounts").await.expect(200);
}

#[tokio::test]
async fn a_name_or_a_query_that_cannot_be_saved_is_refused_at_the_field_and_kept() {
    let (_portal, ann) = swept(Role::Viewer).await;
    let long = "x".repeat(61);
    save(&ann, "/accounts?status=disabled", "Café")
        .await
        .expect(303);
    for (name, why) in [
        ("", "This is required."),
        (" \u{301} ", "This has no visible characters."),
        (long.as_str(), "This is too long: at most 60 characters."),
        (
            "a\u{7}b",
            "This contains a line break or a control character",
        ),
        ("CAFE", "You already have a view of this name."),
    ] {
        let refused = save(&ann, "/accounts?status=enabled", name)
            .await
            .expect(422);
        assert!(refused.says(why), "{name:?}: {}", refused.words());
        assert_eq!(
            refused
                .attr_of("#view-name[aria-invalid=true]", "value")
                .as_deref(),
            Some(name)
        );
        assert_eq!(
            refused
                .attr_of(&format!("{SAVE} [name=list]"), "value")
                .as_deref(),
            Some("/accounts?status=enabled")
        );
    }
    let q = "%F0%9F%98%80".repeat(180);
    let refused = save(&ann, &format!("/accounts?q={q}"), "Faces")
        .await
        .expect(422);
    assert!(refused.says("This list has too many filters to be saved"));
    for at in 1..50 {
        save(&ann, "/accounts?status=enabled", &format!("View {at}"))
            .await
            .expect(303);
    }
    assert!(
        save(&ann, "/accounts", "One more")
            .await
            .expect(422)
            .says("You have 50 views")
    );
}

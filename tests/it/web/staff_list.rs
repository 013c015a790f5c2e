//! `/staff` and `/staff.csv`: who has which role and second factor, and when an invitation ends.

use std::time::Duration;

use reseller_portal::domain::audit::EventKind;
use reseller_portal::domain::role::Role;
use reseller_portal::staff::{Principal, members};

use super::factors::with_app;
use super::sign_in::events;
use crate::support::{Portal, Response};

/// Returns the names in the list.
fn names(page: &Response) -> Vec<String> {
    let mut names = page.select("#table td.lead a");
    names.sort();
    names
}

async fn invite(portal: &Portal) {
    let owner = portal.staff(Role::Owner).await;
    let (by, email) = (Principal::Actor(&owner), "zoe@example.com".parse().unwrap());
    let invited = members::invite(portal, by, &email, "Zoe", Role::Viewer).await;
    invited.unwrap();
}

#[tokio::test]
async fn the_list_is_filtered_by_role_status_and_second_factor_and_downloaded_as_shown() {
    let portal = Portal::start().await;
    let (viewer, ..) = with_app(&portal, Role::Viewer).await;
    let viewer = portal.signed_in_as(&viewer).await;
    invite(&portal).await;

    let all = viewer.get("/staff").await.expect(200);
    assert_eq!(all.count("#table tbody tr"), 3);
    for (query, found) in [
        ("role=owner", vec!["Test Owner"]),
        ("status=invited", vec!["Zoe"]),
        ("status=active&factor=none", vec!["Test Owner"]),
        ("factor=set", vec!["Test Viewer (you)"]),
        ("role=viewer&factor=none", vec!["Zoe"]),
    ] {
        let page = viewer.get(&format!("/staff?{query}")).await.expect(200);
        assert_eq!(names(&page), found, "{query}");
        let file = page.attr_of("a[download]", "href").unwrap();
        let file = viewer.get(&file).await.expect(200);
        assert_eq!(file.text.lines().count(), 1 + found.len(), "{query}");
    }
    let nobody = viewer.get("/staff?status=disabled").await.expect(200);
    assert!(nobody.says("Nobody on the staff matches these filters."));
    let unknown = viewer
        .get("/staff?factor=x&role=boss&hue=1")
        .await
        .expect(200);
    assert_eq!(unknown.count("#table tbody tr"), 3);
    assert!(unknown.says("Unknown role \u{201c}boss\u{201d} ignored."));

    let file = viewer.get("/staff.csv").await.expect(200);
    let header = "\"role\",\"status\",\"second_factor\",\"last_sign_in_at\"";
    assert!(file.text.contains(header), "{}", file.text);
    let row = "\"viewer@example.com\",\"viewer\",\"active\",\"set\"";
    assert!(file.text.contains(row), "{}", file.text);
    let exported = events(&portal, EventKind::Exported).await;
    assert!(exported.iter().all(|event| event.target == "the staff"));
    assert_eq!(exported[0].message, "Everyone.");
}

#[tokio::test]
async fn the_list_and_its_file_are_sorted_by_any_column() {
    let portal = Portal::start().await;
    let owner = portal.staff(Role::Owner).await;
    portal.advance(Duration::from_mins(1));
    portal.staff(Role::Manager).await;
    invite(&portal).await;
    let owner = portal.signed_in_as(&owner).await;
    let shown = async |query: &str| {
        let page = owner.get(&format!("/staff?{query}")).await.expect(200);
        page.select("#table td.lead a")
    };
    let by_name = shown("").await;
    assert_eq!(by_name.len(), 4);
    assert!(by_name.is_sorted(), "{by_name:?}");
    let reversed: Vec<String> = by_name.iter().rev().cloned().collect();
    assert_eq!(shown("sort=-name").await, reversed);
    assert_eq!(shown("sort=status").await.last().unwrap(), "Zoe");
    assert_eq!(shown("sort=-status").await.first().unwrap(), "Zoe");
    assert!(shown("sort=role").await[0].starts_with("Test Owner"));
    assert_eq!(shown("sort=-role").await[0], "Zoe");
    assert_eq!(shown("sort=added").await[0], "Test Owner (you)");
    for query in ["sort=factor", "sort=-last-sign-in", "sort=x"] {
        assert_eq!(shown(query).await.len(), 4, "{query}");
    }
    let file = owner.get("/staff.csv?sort=-role").await.expect(200);
    assert!(
        file.text.lines().nth(1).unwrap().contains("Zoe"),
        "{}",
        file.text
    );
    let page = owner.get("/staff?sort=-role&columns=added").await;
    let page = page.expect(200);
    assert_eq!(page.select("#table thead th"), ["Name", "Added"]);
    assert_eq!(
        page.attr_of("#sort [selected]", "value").as_deref(),
        Some("-role")
    );
}

#[tokio::test]
async fn the_list_says_when_an_invitation_ends_and_that_it_has_ended() {
    let portal = Portal::start().await;
    invite(&portal).await;
    let owner = portal.signed_in(Role::Owner).await;
    let page = owner.get("/staff?status=invited").await.expect(200);
    assert!(page.says("Invitation ends in"), "{}", page.words());
    portal.advance(Duration::from_hours(73));
    let owner = portal.signed_in(Role::Owner).await;
    let page = owner.get("/staff?status=invited").await.expect(200);
    assert!(page.says("Invitation expired"), "{}", page.words());
}

#[tokio::test]
async fn settings_link_to_those_without_a_second_factor() {
    let portal = Portal::start().await;
    let owner = portal.signed_in(Role::Owner).await;
    portal.staff(Role::Viewer).await;
    let page = owner.get("/settings").await.expect(200);
    let link = page.attr_of("#second-factor-form a[href*='role=viewer']", "href");
    let page = owner.get(&link.unwrap()).await.expect(200);
    assert_eq!(names(&page), ["Test Viewer"]);
}

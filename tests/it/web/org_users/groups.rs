//! `/org-users/groups` and `/org-users/groups.csv`, and hostile text on all of these pages.

use reseller_portal::db::audit::{self, EventFilter};
use reseller_portal::db::org_users;
use reseller_portal::domain::audit::EventKind;
use reseller_portal::domain::role::Role;
use serde_json::json;

use super::{LISTS, users};
use crate::support::{Portal, Response};

#[tokio::test]
async fn the_groups_report_has_everybody_on_the_page_and_in_the_file() {
    let portal = Portal::start().await;
    let viewer = portal.staff(Role::Viewer).await;
    let browser = portal.signed_in_as(&viewer).await;
    let all = users(&portal).await;
    let page = browser.get("/org-users/groups").await.expect(200);
    let one = all
        .iter()
        .find(|user| user["groups"][0]["name"].is_string())
        .unwrap();
    let group = one["groups"][0]["name"].as_str().unwrap();
    assert!(page.select("td.lead").contains(&group.to_owned()));
    for one in &all {
        let link = format!("td a[href=\"/org-users/{}\"]", one["id"].as_str().unwrap());
        assert!(page.has(&link), "{one}");
    }

    let live = browser.get("/org-users/groups.csv").await.expect(200);
    assert!(
        live.header("content-disposition")
            .contains("telnyx-users-groups-20")
    );
    let mut records = csv::Reader::from_reader(live.text.as_bytes());
    assert_eq!(records.records().flatten().count(), all.len());
    assert!(live.text.starts_with(
        "\u{feff}\"id\",\"email\",\"user_status\",\"created_at\",\"last_sign_in_at\",\"groups\"\n"
    ));
    browser.get("/org-users").await.expect(200);
    portal
        .sandbox
        .faults(json!([{"path": LISTS, "then": {"status": 500}}]))
        .await;
    let kept = browser.get("/org-users/groups.csv").await.expect(200);
    assert!(
        kept.header("content-disposition").contains("as-of-20"),
        "{}",
        kept.header("content-disposition")
    );
    let sorted = |file: &Response| {
        let mut lines: Vec<String> = file.text.lines().map(ToOwned::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&kept), sorted(&live));
    let exports = EventFilter {
        kinds: vec![EventKind::Exported],
        ..EventFilter::default()
    };
    let exports = audit::latest(&portal.db, &exports, 10).await.unwrap();
    assert_eq!(exports.len(), 2);
    assert!(exports[0].event.message.contains("As read at"));
    assert_eq!(exports[0].event.who.as_ref().unwrap().email, viewer.email);
}

#[tokio::test]
async fn hostile_text_of_telnyxs_is_text_on_the_pages_and_no_formula_in_the_file() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Admin).await;
    browser.get("/org-users").await.expect(200);
    let listed = org_users::list(&portal.db, &org_users::OrgUserQuery::default())
        .await
        .unwrap();
    let mut hostile = listed.rows[0].clone();
    hostile.email = Some("=HYPERLINK(\"x\")<script>alert(1)</script>\u{202e}\0".to_owned());
    let mut nameless = listed.rows[1].clone();
    (nameless.email, nameless.id, nameless.groups) = (None, None, None);
    let mut tx = portal.db.begin().await.unwrap();
    org_users::replace_all(&mut tx, &[hostile, nameless], portal.clock.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    portal
        .sandbox
        .faults(json!([{"path": LISTS, "then": {"status": 500}}]))
        .await;
    for path in ["/org-users", "/org-users/groups"] {
        let page = browser.get(path).await.expect(200);
        assert!(
            page.says("<script>alert(1)</script>") && page.says("Email not reported"),
            "{path}"
        );
        assert!(!page.has("main script"));
    }
    let file = browser.get("/org-users/groups.csv").await.expect(200);
    assert!(
        file.text.contains("\"'=HYPERLINK(\"\"x\"\")<script>"),
        "{}",
        file.text
    );
}

//! Filters by last sign-in, sorting, and the download of what is filtered.

use reseller_portal::domain::role::Role;
use serde_json::Value;

use super::{query, users};
use crate::support::{Portal, Response};

/// Returns when each listed user last signed in, as the page sorts them.
fn sign_ins(page: &Response) -> Vec<String> {
    page.select("td[data-label=\"Last sign-in\"]")
}

fn days_since(portal: &Portal, time: &Value) -> Option<i64> {
    let at: jiff::Timestamp = time.as_str()?.parse().unwrap();
    Some((portal.clock.now().as_millis() - at.as_millisecond()) / 86_400_000)
}

#[tokio::test]
async fn users_who_never_or_long_ago_signed_in_are_found_and_downloaded_as_shown() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Viewer).await;
    let all = users(&portal).await;
    let never = |user: &&Value| user["last_sign_in_at"].is_null();
    let long = |user: &&Value| {
        let last = days_since(&portal, &user["last_sign_in_at"]);
        let since = last.or(days_since(&portal, &user["created_at"]));
        since.is_some_and(|days| days >= 90)
    };
    for (filter, expected) in [
        ("never", all.iter().filter(never).count()),
        ("90-days", all.iter().filter(long).count()),
    ] {
        let path = format!("/org-users?signed-in={filter}");
        let page = browser.get(&path).await.expect(200);
        assert_eq!(page.count("tbody tr"), expected, "{filter}");
        assert_eq!(
            page.attr_of("#signed-in option[selected]", "value")
                .as_deref(),
            Some(filter)
        );
        let file = page.attr_of("a[download]", "href").unwrap();
        let file = browser.get(&file).await.expect(200);
        let mut reader = csv::Reader::from_reader(file.text.as_bytes());
        assert_eq!(reader.records().count(), expected, "{filter}");
    }
    assert!(all.iter().any(|user| never(&user)));
    let ignored = browser.get("/org-users?signed-in=x").await.expect(200);
    assert!(ignored.says("Unknown last sign-in \u{201c}x\u{201d} ignored."));
}

#[tokio::test]
async fn never_signed_in_comes_first_when_the_longest_ago_comes_first() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Viewer).await;
    let page = browser
        .get("/org-users?sort=last-sign-in")
        .await
        .expect(200);
    let up = sign_ins(&page);
    let never = up.iter().take_while(|text| *text == "never").count();
    assert!(never > 0, "{up:?}");
    assert!(up[never..].iter().all(|text| text != "never"), "{up:?}");
    let page = browser
        .get("/org-users?sort=-last-sign-in")
        .await
        .expect(200);
    let down = sign_ins(&page);
    assert!(
        down[down.len() - never..]
            .iter()
            .all(|text| text == "never")
    );
    assert_ne!(down[0], "never");
    // Each column that is shown can be sorted by.
    let columns = "status.kind.groups.last-sign-in.created.bypasses-sso.id";
    let page = browser
        .get(&format!("/org-users?columns={columns}"))
        .await
        .expect(200);
    assert_eq!(page.count("thead th a"), 8);
    for sort in page.attrs_of("thead th a", "href") {
        browser.get(&sort).await.expect(200);
    }
    let page = browser.get("/org-users?sort=groups").await.expect(200);
    let groups: Vec<String> = page
        .select("td[data-label=Groups]")
        .into_iter()
        .map(|text| text.to_lowercase())
        .collect();
    assert_eq!(groups.last().map(String::as_str), Some("none"));
}

#[tokio::test]
async fn the_file_has_who_is_listed_with_its_age_and_is_audited() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Viewer).await;
    let all = users(&portal).await;
    let file = browser.get("/org-users.csv").await.expect(200);
    let name = file.header("content-disposition").to_owned();
    assert!(name.contains("telnyx-users-20"), "{name}");
    let mut reader = csv::Reader::from_reader(file.text.as_bytes());
    let header: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(|name| name.trim_start_matches('\u{feff}').to_owned())
        .collect();
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.unwrap()).collect();
    let cell = |row: &csv::StringRecord, name: &str| {
        let at = header.iter().position(|other| other == name).unwrap();
        row[at].to_owned()
    };
    assert_eq!(rows.len(), all.len());
    for user in &all {
        let row = rows
            .iter()
            .find(|row| cell(row, "id") == user["id"].as_str().unwrap());
        let row = row.unwrap();
        let never = user["last_sign_in_at"].is_null();
        assert_eq!(
            cell(row, "never_signed_in"),
            if never { "yes" } else { "no" }
        );
        assert!(cell(row, "read_at").ends_with('Z'));
    }
    let email = all[1]["email"].as_str().unwrap();
    let path = format!("/org-users.csv?email={}", query(email));
    let file = browser.get(&path).await.expect(200);
    assert!(file.header("content-disposition").contains("-filtered-"));
    let page = browser.get("/activity?kind=exported").await.expect(200);
    assert!(
        page.says(&format!("Email: {email}. As read at")),
        "{}",
        page.words()
    );
    assert!(page.says("All users. As read at"));
}

#[tokio::test]
async fn without_any_data_there_is_nothing_to_download() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Viewer).await;
    let fault = serde_json::json!([{"path": super::LISTS, "then": {"status": 503}}]);
    portal.sandbox.faults(fault).await;
    let answer = browser.get("/org-users.csv").await.expect(303);
    assert_eq!(answer.leads_to().as_deref(), Some("/org-users"));
    assert!(
        browser
            .follow(&answer)
            .await
            .says("There is nothing to download yet")
    );
}

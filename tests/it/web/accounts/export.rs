//! Accounts as files: the rows and order of the query, safe for spreadsheets, with an audit event.

use reseller_portal::annotations;
use reseller_portal::db::accounts;
use reseller_portal::db::audit::{self, EventFilter};
use reseller_portal::domain::audit::EventKind;
use reseller_portal::domain::role::Role;
use serde_json::Value;

use super::{swept, text};
use crate::support::{Portal, Response};

fn rows(file: &Response) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(file.text.as_bytes());
    reader
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect())
        .collect()
}

fn column(rows: &[Vec<String>], name: &str) -> Vec<String> {
    let at = rows[0].iter().position(|head| head == name).unwrap();
    rows[1..].iter().map(|row| row[at].clone()).collect()
}

fn objects(file: &Response) -> Vec<Value> {
    serde_json::from_str(&file.text).unwrap()
}

async fn exports(portal: &Portal) -> Vec<String> {
    let filter = EventFilter {
        kinds: vec![EventKind::Exported],
        ..EventFilter::default()
    };
    let entries = audit::latest(&portal.db, &filter, 10).await.unwrap();
    entries
        .into_iter()
        .map(|entry| entry.event.message)
        .collect()
}

#[tokio::test]
async fn the_file_has_every_page_of_the_list_in_its_order_and_says_what_and_when() {
    let portal = Portal::build().accounts(1_100).start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Viewer).await;
    let page = ann
        .get("/accounts?status=disabled&sort=-email&per=25&page=2")
        .await
        .expect(200);
    let links = page.attrs_of("#rows .menu a[download]", "href");
    assert_eq!(links.len(), 2);
    let file = ann.get(&links[0]).await.expect(200);
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    let name = file.header("content-disposition").to_owned();
    assert!(
        name.starts_with("attachment; filename=\"accounts-disabled-2"),
        "{name}"
    );
    assert!(
        name.ends_with("Z.csv\"") && name.contains('T') && !name.contains(':'),
        "{name}"
    );
    let rows = rows(&file);
    let mut emails = column(&rows, "email");
    let truth = portal.sandbox.accounts().await;
    let mut want: Vec<&str> = truth
        .iter()
        .filter(|account| account["status"] == "disabled")
        .map(|account| text(account, "email"))
        .collect();
    want.sort_unstable();
    emails.reverse();
    assert_eq!(emails, want);
    let times = column(&rows, "status_at");
    assert!(
        times
            .iter()
            .all(|time| time.contains('T') && time.ends_with('Z')),
        "{times:?}"
    );

    let json = ann.get(&links[1]).await.expect(200);
    assert_eq!(json.header("content-type"), "application/json");
    let objects = objects(&json);
    let ids: Vec<&str> = objects.iter().map(|object| text(object, "id")).collect();
    assert_eq!(ids, column(&rows, "id"));
    assert_eq!(objects[0]["channel_limit"], Value::Null);

    let all = self::rows(&ann.get("/accounts/export.csv").await.expect(200));
    assert_eq!(all.len(), 1 + 1_100);
    assert_eq!(
        self::objects(&ann.get("/accounts/export.json").await.expect(200)).len(),
        1_100
    );
    assert_eq!(
        exports(&portal).await,
        [
            "All 1,100 accounts, as JSON.".to_owned(),
            "All 1,100 accounts, as CSV.".to_owned(),
            format!("{} accounts: Status: Disabled, as JSON.", want.len()),
            format!("{} accounts: Status: Disabled, as CSV.", want.len()),
        ]
    );
}

#[tokio::test]
async fn what_looks_like_a_formula_is_text_and_tags_and_limits_come_along() {
    let (portal, ann) = swept(Role::Manager).await;
    let id = portal.sandbox.id_of("enabled").await;
    super::show::limit(&portal, &id, 7).await;
    let account = accounts::by_id(&portal.db, &id.parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    for tag in ["=HYPERLINK(1)", "north, south; east", "vip"] {
        annotations::tags::add_to_account(&portal.app, &portal.actor(Role::Manager), &account, tag)
            .await
            .unwrap();
    }
    let file = ann.get("/accounts/export.csv?tag=vip").await.expect(200);
    assert!(
        file.text.contains(",7,\"operation\","),
        "a number has no quotes: {}",
        file.text
    );
    let rows = rows(&file);
    assert_eq!(rows.len(), 2);
    assert_eq!(
        column(&rows, "tags"),
        ["'=HYPERLINK(1)\nnorth, south; east\nvip"]
    );
    assert_eq!(column(&rows, "channel_limit"), ["7"]);
    assert_eq!(column(&rows, "channel_limit_source"), ["operation"]);
    let json = objects(&ann.get("/accounts/export.json?tag=vip").await.expect(200));
    assert_eq!(
        json[0]["tags"],
        serde_json::json!(["=HYPERLINK(1)", "north, south; east", "vip"])
    );
    assert_eq!(json[0]["channel_limit"], 7);
}

#[tokio::test]
async fn every_csv_file_is_utf_8_with_a_byte_order_mark_and_its_text_is_in_quotes() {
    let (portal, ann) = swept(Role::Manager).await;
    let id = portal.sandbox.id_of("enabled").await;
    for file in [
        ann.get("/accounts/export.csv").await.expect(200),
        ann.post(
            "/accounts/selected.csv",
            &[("list", "/accounts"), ("id", &*id)],
        )
        .await
        .expect(200),
        ann.get("/activity.csv").await.expect(200),
        ann.get("/org-users/groups.csv").await.expect(200),
    ] {
        assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
        assert!(file.text.starts_with("\u{feff}\""), "{:.40}", file.text);
        assert_eq!(file.text.matches('\u{feff}').count(), 1);
    }
    for name in ["0012", "1.50", "2026-01-02", "TRUE", "-5"] {
        let mut tx = portal.db.begin().await.unwrap();
        let before = accounts::by_id(&portal.db, &id.parse().unwrap())
            .await
            .unwrap()
            .unwrap();
        accounts::set_display_name(
            &mut tx,
            &before.id,
            before.display_name.as_deref(),
            Some(name),
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let file = ann
            .get(&format!("/accounts/export.csv?q={id}"))
            .await
            .expect(200);
        let guard = if name == "-5" { "'" } else { "" };
        assert!(
            file.text.contains(&format!(",\"{guard}{name}\",")),
            "{name}: {}",
            file.text
        );
    }
}

#[tokio::test]
async fn a_file_of_nothing_is_whole_too() {
    let (_portal, ann) = swept(Role::Viewer).await;
    let csv = ann.get("/accounts/export.csv?q=zzqqzz").await.expect(200);
    assert_eq!(rows(&csv).len(), 1);
    assert!(
        csv.header("content-disposition")
            .contains("accounts-filtered-")
    );
    assert!(objects(&ann.get("/accounts/export.json?q=zzqqzz").await.expect(200)).is_empty());
    assert!(
        !ann.get("/accounts?q=zzqqzz")
            .await
            .has("#rows .menu a[download]")
    );
}

#[tokio::test]
async fn a_selection_is_some_rows_or_all_that_match_but_some() {
    let (portal, ann) = swept(Role::Viewer).await;
    let all = ann.get("/accounts?sort=-name&per=100").await.expect(200);
    let ids: Vec<String> = all.attrs_of("#rows tbody input[name=id]", "value");
    assert!(ids.len() > 5);
    let some = [
        ("list", "/accounts?sort=-name"),
        ("id", &ids[2]),
        ("id", &ids[0]),
        ("id", &ids[2]),
        ("id", "../x"),
    ];
    let file = ann.post("/accounts/selected.csv", &some).await.expect(200);
    assert_eq!(column(&rows(&file), "id"), [ids[2].clone(), ids[0].clone()]);
    assert!(
        file.header("content-disposition")
            .contains("accounts-selected-")
    );
    let but = [
        ("list", "/accounts?sort=-name&per=25&page=9"),
        ("all", "yes"),
        ("except", &ids[1]),
        ("id", &ids[0]),
    ];
    let file = ann.post("/accounts/selected.json", &but).await.expect(200);
    let found: Vec<String> = objects(&file)
        .iter()
        .map(|object| text(object, "id").to_owned())
        .collect();
    let want: Vec<String> = ids.iter().filter(|id| **id != ids[1]).cloned().collect();
    assert_eq!(found, want);
    let nothing = ann
        .post("/accounts/selected.csv", &[("list", "/accounts?q=a")])
        .await;
    assert_eq!(nothing.leads_to().as_deref(), Some("/accounts?q=a"));
    assert!(ann.follow(&nothing).await.says("No account is selected"));
    assert_eq!(
        exports(&portal).await,
        [
            format!(
                "{} accounts: all but 1 left out by hand, as JSON.",
                want.len()
            ),
            "2 accounts, selected one by one, as CSV.".to_owned(),
        ]
    );
}

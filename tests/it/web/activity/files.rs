//! `/activity.csv` and `/activity.jsonl`.

use std::time::Duration;

use reseller_portal::db::audit::{self, EventFilter};
use reseller_portal::db::operations;
use reseller_portal::domain::audit::{Event, EventKind, EventOutcome};
use reseller_portal::domain::role::Role;
use reseller_portal::operations::manual_settlement::{self, ObservedOutcome};
use serde_json::json;

use super::{disable, enabled, record, set_limit, signed_in};
use crate::support::{Portal, Response};

#[tokio::test]
async fn the_file_has_what_the_page_has_without_formulas_and_is_audited() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.staff(Role::Manager).await;
    let viewer = portal.staff(Role::Viewer).await;
    let browser = portal.signed_in_as(&viewer).await;
    let (account, name) = enabled(&portal).await;
    disable(&portal, &ann, &account).await;
    let formula = Event::by_actor(&ann, EventKind::LimitRecorded, EventOutcome::Done, "=1+1");
    record(&portal, &formula).await;
    for _ in 0..600 {
        record(&portal, &signed_in(&ann)).await;
    }

    let file = browser.get("/activity.csv?kind=disable").await.expect(200);
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert!(
        file.header("content-disposition")
            .starts_with("attachment; filename=\"activity-20")
    );
    let rows = rows(&file);
    assert_eq!(rows.len(), 2);
    let cell = |name: &str| {
        let at = rows[0].iter().position(|other| other == name).unwrap();
        rows[1][at].as_str()
    };
    assert_eq!(cell("outcome"), "done");
    assert_eq!(cell("target"), name);
    assert_eq!(cell("person_email"), ann.email);
    assert_eq!(cell("events"), "2");
    assert!(
        cell("time").ends_with('Z') && cell("time").contains('T'),
        "{}",
        cell("time")
    );

    let all = self::rows(&browser.get("/activity.csv").await.expect(200));
    // Header, change, recorded limit, sign-ins and first export, but not this export.
    assert_eq!(all.len(), 1 + 1 + 1 + 600 + 1);
    assert!(all.iter().any(|row| row.contains(&"'=1+1".to_owned())));
    let exports = EventFilter {
        kinds: vec![EventKind::Exported],
        staff: Some(viewer.staff_id),
        ..EventFilter::default()
    };
    let exports = audit::latest(&portal.db, &exports, 10).await.unwrap();
    let words: Vec<&str> = exports
        .iter()
        .map(|entry| entry.event.message.as_str())
        .collect();
    assert_eq!(words, ["All events.", "Action: Disable account"]);
}

fn rows(file: &Response) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(file.text.as_bytes());
    let rows = reader.records().map(|row| row.unwrap());
    rows.map(|row| row.iter().map(ToOwned::to_owned).collect())
        .collect()
}

#[tokio::test]
async fn lines_of_json_hold_every_event_and_each_proves_itself() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.staff(Role::Manager).await;
    let viewer = portal.staff(Role::Viewer).await;
    let browser = portal.signed_in_as(&viewer).await;
    let (account, name) = enabled(&portal).await;
    set_limit(&portal, &ann, &account, 5).await;
    record(&portal, &signed_in(&ann)).await;

    let file = browser
        .get("/activity.jsonl?kind=channel_limit")
        .await
        .expect(200);
    assert_eq!(
        file.header("content-type"),
        "application/jsonl; charset=utf-8"
    );
    assert!(file.header("content-disposition").contains(".jsonl\""));
    let lines: Vec<serde_json::Value> = file
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let outcomes: Vec<&str> = lines
        .iter()
        .map(|line| line["event"]["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["started", "done"]);
    assert_eq!(lines[1]["event"]["target"], json!(name));
    assert!(
        lines[1]["event"]["telnyx_request_id"].is_string(),
        "{}",
        lines[1]
    );

    let all = browser.get("/activity.jsonl").await.expect(200);
    let mut numbers: Vec<i64> = all
        .text
        .lines()
        .map(|line| {
            audit::jsonl::verify_line(&portal.audit_key, line)
                .unwrap()
                .number
        })
        .collect();
    numbers.sort_unstable();
    // All events except the one of this export.
    let last = audit::latest(&portal.db, &EventFilter::default(), 1)
        .await
        .unwrap()[0]
        .seq;
    assert_eq!(numbers, (1..last).collect::<Vec<_>>());
    let export = audit::latest(&portal.db, &EventFilter::default(), 1)
        .await
        .unwrap()
        .remove(0);
    assert_eq!(export.event.kind, EventKind::Exported);
    assert_eq!(export.event.after.as_deref(), Some("JSON lines"));

    let rows = rows(
        &browser
            .get("/activity.csv?q=first&kind=sign_in")
            .await
            .expect(200),
    );
    assert_eq!(rows.len(), 1);
    let rows = self::rows(&browser.get("/activity.csv?kind=sign_in").await.expect(200));
    let hash = rows[0].iter().position(|cell| cell == "hash").unwrap();
    assert_eq!(rows[1][hash].len(), 64);
}

#[tokio::test]
async fn a_change_settled_by_a_colleague_names_who_asked_for_it_and_who_settled_it() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.staff(Role::Manager).await;
    let ben = portal.staff(Role::Admin).await;
    let (account, _) = enabled(&portal).await;
    let fault = json!([{ "method": "PATCH", "path": "/v2/*", "then": { "status": 503 } }]);
    portal.sandbox.faults(fault).await;
    set_limit(&portal, &ann, &account, 7).await;
    for _ in 0..40 {
        portal.advance(Duration::from_secs(35));
        portal.run_jobs().await;
    }
    let open = operations::open(&portal.db, 1).await.unwrap();
    let settled = manual_settlement::settle(
        &portal.app,
        &ben,
        open[0].id,
        ObservedOutcome::DidNotHappen,
        "Mission Control shows no limit",
    );
    settled.await.unwrap();

    let browser = portal.signed_in(Role::Viewer).await;
    let file = browser
        .get("/activity.csv?kind=channel_limit")
        .await
        .expect(200);
    let rows = rows(&file);
    let cell = |name: &str| {
        let at = rows[0].iter().position(|other| other == name).unwrap();
        rows[1][at].as_str()
    };
    assert_eq!(cell("person_email"), ann.email);
    assert_eq!(cell("settled_by_email"), ben.email);
    assert_eq!(cell("outcome"), "refused");
    assert!(
        cell("summary").starts_with(&ann.name),
        "{}",
        cell("summary")
    );

    // The links of the dashboard count and list it for the person who asked for it.
    let path = format!(
        "/activity?person={}&period=7d&outcome=refused",
        ann.staff_id
    );
    let page = browser.get(&path).await.expect(200);
    assert_eq!(page.count(".feed > li"), 1, "{}", page.words());
    let sentence = page.text_of(".feed-text > p");
    assert!(sentence.starts_with(&ann.name), "{sentence}");
    assert!(page.says(&format!("Settled by {}", ben.name)));
    // The person who settled it finds it too.
    let page = browser
        .get(&format!("/activity?person={}", ben.staff_id))
        .await
        .expect(200);
    assert_eq!(page.count(".feed > li"), 1, "{}", page.words());
    assert!(page.text_of(".feed-text > p").starts_with(&ann.name));
}

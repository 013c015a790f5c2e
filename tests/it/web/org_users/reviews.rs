//! `/org-users/reviews`: start, decisions, sign-off, evidence, and reminders.

mod afterwards;

use std::collections::HashMap;
use std::time::Duration;

use reseller_portal::access_review;
use reseller_portal::db::org_users;
use reseller_portal::domain::org_user::{LastSignIn, OrgUserGroup, OrgUserKind};
use reseller_portal::domain::role::Role;
use serde_json::json;

use super::{LISTS, users};
use crate::support::{Browser, Portal, Response};

const PATH: &str = "/org-users/reviews";

/// Starts a review. Returns its address.
async fn start(browser: &Browser) -> String {
    let page = browser.get(PATH).await.expect(200);
    let started = browser
        .submit(&page, "#start-review", &[])
        .await
        .expect(303);
    started.leads_to().unwrap()
}

/// Decides about a user through the form in their row.
async fn decide(
    browser: &Browser,
    path: &str,
    place: usize,
    decision: &str,
    note: &str,
) -> Response {
    let page = browser.get(&format!("{path}?per=100")).await.expect(200);
    let form = format!("#user{place} form");
    let typed = [("decision", decision), ("note", note)];
    browser.submit(&page, &form, &typed).await
}

/// Decides to keep all users, except the second, who is to be removed.
async fn decide_all(portal: &Portal, browser: &Browser, path: &str) {
    for place in 1..=users(portal).await.len() {
        let (decision, note) = match place {
            2 => ("remove", "Left in May"),
            _ => ("keep", ""),
        };
        decide(browser, path, place, decision, note)
            .await
            .expect(303);
    }
}

async fn sign_off(browser: &Browser, path: &str) -> Response {
    let page = browser.get(&format!("{path}/sign-off")).await.expect(200);
    browser.submit(&page, "form.confirm", &[]).await
}

/// Returns the rows of the evidence by email address, each with its cells by column.
async fn evidence(browser: &Browser, path: &str) -> HashMap<String, HashMap<String, String>> {
    let file = browser
        .get(&format!("{path}/evidence.csv"))
        .await
        .expect(200);
    let text = file.text.trim_start_matches('\u{feff}');
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        let cells = header.iter().zip(row.iter());
        let cells: HashMap<String, String> = cells
            .map(|(name, cell)| (name.to_owned(), cell.to_owned()))
            .collect();
        (cells["email"].clone(), cells)
    });
    rows.collect()
}

/// Replaces the users as last read.
async fn read_users(portal: &Portal, users: &[org_users::OrgUser]) {
    let mut tx = portal.db.begin().await.unwrap();
    org_users::replace_all(&mut tx, users, portal.clock.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_review_is_started_decided_and_signed_off_and_then_never_changes() {
    let portal = Portal::start().await;
    let admin = portal.signed_in(Role::Admin).await;
    let empty = admin.get(PATH).await.expect(200);
    assert!(empty.says("No review yet"));
    let path = start(&admin).await;
    let all = users(&portal).await.len();
    let page = admin.get(&path).await.expect(200);
    assert!(
        page.says(&format!("{all} of {all} are undecided")),
        "{}",
        page.words()
    );
    assert_eq!(page.count("tbody tr"), all.min(50));
    assert!(page.has("#progress footer button[disabled]"));

    // To remove a user takes a note, and no decision is no decision.
    let missing = decide(&admin, &path, 2, "remove", " ").await.expect(422);
    assert!(missing.text_of("#user2 .field-error").contains("Say why"));
    let none = decide(&admin, &path, 2, "", "kept").await.expect(422);
    assert!(
        none.text_of("#user2 .field-error")
            .contains("Choose Keep or Remove")
    );
    assert_eq!(
        none.attr_of("#user2 input[name=note]", "value").as_deref(),
        Some("kept")
    );
    let early = sign_off_form(&admin, &path).await;
    assert!(early.says("without a decision") && !early.has(".confirm button[type=submit]"));
    admin
        .post(&format!("{path}/sign-off"), &[])
        .await
        .expect(422);

    decide_all(&portal, &admin, &path).await;
    let page = admin.get(&path).await.expect(200);
    assert!(page.says("Everyone has a decision"));
    assert_eq!(
        page.select("#decision-tabs .count"),
        [
            all.to_string(),
            "0".to_owned(),
            (all - 1).to_string(),
            "1".to_owned(),
        ]
    );
    let form = sign_off_form(&admin, &path).await;
    assert!(form.says("Nobody is removed"), "{}", form.words());
    let done = sign_off(&admin, &path).await.expect(303);
    assert!(admin.follow(&done).await.says("signed off"));

    let page = admin.get(&path).await.expect(200);
    assert!(page.says("Test Admin") && !page.has(".review-form"));
    assert!(page.says("Still present"));
    admin
        .post(
            &format!("{path}/users/1"),
            &[("decision", "remove"), ("note", "x")],
        )
        .await
        .expect(409);
    admin
        .post(&format!("{path}/sign-off"), &[])
        .await
        .expect(409);
    admin
        .post(&format!("{path}/discard"), &[])
        .await
        .expect(409);
    let list = admin.get(PATH).await.expect(200);
    assert!(list.says("Signed off") && list.has("#start-review"));
    let page = admin.get("/activity?kind=access_review_signed_off").await;
    assert!(
        page.says("1 to remove. SHA-256 of the decisions:"),
        "{}",
        page.words()
    );
    // Nothing was removed by it.
    assert_eq!(users(&portal).await.len(), all);
}

async fn sign_off_form(browser: &Browser, path: &str) -> Response {
    browser.get(&format!("{path}/sign-off")).await.expect(200)
}

#[tokio::test]
async fn a_second_decision_about_the_same_row_is_a_conflict_with_what_was_typed() {
    let portal = Portal::start().await;
    let ann = portal.signed_in(Role::Admin).await;
    let ben = portal.signed_in(Role::Owner).await;
    let path = start(&ann).await;
    let page = ann.get(&path).await.expect(200);
    decide(&ben, &path, 2, "remove", "Left in May")
        .await
        .expect(303);
    let typed = [("decision", "keep"), ("note", "still here")];
    let form = page.form("#user2 form");
    let late = ann
        .post(&form.action, &form.filled(&typed))
        .await
        .expect(409);
    let words = late.text_of("#user2 [role=alert]");
    assert!(
        words.contains("Test Owner chose Remove (“Left in May”)"),
        "{words}"
    );
    assert_eq!(
        late.attr_of("#user2 input[name=note]", "value").as_deref(),
        Some("still here")
    );
    let part = ann
        .post_fragment(&form.action, &form.filled(&typed))
        .await
        .expect(409);
    assert!(
        part.text.trim_start().starts_with("<tr id=\"user2\""),
        "{}",
        part.text
    );
    // The form that comes back replaces it.
    let again = ann.submit(&late, "#user2 form", &typed).await.expect(303);
    assert_eq!(again.leads_to(), Some(format!("{path}#user2")));
    let rows = evidence(&ann, &path).await;
    let kept = rows
        .values()
        .find(|row| row["note"] == "still here")
        .unwrap();
    assert_eq!(
        (kept["decision"].as_str(), kept["decided_by"].as_str()),
        ("keep", "Test Admin")
    );
    // The same form sent twice is the same decision.
    let page = ann.get(&path).await.expect(200);
    for _ in 0..2 {
        ann.submit(&page, "#user3 form", &[("decision", "keep")])
            .await
            .expect(303);
    }
    // A decision during the sign-off is a conflict too.
    decide_all(&portal, &ann, &path).await;
    let form = sign_off_form(&ann, &path).await;
    decide(&ben, &path, 3, "remove", "after all")
        .await
        .expect(303);
    let refused = ann.submit(&form, "form.confirm", &[]).await.expect(409);
    assert!(refused.says("a decision changed meanwhile"));
    ann.submit(&refused, "form.confirm", &[]).await.expect(303);
}

#[tokio::test]
async fn the_row_is_answered_with_the_numbers_that_change_with_it() {
    let portal = Portal::start().await;
    let admin = portal.signed_in(Role::Admin).await;
    let path = start(&admin).await;
    let page = admin.get(&path).await.expect(200);
    let form = page.form("#user2 form");
    let part = admin
        .post_fragment(&form.action, &form.filled(&[("decision", "keep")]))
        .await
        .expect(200);
    assert!(part.text.trim_start().starts_with("<tr id=\"user2\""));
    let all = users(&portal).await.len();
    assert!(
        part.text
            .contains(&format!("{} of {all} are undecided", all - 1))
    );
    assert!(part.text.contains("hx-target=\"#decision-tabs\""));
}

#[tokio::test]
async fn it_is_compared_with_the_last_one_that_was_signed_off() {
    let portal = Portal::start().await;
    let admin = portal.signed_in(Role::Admin).await;
    let first = start(&admin).await;
    decide_all(&portal, &admin, &first).await;
    sign_off(&admin, &first).await.expect(303);
    let mut now = org_users::all(&portal.db).await.unwrap();
    let gone = now.remove(3);
    now[2].groups = Some(vec![OrgUserGroup {
        id: None,
        name: "Auditors".to_owned(),
    }]);
    let changed = now[2].email.clone().unwrap();
    now.push(org_users::OrgUser {
        id: Some("aaaaaaaa-0000-4000-8000-000000000001".parse().unwrap()),
        email: Some("zoe.new@example.com".to_owned()),
        kind: OrgUserKind::SubUser,
        ..gone.clone()
    });
    portal.advance(Duration::from_mins(1));
    read_users(&portal, &now).await;
    let actor = portal.actor(Role::Admin);
    access_review::start(&portal.app, &actor, portal.clock.now(), false)
        .await
        .unwrap();
    let list = admin.get(PATH).await.expect(200);
    let second = list.attrs_of("td.lead a", "href")[0].clone();
    let page = admin.get(&second).await.expect(200);
    assert!(page.says("1 new, 1 changed, 1 left"), "{}", page.words());
    assert!(page.says(&format!(
        "Left since the last review: {}",
        gone.email.unwrap()
    )));
    let page = admin
        .get(&format!("{second}?only=changed"))
        .await
        .expect(200);
    assert_eq!(page.count("tbody tr"), 2);
    assert!(page.says(&changed) && page.says("zoe.new@example.com") && page.says("was:"));
    let never = admin.get(&format!("{second}?only=never")).await.expect(200);
    let expected = now
        .iter()
        .filter(|user| user.last_sign_in == LastSignIn::Never)
        .count();
    assert_eq!(never.count("tbody tr"), expected);
    let page = admin
        .get(&format!("{second}?decision=undecided&q=zoe.new"))
        .await
        .expect(200);
    assert_eq!(page.count("tbody tr"), 1);
    let page = admin
        .get(&format!("{second}?decision=keep&only=x&q=%00"))
        .await
        .expect(200);
    assert!(page.says("Nothing matches"));
}

#[tokio::test]
async fn one_review_is_open_at_a_time_and_it_can_be_discarded() {
    let portal = Portal::start().await;
    let admin = portal.signed_in(Role::Admin).await;
    let path = start(&admin).await;
    let again = admin.post(PATH, &[]).await.expect(303);
    assert_eq!(again.leads_to().as_deref(), Some(path.as_str()));
    assert!(!admin.get(PATH).await.expect(200).has("#start-review"));
    decide(&admin, &path, 1, "keep", "").await.expect(303);
    let form = admin.get(&format!("{path}/discard")).await.expect(200);
    assert!(form.says("All decisions and notes of this review are deleted"));
    let done = admin.submit(&form, "form.confirm", &[]).await.expect(303);
    assert_eq!(done.leads_to().as_deref(), Some(PATH));
    admin.get(&path).await.expect(404);
    admin
        .post(&format!("{path}/users/1"), &[("decision", "keep")])
        .await
        .expect(404);
    let page = admin.get("/activity?kind=access_review_discarded").await;
    assert!(page.says("1 of"), "{}", page.words());
    for wrong in [
        "/org-users/reviews/x",
        "/org-users/reviews/%00/evidence.csv",
    ] {
        admin.get(wrong).await.expect(404);
    }
    let next = start(&admin).await;
    for place in ["x", "0", "99999999999999999999"] {
        let form = format!("{next}/users/{place}");
        admin.post(&form, &[("decision", "keep")]).await.expect(404);
    }
}

#[tokio::test]
async fn a_review_is_not_started_with_old_data() {
    let portal = Portal::start().await;
    let admin = portal.signed_in(Role::Admin).await;
    admin.get("/org-users").await.expect(200);
    portal
        .sandbox
        .faults(json!([{"path": LISTS, "then": {"status": 503}}]))
        .await;
    portal.advance(Duration::from_mins(11));
    let answer = admin.post(PATH, &[]).await.expect(303);
    assert_eq!(answer.leads_to().as_deref(), Some(PATH));
    assert!(admin.follow(&answer).await.says("Not started."));
}

#[tokio::test]
async fn others_read_everything_and_change_nothing() {
    let portal = Portal::start().await;
    let admin = portal.signed_in(Role::Admin).await;
    let path = start(&admin).await;
    for role in [Role::Viewer, Role::Manager] {
        let browser = portal.signed_in(role).await;
        let page = browser.get(&path).await.expect(200);
        assert!(page.has("a[download]") && !page.has(".review-form, #progress footer"));
        assert!(!browser.get(PATH).await.expect(200).has("#start-review"));
        browser.post(PATH, &[]).await.expect(403);
        browser
            .post(&format!("{path}/users/1"), &[("decision", "keep")])
            .await
            .expect(403);
        browser.get(&format!("{path}/sign-off")).await.expect(403);
        browser
            .post(&format!("{path}/discard"), &[])
            .await
            .expect(403);
    }
}

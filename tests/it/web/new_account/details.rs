//! Display name, tags, account manager and note of a new account, which Telnyx does not get.

use reseller_portal::db::{accounts, audit, notes, staff, tags};
use reseller_portal::domain::audit::EventKind;
use reseller_portal::domain::ids::AccountId;
use reseller_portal::domain::operation::Change;

use super::*;

/// Returns the fields with details.
fn with_details(assignee: &str) -> Vec<(&str, &str)> {
    but(&[
        ("display_name", "Quillwörth (Berlin)"),
        ("tags", "Key account, \"North, East\", key ACCOUNT"),
        ("assignee", assignee),
        ("note", "Call first.\r\nAsk for <Ann>."),
    ])
}

/// Returns the directory's ID of the created account.
async fn made_id(portal: &Portal) -> AccountId {
    acmes(portal).await[0]["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap()
}

#[tokio::test]
async fn details_are_read_back_stored_with_the_account_and_not_sent_to_telnyx() {
    let (portal, ann) = stage().await;
    let boss = portal.staff(Role::Admin).await;
    let id = boss.staff_id.to_string();
    let review = review_of(&ann, &with_details(&id)).await;
    let facts = review.text_of("#details");
    for fact in [
        "Quillwörth (Berlin)",
        "Key account",
        "North, East",
        boss.name.as_str(),
        "Ask for <Ann>.",
    ] {
        assert!(facts.contains(fact), "{fact} in {facts}");
    }
    assert!(review.says("For us only (not sent to Telnyx)"));
    assert_eq!(review.count("#details .tag"), 2);
    portal.sandbox.clear_log().await;
    created(&ann, &review, &[]).await.expect(200);
    let sent = format!("{:?}", portal.sandbox.log().await);
    assert!(
        !sent.contains("Berlin") && !sent.contains("Call first"),
        "{sent}"
    );

    let account = made_id(&portal).await;
    let known = accounts::by_id(&portal.db, &account)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(known.display_name.as_deref(), Some("Quillwörth (Berlin)"));
    let named = tags::of_account(&portal.db, &account).await.unwrap();
    let named: Vec<_> = named.iter().map(|tag| tag.name.as_str()).collect();
    assert_eq!(named, ["Key account", "North, East"]);
    let (all, _) = notes::of_account(&portal.db, &account, 10).await.unwrap();
    assert_eq!(all[0].body, "Call first.\nAsk for <Ann>.");
    assert_eq!(all.len(), 1);
    // The page of the account tells each of it, and the creation too.
    let page = ann.get(&format!("/accounts/{account}")).await.expect(200);
    let feed = page.text_of(".feed");
    for words in [
        "created",
        "changed the tags",
        "changed the display name",
        "Call first.",
    ] {
        assert!(feed.contains(words), "{words} in {feed}");
    }
    let filter = audit::EventFilter {
        account: Some(account),
        ..audit::EventFilter::default()
    };
    let told = audit::latest(&portal.db, &filter, 50).await.unwrap();
    assert!(
        told.iter()
            .any(|entry| entry.event.kind == EventKind::NoteAdded)
    );
}

#[tokio::test]
async fn wrong_details_are_told_at_their_fields_and_everything_typed_stays() {
    let (portal, ann) = stage().await;
    let long = "t".repeat(51);
    let name = "n".repeat(201);
    let note = "n".repeat(5_001);
    let typed = but(&[
        ("tags", long.as_str()),
        ("display_name", name.as_str()),
        ("note", note.as_str()),
        ("assignee", "01980000-0000-7000-8000-000000000000"),
    ]);
    let form = ann.get("/accounts/new").await.expect(200);
    let page = ann.submit(&form, "#new-account", &typed).await.expect(422);
    assert!(page.says("Not created: check 4 fields"), "{}", page.words());
    for (field, words) in [
        ("tags", "at most 50 characters"),
        ("display_name", "at most 200 characters"),
        ("note", "at most 5000 characters"),
        ("assignee", "can no longer sign in"),
    ] {
        let shown = page.text_of(&format!("#{field}-help .field-error"));
        assert!(shown.contains(words), "{field}: {shown}");
        assert!(page.has(&format!("#{field}[aria-invalid=true]")), "{field}");
    }
    let again = page.form("#new-account");
    for (name, value) in typed.iter().filter(|(name, _)| *name != "assignee") {
        assert_eq!(again.value(name), Some(*value), "{name}");
    }
    assert_eq!(page.attrs_of("main [autofocus]", "name"), ["display_name"]);
    let direct = ann.post("/accounts", &typed).await.expect(422);
    assert!(direct.has("#tags-help .field-error"));
    assert_eq!(portal.sandbox.changes().await, Vec::<String>::new());
}

#[tokio::test]
async fn details_are_kept_on_every_way_back() {
    let (portal, ann) = stage().await;
    let boss = portal.staff(Role::Admin).await;
    let id = boss.staff_id.to_string();
    let typed = with_details(&id);
    let review = review_of(&ann, &typed).await;
    let is_kept = |page: &Response| {
        let form = page.form("#new-account");
        assert_eq!(form.value("display_name"), Some("Quillwörth (Berlin)"));
        assert_eq!(form.value("tags"), Some("Key account, \"North, East\""));
        assert_eq!(form.value("assignee"), Some(id.as_str()));
        assert_eq!(
            form.value("note")
                .map(|note| note.replace('\r', ""))
                .as_deref(),
            Some("Call first.\nAsk for <Ann>.")
        );
    };
    is_kept(&ann.submit(&review, "#change", &[]).await.expect(200));
    // Telnyx refuses it: what is shown leads back to the form with everything.
    fault(&portal, 1, json!({ "status": 422 })).await;
    let mut page = ann.submit(&review, "#create", &[]).await;
    if page.status == 303 {
        page = ann.follow(&page).await;
    }
    let form = if page.has("#new-account") {
        page
    } else {
        ann.submit(&page, "#change", &[]).await.expect(200)
    };
    is_kept(&form);
}

#[tokio::test]
async fn a_disabled_person_is_not_offered_and_who_was_disabled_meanwhile_is_refused() {
    let (portal, ann) = stage().await;
    let boss = portal.staff(Role::Admin).await;
    let id = boss.staff_id.to_string();
    let form = ann.get("/accounts/new").await.expect(200);
    assert!(form.has(&format!("#assignee option[value='{id}']")));
    assert_eq!(form.form("#new-account").value("assignee"), Some(""));
    let mut tx = portal.db.begin().await.unwrap();
    staff::set_disabled(&mut tx, boss.staff_id, Some(portal.clock.now()))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let page = ann
        .submit(&form, "#new-account", &but(&[("assignee", &id)]))
        .await
        .expect(422);
    assert!(page.has("#assignee-help .field-error"));
    assert!(!page.has(&format!("#assignee option[value='{id}']")));
}

#[tokio::test]
async fn the_account_manager_is_part_of_what_the_operation_stores() {
    let (portal, ann) = stage().await;
    let boss = portal.staff(Role::Admin).await;
    let id = boss.staff_id.to_string();
    let answer = ann
        .post("/accounts", &but(&[("assignee", &id)]))
        .await
        .expect(303);
    let op = answer
        .leads_to()
        .unwrap()
        .rsplit('/')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let operation = reseller_portal::db::operations::by_id(&portal.db, op)
        .await
        .unwrap()
        .unwrap();
    let Change::Create { details, .. } = operation.change else {
        panic!("not a creation");
    };
    assert_eq!(details.assignee, Some(boss.staff_id));
}

//! Selections of the lists: the bar, exceptions, empty and too large ones, roles, and drafts.

use std::time::Duration;

use reseller_portal::domain::role::Role;

use super::{changed, ids_of, job, open, swept};
use crate::support::{PASSWORD, Portal};
use crate::web::channels::known;

const FORM: &str = "form.confirm";

#[tokio::test]
async fn the_bar_offers_what_the_role_may_do() {
    let (portal, manager) = swept(Role::Manager).await;
    let actions = "#selection button[formaction*='/bulk/']";
    let page = manager.get("/accounts").await.expect(200);
    assert_eq!(
        page.select(actions),
        [
            "Enable",
            "Disable",
            "Channel limit",
            "Block outbound calls",
            "Custom pricing",
            "Add tag",
            "Remove tag",
            "Account manager"
        ]
    );
    let page = manager.get("/channels").await.expect(200);
    assert_eq!(
        page.select(actions),
        ["Channel limit", "Block outbound calls", "Disable"]
    );
    let rows = page.count("#table tbody tr");
    assert_eq!(page.count("tbody input[name=id][form=selection]"), rows);
    let page = manager.get("/channels?select=page").await.expect(200);
    assert_eq!(page.count("tbody input[name=id][checked]"), rows);

    let viewer = portal.signed_in(Role::Viewer).await;
    let page = viewer.get("/accounts").await.expect(200);
    assert_eq!(page.count(actions), 0);
    assert!(page.has("#selection button[formaction='/accounts/selected.csv']"));
    let page = viewer.get("/channels").await.expect(200);
    assert!(!page.has("#selection") && !page.has("input[name=id]"));
}

#[tokio::test]
async fn a_role_that_may_not_do_one_may_not_do_many() {
    let (portal, _) = swept(Role::Viewer).await;
    let viewer = portal.signed_in(Role::Viewer).await;
    for list in ["accounts", "channels"] {
        let path = format!("/{list}/bulk/disable");
        viewer.get(&path).await.expect(403);
        let refused = viewer.post(&path, &[("all", "yes")]).await.expect(403);
        assert!(refused.says("Your role cannot"), "{}", refused.words());
    }
    viewer.get("/accounts/bulk/delete").await.expect(404);
}

#[tokio::test]
async fn all_that_match_but_exceptions_are_those_of_the_lists_address() {
    let (portal, ann) = swept(Role::Manager).await;
    let enabled = ids_of(&portal, "enabled").await;
    let left_out = enabled.first().unwrap();
    let fields = [
        ("list", "/accounts?status=enabled&page=2"),
        ("all", "yes"),
        ("except", left_out.as_str()),
        ("id", "ignored"),
    ];
    let page = ann
        .post("/accounts/bulk/disable", &fields)
        .await
        .expect(200);
    let many = enabled.len() - 1;
    let said = format!("{many} accounts: Status: Enabled; all but 1 left out by hand");
    assert!(page.says(&said), "{}", page.words());
    // Another tab of the browser shows another filter by now.
    ann.get("/accounts?status=disabled").await.expect(200);
    let done = ann.submit(&page, FORM, &[("reason_code", "fraud")]).await;
    let job = job(&portal, &done).await;
    let mut expected = enabled.clone();
    expected.remove(left_out);
    assert_eq!(changed(&portal, &job).await, expected);
    assert_eq!(job.selection, said);
}

#[tokio::test]
async fn an_empty_selection_never_means_all() {
    let (_portal, ann) = swept(Role::Manager).await;
    for fields in [
        &[("list", "/accounts?q=a"), ("all", "")][..],
        &[("list", "/accounts?q=a"), ("id", "../x")],
    ] {
        let back = ann.post("/accounts/bulk/disable", fields).await;
        assert_eq!(back.leads_to().as_deref(), Some("/accounts?q=a"));
        assert!(ann.follow(&back).await.says("No account is selected"));
    }
    let back = ann.get("/channels/bulk/block-calls").await;
    assert_eq!(back.leads_to().as_deref(), Some("/channels"));
    let fields = [
        ("list", "/accounts"),
        ("job", "01980000-0000-7000-8000-000000000000"),
        ("reason_code", "fraud"),
    ];
    let refused = ann.post("/accounts/bulk/disable", &fields).await;
    assert!(refused.expect(422).says("No account is selected"));
}

#[tokio::test]
async fn more_than_the_setting_allows_are_refused_with_its_number() {
    let portal = Portal::build()
        .accounts(30)
        .settings(|settings| settings.max_job_items = 20)
        .start()
        .await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let fields = [("list", "/accounts"), ("all", "yes")];
    let page = ann
        .post("/accounts/bulk/disable", &fields)
        .await
        .expect(200);
    let said = "a job may have at most 20";
    assert!(page.says(said), "{}", page.words());
    let refused = ann.submit(&page, FORM, &[("reason_code", "fraud")]).await;
    assert!(refused.expect(422).says(said));
}

#[tokio::test]
async fn a_job_id_that_no_form_made_is_refused() {
    let (portal, ann) = swept(Role::Manager).await;
    let id = portal.sandbox.id_of("enabled").await;
    let fields = [("list", "/accounts"), ("id", &id), ("job", "x")];
    let refused = ann
        .post("/accounts/bulk/add-tag", &fields)
        .await
        .expect(422);
    assert!(refused.says("the form was damaged"));
    ann.submit(&refused, FORM, &[("tag", "Key")])
        .await
        .expect(303);
}

#[tokio::test]
async fn an_expired_sign_in_keeps_the_form_and_its_selection() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let actor = portal.staff(Role::Manager).await;
    let ann = portal.signed_in_as(&actor).await;
    let id = portal.sandbox.id_of("enabled").await;
    let page = open(&ann, "channel-limit", &[&id]).await;
    portal.advance(Duration::from_hours(9));
    let asked = ann
        .submit(&page, FORM, &[("rule", "raise"), ("channels", "7")])
        .await
        .expect(401);
    let fields = [("email", actor.email.as_str()), ("password", PASSWORD)];
    let back = ann.submit(&asked, "#password-form", &fields).await;
    let again = ann.follow(&back).await.expect(200);
    assert!(again.says("Nothing was sent yet"), "{}", again.words());
    assert_eq!(again.attr_of("#channels", "value").as_deref(), Some("7"));
    let done = ann.submit(&again, FORM, &[]).await.expect(303);
    job(&portal, &done).await;
}

#[tokio::test]
async fn the_list_of_channels_selects_its_own_rows() {
    let (portal, ann) = swept(Role::Manager).await;
    let ids: Vec<String> = ids_of(&portal, "enabled").await.into_iter().collect();
    known(&portal, &ids[0], 10).await;
    known(&portal, &ids[1], 20).await;
    let fields = [("list", "/channels?show=holding"), ("all", "yes")];
    let page = ann.post("/channels/bulk/channel-limit", &fields).await;
    let page = page.expect(200);
    assert!(
        page.says("2 accounts: Holding channels"),
        "{}",
        page.words()
    );
    let cancel = page.attr_of(".confirm-foot a", "href");
    assert_eq!(cancel.as_deref(), Some("/channels?show=holding"));
    let done = ann
        .submit(&page, FORM, &[("rule", "at-most"), ("channels", "15")])
        .await;
    let job = job(&portal, &done).await;
    assert_eq!(changed(&portal, &job).await, [ids[1].clone()].into());
}

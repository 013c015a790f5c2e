//! Undo: immediate for a limit, through the inverse's form if that asks questions.

use reseller_portal::domain::operation::OperationKind;

use super::*;

/// Returns the page that a change leads to, with its toast.
async fn done(ann: &Browser, path: &str, fields: &[(&str, &str)]) -> Response {
    let response = ann.post(path, fields).await.expect(303);
    ann.follow(&response).await.expect(200)
}

#[tokio::test]
async fn undo_of_a_change_made_in_a_list_ends_in_that_list() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let list = "/accounts?q=&status=enabled";
    let path = format!("/accounts/{id}/disable");
    let fields = [("reason_code", "error"), ("return_to", list)];
    let page = done(&ann, &path, &fields).await;
    let asked = ann.submit(&page, ".toast form", &[]).await.expect(303);
    let page = ann.follow(&asked).await.expect(200);
    let typed = [("reenable_all_connections", "yes")];
    let enabled = ann.submit(&page, "form.confirm", &typed).await.expect(303);
    let row = format!("{list}#account-{id}");
    assert_eq!(enabled.leads_to(), Some(row));
    let elsewhere = [("back", "https://evil.example/accounts")];
    let page = ann.follow(&enabled).await.expect(200);
    let asked = ann.submit(&page, ".toast form", &elsewhere).await;
    let to = asked.expect(303).leads_to().unwrap();
    assert!(
        to.starts_with(&format!("/accounts/{id}/disable?undoes=")) && !to.contains("evil"),
        "{to}"
    );
}

#[tokio::test]
async fn undo_of_disable_asks_about_the_connections_with_the_reason_filled_in() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let page = done(
        &ann,
        &format!("/accounts/{id}/disable"),
        &[("reason_code", "error")],
    )
    .await;
    let asked = ann.submit(&page, ".toast form", &[]).await.expect(303);
    assert!(
        asked
            .leads_to()
            .unwrap()
            .starts_with(&format!("/accounts/{id}/enable?undoes="))
    );
    let page = ann.follow(&asked).await.expect(200);
    assert!(
        page.text_of("#reason")
            .starts_with("Undo of “Disable account” by Test Account manager")
    );
    ann.submit(
        &page,
        "form.confirm",
        &[("reenable_all_connections", "yes")],
    )
    .await
    .expect(303);
    assert_eq!(portal.sandbox.account(&id).await["status"], "enabled");
    let all = operations::of_account(&portal.db, &id.parse().unwrap(), 9)
        .await
        .unwrap();
    let of = |kind| all.iter().find(|one| one.kind == kind).unwrap();
    assert_eq!(
        of(OperationKind::Enable).undoes,
        Some(of(OperationKind::Disable).id)
    );
}

#[tokio::test]
async fn a_limit_is_undone_once_and_only_while_it_is_what_was_left() {
    let (portal, ann) = stage().await;
    let id = with_limit(&portal, &ann, 30).await;
    let path = format!("/accounts/{id}/channel-limit");
    let page = done(&ann, &path, &[("channel_limit", "45")]).await;
    let undo = page.form(".toast form").action.clone();
    ann.post(&undo, &[]).await.expect(303);
    assert_eq!(limit_of(&portal, &id).await, Some(30));
    // Each of the two links to the other.
    let undone = undo.strip_suffix("/undo").unwrap();
    let page = ann.get(undone).await.expect(200);
    let by = page.attr_of("dd a[href^='/operations/']", "href").unwrap();
    assert!(page.says("Undone by"), "{}", page.words());
    let page = ann.get(&by).await.expect(200);
    assert!(page.says("Undoes"), "{}", page.words());
    assert_eq!(
        page.attr_of("dd a[href^='/operations/']", "href")
            .as_deref(),
        Some(undone)
    );
    let again = ann.post(&undo, &[]).await.expect(422);
    assert!(again.says("can no longer be undone"), "{}", again.words());
    let page = done(&ann, &path, &[("channel_limit", "45")]).await;
    let undo = page.form(".toast form").action.clone();
    ann.post(&path, &[("channel_limit", "46")])
        .await
        .expect(303);
    ann.post(&undo, &[]).await.expect(422);
    assert_eq!(limit_of(&portal, &id).await, Some(46));
}

#[tokio::test]
async fn without_a_known_before_no_undo_is_offered_and_the_confirmation_says_so() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let page = ann
        .get(&format!("/accounts/{id}/block-calls"))
        .await
        .expect(200);
    assert!(page.says("cannot be undone"), "{}", page.words());
    let done = ann
        .submit(&page, "form.confirm", &[("reason", "fraud")])
        .await
        .expect(303);
    let page = ann.follow(&done).await;
    assert!(
        page.has(".toast") && !page.has(".toast form"),
        "{}",
        page.words()
    );
}

#[tokio::test]
async fn a_viewer_undoes_nothing() {
    let (portal, ann) = stage().await;
    let id = with_limit(&portal, &ann, 30).await;
    let page = done(
        &ann,
        &format!("/accounts/{id}/channel-limit"),
        &[("channel_limit", "45")],
    )
    .await;
    let viewer = portal.signed_in(Role::Viewer).await;
    viewer
        .post(&page.form(".toast form").action, &[])
        .await
        .expect(403);
    assert_eq!(limit_of(&portal, &id).await, Some(45));
}

#[tokio::test]
async fn an_undo_that_the_pool_cannot_give_says_the_figures() {
    let (portal, ann) = stage().await;
    let id = with_limit(&portal, &ann, 30).await;
    let page = done(
        &ann,
        &format!("/accounts/{id}/channel-limit"),
        &[("channel_limit", "1")],
    )
    .await;
    let allocated =
        portal.sandbox.state().await["pool"]["total_global_channels_allocated"].as_u64();
    portal
        .sandbox
        .pool(u32::try_from(allocated.unwrap()).unwrap())
        .await;
    let refused = ann.submit(&page, ".toast form", &[]).await.expect(422);
    assert!(
        refused.says("The pool has 0 free; 1 → 30 needs 29 more."),
        "{}",
        refused.words()
    );
}

#[tokio::test]
async fn a_limit_is_undone_once_though_the_same_limit_is_set_again() {
    let (portal, ann) = stage().await;
    let ben = portal.signed_in(Role::Admin).await;
    let id = with_limit(&portal, &ann, 30).await;
    let path = format!("/accounts/{id}/channel-limit");
    done(&ann, &path, &[("channel_limit", "45")]).await;
    let stale = ben.get("/activity").await.expect(200);
    let undo = stale.form(".feed-side form").action.clone();
    let form = ben
        .get(&format!("{path}?undoes={}", id_in(&undo)))
        .await
        .expect(200);
    ann.post(&undo, &[]).await.expect(303);
    done(&ann, &path, &[("channel_limit", "45")]).await;
    // Through the activity page as it was before.
    let again = ben.submit(&stale, ".feed-side form", &[]).await.expect(422);
    assert!(again.says("can no longer be undone"), "{}", again.words());
    // Through the form as it was before.
    let again = ben
        .submit(
            &form,
            "form.confirm",
            &[("channel_limit", "30"), ("reason", "again")],
        )
        .await
        .expect(422);
    assert!(again.says("can no longer be undone"), "{}", again.words());
    assert_eq!(limit_of(&portal, &id).await, Some(45));
    assert_eq!(undos(&portal, &id, &undo).await, 1);
}

#[tokio::test]
async fn a_disable_is_undone_once_though_the_account_is_disabled_again() {
    let (portal, ann) = stage().await;
    let ben = portal.signed_in(Role::Admin).await;
    let id = enabled(&portal).await;
    let disable = [("reason_code", "error")];
    let page = done(&ann, &format!("/accounts/{id}/disable"), &disable).await;
    let undo = page.form(".toast form").action.clone();
    let asked = ben.post(&undo, &[]).await.expect(303);
    let form = ben.follow(&asked).await.expect(200);
    let asked = ann.post(&undo, &[]).await.expect(303);
    let first = ann.follow(&asked).await.expect(200);
    ann.submit(
        &first,
        "form.confirm",
        &[("reenable_all_connections", "no")],
    )
    .await
    .expect(303);
    ann.post(&format!("/accounts/{id}/disable"), &disable)
        .await
        .expect(303);
    let again = ben
        .submit(&form, "form.confirm", &[("reenable_all_connections", "no")])
        .await
        .expect(422);
    assert!(again.says("can no longer be undone"), "{}", again.words());
    let again = ben.post(&undo, &[]).await.expect(422);
    assert!(again.says("can no longer be undone"), "{}", again.words());
    assert_eq!(portal.sandbox.account(&id).await["status"], "disabled");
    assert_eq!(undos(&portal, &id, &undo).await, 1);
}

#[tokio::test]
async fn of_two_people_who_undo_at_once_one_does() {
    let (portal, ann) = stage().await;
    let ben = portal.signed_in(Role::Admin).await;
    let id = with_limit(&portal, &ann, 30).await;
    let page = done(
        &ann,
        &format!("/accounts/{id}/channel-limit"),
        &[("channel_limit", "45")],
    )
    .await;
    let undo = page.form(".toast form").action.clone();
    tokio::join!(ann.post(&undo, &[]), ben.post(&undo, &[]));
    assert_eq!(limit_of(&portal, &id).await, Some(30));
    assert_eq!(undos(&portal, &id, &undo).await, 1);
}

/// Returns the ID of the operation that this address undoes.
fn id_in(undo: &str) -> &str {
    undo.trim_start_matches("/operations/")
        .trim_end_matches("/undo")
}

/// Returns the number of changes of the account that undo this one.
async fn undos(portal: &Portal, id: &str, undo: &str) -> usize {
    let undone = Some(id_in(undo).parse().unwrap());
    let all = operations::of_account(&portal.db, &id.parse().unwrap(), 50)
        .await
        .unwrap();
    all.iter().filter(|one| one.undoes == undone).count()
}

//! Previews: groups, what is left out, the typed number, and discarding.

use super::*;
use reseller_portal::domain::channels::ChannelLimit;
use reseller_portal::domain::job::LimitRule;

fn groups(page: &Response) -> Vec<String> {
    page.select(".job-groups > li > a")
}

#[tokio::test]
async fn a_preview_shows_groups_and_what_is_left_out_is_not_sent() {
    let stage = Stage::new().await;
    let enabled = stage.accounts("enabled").await[..3].to_vec();
    let disabled = stage.accounts("disabled").await[..1].to_vec();
    let path = stage
        .preview(JobAction::Disable, &[enabled.clone(), disabled].concat())
        .await;
    let page = stage.page(&path).await;
    assert_eq!(groups(&page), ["3 will change", "1 already so"]);
    assert_eq!(page.text_of("h1"), "Disable 3 accounts?");
    assert!(page.says("Calls at night"), "{}", page.words());
    assert!(page.says("Nothing was changed yet"));

    let opened = stage.page(&format!("{path}?decision=change")).await;
    assert_eq!(opened.count("#items tbody tr"), 3);
    let form = "#items tbody tr:first-child form";
    let sent = stage.browser.submit(&opened, form, &[]).await.expect(303);
    let opened = stage.browser.follow(&sent).await.expect(200);
    assert_eq!(opened.text_of("h1"), "Disable 2 accounts?");
    assert!(
        opened
            .text_of("#items tbody tr:first-child")
            .contains("Left out.")
    );

    stage.start(&path, &[("confirm", "2")]).await;
    stage.run().await;
    assert_eq!(stage.count(&enabled, "disabled").await, 2);
    let page = stage.page(&path).await;
    assert!(page.says("2 of 2 finished"), "{}", page.words());
}

#[tokio::test]
async fn a_whole_group_is_left_out_and_included_again() {
    let stage = Stage::new().await;
    let (path, _) = stage.preview_disable(3).await;
    let page = stage.page(&path).await;
    let form = ".job-groups li form";
    let sent = stage.browser.submit(&page, form, &[]).await;
    let page = stage.browser.follow(&sent).await.expect(200);
    assert!(page.says("No account is included"), "{}", page.words());
    assert!(page.says("3 left out"));
    let sent = stage.browser.submit(&page, form, &[]).await;
    let page = stage.browser.follow(&sent).await.expect(200);
    assert_eq!(page.text_of("h1"), "Disable 3 accounts?");
    let part = stage
        .browser
        .post_fragment(
            &format!("{path}/leave-out"),
            &[("decision", "change"), ("left_out", "yes"), ("back", "")],
        )
        .await
        .expect(200);
    assert!(part.has("#preview") && !part.has("aside.sidebar"));
}

#[tokio::test]
async fn a_disruptive_job_needs_the_number_of_accounts() {
    let stage = Stage::new().await;
    let (path, ids) = stage.preview_disable(3).await;
    let page = stage.page(&path).await;
    for typed in ["", "2", "three"] {
        let form = [("confirm", typed)];
        let page = stage
            .browser
            .submit(&page, "#start", &form)
            .await
            .expect(422);
        assert_eq!(
            page.text_of("#confirm-help .field-error"),
            "Type 3 to confirm."
        );
        assert_eq!(page.attr_of("#confirm", "value").as_deref(), Some(typed));
    }
    stage.run().await;
    assert_eq!(stage.count(&ids, "enabled").await, 3);
    stage.start(&path, &[("confirm", " 3 ")]).await;
    stage.run().await;
    assert_eq!(stage.count(&ids, "disabled").await, 3);
}

#[tokio::test]
async fn a_number_that_another_tab_changed_starts_nothing() {
    let stage = Stage::new().await;
    let (path, ids) = stage.preview_disable(3).await;
    let shown = stage.page(&path).await;
    let fields = [("decision", "change"), ("number", "1"), ("left_out", "yes")];
    let leave_out = format!("{path}/leave-out");
    stage.browser.post(&leave_out, &fields).await.expect(303);
    let form = [("confirm", "3")];
    let page = stage
        .browser
        .submit(&shown, "#start", &form)
        .await
        .expect(409);
    assert!(page.says("2 accounts are included now"), "{}", page.words());
    stage.run().await;
    assert_eq!(stage.count(&ids, "enabled").await, 3);
}

#[tokio::test]
async fn a_limit_is_previewed_against_the_pool_and_needs_no_number() {
    let stage = Stage::new().await;
    let id = stage.accounts("enabled").await[..1].to_vec();
    super::super::channels::known(&stage.portal, &id[0], 5).await;
    let limit = LimitRule::Set(ChannelLimit::new(7).unwrap());
    let path = stage.preview(JobAction::ChannelLimit { limit }, &id).await;
    let page = stage.page(&path).await;
    assert!(page.says("Needs 2 channels."), "{}", page.words());
    assert!(!page.has("#confirm"));
    stage.start(&path, &[]).await;
    stage.run().await;
    assert_eq!(
        stage.portal.sandbox.account(&id[0]).await["channel_limit"],
        7
    );
}

#[tokio::test]
async fn a_discarded_preview_is_gone() {
    let stage = Stage::new().await;
    let (path, ids) = stage.preview_disable(2).await;
    let page = stage.page(&path).await;
    let sent = stage.browser.submit(&page, "#discard", &[]).await;
    let list = stage.browser.follow(&sent).await.expect(200);
    assert!(list.says("Nothing was changed"), "{}", list.words());
    assert!(list.says("Select accounts in the list and choose an action."));
    stage.browser.get(&path).await.expect(404);
    assert_eq!(stage.count(&ids, "enabled").await, 2);
}

#[tokio::test]
async fn a_viewer_sees_a_preview_and_cannot_start_it() {
    let stage = Stage::new().await;
    let (path, ids) = stage.preview_disable(2).await;
    let eve = stage.portal.signed_in(Role::Viewer).await;
    let page = eve.get(&path).await.expect(200);
    assert_eq!(groups(&page), ["2 will change"]);
    assert_eq!(page.count("#main form[method=post]"), 0);
    for action in ["start", "leave-out", "discard", "stop", "retry", "undo"] {
        let fields = [("confirm", "2"), ("included", "2")];
        eve.post(&format!("{path}/{action}"), &fields)
            .await
            .expect(403);
    }
    stage.run().await;
    assert_eq!(stage.count(&ids, "enabled").await, 2);
}

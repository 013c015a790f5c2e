//! Runs: starting once, pausing, stopping, retrying, undoing.

use super::*;
use serde_json::json;

#[tokio::test]
async fn a_job_that_is_started_twice_runs_once() {
    let stage = Stage::new().await;
    let (path, ids) = stage.preview_disable(4).await;
    let page = stage.page(&path).await;
    let first = [("confirm", "4"), ("first", "2")];
    stage
        .browser
        .submit(&page, "#start", &first)
        .await
        .expect(303);
    stage.run().await;
    assert_eq!(stage.count(&ids, "disabled").await, 2);
    stage
        .browser
        .submit(&page, "#start", &first)
        .await
        .expect(303);
    stage.run().await;
    assert_eq!(stage.count(&ids, "disabled").await, 2);
    assert_eq!(stage.portal.sandbox.changes().await.len(), 2);
}

#[tokio::test]
async fn the_first_two_are_followed_by_the_others() {
    let stage = Stage::new().await;
    let (path, ids) = stage.preview_disable(5).await;
    stage
        .start(&path, &[("confirm", "5"), ("first", "2")])
        .await;
    stage.run().await;
    let page = stage.page(&path).await;
    assert!(page.says("2 of 5 finished"), "{}", page.words());
    assert_eq!(page.text_of("#progress [role=status]"), "Paused");
    assert_eq!(page.text_of("#resume"), "Continue with the other 3");
    let form = "form[action$='/resume']";
    let sent = stage.browser.submit(&page, form, &[]).await;
    let page = stage.browser.follow(&sent).await.expect(200);
    assert_eq!(page.text_of("#progress [role=status]"), "Running");
    assert!(page.has("#progress[data-events][hx-trigger='update']"));
    stage.run().await;
    let page = stage.page(&path).await;
    assert_eq!(page.text_of("#progress [role=status]"), "Finished");
    assert!(page.has("#progress .status[data-kind='good']"));
    assert!(!page.has("#progress[data-events]"));
    assert_eq!(stage.count(&ids, "disabled").await, 5);
}

#[tokio::test]
async fn a_paused_job_sends_nothing_and_a_stopped_one_never_does() {
    let stage = Stage::new().await;
    let (path, ids) = stage.preview_disable(3).await;
    let page = stage.start(&path, &[("confirm", "3")]).await;
    let form = "form[action$='/pause']";
    stage.browser.submit(&page, form, &[]).await.expect(303);
    stage.run().await;
    let page = stage.page(&path).await;
    assert_eq!(page.text_of("#progress [role=status]"), "Paused");
    assert_eq!(page.text_of("#resume"), "Continue");
    let asked = stage.page(&format!("{path}/stop")).await;
    assert!(asked.says("What is done stays done."), "{}", asked.words());
    let sent = stage.browser.submit(&asked, "form.confirm", &[]).await;
    let page = stage.browser.follow(&sent).await.expect(200);
    assert_eq!(page.text_of("#progress [role=status]"), "Stopped");
    assert_eq!(page.text_of("#retry"), "Run the other 3");
    stage.run().await;
    assert_eq!(stage.count(&ids, "enabled").await, 3);
}

#[tokio::test]
async fn only_what_failed_is_retried_and_the_result_is_not_green() {
    let stage = Stage::new().await;
    let (path, ids) = stage.preview_disable(3).await;
    let fault = json!({ "method": "POST", "path": format!("/v2/managed_accounts/{}/*", ids[1]),
        "then": { "status": 422 } });
    stage.portal.sandbox.faults(json!([fault])).await;
    stage.start(&path, &[("confirm", "3")]).await;
    stage.run().await;
    let page = stage.page(&path).await;
    assert!(page.says("1 failed, 2 done"), "{}", page.words());
    assert!(page.has("#progress .status[data-kind='bad']"));
    assert_eq!(page.count(".job-failures li"), 1);
    let failed = stage.page(&format!("{path}?state=refused")).await;
    assert_eq!(failed.count("#items tbody tr"), 1);
    assert!(failed.has("#items tbody a[href^='/operations/']"));
    assert_eq!(page.text_of("#retry"), "Retry failed (1)");

    stage.portal.sandbox.clear_faults().await;
    stage.portal.sandbox.clear_log().await;
    let form = "form[action$='/retry']";
    stage.browser.submit(&page, form, &[]).await.expect(303);
    stage.run().await;
    assert_eq!(stage.portal.sandbox.changes().await.len(), 1);
    assert_eq!(stage.count(&ids, "disabled").await, 3);
    let page = stage.page(&path).await;
    assert!(page.has("#progress .status[data-kind='good']"));
}

#[tokio::test]
async fn an_undo_leaves_out_what_was_changed_since() {
    let stage = Stage::new().await;
    let (path, ids) = stage.preview_disable(3).await;
    stage.start(&path, &[("confirm", "3")]).await;
    stage.run().await;
    let enable = format!("/accounts/{}/enable", ids[0]);
    let fields = [("reenable_all_connections", "no"), ("reason", "Paid")];
    stage.browser.post(&enable, &fields).await.expect(303);

    let form = stage.page(&format!("{path}/undo")).await;
    assert_eq!(form.count("input[type=radio][checked]"), 0);
    let refused = stage.browser.submit(&form, "form.confirm", &[]).await;
    let refused = refused.expect(422);
    assert_eq!(refused.text_of("#connections-help"), "Choose yes or no.");
    let answer = [("reenable_all_connections", "no")];
    let sent = stage.browser.submit(&form, "form.confirm", &answer).await;
    let page = stage.browser.follow(&sent.expect(303)).await.expect(200);
    let groups = page.select(".job-groups > li > a");
    assert_eq!(groups, ["2 will change", "1 changed since"]);
    let sent = stage.browser.submit(&page, "#start", &[]).await;
    let undo = sent.leads_to().unwrap();
    stage.run().await;
    assert_eq!(stage.count(&ids, "enabled").await, 3);
    let page = stage.page(&path).await;
    assert!(page.has(&format!("#progress a[href='{undo}']")));
    assert!(!page.has("#undo"));
}

#[tokio::test]
async fn the_result_is_a_file_and_the_audit_knows_who_took_it() {
    let stage = Stage::new().await;
    let (path, ids) = stage.preview_disable(2).await;
    stage.start(&path, &[("confirm", "2")]).await;
    stage.run().await;
    let file = stage.page(&format!("{path}/result.csv")).await;
    assert!(file.header("content-type").starts_with("text/csv"));
    let lines: Vec<&str> = file.text.trim().lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].contains("account_id") && lines[0].contains("operation_id"));
    for id in &ids {
        let line = lines.iter().find(|line| line.contains(id.as_str()));
        let line = line.unwrap();
        assert!(line.contains("done") && line.contains("Disabled"), "{line}");
    }
    let activity = stage.page("/activity?kind=exported").await;
    assert!(activity.says("exported the result of a job"));
}

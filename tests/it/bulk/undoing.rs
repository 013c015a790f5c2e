//! Undo of a job: a new job that leaves out what was changed since.

use super::*;

pub(super) async fn undo(stage: &Stage, job: &Job) -> Job {
    let job = stage.job(job).await;
    let id = JobId::new(stage.portal.clock.now());
    bulk::preview_undo(&stage.portal, &stage.ann, id, &job, true, reason())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_job_is_undone_except_for_what_was_changed_since() {
    let stage = Stage::start(4).await;
    let ids = stage.ids().await;
    let job = stage.started(set(7), &ids).await;
    stage.run().await;
    stage.portal.advance(Duration::from_secs(1));
    let later = stage.started(set(2), &ids[..1]).await;
    stage.run().await;
    stage.portal.advance(Duration::from_secs(1));
    let undoing = undo(&stage, &job).await;
    let items = stage.items(&undoing).await;
    assert_eq!(
        decisions(&items),
        [
            Decision::Change,
            Decision::Change,
            Decision::Change,
            Decision::Changed
        ]
    );
    bulk::start(&stage.portal, &stage.ann, &undoing, None)
        .await
        .unwrap();
    stage.run().await;
    assert_eq!(stage.counts(&undoing).await.summary(), "3 done");
    let mut limits = stage.true_limits().await;
    limits.sort_unstable();
    assert_eq!(limits, [2, 4, 4, 4]);
    let again = undo(&stage, &job).await;
    assert_eq!(
        decisions(&stage.items(&again).await),
        [Decision::Changed; 4]
    );
    assert_eq!(stage.counts(&later).await.summary(), "1 done");
}

#[tokio::test]
async fn disabled_accounts_are_enabled_again_and_tags_removed() {
    let stage = Stage::start(2).await;
    let ids = stage.ids().await;
    let job = stage.started(JobAction::Disable, &ids).await;
    stage.run().await;
    stage.portal.advance(Duration::from_secs(1));
    let undoing = undo(&stage, &job).await;
    bulk::start(&stage.portal, &stage.ann, &undoing, None)
        .await
        .unwrap();
    stage.run().await;
    for account in stage.portal.sandbox.accounts().await {
        assert_eq!(account["status"], "enabled");
    }
    let tag = JobAction::AddTag {
        name: "Campaign".to_owned(),
    };
    let tagged = stage.started(tag, &ids).await;
    stage.run().await;
    let undoing = undo(&stage, &tagged).await;
    bulk::start(&stage.portal, &stage.ann, &undoing, None)
        .await
        .unwrap();
    stage.run().await;
    assert_eq!(stage.counts(&undoing).await.summary(), "2 done");
}

#[tokio::test]
async fn an_undo_that_blocks_calls_of_some_needs_a_reason() {
    let stage = Stage::start(2).await;
    let ids = stage.ids().await;
    let blocked = stage.started(set(0), &ids[..1]).await;
    stage.run().await;
    stage.portal.advance(Duration::from_secs(1));
    let raised = stage.started(set(7), &ids).await;
    stage.run().await;
    stage.portal.advance(Duration::from_secs(1));
    let raised = stage.job(&raised).await;
    let id = JobId::new(stage.portal.clock.now());
    let none = Reason::default();
    let refused = bulk::preview_undo(&stage.portal, &stage.ann, id, &raised, false, none).await;
    assert!(matches!(refused, Err(PlanError::Field("reason", _))));
    assert_eq!(stage.counts(&blocked).await.summary(), "1 done");
}

//! A run applies the plan: once, at its pace, until it is paused or stopped.

use reseller_portal::db::{audit, operations, staff};
use reseller_portal::domain::audit::EventKind;
use reseller_portal::domain::operation::Change;
use reseller_portal::operations::{ExpectedValues, Request, submit};
use serde_json::json;

use super::*;

#[tokio::test]
async fn every_item_is_an_operation_of_the_job_and_the_audit_names_it() {
    let stage = Stage::start(5).await;
    let ids = stage.ids().await;
    let job = stage.started(set(7), &ids).await;
    stage.run().await;
    let ended = stage.job(&job).await;
    assert_eq!(ended.state, JobState::Ended);
    let counts = stage.counts(&job).await;
    assert_eq!((counts.of(ItemState::Done), counts.included()), (5, 5));
    assert_eq!(counts.summary(), "5 done");
    assert_eq!(stage.true_limits().await, vec![7; 5]);
    for item in stage.items(&job).await {
        let operation = operations::by_id(&stage.portal.db, item.operation_id)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(operation.job, Some(job.id));
        assert_eq!(item.message, "The channel limit is 7.");
    }
    let all = audit::oldest(&stage.portal.db, &audit::EventFilter::default(), 100)
        .await
        .unwrap();
    let of_job = all.iter().filter(|entry| entry.event.job == Some(job.id));
    let kinds: Vec<EventKind> = of_job.map(|entry| entry.event.kind).collect();
    let changes = kinds
        .iter()
        .filter(|kind| **kind == EventKind::ChannelLimit);
    assert_eq!(changes.count(), 10, "each is started and done");
    assert_eq!(kinds.first(), Some(&EventKind::Job));
    assert_eq!(kinds.last(), Some(&EventKind::Job));
    assert_eq!(kinds.len(), 12);
}

#[tokio::test]
async fn a_started_job_is_not_started_again_and_two_runners_send_nothing_twice() {
    let stage = Stage::start(8).await;
    let ids = stage.ids().await;
    let job = stage.started(set(7), &ids).await;
    bulk::start(&stage.portal, &stage.ann, &job, None)
        .await
        .unwrap();
    tokio::join!(stage.run(), stage.run());
    stage.run().await;
    let changes = stage.portal.sandbox.changes().await;
    assert_eq!(changes.len(), 8, "{changes:?}");
    assert_eq!(stage.counts(&job).await.of(ItemState::Done), 8);
}

#[tokio::test]
async fn the_first_two_run_then_the_job_waits_until_it_is_continued() {
    let stage = Stage::start(5).await;
    let ids = stage.ids().await;
    let job = stage.preview(set(7), &ids).await.unwrap();
    bulk::start(&stage.portal, &stage.ann, &job, Some(2))
        .await
        .unwrap();
    stage.run().await;
    let job = stage.job(&job).await;
    assert_eq!(job.state, JobState::Paused);
    assert_eq!(stage.counts(&job).await.summary(), "2 done, 3 waiting");
    bulk::start(&stage.portal, &stage.ann, &job, None)
        .await
        .unwrap();
    stage.run().await;
    assert_eq!(stage.job(&job).await.state, JobState::Ended);
    assert_eq!(stage.counts(&job).await.of(ItemState::Done), 5);
}

#[tokio::test]
async fn a_paused_job_sends_nothing_and_a_stopped_one_never_again() {
    let stage = Stage::start(4).await;
    let ids = stage.ids().await;
    let job = stage.started(set(7), &ids).await;
    bulk::pause(&stage.portal, &stage.ann, &job).await.unwrap();
    stage.run().await;
    assert!(stage.portal.sandbox.changes().await.is_empty());
    bulk::stop(&stage.portal, &stage.ann, &job).await.unwrap();
    stage.run().await;
    let job = stage.job(&job).await;
    assert_eq!(job.state, JobState::Stopped);
    assert_eq!(stage.counts(&job).await.summary(), "4 not started");
    let refused = bulk::start(&stage.portal, &stage.ann, &job, None).await;
    assert!(refused.is_err(), "a stopped job is not continued");
    bulk::retry(&stage.portal, &stage.ann, &job).await.unwrap();
    stage.run().await;
    assert_eq!(stage.counts(&job).await.summary(), "4 done");
}

#[tokio::test]
async fn an_account_that_changed_since_the_preview_is_refused_with_the_change() {
    let stage = Stage::start(3).await;
    let ids = stage.ids().await;
    let job = stage.preview(set(7), &ids).await.unwrap();
    let other = Request {
        id: reseller_portal::domain::ids::OperationId::new(stage.portal.clock.now()),
        change: Change::ChannelLimit {
            account: ids[0].clone(),
            limit: limit(2),
        },
        reason: Reason::default(),
        undoes: None,
        expected: ExpectedValues::default(),
        try_anyway: false,
        password: None,
    };
    submit(&stage.portal, &stage.ann, other).await.unwrap();
    bulk::start(&stage.portal, &stage.ann, &job, None)
        .await
        .unwrap();
    stage.run().await;
    let counts = stage.counts(&job).await;
    assert_eq!(counts.summary(), "1 failed, 2 done");
    let items = stage.items(&job).await;
    let refused = items.iter().find(|item| item.state == ItemState::Refused);
    let message = &refused.unwrap().message;
    assert!(
        message.starts_with("Channel limit was 4 in the preview and is 2 now"),
        "{message}"
    );
    assert_eq!(
        stage.portal.sandbox.account(&ids[0]).await["channel_limit"],
        2
    );
}

#[tokio::test]
async fn a_right_that_was_revoked_since_stops_the_rows_and_says_so() {
    let stage = Stage::start(2).await;
    let ids = stage.ids().await;
    let job = stage.started(set(7), &ids).await;
    let mut tx = stage.portal.db.begin().await.unwrap();
    staff::set_role(&mut tx, stage.ann.staff_id, Role::Viewer)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    stage.run().await;
    for item in stage.items(&job).await {
        assert_eq!(
            (item.state, item.message.as_str()),
            (
                ItemState::Refused,
                "Your role can no longer change channel limits."
            )
        );
    }
    assert!(stage.portal.sandbox.changes().await.is_empty());
}

#[tokio::test]
async fn a_storm_of_429_slows_the_job_and_fails_no_row() {
    let stage = Stage::start(4).await;
    let ids = stage.ids().await;
    let job = stage.started(set(7), &ids).await;
    let storm = json!([{
        "method": "PATCH", "path": "*", "times": 14, "then": {"status": 429, "retry_after": 0}
    }]);
    stage.portal.sandbox.faults(storm).await;
    for _ in 0..8 {
        stage.run().await;
        stage.portal.advance(Duration::from_secs(5));
    }
    assert_eq!(stage.counts(&job).await.summary(), "4 done");
    assert_eq!(stage.true_limits().await, vec![7; 4]);
}

#[tokio::test]
async fn while_telnyx_is_down_the_job_waits_says_so_and_continues() {
    let stage = Stage::start(6).await;
    let ids = stage.ids().await;
    let job = stage.started(set(7), &ids).await;
    let down = json!([{"path": "*", "times": 1000, "then": {"status": 503}}]);
    stage.portal.sandbox.faults(down).await;
    for _ in 0..3 {
        stage.run().await;
        stage.portal.advance(Duration::from_secs(2));
    }
    let waiting = stage.job(&job).await;
    assert_eq!(waiting.state, JobState::Running);
    assert!(
        waiting.waiting_for.contains("Telnyx does not answer"),
        "{}",
        waiting.waiting_for
    );
    stage.portal.sandbox.clear_faults().await;
    for _ in 0..30 {
        let _ = stage.portal.telnyx.pool().await;
        stage.portal.run_jobs().await;
        stage.run().await;
        stage.portal.advance(Duration::from_secs(20));
    }
    let counts = stage.counts(&job).await;
    assert_eq!(counts.included(), 6);
    assert_eq!(
        counts.of(ItemState::Refused) + counts.of(ItemState::Done),
        6,
        "{}",
        counts.summary()
    );
    assert_eq!(stage.job(&job).await.waiting_for, "");
}

#[tokio::test]
async fn an_item_that_another_change_obstructs_waits_for_it() {
    let stage = Stage::start(1).await;
    let ids = stage.ids().await;
    let slow = json!([{"method": "PATCH", "path": "*", "times": 1, "then": {"delay_ms": 700}}]);
    stage.portal.sandbox.faults(slow).await;
    let first = stage.started(set(7), &ids).await;
    let pricing = JobAction::CustomPricing { allow: true };
    let second = stage.started(pricing, &ids).await;
    stage.run().await;
    for _ in 0..3 {
        stage.portal.advance(Duration::from_secs(5));
        stage.run().await;
    }
    assert_eq!(stage.counts(&first).await.summary(), "1 done");
    let last = stage.counts(&second).await.summary();
    assert!(last == "1 done" || last == "Nothing to do", "{last}");
}

#[tokio::test]
async fn tags_are_added_and_removed_in_jobs_too() {
    let stage = Stage::start(3).await;
    let ids = stage.ids().await;
    let add = JobAction::AddTag {
        name: "Campaign".to_owned(),
    };
    let job = stage.started(add.clone(), &ids[..2]).await;
    stage.run().await;
    assert_eq!(stage.counts(&job).await.summary(), "2 done");
    let again = stage.preview(add, &ids).await.unwrap();
    assert_eq!(
        decisions(&stage.items(&again).await),
        [Decision::Change, Decision::Same, Decision::Same]
    );
    let remove = JobAction::RemoveTag {
        name: "campaign".to_owned(),
    };
    let removed = stage.started(remove, &ids).await;
    stage.run().await;
    assert_eq!(stage.counts(&removed).await.summary(), "2 done");
    assert!(stage.portal.sandbox.changes().await.is_empty());
}

#[tokio::test]
async fn several_jobs_share_and_one_that_waits_does_not_hold_the_other_up() {
    let stage = Stage::start(12).await;
    let ids = stage.ids().await;
    let one = stage.started(set(7), &ids[..6]).await;
    let other = stage.started(set(8), &ids[6..]).await;
    stage.run().await;
    for job in [&one, &other] {
        assert_eq!(stage.counts(job).await.summary(), "6 done");
    }
    let log = stage.portal.sandbox.log().await;
    let order: Vec<bool> = log
        .iter()
        .filter(|entry| entry["method"] == "PATCH")
        .map(|entry| {
            let path = entry["path"].as_str().unwrap();
            ids[..6].iter().any(|id| path.contains(id.as_str()))
        })
        .collect();
    let first_half = order[..6].iter().filter(|of_one| **of_one).count();
    assert!((2..=4).contains(&first_half), "{order:?}");
}

#[tokio::test]
async fn a_limit_that_was_not_known_in_the_preview_is_not_overwritten_once_it_is() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.staff(Role::Manager).await;
    let stage = Stage { portal, ann };
    let id: AccountId = stage.portal.sandbox.id_of("enabled").await.parse().unwrap();
    let ids = [id];
    let job = stage.preview(set(7), &ids).await.unwrap();
    let other = stage.started(set(2), &ids).await;
    stage.run().await;
    assert_eq!(stage.counts(&other).await.summary(), "1 done");
    bulk::start(&stage.portal, &stage.ann, &job, None)
        .await
        .unwrap();
    stage.run().await;
    assert_eq!(stage.counts(&job).await.summary(), "1 failed");
    let message = &stage.items(&job).await[0].message;
    let said = "Channel limit was not known in the preview and is 2 now";
    assert!(message.starts_with(said), "{message}");
    let now = stage.portal.sandbox.account(&ids[0]).await;
    assert_eq!(now["channel_limit"], 2);
}

#[tokio::test]
async fn a_start_with_another_number_than_is_included_starts_nothing() {
    let stage = Stage::start(3).await;
    let ids = stage.ids().await;
    let job = stage.preview(set(7), &ids).await.unwrap();
    let (app, ann) = (&stage.portal, &stage.ann);
    let change = Decision::Change;
    bulk::leave_out(app, ann, &job, change, Some(1), true)
        .await
        .unwrap();
    let refused = bulk::start_confirmed(app, ann, &job, Some(1), 3).await;
    let Err(bulk::ControlError::Changed(counts)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(counts.included(), 2);
    let unchanged = stage.job(&job).await;
    assert_eq!(
        (unchanged.state, unchanged.run_until),
        (JobState::Preview, None)
    );
    bulk::start_confirmed(app, ann, &job, Some(1), 2)
        .await
        .unwrap();
    // The run is fixed from now on.
    bulk::leave_out(app, ann, &job, change, None, true)
        .await
        .unwrap();
    stage.run().await;
    assert_eq!(stage.counts(&job).await.summary(), "1 done, 1 waiting");
}

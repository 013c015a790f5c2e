//! The preview decides about each account once, and stores the decisions.

use reseller_portal::db::jobs::groups;
use serde_json::json;

use super::*;

#[tokio::test]
async fn a_plan_says_for_each_account_what_will_happen_and_why_not() {
    let stage = Stage::start(6).await;
    let ids = stage.ids().await;
    let portal = &stage.portal;
    portal
        .sandbox
        .change_elsewhere(&ids[0], json!({"status": "disabled"}))
        .await;
    portal
        .sandbox
        .change_elsewhere(&ids[1], json!({"status": "blocked"}))
        .await;
    portal.advance(Duration::from_mins(2));
    portal.sweep().await;
    let job = stage.preview(JobAction::Disable, &ids).await.unwrap();
    let items = stage.items(&job).await;
    let of = |id: &AccountId| {
        let item = items.iter().find(|item| item.account.as_ref() == Some(id));
        item.unwrap()
    };
    assert_eq!(of(&ids[0]).decision, Decision::Same);
    assert_eq!(of(&ids[0]).message, "It is disabled.");
    assert_eq!(of(&ids[1]).decision, Decision::Status);
    assert_eq!(of(&ids[2]).decision, Decision::Change);
    assert_eq!(of(&ids[2]).shown.status, Some(AccountStatus::Enabled));
    let counts = stage.counts(&job).await;
    assert_eq!((counts.included(), counts.of(ItemState::LeftOut)), (4, 2));
    assert!(portal.sandbox.changes().await.is_empty(), "nothing is sent");
    assert_eq!(job.state, JobState::Preview);
}

#[tokio::test]
async fn what_frees_channels_comes_first_and_what_the_pool_lacks_is_said() {
    let stage = Stage::start(4).await;
    let ids = stage.ids().await;
    let portal = &stage.portal;
    portal.sandbox.pool(16 + 5).await;
    reseller_portal::directory::refresh_pool(portal)
        .await
        .unwrap();
    let raise = JobAction::ChannelLimit {
        limit: LimitRule::RaiseBy(limit(3)),
    };
    let job = stage.preview(raise, &ids).await.unwrap();
    let items = stage.items(&job).await;
    assert_eq!(
        decisions(&items),
        [
            Decision::Change,
            Decision::Pool,
            Decision::Pool,
            Decision::Pool
        ]
    );
    assert_eq!(
        items[1].message,
        "It needs 3 more channels; 2 of the pool are free by then."
    );
    let groups = groups::by_job(&portal.db, job.id).await.unwrap();
    let needed: i64 = groups.iter().map(|group| group.needed).sum();
    assert_eq!(needed, 3, "what is left out needs nothing");
}

#[tokio::test]
async fn a_relative_limit_needs_a_known_one_and_never_leaves_the_bounds() {
    let now = Some(limit(4));
    assert_eq!(LimitRule::LowerBy(limit(9)).apply(now), Some(limit(0)));
    assert_eq!(LimitRule::AtMost(limit(9)).apply(now), Some(limit(4)));
    let most = limit(u64::from(ChannelLimit::MAX));
    assert_eq!(LimitRule::RaiseBy(most).apply(now), Some(most));
    for rule in [LimitRule::RaiseBy, LimitRule::LowerBy, LimitRule::AtMost] {
        assert_eq!(rule(limit(1)).apply(None), None);
    }
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.staff(Role::Manager).await;
    let stage = Stage { portal, ann };
    let ids = stage.ids().await;
    let raise = JobAction::ChannelLimit {
        limit: LimitRule::RaiseBy(limit(1)),
    };
    let job = stage.preview(raise, &ids[..1]).await.unwrap();
    let items = stage.items(&job).await;
    assert_eq!(decisions(&items), [Decision::NotKnown]);
}

#[tokio::test]
async fn an_empty_selection_a_missing_reason_or_right_and_too_many_are_refused() {
    let stage = Stage::start(3).await;
    let ids = stage.ids().await;
    let none = stage.preview(JobAction::Disable, &[]).await;
    assert!(matches!(none, Err(PlanError::Empty)));
    let portal = &stage.portal;
    let new = |reason: Reason| NewJob {
        id: JobId::new(portal.clock.now()),
        action: JobAction::Disable,
        accounts: ids.clone(),
        selection: String::new(),
        reason,
    };
    let without = bulk::preview(portal, &stage.ann, new(Reason::default())).await;
    assert!(matches!(without, Err(PlanError::Field("reason_code", _))));
    let viewer = portal.actor(Role::Viewer);
    let refused = bulk::preview(portal, &viewer, new(reason())).await;
    assert!(matches!(refused, Err(PlanError::Forbidden(_))));
    let small = Portal::build()
        .settings(|settings| settings.max_job_items = 2)
        .start()
        .await;
    let many = bulk::preview(&small, &stage.ann, new(reason())).await;
    assert!(matches!(
        many,
        Err(PlanError::TooMany {
            selected: 3,
            most: 2
        })
    ));
}

#[tokio::test]
async fn a_form_sent_twice_is_one_job() {
    let stage = Stage::start(3).await;
    let ids = stage.ids().await;
    let new = NewJob {
        id: JobId::new(stage.portal.clock.now()),
        action: set(9),
        accounts: ids,
        selection: String::new(),
        reason: Reason::default(),
    };
    let one = bulk::preview(&stage.portal, &stage.ann, new.clone());
    let other = bulk::preview(&stage.portal, &stage.ann, new);
    let (one, other) = tokio::join!(one, other);
    assert_eq!(one.unwrap().id, other.unwrap().id);
    let counts = jobs::state_counts(&stage.portal.db, None).await.unwrap();
    assert_eq!(counts[&JobState::Preview], 1);
}

#[tokio::test]
async fn a_preview_that_nobody_runs_is_gone_after_a_week() {
    let stage = Stage::start(2).await;
    let ids = stage.ids().await;
    let kept = stage.started(set(5), &ids[..1]).await;
    let job = stage.preview(set(9), &ids).await.unwrap();
    stage.portal.advance(Duration::from_hours(24 * 7 + 1));
    bulk::delete_expired(&stage.portal).await.unwrap();
    assert_eq!(jobs::by_id(&stage.portal.db, job.id).await.unwrap(), None);
    assert!(stage.items(&job).await.is_empty());
    assert_eq!(stage.job(&kept).await.state, JobState::Running);
}

#[tokio::test]
async fn a_large_plan_is_counted_at_once_and_its_rows_follow() {
    let portal = Portal::build().accounts(1_100).start().await;
    portal.sweep().await;
    let ann = portal.staff(Role::Manager).await;
    let stage = Stage { portal, ann };
    let ids = stage.ids().await;
    let job = stage.preview(JobAction::Disable, &ids).await.unwrap();
    let at_once = groups::by_job(&stage.portal.db, job.id).await.unwrap();
    let total: i64 = at_once.iter().map(|group| group.items).sum();
    assert_eq!(total, number(ids.len()));
    let all = ItemFilter::default();
    for _ in 0..200 {
        if items::count(&stage.portal.db, job.id, &all).await.unwrap() == total {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for group in at_once {
        let of_group = ItemFilter {
            decision: Some(group.decision),
            ..ItemFilter::default()
        };
        let stored = items::count(&stage.portal.db, job.id, &of_group).await;
        assert_eq!(stored.unwrap(), group.items);
    }
    let last = items::after(&stage.portal.db, job.id, total - 1, 10)
        .await
        .unwrap();
    assert_eq!(last.len(), 1);
    assert!(!last[0].email.is_empty());
}

#[tokio::test]
async fn groups_are_counted_again_when_items_are_left_out_and_included() {
    let stage = Stage::start(3).await;
    let ids = stage.ids().await;
    let job = stage.preview(set(7), &ids).await.unwrap();
    let (app, ann) = (&stage.portal, &stage.ann);
    let group = async || {
        let groups = groups::by_job(&app.db, job.id).await.unwrap();
        assert_eq!(groups.len(), 1, "{groups:?}");
        let group = groups[0];
        (group.items, group.included, group.needed, group.freed)
    };
    assert_eq!(group().await, (3, 3, 9, 0));
    for (number, left_out, expected) in [
        (Some(2), true, (3, 2, 6, 0)),
        (None, true, (3, 0, 0, 0)),
        (Some(1), false, (3, 1, 3, 0)),
        (None, false, (3, 3, 9, 0)),
    ] {
        bulk::leave_out(app, ann, &job, Decision::Change, number, left_out)
            .await
            .unwrap();
        assert_eq!(group().await, expected, "{number:?} {left_out}");
    }
}

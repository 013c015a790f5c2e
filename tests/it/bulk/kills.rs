//! Jobs under `kill -9`: the real program dies at random moments while Telnyx fails now and then.
//!
//! The small run is part of the suite. The large one prints a table:
//! `cargo nextest run --run-ignored only --no-capture -E 'test(kills)'`, with or without
//! `tests/with-postgres.sh`.

use std::time::Instant;

use reseller_portal::db::{audit, operations};
use reseller_portal::domain::audit::{Event, EventKind, EventOutcome};
use reseller_portal::domain::operation::OperationState;
use serde_json::json;

use super::importing::{customers, faults, started as started_import};
use super::*;
use crate::support::Process;

/// Size of one run: the rows of three jobs.
struct Drill {
    /// Accounts that get another limit.
    limits: usize,
    /// Accounts that are disabled. An uncertain status takes a minute.
    disabled: usize,
    /// Rows of a file that become accounts. An uncertain creation takes five minutes.
    created: usize,
    kills: u32,
    replicas: usize,
    deadline: Duration,
}

fn random(most: u32) -> u64 {
    u64::from(getrandom::u32().unwrap() % most)
}

#[expect(clippy::print_stdout, reason = "the large run prints a table")]
async fn run(drill: Drill) {
    let stage = Stage::start(drill.limits + drill.disabled).await;
    let ids = stage.ids().await;
    let (limits, statuses) = ids.split_at(drill.limits);
    let began = Instant::now();
    let raised = stage.started(set(7), limits).await;
    let mut jobs = vec![(raised, "channel_limit", json!(4), json!(7))];
    if drill.disabled > 0 {
        let disabled = stage.started(JobAction::Disable, statuses).await;
        jobs.push((disabled, "status", json!("enabled"), json!("disabled")));
    }
    let mut import = None;
    if drill.created > 0 {
        import = Some(started_import(&stage, &customers(drill.created, "5")).await);
    }
    let rows = drill.limits + drill.disabled + drill.created;
    stage.portal.sandbox.faults(faults::fifth(rows / 10)).await;
    let mut replicas: Vec<Process> = (0..drill.replicas)
        .map(|_| Process::start(&stage.portal))
        .collect();
    for kill in 0..drill.kills {
        tokio::time::sleep(Duration::from_millis(400 + random(1_500))).await;
        let victim = usize::try_from(kill).unwrap() % replicas.len();
        replicas[victim].kill();
        replicas[victim] = Process::start(&stage.portal);
    }
    for job in jobs.iter().map(|(job, ..)| job).chain(&import) {
        while stage.job(job).await.state != JobState::Ended {
            assert!(began.elapsed() < drill.deadline, "a job does not end");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let counts = stage.counts(job).await;
        println!(
            "{} rows, {} kills, {} replicas, {:.0} s: {}",
            counts.included(),
            drill.kills,
            drill.replicas,
            began.elapsed().as_secs_f64(),
            counts.summary()
        );
    }
    drop(replicas);
    stage.portal.sandbox.clear_faults().await;
    let mut changed = 0;
    let truth = stage.portal.sandbox.accounts().await;
    for (job, field, before, after) in &jobs {
        for item in stage.items(job).await {
            let id = item.account.clone().unwrap();
            let account = truth.iter().find(|account| account["id"] == id.as_str());
            let now = &account.unwrap()[*field];
            let recorded = operations::by_id(&stage.portal.db, item.operation_id)
                .await
                .unwrap();
            match item.state {
                ItemState::Done => {
                    assert_eq!(now, after, "{field}: {}", item.message);
                    assert_eq!(recorded.unwrap().state, OperationState::Done);
                    changed += 1;
                }
                ItemState::Refused => assert_eq!(now, before, "{field}: {}", item.message),
                other => panic!("{other:?}: {}", item.message),
            }
        }
    }
    let done = done_in_audit(&stage).await;
    let of = |job: &Job, kind: EventKind| {
        let events = done.iter().filter(|event| event.job == Some(job.id));
        events.filter(|event| event.kind == kind).count()
    };
    let kinds = [EventKind::ChannelLimit, EventKind::Disable];
    let recorded = jobs
        .iter()
        .zip(kinds)
        .map(|((job, ..), kind)| of(job, kind));
    assert_eq!(recorded.sum::<usize>(), changed);
    assert_each_was_disabled_once(&stage, statuses).await;

    let created = truth.len() - ids.len();
    if let Some(import) = import {
        faults::assert_true(&stage, &import).await;
        assert_eq!(of(&import, EventKind::Create), created);
        let items = stage.items(&import).await;
        let with_account = items.iter().filter(|item| item.account.is_some());
        assert_eq!(with_account.count(), created);
    }
}

/// Returns the events of changes that the audit says were done.
async fn done_in_audit(stage: &Stage) -> Vec<Event> {
    let filter = audit::EventFilter {
        kinds: vec![
            EventKind::ChannelLimit,
            EventKind::Disable,
            EventKind::Create,
        ],
        outcome: Some(EventOutcome::Done),
        ..audit::EventFilter::default()
    };
    let all = audit::oldest(&stage.portal.db, &filter, 10_000)
        .await
        .unwrap();
    all.into_iter().map(|entry| entry.event).collect()
}

/// Fails if a request to disable an account was sent again after one that may have acted.
async fn assert_each_was_disabled_once(stage: &Stage, ids: &[AccountId]) {
    let log = stage.portal.sandbox.log().await;
    for id in ids {
        let path = format!("/v2/managed_accounts/{id}/actions/disable");
        let acted = log
            .iter()
            .filter(|entry| entry["path"] == path.as_str() && entry["status"] != 429);
        assert!(acted.count() <= 1, "{id} was disabled more than once");
    }
}

#[tokio::test]
async fn a_killed_portal_continues_its_jobs_and_does_nothing_twice() {
    run(Drill {
        limits: 24,
        disabled: 0,
        created: 0,
        kills: 2,
        replicas: 1,
        deadline: Duration::from_mins(3),
    })
    .await;
}

#[tokio::test]
#[ignore = "takes minutes; see the head of this file"]
async fn a_thousand_rows_and_ten_kills() {
    let replicas = usize::from(std::env::var("TEST_DATABASE_URL").is_ok_and(|url| !url.is_empty()));
    run(Drill {
        limits: 350,
        disabled: 250,
        created: 400,
        kills: 10,
        replicas: 1 + replicas,
        deadline: Duration::from_mins(20),
    })
    .await;
}

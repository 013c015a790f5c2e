//! Items of large jobs: written in few statements, and read through indexes.

use std::collections::HashSet;

use reseller_portal::db::Db;
use reseller_portal::db::jobs::items::{self, JobItem};
use reseller_portal::db::jobs::{self, Job};
use reseller_portal::domain::ids::{JobId, OperationId, StaffId};
use reseller_portal::domain::job::{Decision, ItemState, ItemWork, JobAction, JobState};
use reseller_portal::domain::operation::{PriorState, Reason};
use reseller_portal::domain::time::Timestamp;

use crate::support::Database;

fn now() -> Timestamp {
    Timestamp::from_millis(1_760_000_000_000)
}

/// Stores a job whose items have these states.
async fn store(db: &Db, states: &[ItemState]) -> JobId {
    let job = Job {
        id: JobId::new(now()),
        state: JobState::Ended,
        action: JobAction::Disable,
        selection: String::new(),
        reason: Reason::default(),
        staff_id: StaffId::new(now()),
        staff_name: "Ann".to_owned(),
        staff_email: "ann@example.com".to_owned(),
        address: None,
        request_id: None,
        undoes: None,
        run_until: None,
        waiting_for: String::new(),
        created_at: now(),
        started_at: None,
        finished_at: None,
    };
    let rows: Vec<JobItem> = states
        .iter()
        .zip(1..)
        .map(|(state, number)| JobItem {
            job_id: job.id,
            number,
            account: None,
            name: format!("Account {number}"),
            email: format!("account{number}@example.com"),
            decision: Decision::Change,
            state: *state,
            work: Some(ItemWork::AddTag("VIP".to_owned())),
            shown: PriorState::default(),
            channels: 0,
            phase: 1,
            undoes: None,
            operation_id: OperationId::new(now()),
            message: String::new(),
            finished_at: None,
        })
        .collect();
    let mut tx = db.begin().await.unwrap();
    jobs::insert(&mut tx, &job).await.unwrap();
    items::insert(&mut tx, &rows).await.unwrap();
    tx.commit().await.unwrap();
    job.id
}

#[tokio::test]
async fn every_item_that_is_retried_gets_a_key_of_its_own_however_many_there_are() {
    let database = Database::create().await;
    let db = database.open().await;
    let mut states = vec![ItemState::Refused; 1_201];
    states.extend([ItemState::Done, ItemState::NotStarted]);
    let job = store(&db, &states).await;
    let other = store(&db, &[ItemState::Refused]).await;
    let before = items::after(&db, job, 0, 2_000).await.unwrap();

    let mut tx = db.begin().await.unwrap();
    let retried = items::retry(&mut tx, job, now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(retried, 1_202);

    let after = items::after(&db, job, 0, 2_000).await.unwrap();
    let keys: HashSet<OperationId> = before
        .iter()
        .chain(&after)
        .map(|item| item.operation_id)
        .collect();
    assert_eq!(
        keys.len(),
        1_203 + 1_202,
        "only the done item keeps its key"
    );
    let waiting = after.iter().filter(|item| item.state == ItemState::Waiting);
    assert_eq!(waiting.count(), 1_202);
    let other = items::after(&db, other, 0, 10).await.unwrap();
    assert_eq!(other[0].state, ItemState::Refused);
}

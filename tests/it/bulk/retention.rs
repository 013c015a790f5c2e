//! Removal of jobs that ended long ago, and what stays.

use reseller_portal::db::audit::{self, EventFilter};
use reseller_portal::domain::job::ItemState;
use reseller_portal::jobs::expiry_once;

use super::undoing::undo;
use super::*;

/// One day more than jobs are kept.
const LONG: Duration = Duration::from_hours(24 * 731);

impl Stage {
    async fn expire(&self) {
        expiry_once(&self.portal).await.unwrap();
    }

    async fn is_kept(&self, job: &Job) -> bool {
        let found = jobs::by_id(&self.portal.db, job.id).await.unwrap();
        found.is_some()
    }

    /// Runs a job of all accounts to its end.
    async fn ended(&self, action: JobAction) -> Job {
        let ids = self.ids().await;
        let job = self.started(action, &ids).await;
        self.run().await;
        self.portal.advance(Duration::from_secs(1));
        job
    }
}

#[tokio::test]
async fn a_job_is_removed_two_years_after_its_end_and_its_page_says_so() {
    let stage = Stage::start(2).await;
    let job = stage.ended(set(7)).await;
    let path = format!("/jobs/{}", job.id);
    stage.portal.advance(Duration::from_hours(24 * 729));
    stage.expire().await;
    assert!(stage.is_kept(&job).await);
    stage.portal.advance(Duration::from_hours(24 * 2));
    stage.expire().await;
    assert!(!stage.is_kept(&job).await);
    assert!(stage.items(&job).await.is_empty());

    let browser = stage.portal.signed_in_as(&stage.ann).await;
    let page = browser.get(&path).await.expect(410);
    assert!(
        page.says("This job was removed 730 days after its end.")
            && page.says("The activity still has what it changed."),
        "{}",
        page.words()
    );
    let activity = browser.get(&format!("/activity?job={}", job.id)).await;
    assert!(activity.expect(200).has(&format!("a[href='{path}']")));
    let filter = EventFilter::default();
    let events = audit::oldest(&stage.portal.db, &filter, 100).await.unwrap();
    assert!(events.iter().any(|entry| entry.event.job == Some(job.id)));
    let never = JobId::new(stage.portal.clock.now());
    browser.get(&format!("/jobs/{never}")).await.expect(404);
}

#[tokio::test]
async fn a_job_with_an_unknown_item_or_without_an_end_stays() {
    let stage = Stage::start(2).await;
    let unknown = stage.ended(set(7)).await;
    sqlx_execute(
        &stage.portal,
        "UPDATE job_items SET state = 'unknown' WHERE number = 1",
    )
    .await;
    let ids = stage.ids().await;
    let running = stage.started(set(8), &ids).await;
    stage.portal.advance(LONG);
    stage.expire().await;
    assert!(stage.is_kept(&unknown).await && stage.is_kept(&running).await);
    sqlx_execute(
        &stage.portal,
        "UPDATE job_items SET state = 'done' WHERE state = 'unknown'",
    )
    .await;
    stage.expire().await;
    assert!(!stage.is_kept(&unknown).await && stage.is_kept(&running).await);
}

async fn sqlx_execute(portal: &Portal, sql: &'static str) {
    match &portal.db {
        reseller_portal::db::Db::Sqlite { write, .. } => {
            sqlx::query(sql).execute(write).await.unwrap();
        }
        reseller_portal::db::Db::Postgres { pool, .. } => {
            sqlx::query(sql).execute(pool).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_job_and_its_undo_are_removed_together() {
    let stage = Stage::start(2).await;
    let job = stage.ended(set(7)).await;
    stage.portal.advance(Duration::from_hours(24));
    let undoing = undo(&stage, &job).await;
    bulk::start(&stage.portal, &stage.ann, &undoing, None)
        .await
        .unwrap();
    stage.run().await;
    // The job alone would be due.
    stage
        .portal
        .advance(Duration::from_hours(24 * 730) - Duration::from_hours(1));
    stage.expire().await;
    assert!(stage.is_kept(&job).await && stage.is_kept(&undoing).await);
    stage.portal.advance(Duration::from_hours(24));
    stage.expire().await;
    assert!(!stage.is_kept(&job).await && !stage.is_kept(&undoing).await);
}

#[tokio::test]
async fn a_large_job_is_removed_a_batch_at_a_time() {
    let stage = Stage::start(1).await;
    let job = stage.ended(set(7)).await;
    let first = stage.items(&job).await.remove(0);
    let more: Vec<JobItem> = (2..=2_500)
        .map(|number| JobItem {
            number,
            state: ItemState::LeftOut,
            ..first.clone()
        })
        .collect();
    let mut tx = stage.portal.db.begin().await.unwrap();
    items::insert(&mut tx, &more).await.unwrap();
    tx.commit().await.unwrap();
    stage.portal.advance(LONG);
    let before = stage.portal.clock.now();
    let mut batches = 1;
    while !jobs::retention::delete_batch(&stage.portal.db, job.id, before)
        .await
        .unwrap()
    {
        batches += 1;
        assert!(stage.is_kept(&job).await);
    }
    assert_eq!(batches, 4);
    assert!(!stage.is_kept(&job).await);
}

#[tokio::test]
async fn what_is_kept_forever_stays() {
    let portal = Portal::build()
        .accounts(1)
        .settings(|settings| settings.retention.jobs = None)
        .start()
        .await;
    portal.sweep().await;
    let ann = portal.staff(Role::Manager).await;
    let stage = Stage { portal, ann };
    let job = stage
        .ended(JobAction::AddTag {
            name: "vip".to_owned(),
        })
        .await;
    stage.portal.advance(LONG * 2);
    stage.expire().await;
    assert!(stage.is_kept(&job).await);
}

//! Another process locks the SQLite file.

use std::time::Duration;

use serde_json::json;
use sqlx::{Connection, Executor};
use sqlx_sqlite::SqliteConnection;

use crate::support::{Change, OWNER, Person, SetUp, Work};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_is_locked_for_some_seconds() {
    run(Duration::from_secs(7)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a minute; see the head of main.rs"]
async fn the_file_is_locked_for_twenty_seconds() {
    run(Duration::from_secs(20)).await;
}

async fn run(locked_for: Duration) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("portal.db").display());
    let title = format!(
        "Another process locks the SQLite file for {} seconds",
        locked_for.as_secs()
    );
    let stage = SetUp::on(&url, &title).await.start().await;
    let record = &stage.record;
    let accounts = stage.enabled().await;
    let (in_job, rest) = accounts.split_at(20);
    let job = stage.start_job(in_job).await;
    let (in_flight, by_people) = rest.split_at(1);
    let notes = stage.notes(&in_flight[0]).await;
    let work = Work::start(&stage, by_people);
    tokio::time::sleep(Duration::from_secs(1)).await;

    let slow = json!([{ "method": "PATCH", "path": format!("/v2/managed_accounts/{}*", in_flight[0].id),
        "then": { "delay_ms": 900 } }]);
    stage.telnyx.faults(slow).await;
    let changing = Change::make(&stage.owner, record, &in_flight[0], false);
    let locking = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let mut other = SqliteConnection::connect(&url).await.unwrap();
        other.execute("PRAGMA busy_timeout = 5000").await.unwrap();
        other.execute("BEGIN EXCLUSIVE").await.unwrap();
        record.note("another process locked the file while a change was on its way to Telnyx");
        other
    };
    let (change, other) = tokio::join!(changing, locking);
    stage.telnyx.clear_faults().await;
    let began = std::time::Instant::now();
    let (healthy, ready) = stage.probe().await;
    healthy.expect(200);
    if !(ready.status == 503 && ready.text.contains("database")) {
        record.fault(format!(
            "/readyz does not name the database: {} {}",
            ready.status, ready.text
        ));
    }
    stage.owner.get("/accounts").await;
    stage.add_note(&notes, "Hello.").await;
    Person::new(&stage.portal.url, record).sign_in(OWNER).await;
    tokio::time::sleep(locked_for.saturating_sub(began.elapsed())).await;
    other.close().await.unwrap();
    record.note(format!(
        "the lock ended after {:.0} s",
        began.elapsed().as_secs_f64()
    ));
    let note = stage.add_note(&notes, "Hello.").await;
    note.expect(303);
    stage.probe().await.1.expect(200);
    let mut changes = work.end().await;
    changes.extend(change);
    stage.until_job_ends(&job, in_job).await;
    stage.finish(&changes).await;
}

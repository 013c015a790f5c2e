//! PostgreSQL is restarted under work, and then away for a while.

use std::time::Duration;

use serde_json::json;

use crate::support::{Change, OWNER, Person, Postgres, SetUp, Stop, Work};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_restarts_and_is_away_for_some_seconds() {
    run(
        Duration::from_secs(6),
        "PostgreSQL is restarted, and then away for 6 seconds",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; see the head of main.rs"]
async fn postgres_is_away_for_a_minute() {
    run(
        Duration::from_mins(1),
        "PostgreSQL is restarted, and then away for a minute",
    )
    .await;
}

async fn run(away: Duration, title: &str) {
    let server = Postgres::start(60);
    let stage = SetUp::on(&server.url(), title).await.start().await;
    let record = &stage.record;
    let accounts = stage.enabled().await;
    let (in_job, rest) = accounts.split_at(20);
    let job = stage.start_job(in_job).await;
    let (in_flight, by_people) = rest.split_at(1);
    let notes = stage.notes(&in_flight[0]).await;
    let work = Work::start(&stage, by_people);
    tokio::time::sleep(Duration::from_secs(1)).await;

    server.stop(Stop::Fast);
    server.start_again();
    record.note("PostgreSQL was stopped and started again");
    stage.owner.get("/accounts").await;
    stage.until_it_works(Duration::from_secs(5)).await;

    // A change is on its way to Telnyx when the server goes.
    let slow = json!([{ "method": "PATCH", "path": format!("/v2/managed_accounts/{}*", in_flight[0].id),
        "then": { "delay_ms": 900 } }]);
    stage.telnyx.faults(slow).await;
    let changing = Change::make(&stage.owner, record, &in_flight[0], false);
    let stopping = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        tokio::task::block_in_place(|| server.stop(Stop::Immediate));
        record.note("PostgreSQL crashed while a change was on its way to Telnyx");
    };
    let (change, ()) = tokio::join!(changing, stopping);
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
    for path in ["/accounts", "/", &job] {
        stage.owner.get(path).await.expect(503);
    }
    let guest = Person::new(&stage.portal.url, record);
    guest.get("/login").await;
    guest
        .post("/login", &[("email", OWNER), ("password", "wrong")])
        .await;
    stage.add_note(&notes, "Hello.").await;
    tokio::time::sleep(away.saturating_sub(began.elapsed())).await;
    server.start_again();
    record.note(format!(
        "PostgreSQL is back after {:.0} s",
        began.elapsed().as_secs_f64()
    ));
    stage.until_it_works(Duration::from_secs(5)).await;
    let (_, ready) = stage.probe().await;
    ready.expect(200);
    let mut changes = work.end().await;
    changes.extend(change);
    stage.until_job_ends(&job, in_job).await;
    stage.finish(&changes).await;
}

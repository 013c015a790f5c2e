//! Another program takes every connection that PostgreSQL allows.

use std::time::Duration;

use sqlx::{Connection, Executor};
use sqlx_postgres::PgConnection;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::{Postgres, SetUp, Work};

const MAX_CONNECTIONS: u32 = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_has_no_connection_left_for_some_seconds() {
    run(Duration::from_secs(4)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; see the head of main.rs"]
async fn postgres_has_no_connection_left_for_a_minute() {
    run(Duration::from_mins(1)).await;
}

async fn run(taken_for: Duration) {
    let server = Postgres::start(MAX_CONNECTIONS);
    let title = format!(
        "Another program takes all connections of PostgreSQL for {} seconds",
        taken_for.as_secs()
    );
    let stage = SetUp::on(&server.url(), &title).await.start().await;
    let record = &stage.record;
    let accounts = stage.enabled().await;
    let (in_job, by_people) = accounts.split_at(20);
    let job = stage.start_job(in_job).await;
    let notes = stage.notes(&in_job[0]).await;
    let work = Work::start(&stage, by_people);
    tokio::time::sleep(Duration::from_secs(1)).await;

    let other = OtherProgram::start(&server.url());
    record
        .note("another program takes every connection, and the server closes those of the portal");
    tokio::time::sleep(Duration::from_millis(500)).await;
    let began = std::time::Instant::now();
    stage
        .until(
            "/readyz",
            |ready| ready.status == 503,
            Duration::from_secs(5),
        )
        .await;
    stage.probe().await.0.expect(200);
    for path in ["/accounts", "/"] {
        stage.owner.get(path).await.expect(503);
    }
    stage.add_note(&notes, "Hello.").await.expect(503);
    tokio::time::sleep(taken_for.saturating_sub(began.elapsed())).await;
    let taken = other.end().await;
    record.note(format!(
        "the other program has ended; it had {taken} connections"
    ));
    stage.until_it_works(Duration::from_secs(5)).await;
    let changes = work.end().await;
    stage.until_job_ends(&job, in_job).await;
    stage.finish(&changes).await;
}

/// Program that takes every connection.
struct OtherProgram {
    end: CancellationToken,
    task: JoinHandle<usize>,
}

impl OtherProgram {
    fn start(url: &str) -> Self {
        let end = CancellationToken::new();
        let url = format!("{url}?application_name=other");
        Self {
            end: end.clone(),
            task: tokio::spawn(take_all(url, end)),
        }
    }

    /// Closes its connections. Returns how many there were.
    async fn end(self) -> usize {
        self.end.cancel();
        self.task.await.unwrap()
    }
}

/// Connects as often as the server allows, and closes the connections of others.
async fn take_all(url: String, end: CancellationToken) -> usize {
    let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                  WHERE backend_type = 'client backend' AND application_name <> 'other'";
    let mut taken = vec![PgConnection::connect(&url).await.unwrap()];
    while !end.is_cancelled() {
        taken[0].execute(others).await.unwrap();
        while let Ok(connection) = PgConnection::connect(&url).await {
            taken.push(connection);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    taken.len()
}

//! After a failure, the next call succeeds at once.

use std::time::{Duration, Instant};

use reseller_portal::clock::Clock;
use reseller_portal::db::{Db, Error, Result, Tx, leases, settings};
use uuid::Uuid;

use super::sql;
use crate::support::{Cable, Database};

async fn write(db: &Db, value: &str) -> Result<String> {
    let mut tx = db.begin().await?;
    let kept = settings::set_if_absent(&mut tx, value, value).await?;
    tx.commit().await?;
    Ok(kept)
}

async fn execute(tx: &mut Tx, text: &'static str) -> Result<()> {
    match tx {
        Tx::Sqlite(tx) => sqlx::raw_sql(text).execute(&mut **tx).await.map(drop)?,
        Tx::Postgres(tx) => sqlx::raw_sql(text).execute(&mut **tx).await.map(drop)?,
    }
    Ok(())
}

#[tokio::test]
async fn a_transaction_that_the_database_rolled_back_by_itself_costs_no_later_one() {
    let database = Database::create().await;
    let db = database.open().await;
    let mut tx = db.begin().await.unwrap();
    // SQLite does this by itself when the disk is full.
    execute(&mut tx, "ROLLBACK").await.unwrap();
    drop(tx);
    write(&db, "after a rollback").await.unwrap();

    let mut tx = db.begin().await.unwrap();
    execute(&mut tx, "ROLLBACK").await.unwrap();
    let committed = tx.commit().await;
    assert!(committed.is_err() || matches!(db, Db::Postgres { .. }));
    write(&db, "after a commit").await.unwrap();

    let mut tx = db.begin().await.unwrap();
    let deferred = match &db {
        Db::Sqlite { .. } => {
            "PRAGMA defer_foreign_keys = ON;
             INSERT INTO account_tags (account_id, tag_id) VALUES ('none', X'00')"
        }
        Db::Postgres { .. } => "SELECT 1",
    };
    execute(&mut tx, deferred).await.unwrap();
    let committed = tx.commit().await;
    assert!(
        committed.is_err() || matches!(db, Db::Postgres { .. }),
        "COMMIT fails"
    );
    write(&db, "after a failed commit").await.unwrap();
    drop(db.begin().await.unwrap());
    write(&db, "after a rollback of nothing").await.unwrap();
    db.close().await;
}

#[tokio::test]
async fn a_full_disk_stops_only_what_is_written_while_it_is_full() {
    let database = Database::create().await;
    let db = database.open().await;
    let Db::Sqlite { write: pool, .. } = &db else {
        return;
    };
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count")
        .fetch_one(pool)
        .await
        .unwrap();
    let full = format!("PRAGMA max_page_count = {pages}");
    let long = "x".repeat(1_000_000);
    for commit in [false, true] {
        sql(&db, &full).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        let error = settings::set_if_absent(&mut tx, "long", &long)
            .await
            .unwrap_err();
        assert!(error.is_unavailable(), "{error}");
        assert!(error.to_string().contains("full"), "{error}");
        if commit {
            drop(tx.commit().await);
        } else {
            drop(tx);
        }
        sql(&db, "PRAGMA max_page_count = 1000000").await.unwrap();
        write(&db, &format!("room again {commit}")).await.unwrap();
    }
    let (holder, now) = (Uuid::nil(), Clock::system().now());
    assert!(
        leases::acquire(&db, "a background job", holder, now, now)
            .await
            .unwrap()
    );
    db.close().await;
}

#[tokio::test]
async fn a_database_that_another_program_locks_is_given_up_in_time_and_works_afterwards() {
    let database = Database::create().await;
    let mut cable = Cable::to(database.url()).await;
    let db = Db::open(&cable.url).await.unwrap();
    write(&db, "before").await.unwrap();
    cable.pause().await;
    let started = Instant::now();
    let error = db
        .watch(write(&db, "while"))
        .await
        .and_then(|written| written)
        .unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    assert!(
        started.elapsed() < Duration::from_secs(3),
        "{:?}",
        started.elapsed()
    );
    cable.resume().await;
    let started = Instant::now();
    write(&db, "after").await.unwrap();
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );
    db.close().await;
}

#[tokio::test]
async fn connections_that_the_server_closed_are_replaced_without_a_failure() {
    let database = Database::create().await;
    let cable = Cable::to(database.url()).await;
    let db = Db::open(&cable.url).await.unwrap();
    for round in 0..3 {
        // Several connections, all of which are about to become stale.
        let name = format!("round {round}");
        let reads = (0..8).map(|_| settings::value(&db, &name));
        futures::future::try_join_all(reads).await.unwrap();
        cable.break_all().await;
        settings::value(&db, &name).await.unwrap();
        cable.break_all().await;
        write(&db, &name).await.unwrap();
    }
    let Db::Postgres { pool, .. } = &db else {
        return;
    };
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let mut tx = db.begin().await.unwrap();
    settings::set_if_absent(&mut tx, "ended", "ended")
        .await
        .unwrap();
    sqlx::query(end).execute(pool).await.unwrap();
    let error = tx.commit().await.unwrap_err();
    assert!(
        error.is_unavailable() && error.is_lost_connection(),
        "{error}"
    );
    write(&db, "after the end").await.unwrap();
    assert_eq!(settings::value(&db, "ended").await.unwrap(), None);
    db.close().await;
}

#[tokio::test]
async fn a_long_statement_is_not_taken_for_a_server_that_does_not_answer() {
    let database = Database::create().await;
    let db = database.open().await;
    let Db::Postgres { pool, .. } = &db else {
        return;
    };
    let slow = sqlx::query("SELECT pg_sleep(2.2)").execute(pool);
    db.watch(slow).await.unwrap().unwrap();
    db.close().await;
}

#[tokio::test]
async fn a_refused_connection_is_told_at_once() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let started = Instant::now();
    let error = Db::open(&format!("postgres://portal@{address}/portal"))
        .await
        .unwrap_err();
    assert!(
        error.is_unavailable() && error.to_string().contains("refused"),
        "{error}"
    );
    assert!(
        started.elapsed() < Duration::from_secs(1),
        "{:?}",
        started.elapsed()
    );
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_can_read_the_database_file() {
    use std::os::unix::fs::PermissionsExt;

    let directory = crate::support::directory();
    let file = directory.path().join("portal.db");
    let url = format!("sqlite:{}", file.display());
    let modes = || {
        ["portal.db", "portal.db-wal", "portal.db-shm"].map(|name| {
            let found = std::fs::metadata(directory.path().join(name)).unwrap();
            found.permissions().mode() & 0o777
        })
    };
    let db = Db::open(&url).await.unwrap();
    assert_eq!(modes(), [0o600; 3]);
    db.close().await;
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let db = Db::open(&url).await.unwrap();
    assert_eq!(modes(), [0o600; 3], "an existing file");
    db.close().await;

    let nowhere = format!("sqlite:{}", directory.path().join("no/portal.db").display());
    assert!(matches!(Db::open(&nowhere).await, Err(Error::NoFolder(_))));
}

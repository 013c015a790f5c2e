//! Processes that start together on an empty database. Each migration is applied once.

use futures::future::join_all;
use reseller_portal::db::{Db, schema_version};
use sqlx::Connection;
use sqlx_postgres::PgConnection;
use sqlx_sqlite::SqliteConnection;

use crate::support::{Database, directory};

/// Number of portals that start together.
const PORTALS: usize = 5;

/// Opens the database several times at once.
async fn open_together(url: &str) {
    let opening = (0..PORTALS).map(|_| Db::open(url));
    for opened in join_all(opening).await {
        let db = opened.unwrap();
        assert_eq!(db.applied_schema().await.unwrap(), Some(schema_version()));
        db.close().await;
    }
}

#[tokio::test]
async fn portals_that_start_together_on_an_empty_file_all_run() {
    let folder = directory();
    for attempt in 0..5 {
        let url = format!("sqlite:{}/{attempt}.db", folder.path().display());
        open_together(&url).await;
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        let applied: (i64, i64) = sqlx::query_as(
            "SELECT COUNT(*), COUNT(DISTINCT version) FROM _sqlx_migrations WHERE success",
        )
        .fetch_one(&mut connection)
        .await
        .unwrap();
        assert!(applied.0 > 30 && applied.0 == applied.1, "{applied:?}");
    }
}

#[tokio::test]
async fn portals_that_start_together_on_an_empty_server_all_run() {
    let Some(database) = Database::create_empty().await else {
        return;
    };
    open_together(database.url()).await;
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    let applied: (i64, i64) = sqlx::query_as(
        "SELECT COUNT(*), COUNT(DISTINCT version) FROM _sqlx_migrations WHERE success",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert!(applied.0 > 30 && applied.0 == applied.1, "{applied:?}");
}

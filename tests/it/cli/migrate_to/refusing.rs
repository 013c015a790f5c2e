//! Moves that are refused, fail or are interrupted. Nothing is moved then.

use super::*;

/// Runs a move to a database, which must be refused.
async fn refused(source: &Source, target: &str) -> String {
    refusal(source.run(&["migrate-to", target])).await
}

#[tokio::test]
async fn only_a_sqlite_database_that_is_there_is_moved_and_only_to_postgresql() {
    let source = Source::empty().await;
    let nowhere = "postgres://portal:s3cret@127.0.0.1:1/portal";
    let said = refused(&source, nowhere).await;
    assert!(
        said.contains("migrate-to postgres://portal:***@127.0.0.1:1/portal: ")
            && said.contains("refused")
            && !said.contains("s3cret"),
        "{said}"
    );
    let said = refused(&source, "sqlite:other.db").await;
    assert!(said.contains("is not a PostgreSQL database"), "{said}");
    let postgres = || source.run(&["migrate-to", nowhere]);
    let said = refusal(postgres().set("DATABASE_URL", nowhere)).await;
    assert!(said.contains("names no SQLite file"), "{said}");
    let said = refusal(postgres().set("DATABASE_URL", "sqlite:absent.db")).await;
    assert!(said.contains("names no database that is there"), "{said}");

    let serving = source.serve(&source.url()).start();
    serving.until_logged("the portal listens");
    let said = refused(&source, nowhere).await;
    assert!(said.contains("is in use; stop the portal first"), "{said}");
    assert_eq!(serving.end("-TERM").0, Some(0));

    let other = postgres().set(
        "PORTAL_SECRET_KEY",
        "another secret key that has more than 32 bytes",
    );
    let said = refusal(other).await;
    assert!(said.contains("PORTAL_SECRET_KEY is not the one"), "{said}");

    source
        .execute("DELETE FROM _sqlx_migrations WHERE version > 50")
        .await;
    let said = refused(&source, nowhere).await;
    assert!(said.contains("migrations of this version"), "{said}");
    let usage = output(source.run(&["migrate-to"])).await;
    assert_eq!(usage.status.code(), Some(2));
}

#[tokio::test]
async fn a_target_with_data_is_refused_and_not_changed() {
    let Some(target) = Database::create_empty().await else {
        return;
    };
    let source = Source::empty().await;
    let mut connection = PgConnection::connect(target.url()).await.unwrap();
    let execute = async |connection: &mut PgConnection, sql: &'static str| {
        sqlx::raw_sql(sql).execute(connection).await.unwrap();
    };
    execute(&mut connection, "CREATE TABLE things (id INT)").await;
    let said = refused(&source, target.url()).await;
    assert!(
        said.contains("tables of another program (things)"),
        "{said}"
    );
    execute(&mut connection, "DROP TABLE things").await;

    Db::open(target.url()).await.unwrap().close().await;
    let fill = "INSERT INTO settings (name, value) VALUES ('color', 'red')";
    execute(&mut connection, fill).await;
    let said = refused(&source, target.url()).await;
    assert!(said.contains("not empty (rows in settings)"), "{said}");
    execute(&mut connection, "DELETE FROM settings").await;
    let newer =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (999999, 'newer', TRUE, '', 0)";
    execute(&mut connection, newer).await;
    let said = refused(&source, target.url()).await;
    assert!(said.contains("migration 999999"), "{said}");
    execute(
        &mut connection,
        "DELETE FROM _sqlx_migrations WHERE version = 999999",
    )
    .await;
    assert_eq!(filled(&target).await, []);
    let moved = output(source.run(&["migrate-to", target.url()])).await;
    assert!(moved.status.success(), "{}", text(&moved.stderr));
}

#[tokio::test]
async fn a_value_that_cannot_be_moved_stops_everything() {
    let Some(target) = Database::create_empty().await else {
        return;
    };
    let source = Source::empty().await;
    source
        .execute(
            "INSERT INTO settings (name, value) VALUES ('color', 'red');
             INSERT INTO throttles (subject, failures, not_before, updated_at) VALUES ('a', 'many', 0, 0)",
        )
        .await;
    let said = refused(&source, target.url()).await;
    assert!(
        said.contains("the table throttles could not be copied"),
        "{said}"
    );
    assert_eq!(filled(&target).await, []);
    source.execute("DELETE FROM throttles").await;
    let moved = output(source.run(&["migrate-to", target.url()])).await;
    assert!(moved.status.success(), "{}", text(&moved.stderr));
}

/// Number of events that are copied when the move is killed.
const MANY: i64 = 150_000;

#[tokio::test]
async fn a_killed_move_leaves_the_target_empty_and_can_be_repeated() {
    let Some(target) = Database::create_empty().await else {
        return;
    };
    let source = Source::empty().await;
    let mut connection = source.connect().await;
    sqlx::query(
        "WITH RECURSIVE n (seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM n WHERE seq < $1)
         INSERT INTO audit_events (seq, at, kind, outcome, payload, hash)
         SELECT seq, seq, 'sign_in', 'done', hex(randomblob(300)), randomblob(32) FROM n",
    )
    .bind(MANY)
    .execute(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();
    source
        .execute(
            "INSERT INTO audit_words (seq, words) SELECT seq, '' FROM audit_events;
             INSERT INTO audit_head (id, seq, hash)
             SELECT 1, seq, hash FROM audit_events ORDER BY seq DESC LIMIT 1",
        )
        .await;
    bind_key(&source).await;
    let mut watching = PgConnection::connect(target.url()).await.unwrap();
    let moving = source.run(&["migrate-to", target.url()]).start();
    let mut is_copying = false;
    while !is_copying {
        tokio::time::sleep(Duration::from_millis(5)).await;
        is_copying = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM pg_stat_progress_copy WHERE datname = current_database() AND tuples_processed > 5000)",
        )
        .fetch_one(&mut watching)
        .await
        .unwrap();
    }
    let (status, _) = moving.end("-KILL");
    assert_eq!(status, None);
    assert_eq!(filled(&target).await, []);
    let moved = output(source.run(&["migrate-to", target.url()])).await;
    assert!(moved.status.success(), "{}", text(&moved.stderr));
    let events = filled(&target).await;
    assert!(
        events.contains(&("audit_events".to_owned(), MANY)),
        "{events:?}"
    );
}

/// Binds the database to the key of the tests.
async fn bind_key(source: &Source) {
    let key = App::audit_key(&Settings {
        secret_key: SECRET.into(),
        ..Source::settings(&source.url())
    });
    let mut connection = source.connect().await;
    sqlx::query("UPDATE audit_head SET key_fingerprint = $1")
        .bind(key.fingerprint())
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

//! `migrate-to`: a SQLite database becomes a PostgreSQL database. Without a PostgreSQL server, only
//! refusals are tested.

use std::net::SocketAddr;
use std::time::Duration;

use reseller_portal::app::App;
use reseller_portal::clock::Clock;
use reseller_portal::config::Settings;
use reseller_portal::db::Db;
use reseller_portal::web;
use sqlx::{AssertSqlSafe, Connection};
use sqlx_postgres::PgConnection;
use sqlx_sqlite::SqliteConnection;
use url::Url;

use super::{Run, SECRET, get, text};
use crate::support::{Browser, Database, Folder, directory};

mod moving;
mod refusing;

/// Key of a demo.
const DEMO_SECRET: &str = "practice only: this key protects nothing";

/// Folder with a SQLite database, and the key that belongs to it.
struct Source {
    folder: Folder,
    secret: &'static str,
}

impl Source {
    /// Returns a database with this version's tables that belongs to the key of the tests.
    async fn empty() -> Self {
        let source = Self {
            folder: directory(),
            secret: SECRET,
        };
        Db::open(&source.url()).await.unwrap().close().await;
        source
    }

    /// Returns the database of a demo that no longer is one.
    async fn demo() -> Self {
        let folder = directory();
        let data = folder.path().display().to_string();
        let listen = ["--listen", "127.0.0.1:0", "--accounts", "40"];
        let running = Run::new(&[&["demo", "--data", &data], &listen[..]].concat()).start();
        running.until("stays in");
        assert_eq!(running.end("-INT").0, Some(0));
        let source = Self {
            folder,
            secret: DEMO_SECRET,
        };
        source
            .execute("DELETE FROM settings WHERE name = 'demo'")
            .await;
        source
    }

    fn url(&self) -> String {
        format!("sqlite:{}/portal.db", self.folder.path().display())
    }

    async fn connect(&self) -> SqliteConnection {
        SqliteConnection::connect(&self.url()).await.unwrap()
    }

    async fn execute(&self, sql: &'static str) {
        let mut connection = self.connect().await;
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// Returns a command on this database.
    fn run(&self, arguments: &[&str]) -> Run {
        Run::new(arguments)
            .set("PORTAL_SECRET_KEY", self.secret)
            .set("DATABASE_URL", &self.url())
    }

    /// Returns `serve` on a database, with the key of this one.
    fn serve(&self, url: &str) -> Run {
        Run::serve()
            .set("PORTAL_SECRET_KEY", self.secret)
            .set("DATABASE_URL", url)
    }

    /// Returns settings of a portal on a database, with the key of a demo.
    fn settings(url: &str) -> Settings {
        let listen = SocketAddr::from(([127, 0, 0, 1], 8080));
        let address = |text| Url::parse(text).unwrap();
        Settings::for_sandbox(
            listen,
            address("http://127.0.0.1:8080"),
            address("http://127.0.0.1:1/v2"),
            url,
        )
    }
}

/// Returns the number of rows of each table that has some, without those of migrations.
async fn filled(target: &Database) -> Vec<(String, i64)> {
    let mut connection = PgConnection::connect(target.url()).await.unwrap();
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('_sqlx_migrations', 'directory')
         ORDER BY 1",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let mut found = Vec::new();
    for name in names {
        let count = format!("SELECT COUNT(*) FROM \"{name}\"");
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(count))
            .fetch_one(&mut connection)
            .await
            .unwrap();
        if rows > 0 {
            found.push((name, rows));
        }
    }
    found
}

/// Runs a command to its end, without blocking the runtime.
async fn output(run: Run) -> std::process::Output {
    tokio::task::spawn_blocking(move || run.output())
        .await
        .unwrap()
}

/// Runs a command that must fail with one line, which it returns.
async fn refusal(run: Run) -> String {
    tokio::task::spawn_blocking(move || run.refusal())
        .await
        .unwrap()
}

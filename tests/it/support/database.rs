//! Database of one test, copied from one that already has the tables.
//! It is a file on SQLite, or a database on the PostgreSQL server in `TEST_DATABASE_URL`.

use std::path::{Path, PathBuf};

use reseller_portal::db::Db;
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection};
use sqlx_postgres::PgConnection;
use tempfile::TempDir;
use url::Url;

use super::secrets;

/// Database that is removed on drop.
pub struct Database {
    url: String,
    kept: Kept,
}

enum Kept {
    Directory { _removed: Folder },
    Server { address: Url, name: String },
}

impl Database {
    /// Creates a database with tables but no rows.
    pub async fn create() -> Self {
        match std::env::var("TEST_DATABASE_URL") {
            Ok(url) if !url.is_empty() => Self::on_server(Url::parse(&url).unwrap()).await,
            _ => Self::in_file().await,
        }
    }

    /// Creates a database without tables. Returns `None` on SQLite.
    pub async fn create_empty() -> Option<Self> {
        let url = std::env::var("TEST_DATABASE_URL").unwrap_or_default();
        let address = Url::parse(&url).ok()?;
        Some(Self::copied(address, "template0").await)
    }

    /// Returns the database's URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Opens the database and migrates it.
    pub async fn open(&self) -> Db {
        Db::open(&self.url).await.unwrap()
    }

    async fn in_file() -> Self {
        let directory = directory();
        let file = directory.path().join("portal.db");
        std::fs::copy(template_file().await, &file).unwrap();
        Self {
            url: format!("sqlite:{}", file.display()),
            kept: Kept::Directory {
                _removed: directory,
            },
        }
    }

    async fn on_server(address: Url) -> Self {
        let template = template(&address).await;
        Self::copied(address, &template).await
    }

    async fn copied(address: Url, template: &str) -> Self {
        let name = format!("portal_test_{}", uuid::Uuid::new_v4().simple());
        let mut server = PgConnection::connect(address.as_str()).await.unwrap();
        execute(
            &mut server,
            format!("CREATE DATABASE {name} TEMPLATE {template}"),
        )
        .await;
        server.close().await.unwrap();
        Self {
            url: named(&address, &name),
            kept: Kept::Server { address, name },
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Kept::Server { address, name } = &self.kept else {
            // The folder is searched for secrets when it is removed.
            return;
        };
        let (address, name) = (address.clone(), name.clone());
        // The test's own runtime cannot block here, but a thread with its own runtime can.
        let removal = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let mut server = PgConnection::connect(address.as_str()).await.unwrap();
                execute(
                    &mut server,
                    format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
                )
                .await;
            });
        });
        let removed = removal.join();
        assert!(
            removed.is_ok() || std::thread::panicking(),
            "a test's database stays behind"
        );
        secrets::assert_none_written();
    }
}

/// Returns a directory for a test's files.
/// It is in memory if possible, because every commit would wait for a disk.
pub fn directory() -> Folder {
    let memory = Path::new("/dev/shm");
    let inside = |place: &Path| {
        tempfile::Builder::new()
            .prefix("portal-test-")
            .tempdir_in(place)
    };
    let made = inside(memory).or_else(|_| inside(&std::env::temp_dir()));
    Folder(made.unwrap())
}

/// Folder of a test's files. When it is removed, no secret may have been written.
pub struct Folder(TempDir);

impl Folder {
    /// Returns the path.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        secrets::record_folder(self.path());
        secrets::assert_none_written();
    }
}

/// Returns the file that tests copy.
/// The first test creates it, once per state of the migrations.
async fn template_file() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join(format!(
        "portal-{}.db",
        fingerprint(&["migrations", "migrations/sqlite"])
    ));
    if !file.exists() {
        let place = directory();
        let made = place.path().join("portal.db");
        Db::open(&format!("sqlite:{}", made.display()))
            .await
            .unwrap()
            .close()
            .await;
        // Tests run in several processes. Another one may create the same file in the meantime.
        std::fs::create_dir_all(folder).unwrap();
        let unfinished = folder.join(uuid::Uuid::new_v4().to_string());
        std::fs::copy(&made, &unfinished).unwrap();
        std::fs::rename(&unfinished, &file).unwrap();
    }
    file
}

/// Returns the name of the database that tests copy.
/// The first test creates it, once per state of the migrations.
async fn template(address: &Url) -> String {
    let name = format!(
        "portal_template_{}",
        fingerprint(&["migrations", "migrations/postgres"])
    );
    let mut server = PgConnection::connect(address.as_str()).await.unwrap();
    // Tests run concurrently, in several processes too. One creates it; the others wait.
    execute(&mut server, "SELECT pg_advisory_lock(4600)".to_owned()).await;
    let there: Option<i32> = sqlx::query_scalar("SELECT 1 FROM pg_database WHERE datname = $1")
        .bind(&name)
        .fetch_optional(&mut server)
        .await
        .unwrap();
    if there.is_none() {
        let unfinished = format!("{name}_new");
        execute(
            &mut server,
            format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)"),
        )
        .await;
        execute(
            &mut server,
            format!("CREATE DATABASE {unfinished} TEMPLATE template0 ENCODING 'UTF8'"),
        )
        .await;
        Db::open(&named(address, &unfinished))
            .await
            .unwrap()
            .close()
            .await;
        execute(
            &mut server,
            format!("ALTER DATABASE {unfinished} RENAME TO {name}"),
        )
        .await;
    }
    server.close().await.unwrap();
    name
}

/// Returns a fingerprint of the migrations.
fn fingerprint(folders: &[&str]) -> String {
    let mut hash = Sha256::new();
    for folder in folders {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        for file in files.iter().filter(|file| file.is_file()) {
            hash.update(std::fs::read(file).unwrap());
        }
    }
    let start: Vec<u8> = hash.finalize().iter().copied().take(8).collect();
    format!("{:016x}", u64::from_be_bytes(start.try_into().unwrap()))
}

fn named(address: &Url, database: &str) -> String {
    let mut url = address.clone();
    url.set_path(database);
    url.into()
}

async fn execute(server: &mut PgConnection, sql: String) {
    // The names are the tests' own. PostgreSQL accepts no parameters in their place.
    sqlx::query(AssertSqlSafe(sql))
        .execute(server)
        .await
        .unwrap();
}

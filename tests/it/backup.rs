//! Backups of a SQLite database, daily ones, and what a restored database does not continue.
//! On PostgreSQL there is nothing to test.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reseller_portal::backup::{self, RestoreError, Restored, latest_report, run_daily};
use reseller_portal::config::{BackupSettings, Settings};
use reseller_portal::db::audit::{EventFilter, record};
use reseller_portal::db::backup::CopyError;
use reseller_portal::db::operations::open;
use reseller_portal::db::{self, Db, jobs};
use reseller_portal::domain::audit::{Event, EventKind, EventOutcome};
use reseller_portal::domain::job::JobState;
use reseller_portal::domain::operation::OperationState;
use reseller_portal::domain::role::Role;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use sqlx::Connection;
use sqlx_sqlite::SqliteConnection;

use crate::support::{Folder, Portal, directory};

/// Portal with a SQLite database, and a folder for its backups.
struct Stage {
    portal: Portal,
    folder: Folder,
}

impl Stage {
    /// Returns `None` on PostgreSQL.
    async fn start(change: impl FnOnce(&mut Settings, &Path) + Send + 'static) -> Option<Self> {
        let folder = directory();
        let path = folder.path().to_owned();
        let portal = Portal::build()
            .settings(move |settings| change(settings, &path))
            .start()
            .await;
        matches!(portal.db, Db::Sqlite { .. }).then_some(Self { portal, folder })
    }

    async fn add_event(&self) {
        let (db, key, now) = (
            &self.portal.db,
            &self.portal.audit_key,
            self.portal.clock.now(),
        );
        let event = Event::by_system(EventKind::SignIn, EventOutcome::Done, "Ann");
        record(db, key, now, &event).await.unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn back_up(&self, name: &str) -> PathBuf {
        let file = self.path(name);
        let url = self.portal.settings.database_url.expose_secret();
        let content = backup::create(url, &file).await.unwrap();
        assert_eq!(content.schema, db::schema_version());
        file
    }

    async fn restore(&self, file: &Path, target: &Path) -> Result<Restored, RestoreError> {
        backup::restore(&self.portal.settings, file, target, false).await
    }

    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

async fn execute(file: &Path, sql: &'static str) {
    let url = format!("sqlite:{}", file.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn reopen(file: &Path) -> Db {
    Db::open(&format!("sqlite:{}", file.display()))
        .await
        .unwrap()
}

#[tokio::test]
async fn a_backup_of_a_running_portal_has_everything_and_only_its_owner_can_read_it() {
    let Some(stage) = Stage::start(|_, _| {}).await else {
        return;
    };
    stage.portal.sweep().await;
    stage.add_event().await;
    stage.add_event().await;
    let reading = stage.portal.signed_in(Role::Viewer).await;
    let (file, page) = tokio::join!(stage.back_up("copy.db"), reading.get("/accounts"));
    page.expect(200);
    let content = db::backup::inspect(&file).await.unwrap();
    assert_eq!(content.accounts, 20);
    assert!(content.events >= 2 && content.head.len() == 64);
    assert_eq!(stage.files(), ["copy.db"], "nothing is left beside it");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let url = stage.portal.settings.database_url.expose_secret();
    let again = backup::create(url, &file).await.unwrap_err();
    assert!(again.to_string().contains("exists already"), "{again}");
}

#[tokio::test]
async fn a_restored_database_continues_nothing_by_itself() {
    let Some(stage) = Stage::start(|_, _| {}).await else {
        return;
    };
    let portal = &stage.portal;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Owner).await;
    let id = portal.sandbox.id_of("enabled").await;
    let form = ann
        .get(&format!("/accounts/{id}/disable"))
        .await
        .expect(200);
    let lost = json!([{ "path": "/v2/*", "then": { "drop": "after" } }]);
    portal.sandbox.faults(lost).await;
    ann.submit(&form, "form.confirm", &[("reason_code", "fraud")])
        .await;
    let states: Vec<OperationState> = open(&portal.db, 10)
        .await
        .unwrap()
        .iter()
        .map(|operation| operation.state)
        .collect();
    assert_eq!(states, [OperationState::Checking]);
    let file = stage.back_up("copy.db").await;

    let target = stage.path("restored.db");
    let restored = stage.restore(&file, &target).await.unwrap();
    assert_eq!(restored.unknown_operations, 1);
    assert_eq!(restored.stopped.sessions, 1);
    assert_eq!(restored.previous, None);
    let db = reopen(&target).await;
    let operations = open(&db, 10).await.unwrap();
    assert_eq!(operations[0].state, OperationState::Unknown);
    let outcome = operations[0].outcome.as_ref().unwrap();
    assert!(outcome.message.contains("restored from a backup"));
    let events = db::audit::latest(&db, &EventFilter::default(), 3)
        .await
        .unwrap();
    let said = format!("{events:?}");
    assert!(
        said.contains("Restored") && said.contains("copy.db"),
        "{said}"
    );
    db.close().await;
    assert_eq!(stage.files(), ["copy.db", "restored.db"]);
}

#[tokio::test]
async fn a_running_job_is_paused_and_says_why() {
    let Some(stage) = Stage::start(|_, _| {}).await else {
        return;
    };
    let file = stage.back_up("empty.db").await;
    execute(
        &file,
        "INSERT INTO jobs (id, state, action, selection, staff_id, staff_name, staff_email, created_at)
         VALUES (randomblob(16), 'running', '{\"kind\":\"disable\"}', 'All', randomblob(16), 'Ann', 'ann@example.com', 1)",
    )
    .await;
    let target = stage.path("restored.db");
    let restored = stage.restore(&file, &target).await.unwrap();
    assert_eq!(restored.stopped.jobs, 1);
    let db = reopen(&target).await;
    let counts = jobs::state_counts(&db, None).await.unwrap();
    assert_eq!(counts.get(&JobState::Paused), Some(&1));
    db.close().await;
}

#[tokio::test]
async fn what_is_no_whole_backup_of_this_portal_is_refused_and_changes_nothing() {
    let Some(stage) = Stage::start(|_, _| {}).await else {
        return;
    };
    stage.add_event().await;
    let file = stage.back_up("copy.db").await;
    let whole = std::fs::read(&file).unwrap();
    let make = |name: &str, bytes: &[u8]| {
        let made = stage.path(name);
        std::fs::write(&made, bytes).unwrap();
        made
    };
    let mut flipped = whole.clone();
    let payload = br#""kind":"sign_in""#;
    let at = whole
        .windows(payload.len())
        .position(|window| window == payload)
        .unwrap();
    flipped[at + payload.len() - 2] = b'x';
    let newer = make("newer.db", &whole);
    execute(
        &newer,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (999999, 'newer', TRUE, x'00', 0)",
    )
    .await;
    let other = stage.path("other.db");
    execute_new(&other, "CREATE TABLE things (id INTEGER)").await;
    let cases = [
        (make("cut.db", &whole[..whole.len() - 4_096]), "cut short"),
        (make("cut-more.db", &whole[..50]), "cut short"),
        (make("text.db", b"hello"), "not a SQLite database"),
        (make("none.db", b""), "not a SQLite database"),
        (stage.path("absent.db"), "No such file"),
        (other, "not a database of this portal"),
        (newer, "migration 999999"),
        (make("flipped.db", &flipped), "breaks at event"),
    ];
    let target = stage.path("target.db");
    for (file, why) in &cases {
        let error = stage.restore(file, &target).await.unwrap_err();
        let said = error.to_string();
        assert!(said.contains(why), "{}: {said}", file.display());
        assert!(!target.exists(), "{}", file.display());
    }
    let mut settings = stage.portal.settings.clone();
    settings.secret_key = SecretString::from("another secret key that has more than 32 bytes");
    let error = backup::restore(&settings, &file, &target, false)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("PORTAL_SECRET_KEY"), "{error}");
    assert!(!target.exists());
    let left = stage.files();
    assert!(!left.iter().any(|name| name.contains(".part")), "{left:?}");
}

async fn execute_new(file: &Path, sql: &'static str) {
    std::fs::File::create(file).unwrap();
    execute(file, sql).await;
}

#[tokio::test]
async fn a_database_is_replaced_only_on_request_while_it_is_not_in_use_and_is_kept() {
    let Some(stage) = Stage::start(|_, _| {}).await else {
        return;
    };
    let file = stage.back_up("copy.db").await;
    let target = stage.path("portal.db");
    stage.restore(&file, &target).await.unwrap();
    let error = stage.restore(&file, &target).await.unwrap_err();
    assert!(matches!(error, RestoreError::Exists(_)), "{error}");
    let replace = || backup::restore(&stage.portal.settings, &file, &target, true);
    let running = reopen(&target).await;
    let error = replace().await.unwrap_err();
    assert!(matches!(error, RestoreError::InUse(_)), "{error}");
    running.close().await;
    let previous = replace().await.unwrap().previous.unwrap();
    assert!(previous.exists() && target.exists());
    let name = previous.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("portal.db.replaced-"), "{name}");
    reopen(&target).await.close().await;
}

#[tokio::test]
async fn a_backup_is_made_each_day_and_the_newest_are_kept() {
    let stage = Stage::start(|settings, folder| {
        settings.backup = Some(BackupSettings {
            folder: folder.to_owned(),
            keep: 2,
        });
    });
    let Some(stage) = stage.await else { return };
    let other = stage.path("portal-notes.db");
    std::fs::write(&other, "not a backup").unwrap();
    for day in 1..=4 {
        run_daily(&stage.portal).await.unwrap();
        run_daily(&stage.portal).await.unwrap();
        stage.portal.advance(Duration::from_hours(23));
        run_daily(&stage.portal).await.unwrap();
        assert_eq!(stage.files().len(), 1 + day.min(2), "day {day}");
        stage.portal.advance(Duration::from_hours(1));
    }
    assert!(other.exists(), "other files stay");
    let report = latest_report(&stage.portal.db).await.unwrap().unwrap();
    assert_eq!(report.error, "");
    assert!(Path::new(&report.file).exists());
    assert_eq!(report.bytes, std::fs::metadata(&report.file).unwrap().len());
}

#[tokio::test]
async fn a_daily_backup_that_fails_is_reported_and_tried_again_later() {
    let stage = Stage::start(|settings, folder| {
        settings.backup = Some(BackupSettings {
            folder: folder.join("backups"),
            keep: 2,
        });
    });
    let Some(stage) = stage.await else { return };
    let missing = run_daily(&stage.portal).await.unwrap_err();
    assert!(matches!(missing, CopyError::Io(_)), "{missing}");
    let report = latest_report(&stage.portal.db).await.unwrap().unwrap();
    assert!(report.error.contains("No such file"), "{}", report.error);
    assert_eq!(report.succeeded_at, None);
    std::fs::create_dir(stage.path("backups")).unwrap();
    stage.portal.advance(Duration::from_mins(31));
    run_daily(&stage.portal).await.unwrap();
    let report = latest_report(&stage.portal.db).await.unwrap().unwrap();
    assert_eq!(report.error, "");
    assert_eq!(report.succeeded_at, Some(stage.portal.clock.now()));
}

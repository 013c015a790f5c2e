//! The disk of the SQLite file is full, and then has room again.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sqlx::{Connection, Executor};
use sqlx_sqlite::SqliteConnection;
use tempfile::TempDir;

use crate::support::{OWNER, Person, Record, SetUp, Work, may_mount};

/// Small file system in memory. It is removed when it is dropped.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// Mounts it. Returns `None` if that is not allowed here.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", "size=96m", "drill"])
            .arg(folder.path());
        mount
            .status()
            .is_ok_and(|status| status.success())
            .then_some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes until nothing fits any more. Returns the file that takes the space.
    fn fill(&self) -> PathBuf {
        let path = self.path().join("other-program");
        let mut file = File::create(&path).unwrap();
        let zeros = vec![0; 4096];
        while file.write_all(&zeros).is_ok() {}
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .arg("--lazy")
            .arg(self.path())
            .status();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_disk_is_full_for_some_seconds() {
    run(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a minute; see the head of main.rs"]
async fn the_disk_is_full_for_thirty_seconds() {
    run(Duration::from_secs(30)).await;
}

async fn run(full_for: Duration) {
    let title = format!(
        "The disk of the SQLite file is full for {} seconds",
        full_for.as_secs()
    );
    let may = Record::new(&title);
    let Some(disk) = may_mount(&may).then(SmallDisk::mount).flatten() else {
        may.finish();
        return;
    };
    let url = format!("sqlite:{}", disk.path().join("portal.db").display());
    let stage = SetUp::on(&url, &title).await.start().await;
    let record = &stage.record;
    let accounts = stage.enabled().await;
    let (in_job, by_people) = accounts.split_at(20);
    let job = stage.start_job(in_job).await;
    let notes = stage.notes(&in_job[0]).await;
    let work = Work::start(&stage, by_people);
    tokio::time::sleep(Duration::from_secs(1)).await;

    // SQLite would reuse the space of its write-ahead log for a while.
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    other
        .execute("PRAGMA wal_checkpoint(TRUNCATE)")
        .await
        .unwrap();
    let filler = disk.fill();
    other.close().await.unwrap();
    record.note("another program filled the disk");
    let began = std::time::Instant::now();
    let note = stage.add_note(&notes, &"Hello. ".repeat(200)).await;
    if note.status != 503 {
        record.fault("a note was saved on a full disk");
    }
    stage.owner.get("/accounts").await;
    Person::new(&stage.portal.url, record).sign_in(OWNER).await;
    let (healthy, ready) = stage.probe().await;
    healthy.expect(200);
    if ready.status != 503 {
        record.fault("/readyz does not notice the full disk");
    }
    tokio::time::sleep(full_for.saturating_sub(began.elapsed())).await;
    fs::remove_file(filler).unwrap();
    record.note(format!(
        "the disk has room again after {:.0} s",
        began.elapsed().as_secs_f64()
    ));
    let notes = stage.notes(&in_job[0]).await;
    stage.add_note(&notes, "Hello again.").await.expect(303);
    tokio::time::sleep(Duration::from_secs(1)).await;
    stage.probe().await.1.expect(200);
    let changes = work.end().await;
    stage.until_job_ends(&job, in_job).await;
    stage.finish(&changes).await;
}

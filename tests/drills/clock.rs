//! The clock of the server is set back by an hour while the portal works.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use reseller_portal::db::{Db, audit};
use serde_json::json;

use crate::support::{Change, OWNER, Person, Record, SetUp, Told, Work};

/// Events that are written at the same time may be in another order than their times.
const CONCURRENCY: Duration = Duration::from_secs(5);
const MANAGER: &str = "manager@example.com";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_clock_is_set_back_by_an_hour() {
    run("The clock is set back by an hour", false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; see the head of main.rs"]
async fn readings_go_on_after_the_clock_is_set_back() {
    run("The clock is set back by an hour, and readings go on", true).await;
}

async fn run(title: &str, waits_for_readings: bool) {
    let skipped = Record::new(title);
    let Some(library) = library() else {
        skipped.note("skipped: libfaketime is not installed");
        skipped.finish();
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("portal.db").display());
    let offset = folder.path().join("offset");
    fs::write(&offset, "+0").unwrap();
    let set_up = SetUp::on(&url, title)
        .await
        .set("LD_PRELOAD", library.to_str().unwrap())
        .set("FAKETIME_TIMESTAMP_FILE", offset.to_str().unwrap())
        .set("FAKETIME_NO_CACHE", "1")
        .set("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .set("FAKETIME_DISABLE_SHM", "1");
    set_up.settings.add_staff(MANAGER, "manager");
    let mut stage = set_up.start().await;
    let record = &stage.record;
    let accounts = stage.enabled().await;
    let (in_job, rest) = accounts.split_at(20);
    let (uncertain, rest) = rest.split_at(1);
    let (restarted, by_people) = rest.split_at(1);
    let job = stage.start_job(in_job).await;

    // Telnyx does not answer a change, so that the portal looks what came of it.
    let lost = json!([{ "method": "PATCH", "path": format!("/v2/managed_accounts/{}*", uncertain[0].id),
        "then": { "status": 503, "act": true } }]);
    stage.telnyx.faults(lost).await;
    let mut changes = Vec::new();
    changes.extend(Change::make(&stage.owner, record, &uncertain[0], false).await);
    // Too many wrong passwords: the next try has to wait for some seconds.
    let manager = Person::new(&stage.portal.url, record);
    let wait = wrong_passwords(&manager.unseen()).await;
    record.note(format!(
        "after wrong passwords, {MANAGER} has to wait {wait} s"
    ));
    let work = Work::start(&stage, by_people);
    tokio::time::sleep(Duration::from_millis(500)).await;

    fs::write(&offset, "-3600").unwrap();
    record.note("the clock is set back by an hour");
    stage.telnyx.clear_faults().await;
    for path in ["/", "/accounts", "/activity", &job] {
        stage.owner.get(path).await.expect(200);
    }
    Person::new(&stage.portal.url, record)
        .sign_in(OWNER)
        .await
        .expect(303);
    changes.extend(work_on(work).await);
    stage.until_job_ends(&job, in_job).await;
    tokio::time::sleep(Duration::from_secs(wait)).await;
    if manager.sign_in(MANAGER).await.status != 303 {
        record.fault("a person is locked out for longer than was said");
    }
    stage.portal.kill_and_restart(&stage.record).await;
    let record = &stage.record;
    record.note("the program was killed and started again");
    stage.owner.get("/").await.expect(200);
    changes.extend(Change::make(&stage.owner, record, &restarted[0], false).await);
    if changes.last().unwrap().told != Told::Done {
        record.fault("no change can be made after the restart");
    }
    let blocked = &accounts[accounts.len() - 1];
    stage
        .telnyx
        .change_elsewhere(&blocked.id, json!({ "status": "blocked" }))
        .await;
    record.note("Telnyx blocks an account");
    if !waits_for_readings {
        let page = stage.owner.get("/accounts").await;
        let refreshed = stage.owner.submit(&page, ".page-head form", &[]).await;
        stage.owner.follow(&refreshed).await;
    }
    let account = format!("/accounts/{}", blocked.id);
    let (_, took) = stage
        .until(
            &account,
            |page| page.says("Blocked"),
            Duration::from_mins(4),
        )
        .await;
    record.note(format!(
        "the portal shows it {:.0} s later",
        took.as_secs_f64()
    ));
    if changes[0].told == Told::NotSent {
        record.fault("the change that got no answer was sent");
    }
    check_order_of_events(&url, record).await;
    stage.finish(&changes).await;
}

async fn work_on(work: Work) -> Vec<Change> {
    tokio::time::sleep(Duration::from_secs(4)).await;
    work.end().await
}

/// Signs in with wrong passwords until the person has to wait. Returns for how many seconds.
async fn wrong_passwords(person: &Person) -> u64 {
    for _ in 0..20 {
        let fields = [("email", MANAGER), ("password", "wrong horse")];
        let answer = person.post("/login", &fields).await;
        if let Ok(wait) = answer.header("retry-after").parse() {
            return wait;
        }
    }
    panic!("wrong passwords are never refused for a while");
}

/// Adds a fault if an event is much older than the one before it.
async fn check_order_of_events(url: &str, record: &Record) {
    let db = Db::open(url).await.unwrap();
    let all = audit::oldest(&db, &audit::EventFilter::default(), 10_000)
        .await
        .unwrap();
    let back = all
        .windows(2)
        .filter(|pair| pair[1].at.until(pair[0].at) > CONCURRENCY)
        .count();
    record.note(format!(
        "{} events, {back} of them clearly older than the one before",
        all.len()
    ));
    if back > 0 {
        record.fault("the times of events are not in their order");
    }
    db.close().await;
}

fn library() -> Option<PathBuf> {
    let all = fs::read_dir("/usr/lib").ok()?.flatten();
    let found = all.map(|folder| folder.path().join("faketime/libfaketime.so.1"));
    found.into_iter().find(|file| file.exists())
}

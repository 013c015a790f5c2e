//! `backup` and `restore`, beside a portal that runs.

use std::path::Path;

use super::{Run, SECRET, get, text};

fn command(arguments: &[&str], data: &Path) -> Run {
    let url = format!("sqlite:{}/portal.db", data.display());
    Run::new(arguments)
        .set("PORTAL_SECRET_KEY", SECRET)
        .set("DATABASE_URL", &url)
}

#[tokio::test]
async fn a_running_portal_is_backed_up_and_a_stopped_one_is_restored() {
    let data = crate::support::directory();
    let backup = data.path().join("backup.db");
    let backup = backup.to_str().unwrap();
    let absent = command(&["backup", backup], data.path()).refusal();
    assert!(absent.contains("names no database"), "{absent}");

    let url = format!("sqlite:{}/portal.db", data.path().display());
    let serving = Run::serve().set("DATABASE_URL", &url).start();
    serving.until_logged("the portal listens");
    serving.until("To become the owner");
    let made = command(&["backup", backup], data.path()).output();
    let printed = text(&made.stdout);
    assert!(made.status.success(), "{}", text(&made.stderr));
    assert!(
        printed.contains("0 accounts") && printed.contains("Head: "),
        "{printed}"
    );
    let again = command(&["backup", backup], data.path()).refusal();
    assert!(again.contains("exists already"), "{again}");

    let there = command(&["restore", backup], data.path()).refusal();
    assert!(there.contains("--replace"), "{there}");
    let in_use = command(&["restore", backup, "--replace"], data.path()).refusal();
    assert!(in_use.contains("is in use"), "{in_use}");
    assert_eq!(serving.end("-TERM").0, Some(0));

    let restored = command(&["restore", backup, "--replace"], data.path()).output();
    let printed = text(&restored.stdout);
    assert!(restored.status.success(), "{}", text(&restored.stderr));
    assert!(
        printed.contains("Restored to") && printed.contains("portal.db.replaced-"),
        "{printed}"
    );
    let serving = Run::serve().set("DATABASE_URL", &url);
    let serving = serving.start();
    let log = serving.until_logged("the portal listens");
    let address = log.split("url=").nth(1).unwrap().split('/').nth(2).unwrap();
    assert_eq!(get(&format!("http://{address}/healthz")).await.0, 200);
    assert_eq!(serving.end("-TERM").0, Some(0));
}

#[test]
fn postgresql_is_backed_up_with_its_own_tools() {
    let data = crate::support::directory();
    let postgres = |arguments: &[&str]| {
        command(arguments, data.path()).set("DATABASE_URL", "postgres://127.0.0.1:1/portal")
    };
    let complaint = postgres(&["backup", "copy.db"]).refusal();
    assert!(complaint.contains("pg_dump"), "{complaint}");
    let complaint = postgres(&["restore", "copy.db"]).refusal();
    assert!(complaint.contains("pg_restore"), "{complaint}");
    let complaint = Run::serve()
        .set("DATABASE_URL", "postgres://127.0.0.1:1/portal")
        .set("PORTAL_BACKUP_DIR", "/tmp")
        .refusal();
    assert!(complaint.contains("PORTAL_BACKUP_DIR"), "{complaint}");
}

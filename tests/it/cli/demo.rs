//! `demo`: everything in one process, on this machine only.

use super::{Run, after, free_address, get};

fn demo(more: &[&str]) -> Run {
    Run::new(&[&["demo", "--listen", "127.0.0.1:0", "--accounts", "12"], more].concat())
}

#[tokio::test]
async fn it_prints_where_to_go_and_who_can_sign_in_and_keeps_nothing() {
    let scratch = crate::support::directory();
    let run = demo(&[]).set("TMPDIR", &scratch.path().display().to_string());
    // What a real portal would read is nothing to a demo.
    let run = run
        .set("TELNYX_API_BASE", "http://192.0.2.1/v2")
        .set("DATABASE_URL", "mysql:wrong");
    let running = run.start();
    let printed = running.until("nothing is kept");
    for role in ["owner", "admin", "manager", "viewer"] {
        assert!(printed.contains(&format!("{role}@example.com")), "{printed}");
    }
    assert!(printed.contains("demo only: not a secret"), "{printed}");
    let url = after(&printed, "Open");
    assert_eq!(get(&format!("{url}/healthz")).await.0, 200);
    let telnyx = after(&printed, "Telnyx ");
    assert!(telnyx.starts_with("http://127.0.0.1:"), "{printed}");
    let key_owner = after(&printed, "belongs to").trim_end_matches(',').to_owned();
    assert!(key_owner.ends_with("@example.com"), "{printed}");

    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 1);
    assert_eq!(running.end("-TERM").0, Some(0));
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
}

#[test]
fn it_listens_on_loopback_only() {
    for option in ["--listen", "--sandbox-listen"] {
        let complaint = Run::new(&["demo", option, "0.0.0.0:0"]).refusal();
        assert!(
            complaint.contains(option) && complaint.contains("loopback"),
            "{complaint}"
        );
    }
}

#[test]
fn its_data_is_kept_where_asked_serves_a_second_start_and_is_refused_by_serve() {
    let kept = crate::support::directory();
    let data = kept.path().join("new").display().to_string();
    for _ in 0..2 {
        let running = demo(&["--data", &data]).start();
        running.until("stays in");
        assert_eq!(running.end("-INT").0, Some(0));
    }
    let serve = || Run::serve().set("DATABASE_URL", &format!("sqlite:{data}/portal.db"));
    let complaint = serve().refusal();
    assert!(complaint.contains("a demo's database"), "{complaint}");

    let complaint = Run::new(&["demo", "--listen", &free_address(), "--accounts", "13", "--data", &data]).refusal();
    assert!(complaint.contains("--accounts 12"), "{complaint}");
}

#[test]
fn a_database_in_real_use_is_not_made_a_demo() {
    let running = Run::serve().start();
    running.until_logged("the portal listens");
    let data = running.path().display().to_string();
    let complaint = Run::new(&["demo", "--listen", "127.0.0.1:0", "--data", &data]).refusal();
    assert!(
        complaint.contains("--data") && complaint.contains("is no demo's"),
        "{complaint}"
    );
}

//! `staff`: commands for when no one can sign in.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use reseller_portal::db::audit::EventFilter;
use reseller_portal::db::{self, Db};
use reseller_portal::domain::audit::EventKind;

use super::{Run, SECRET, text};

fn staff(data: &Path, arguments: &[&str]) -> Run {
    Run::new(&[&["staff"], arguments].concat())
        .set("PORTAL_SECRET_KEY", SECRET)
        .set(
            "DATABASE_URL",
            &format!("sqlite:{}/portal.db", data.display()),
        )
}

#[track_caller]
fn said(run: Run) -> String {
    let output = run.output();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn somebody_is_added_listed_given_a_link_and_disabled() {
    let place = crate::support::directory();
    let data = place.path();
    let added = said(staff(
        data,
        &["add", "Ann@example.com", "--name", "Ann", "--role", "owner"],
    ));
    assert!(added.contains("http://127.0.0.1:8080/invite/"), "{added}");
    said(staff(
        data,
        &["add", "bob@example.com", "--role", "owner", "--name", "Bob"],
    ));
    let listed = said(staff(data, &["list"]));
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert!(
        listed.contains("Ann@example.com") && listed.contains("invited"),
        "{listed}"
    );

    let link = said(staff(data, &["reset-password", "ann@EXAMPLE.com"]));
    assert!(
        link.contains("/invite/") || link.contains("/reset/"),
        "{link}"
    );
    said(staff(data, &["disable", "bob@example.com"]));
    assert!(said(staff(data, &["list"])).contains("disabled"));
    let audit = said(
        Run::new(&["audit", "verify"])
            .set("PORTAL_SECRET_KEY", SECRET)
            .set(
                "DATABASE_URL",
                &format!("sqlite:{}/portal.db", data.display()),
            ),
    );
    assert!(audit.contains("holds: 4 events"), "{audit}");
}

#[test]
fn a_password_from_standard_input_lets_somebody_in_at_once() {
    let place = crate::support::directory();
    let add = |password: &str| {
        let mut run = staff(
            place.path(),
            &[
                "add",
                "ann@example.com",
                "--role",
                "admin",
                "--password-stdin",
            ],
        );
        let mut child = run
            .command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
        child.wait_with_output().unwrap()
    };
    let refused = add("short");
    assert!(
        !refused.status.success() && text(&refused.stderr).contains("12 characters"),
        "{}",
        text(&refused.stderr)
    );
    assert!(add("long enough, that").status.success());
    assert!(said(staff(place.path(), &["list"])).contains("active"));
}

#[test]
fn what_cannot_be_done_is_refused_in_one_line() {
    let place = crate::support::directory();
    let data = place.path();
    let complaint = staff(data, &["list"]).refusal();
    assert!(complaint.contains("DATABASE_URL"), "{complaint}");
    let complaint = staff(data, &["add", "ann", "--role", "owner"]).refusal();
    assert!(complaint.contains("no email address"), "{complaint}");
    said(staff(data, &["add", "ann@example.com", "--role", "viewer"]));
    let complaint = staff(data, &["add", "ANN@example.com", "--role", "viewer"]).refusal();
    assert!(complaint.contains("already"), "{complaint}");
    let complaint = staff(data, &["reset-password", "zoe@example.com"]).refusal();
    assert!(complaint.contains("staff list"), "{complaint}");
    assert_eq!(
        staff(data, &["add", "zoe@example.com", "--role", "king"])
            .output()
            .status
            .code(),
        Some(2)
    );
}

#[test]
fn while_there_is_no_staff_serve_prints_the_link_for_the_owner_and_only_then() {
    let running = Run::serve().start();
    let printed = running.until("/setup?token=");
    assert!(printed.contains("To become the owner"), "{printed}");
    let log = running.until_logged("the portal listens");
    assert!(!log.contains("token="), "{log}");
    said(staff(
        running.path(),
        &["add", "ann@example.com", "--role", "owner"],
    ));
    let again = Run::serve()
        .set(
            "DATABASE_URL",
            &format!("sqlite:{}/portal.db", running.path().display()),
        )
        .start();
    again.until_logged("the portal listens");
    let (status, printed) = again.end_and_print("-TERM");
    assert_eq!(status, Some(0));
    assert_eq!(printed, "");
}

#[test]
fn an_email_is_changed_from_the_shell() {
    let place = crate::support::directory();
    let data = place.path();
    said(staff(data, &["add", "ann@example.com", "--role", "owner"]));
    said(staff(data, &["add", "ben@example.com", "--role", "viewer"]));
    let typing = ["change-email", "ann@example.com", "ann.new@example.com"];
    let changed = said(staff(data, &typing));
    assert!(
        changed.contains("signs in with ann.new@example.com now"),
        "{changed}"
    );
    for (new, words) in [
        ("ben@example.com", "A staff member has this email already."),
        ("ann.new@example.com", "This is the email now."),
        ("ann", "is no email address"),
    ] {
        let complaint = staff(data, &["change-email", "ann.new@example.com", new]).refusal();
        assert!(complaint.contains(words), "{complaint}");
    }
}

#[tokio::test]
async fn lost_second_factors_are_reset_from_the_shell_the_last_owners_too() {
    let place = crate::support::directory();
    let data = place.path();
    said(staff(data, &["add", "ann@example.com", "--role", "owner"]));
    let complaint = staff(data, &["reset-factors", "ann@example.com"]).refusal();
    assert!(complaint.contains("no second factor"), "{complaint}");

    let db = Db::open(&format!("sqlite:{}/portal.db", data.display()))
        .await
        .unwrap();
    let ann = db::staff::by_email(&db, "ann@example.com")
        .await
        .unwrap()
        .unwrap();
    let mut tx = db.begin().await.unwrap();
    db::factors::set_app(&mut tx, ann.id, b"sealed", 0, ann.created_at)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let reset = said(staff(data, &["reset-factors", "ann@example.com"]));
    assert!(reset.contains("the password alone signs in"), "{reset}");
    assert!(
        !db::staff::by_id(&db, ann.id)
            .await
            .unwrap()
            .unwrap()
            .second_factor
    );
    let told = db::notices::of_staff(&db, ann.id).await.unwrap();
    assert!(
        told[0]
            .message
            .starts_with("The operator of the server reset"),
        "{}",
        told[0].message
    );
    db.close().await;
}

#[tokio::test]
async fn somebody_with_another_account_at_the_provider_is_unlinked_from_the_shell() {
    let place = crate::support::directory();
    let data = place.path();
    said(staff(data, &["add", "ann@example.com", "--role", "owner"]));
    let complaint = staff(data, &["unlink-sso", "ann@example.com"]).refusal();
    assert!(
        complaint.contains("is not linked to single sign-on"),
        "{complaint}"
    );

    let db = Db::open(&format!("sqlite:{}/portal.db", data.display()))
        .await
        .unwrap();
    let ann = db::staff::by_email(&db, "ann@example.com")
        .await
        .unwrap()
        .unwrap();
    let issuer = "https://id.example.com";
    let mut tx = db.begin().await.unwrap();
    assert!(
        db::identities::link(&mut tx, issuer, "ann", ann.id, ann.created_at)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    let unlinked = said(staff(data, &["unlink-sso", "Ann@example.com"]));
    assert!(
        unlinked.contains("matched by the email address again"),
        "{unlinked}"
    );
    assert_eq!(
        db::identities::linked_at(&db, issuer, ann.id)
            .await
            .unwrap(),
        None
    );
    let told = db::notices::of_staff(&db, ann.id).await.unwrap();
    assert_eq!(
        told[0].message,
        "The operator of the server unlinked your account from single sign-on."
    );
    let unlinked = EventFilter {
        kinds: vec![EventKind::IdentityForgotten],
        ..EventFilter::default()
    };
    let events = db::audit::latest(&db, &unlinked, 2).await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].event.target, "ann@example.com");
    db.close().await;
}

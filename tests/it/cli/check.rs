//! `check`: a line each for settings, database and key.

use super::{Run, free_address, text};
use crate::support::{Manner, PostOffice, Upstream};
use reseller_portal::sandbox::Options;

async fn run(run: Run) -> (bool, Vec<String>) {
    let output = tokio::task::spawn_blocking(move || run.output()).await.unwrap();
    let lines = text(&output.stdout).lines().map(ToOwned::to_owned).collect();
    (output.status.success(), lines)
}

fn check(telnyx: &str) -> Run {
    Run::new(&["check"])
        .set("TELNYX_API_KEY", "KEY_of_tests")
        .set("PORTAL_SECRET_KEY", super::SECRET)
        .set("TELNYX_API_BASE", telnyx)
}

#[tokio::test]
async fn all_that_holds_is_said_in_a_line_each() {
    let telnyx = Upstream::start(Options {
        api_key: "KEY_of_tests".to_owned(),
        accounts: 2,
        ..Options::default()
    })
    .await;
    let (holds, lines) = run(check(telnyx.base().as_str())).await;
    assert!(holds, "{lines:?}");
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(lines[0].starts_with("Settings   ok"), "{lines:?}");
    assert!(lines[1].starts_with("Database   ok"), "{lines:?}");
    assert!(
        lines[2].starts_with("Telnyx     ok: the key is taken; it belongs to the manager"),
        "{lines:?}"
    );
    assert!(lines[3].starts_with("Mail       ok: no server is set"), "{lines:?}");

    let post = PostOffice::start(Manner::KnowsNobody).await;
    let mailing = |url: &str| {
        check(telnyx.base().as_str())
            .set("PORTAL_SMTP_URL", url)
            .set("PORTAL_MAIL_FROM", "portal@example.com")
    };
    let (holds, lines) = run(mailing(&post.url())).await;
    assert!(
        holds && lines[3].contains("answers; mail comes from portal@example.com"),
        "{lines:?}"
    );
    let login = post.url().replace("smtp://", "smtp://portal:hunter2@");
    for (url, why) in [
        (login.as_str(), "did not let the portal sign in (535)"),
        ("smtp://127.0.0.1:1", "could not be reached"),
    ] {
        let (holds, lines) = run(mailing(url)).await;
        assert!(!holds && lines.len() == 4, "{lines:?}");
        assert!(
            lines[3].starts_with("Mail       FAILED: 127.0.0.1:") && lines[3].contains(why),
            "{lines:?}"
        );
        assert!(!lines.join("\n").contains("hunter2"), "{lines:?}");
    }
}

#[tokio::test]
async fn what_does_not_hold_is_said_with_its_remedy_and_the_status_tells() {
    let telnyx = Upstream::start(Options::default()).await;
    let (holds, lines) = run(check(telnyx.base().as_str())).await;
    assert!(!holds && lines.len() == 4, "{lines:?}");
    assert!(
        lines[2].starts_with("Telnyx     FAILED: TELNYX_API_KEY is refused"),
        "{lines:?}"
    );

    let nowhere = format!("http://{}/v2", free_address());
    let (holds, lines) = run(check(&nowhere).set("DATABASE_URL", "sqlite:no/place.db")).await;
    assert!(!holds && lines.len() == 4, "{lines:?}");
    assert!(
        lines[1].starts_with("Database   FAILED") && lines[1].contains("DATABASE_URL"),
        "{lines:?}"
    );
    assert!(
        lines[2].starts_with("Telnyx     FAILED") && lines[2].contains("TELNYX_API_BASE"),
        "{lines:?}"
    );

    let (holds, lines) = run(check(&nowhere).unset("PORTAL_SECRET_KEY")).await;
    assert!(!holds && lines.len() == 4, "{lines:?}");
    assert!(
        lines[0].starts_with("Settings   FAILED: PORTAL_SECRET_KEY is not set"),
        "{lines:?}"
    );
}

//! `serve`: refused settings, answers, and shutdown.

use std::net::TcpListener;

use sqlx::Connection;
use sqlx_sqlite::SqliteConnection;

use super::{Run, SECRET, get, text};

#[test]
fn a_setting_that_is_missing_or_wrong_is_named_in_one_line_with_its_remedy() {
    let cases = [
        ("TELNYX_API_KEY", "", "is not set"),
        ("TELNYX_API_KEY", "two words", "copy the key again"),
        ("PORTAL_SECRET_KEY", "", "openssl rand"),
        ("PORTAL_SECRET_KEY", "too short", "32 or more"),
        ("PORTAL_LISTEN", "everywhere", "such as 127.0.0.1:8080"),
        ("PORTAL_PUBLIC_URL", "portal", "is no web address"),
        (
            "PORTAL_PUBLIC_URL",
            "http://portal.example.com",
            "is not https",
        ),
        (
            "PORTAL_PUBLIC_URL",
            "https://example.com/portal",
            "has a path",
        ),
        (
            "PORTAL_PUBLIC_URL",
            "https://me:pw@example.com",
            "has a user",
        ),
        (
            "TELNYX_API_BASE",
            "http://api.telnyx.com/v2",
            "is not https",
        ),
        ("TELNYX_API_BASE", "ftp://127.0.0.1/v2", "is no web address"),
        ("PORTAL_TRUSTED_PROXIES", "10.0.0.0/8, nginx", "nginx"),
        (
            "DATABASE_URL",
            "mysql://localhost/portal",
            "must start with sqlite: or postgres:",
        ),
        ("TELNYX_KEY_OWNER_EMAIL", "ann", "is no email address"),
        ("TELNYX_TIMEOUT", "soon", "such as 20s"),
        ("TELNYX_MAX_IN_FLIGHT", "0", "from 1 to 100"),
        ("PORTAL_READ_ONLY", "perhaps", "neither true nor false"),
        ("PORTAL_SESSION_IDLE", "-1", "is no length of time"),
        ("PORTAL_DATABASE_WAIT", "soon", "is no length of time"),
        ("PORTAL_KEEP_JOBS", "30 Tage", "is no length of time"),
        (
            "PORTAL_KEEP_IMPORTS",
            "23h",
            "shorter than a day; write a time such as 90d, or forever",
        ),
        ("PORTAL_KEEP_NOTIFICATIONS", "never", "is no length of time"),
        (
            "PORTAL_SESSION_IDLE",
            "48h",
            "is longer than PORTAL_SESSION_ABSOLUTE",
        ),
        ("PORTAL_LOG_FORMAT", "xml", "neither text nor json"),
        ("RUST_LOG", "portal=loud", "cannot be used"),
    ];
    for (name, value, words) in cases {
        let complaint = Run::serve().set(name, value).refusal();
        assert!(
            complaint.contains(name) && complaint.contains(words),
            "{name}={value}: {complaint}"
        );
    }
}

#[test]
fn a_portal_that_others_can_reach_needs_its_address_told() {
    let complaint = Run::serve().set("PORTAL_LISTEN", "0.0.0.0:0").refusal();
    assert!(
        complaint.contains("PORTAL_PUBLIC_URL is not set"),
        "{complaint}"
    );
}

#[test]
fn a_secret_that_is_wrong_is_not_repeated() {
    let complaint = Run::serve().set("PORTAL_SECRET_KEY", "s3cret").refusal();
    assert!(!complaint.contains("s3cret"), "{complaint}");
    let complaint = Run::serve().set("TELNYX_API_KEY", "KEY s3cret").refusal();
    assert!(!complaint.contains("s3cret"), "{complaint}");
    let url = "postgres://portal:s3cret@127.0.0.1:1/portal?password=s3cret";
    let complaint = Run::serve()
        .set("DATABASE_URL", url)
        .set("PORTAL_DATABASE_WAIT", "0s")
        .refusal();
    assert!(
        complaint.contains("DATABASE_URL") && !complaint.contains("s3cret"),
        "{complaint}"
    );
}

#[test]
fn a_port_in_use_is_named_with_the_setting_that_chooses_another() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let complaint = Run::serve().set("PORTAL_LISTEN", &address).refusal();
    assert!(complaint.contains(&address), "{complaint}");
    assert!(
        complaint.contains("in use") && complaint.contains("PORTAL_LISTEN"),
        "{complaint}"
    );
}

#[test]
fn a_database_that_cannot_be_written_is_refused() {
    let complaint = Run::serve()
        .set("DATABASE_URL", "sqlite:no/such/place/portal.db")
        .refusal();
    assert!(
        complaint.contains("sqlite:no/such/place/portal.db"),
        "{complaint}"
    );
    assert!(
        complaint.contains("the folder no/such/place does not exist; create it"),
        "{complaint}"
    );

    let run = Run::serve();
    std::fs::write(
        run.path().join("portal.db"),
        "this is a letter, not a database. ".repeat(100),
    )
    .unwrap();
    assert!(run.refusal().contains("is not a database"));
}

#[tokio::test]
async fn a_locked_database_is_refused() {
    let run = Run::serve();
    let url = format!("sqlite:{}?mode=rwc", run.path().join("portal.db").display());
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("CREATE TABLE t (a TEXT); BEGIN EXCLUSIVE")
        .execute(&mut other)
        .await
        .unwrap();
    let complaint = tokio::task::spawn_blocking(move || run.refusal())
        .await
        .unwrap();
    assert!(
        complaint.contains("locked") && complaint.contains("end the program"),
        "{complaint}"
    );
}

#[tokio::test]
async fn it_answers_at_once_without_telnyx_and_ends_with_0_when_asked() {
    for signal in ["-TERM", "-INT"] {
        let running = Run::serve()
            .set("PORTAL_LISTEN", "127.0.0.1:0")
            .set("PORTAL_PUBLIC_URL", "http://localhost:4699");
        let running = running.start();
        let log = running.until_logged("the portal listens");
        let address = super::after(&log, "listen=");
        assert_eq!(get(&format!("http://{address}/healthz")).await.0, 200);
        let (status, log) = running.end(signal);
        assert_eq!(status, Some(0), "{log}");
        assert!(log.contains("the portal has ended"), "{log}");
    }
}

#[test]
fn the_log_is_json_where_asked_and_holds_no_secret() {
    let running = Run::serve()
        .set("PORTAL_LOG_FORMAT", "json")
        .set("RUST_LOG", "debug");
    let running = running.start();
    let log = running.until_logged("the portal listens");
    for line in log.lines() {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(
            entry["timestamp"].is_string() && entry["level"].is_string(),
            "{line}"
        );
    }
    let (_, rest) = running.end("-TERM");
    for secret in [SECRET, "KEY_of_tests"] {
        assert!(
            !log.contains(secret) && !rest.contains(secret),
            "{secret} is in the log"
        );
    }
}

#[test]
fn a_variable_that_is_no_setting_is_refused_with_the_nearest_name() {
    for (name, said) in [
        ("PORTAL_LISTNE", "Did you mean PORTAL_LISTEN?"),
        ("TELNYX_APIKEY", "Did you mean TELNYX_API_KEY?"),
        (
            "PORTAL_SOMETHING_ELSE_ALTOGETHER",
            "there is no such setting. See:",
        ),
    ] {
        let complaint = Run::serve().set(name, "1").refusal();
        assert!(
            complaint.contains(&format!("{name} is set, but there is no such setting")),
            "{complaint}"
        );
        assert!(complaint.contains(said), "{complaint}");
    }
    let running = Run::serve().set("PORTAL_PORT", "tcp://10.0.0.1:80").start();
    running.until_logged("the portal listens");
    running.end("-TERM");
}

#[test]
fn an_unknown_command_or_option_is_refused() {
    for arguments in [&["server"][..], &["serve", "--port", "80"][..], &[][..]] {
        let output = Run::new(arguments).output();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains("Usage"), "{arguments:?}");
    }
}

//! `check`: one line each for settings, database and key, and for single sign-on if configured.

use super::{Run, free_address, text};
use crate::support::{Manner, PostOffice, Provider, Upstream};
use reseller_portal::db::Db;
use reseller_portal::sandbox::Options;

async fn run(run: Run) -> (bool, Vec<String>) {
    let output = tokio::task::spawn_blocking(move || run.output())
        .await
        .unwrap();
    let lines = text(&output.stdout)
        .lines()
        // The settings in force are indented.
        .filter(|line| !line.starts_with("  "))
        .map(ToOwned::to_owned)
        .collect();
    (output.status.success(), lines)
}

fn check(telnyx: &str) -> Run {
    Run::new(&["check"])
        .set("TELNYX_API_KEY", "KEY_of_tests")
        .set("PORTAL_SECRET_KEY", super::SECRET)
        .set("TELNYX_API_BASE", telnyx)
        .set("PORTAL_LISTEN", &free_address())
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
    assert_eq!(lines.len(), 6, "{lines:?}");
    assert!(lines[0].starts_with("Settings   ok"), "{lines:?}");
    assert!(lines[1].starts_with("Database   ok"), "{lines:?}");
    assert!(
        lines[2].starts_with("Telnyx     ok: the key is taken; it belongs to the manager"),
        "{lines:?}"
    );
    assert!(
        lines[3].starts_with("Mail       ok: no server is set"),
        "{lines:?}"
    );

    // A small container has neither certificate authorities nor time zones.
    let bare = check(telnyx.base().as_str())
        .set("SSL_CERT_FILE", "/nonexistent")
        .set("SSL_CERT_DIR", "/nonexistent")
        .set("TZDIR", "/nonexistent");
    let (holds, lines) = run(bare).await;
    assert!(holds, "{lines:?}");

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
        (login.as_str(), "refused the portal's sign-in (535)"),
        ("smtp://127.0.0.1:1", "could not be reached"),
    ] {
        let (holds, lines) = run(mailing(url)).await;
        assert!(!holds && lines.len() == 6, "{lines:?}");
        assert!(
            lines[3].starts_with("Mail       FAILED: 127.0.0.1:") && lines[3].contains(why),
            "{lines:?}"
        );
        assert!(!lines.join("\n").contains("hunter2"), "{lines:?}");
    }
}

#[tokio::test]
async fn each_setting_in_force_is_named_with_its_origin_and_no_secret() {
    let nowhere = format!("http://{}/v2", free_address());
    let place = crate::support::directory();
    let config = place.path().join("portal.toml");
    let key = place.path().join("key");
    std::fs::write(
        &config,
        "PORTAL_READ_ONLY = true\nTELNYX_TIMEOUT = \"7s\"\n",
    )
    .unwrap();
    std::fs::write(&key, "KEY_from_a_file\n").unwrap();
    let arguments = [
        "--config",
        config.to_str().unwrap(),
        "--set",
        "PORTAL_SESSION_IDLE=2h",
        "check",
    ];
    let run = Run::new(&arguments)
        .set("TELNYX_API_KEY_FILE", key.to_str().unwrap())
        .set("PORTAL_SECRET_KEY", super::SECRET)
        .set("TELNYX_API_BASE", &nowhere)
        .set("TELNYX_TIMEOUT", "9s")
        .set("PORTAL_LISTEN", &free_address());
    let output = tokio::task::spawn_blocking(move || run.output())
        .await
        .unwrap();
    let printed = text(&output.stdout);
    for line in [
        format!("  TELNYX_API_KEY: set ({})", key.display()),
        "  PORTAL_SECRET_KEY: set (environment)".to_owned(),
        format!("  PORTAL_READ_ONLY: true ({})", config.display()),
        "  TELNYX_TIMEOUT: 9s (environment)".to_owned(),
        "  PORTAL_SESSION_IDLE: 2h (--set)".to_owned(),
        "  PORTAL_LOW_BALANCE: 10 (default)".to_owned(),
    ] {
        assert!(
            printed.lines().any(|printed| printed == line),
            "{line}: {printed}"
        );
    }
    assert!(
        !printed.contains("KEY_from") && !printed.contains(super::SECRET),
        "{printed}"
    );
    std::fs::write(&config, "PORTAL_READONLY = true\n").unwrap();
    let complaint = Run::new(&["--config", config.to_str().unwrap(), "serve"]).refusal();
    assert!(
        complaint.contains("Did you mean PORTAL_READ_ONLY?"),
        "{complaint}"
    );
}

#[tokio::test]
async fn what_does_not_hold_is_said_with_its_remedy_and_the_status_tells() {
    let telnyx = Upstream::start(Options::default()).await;
    let (holds, lines) = run(check(telnyx.base().as_str())).await;
    assert!(!holds && lines.len() == 6, "{lines:?}");
    assert!(
        lines[2].starts_with("Telnyx     FAILED: TELNYX_API_KEY is refused"),
        "{lines:?}"
    );

    let nowhere = format!("http://{}/v2", free_address());
    let (holds, lines) = run(check(&nowhere).set("DATABASE_URL", "sqlite:no/place.db")).await;
    assert!(!holds && lines.len() == 6, "{lines:?}");
    assert!(
        lines[1].starts_with("Database   FAILED") && lines[1].contains("DATABASE_URL"),
        "{lines:?}"
    );
    assert!(
        lines[2].starts_with("Telnyx     FAILED") && lines[2].contains("TELNYX_API_BASE"),
        "{lines:?}"
    );

    let (holds, lines) = run(check(&nowhere).unset("PORTAL_SECRET_KEY")).await;
    assert!(!holds && lines.len() == 6, "{lines:?}");
    assert!(
        lines[0].starts_with("Settings   FAILED: PORTAL_SECRET_KEY is not set"),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_provider_of_single_sign_on_has_a_line_of_its_own() {
    let options = || Options {
        api_key: "KEY_of_tests".to_owned(),
        ..Options::default()
    };
    let telnyx = Upstream::start(options()).await;
    let provider = Provider::start();
    let listen = free_address();
    let with = |issuer: &str| {
        check(telnyx.base().as_str())
            .set("PORTAL_LISTEN", &listen)
            .set("PORTAL_SSO_ISSUER", issuer)
            .set("PORTAL_SSO_CLIENT_ID", "portal")
            .set("PORTAL_SSO_CLIENT_SECRET", "hidden words")
            .set("PORTAL_SSO_NAME", "Acme ID")
    };
    let (holds, lines) = run(with(provider.issuer())).await;
    assert!(holds && lines.len() == 7, "{lines:?}");
    assert_eq!(
        lines[4],
        format!(
            "Sign-on    ok: Acme ID answers, keys: 1; the address to register there is http://{listen}/login/sso/callback"
        )
    );
    let (holds, lines) = run(with(provider.issuer()).set("PORTAL_SSO_TRUST_EMAIL", "true")).await;
    assert!(
        holds && lines[4].contains("PORTAL_SSO_TRUST_EMAIL is true"),
        "{lines:?}"
    );
    let (holds, lines) = run(with(&format!("{}/", provider.issuer()))).await;
    assert!(
        !holds && lines[4].contains("a slash at the end included"),
        "{lines:?}"
    );
    let (holds, lines) = run(with("http://127.0.0.1:1")).await;
    assert!(!holds && lines.len() == 7, "{lines:?}");
    assert!(
        lines[4].starts_with("Sign-on    FAILED: PORTAL_SSO_ISSUER cannot be used"),
        "{lines:?}"
    );
    assert!(!lines.concat().contains("hidden words"));
}

#[tokio::test]
async fn settings_of_single_sign_on_that_do_not_fit_together_are_refused_by_name() {
    for (set, named) in [
        (
            &[("PORTAL_SSO_ISSUER", "https://id.example.com")][..],
            "PORTAL_SSO_CLIENT_ID is not set",
        ),
        (
            &[("PORTAL_SSO_CLIENT_ID", "portal")],
            "PORTAL_SSO_CLIENT_ID is set, but PORTAL_SSO_ISSUER is not",
        ),
        (
            &[("PORTAL_SSO_ISSUER", "http://id.example.com")],
            "PORTAL_SSO_ISSUER is not https",
        ),
        (
            &[("PORTAL_SSO_TRUST_EMAIL", "true")],
            "PORTAL_SSO_TRUST_EMAIL is set, but PORTAL_SSO_ISSUER is not",
        ),
        (
            &[(
                "PORTAL_SSO_ISSUER",
                "https://login.microsoftonline.com/common/v2.0",
            )],
            "PORTAL_SSO_ISSUER names many tenants",
        ),
        (
            &[("PORTAL_SSO_ISSUER", "id.example.com")],
            "PORTAL_SSO_ISSUER is no web address",
        ),
        (
            &[("PORTAL_PASSWORD_SIGN_IN", "false")],
            "PORTAL_PASSWORD_SIGN_IN is false, but",
        ),
        (
            &[("PORTAL_PASSWORD_SIGN_IN", "perhaps")],
            "PORTAL_PASSWORD_SIGN_IN is neither true nor false",
        ),
    ] {
        let run_with = set
            .iter()
            .fold(check("http://127.0.0.1:1/v2"), |run, (name, value)| {
                run.set(name, value)
            });
        let (holds, lines) = run(run_with).await;
        assert!(!holds && lines[0].contains(named), "{named}: {lines:?}");
    }
}

#[tokio::test]
async fn another_secret_key_a_port_in_use_and_an_unknown_variable_are_found() {
    let telnyx = Upstream::start(Options {
        api_key: "KEY_of_tests".to_owned(),
        ..Options::default()
    })
    .await;
    let data = crate::support::directory();
    let database = format!("sqlite:{}/portal.db", data.path().display());
    let check = || check(telnyx.base().as_str()).set("DATABASE_URL", &database);
    let added = Run::new(&["staff", "add", "ann@example.com", "--role", "owner"])
        .set("PORTAL_SECRET_KEY", super::SECRET)
        .set("DATABASE_URL", &database);
    assert!(
        tokio::task::spawn_blocking(move || added.output())
            .await
            .unwrap()
            .status
            .success()
    );
    let (holds, lines) = run(check()).await;
    assert!(holds, "{lines:?}");
    let fingerprint = super::after(&lines[4], "its fingerprint is");
    assert!(
        lines[4].starts_with("Secret     ok") && fingerprint.len() == 16,
        "{lines:?}"
    );
    assert!(lines[5].starts_with("Port       ok"), "{lines:?}");

    let (holds, lines) = run(check().set(
        "PORTAL_SECRET_KEY",
        "another key that is long enough for this",
    ))
    .await;
    assert!(
        !holds && lines[4].starts_with("Secret     FAILED: PORTAL_SECRET_KEY"),
        "{lines:?}"
    );
    assert!(
        lines[4].contains(&format!("expected is {fingerprint}")),
        "{lines:?}"
    );

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (holds, lines) = run(check().set("PORTAL_LISTEN", &address)).await;
    assert!(
        !holds && lines[5].starts_with("Port       FAILED"),
        "{lines:?}"
    );
    assert!(
        lines[5].contains(&format!("{address} is in use")),
        "{lines:?}"
    );

    let (holds, lines) = run(check().set("PORTAL_PUBLIC_ULR", "https://portal.example.com")).await;
    assert!(
        !holds && lines[0].contains("Did you mean PORTAL_PUBLIC_URL?"),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_database_file_that_does_not_exist_is_told_and_not_made() {
    let nothing = "http://127.0.0.1:1/v2";
    let directory = crate::support::directory();
    let file = directory.path().join("protal.db");
    let url = format!("sqlite:{}", file.display());
    let (_, lines) = run(check(nothing).set("DATABASE_URL", &url)).await;
    assert!(
        lines[1].starts_with("Database   ok: the file ")
            && lines[1].ends_with("protal.db does not exist; serve would create it"),
        "{lines:?}"
    );
    assert!(!file.exists());
    let url = format!("sqlite:{}", directory.path().join("no/portal.db").display());
    let (_, lines) = run(check(nothing).set("DATABASE_URL", &url)).await;
    assert!(
        lines[1].starts_with("Database   FAILED: the folder ")
            && lines[1].contains("does not exist"),
        "{lines:?}"
    );
    assert!(!directory.path().join("no").exists());
}

#[tokio::test]
async fn tables_that_are_not_up_to_date_are_told_and_not_changed() {
    let directory = crate::support::directory();
    let file = directory.path().join("empty.db");
    std::fs::write(&file, "").unwrap();
    let url = format!("sqlite:{}", file.display());
    let telnyx = Upstream::start(Options {
        api_key: "KEY_of_tests".to_owned(),
        ..Options::default()
    })
    .await;
    let with = || check(telnyx.base().as_str()).set("DATABASE_URL", &url);
    let (holds, lines) = run(with()).await;
    assert!(
        holds
            && lines[1]
                .starts_with("Database   ok: can be written; serve would update its tables first"),
        "{lines:?}"
    );
    let (_, pending) = Db::open_unchanged(&url).await.unwrap();
    assert!(pending > 20, "{pending}");
    Db::open(&url).await.unwrap().close().await;
    assert_eq!(Db::open_unchanged(&url).await.unwrap().1, 0);
    let (holds, lines) = run(with()).await;
    assert!(
        holds && lines[1] == "Database   ok: can be read and written",
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_postgresql_that_refuses_is_told_at_once() {
    let started = std::time::Instant::now();
    let url = format!("postgres://portal:hidden@{}/portal", free_address());
    let (holds, lines) = run(check("http://127.0.0.1:1/v2").set("DATABASE_URL", &url)).await;
    assert!(
        !holds && lines[1].starts_with("Database   FAILED") && lines[1].contains("refused"),
        "{lines:?}"
    );
    assert!(!lines[1].contains("hidden"));
    assert!(
        started.elapsed() < std::time::Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
}

//! Telnyx cannot be reached: its name does not resolve, or its TLS is broken.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::support::{Change, Handshake, Record, SetUp, TELNYX_NAME, TlsServer, Told, may_mount};

/// What is wrong.
#[derive(Clone, Copy)]
enum Trouble {
    NoName,
    Tls(Handshake),
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_name_of_telnyx_does_not_resolve() {
    run(Trouble::NoName, "The name of Telnyx does not resolve").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_certificate_of_telnyx_is_expired() {
    run(
        Trouble::Tls(Handshake::Expired),
        "The certificate of Telnyx is expired",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "like the expired certificate; see the head of main.rs"]
async fn the_certificate_of_telnyx_has_another_name() {
    run(
        Trouble::Tls(Handshake::OtherName),
        "The certificate of Telnyx has another name",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "like the expired certificate; see the head of main.rs"]
async fn the_certificate_of_telnyx_is_self_signed() {
    run(
        Trouble::Tls(Handshake::SelfSigned),
        "The certificate of Telnyx is self-signed",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "like the expired certificate; see the head of main.rs"]
async fn telnyx_resets_every_handshake() {
    run(
        Trouble::Tls(Handshake::Reset),
        "Telnyx resets every handshake",
    )
    .await;
}

/// Files of a name service for the program alone.
struct Names(tempfile::TempDir);

impl Names {
    fn new() -> Self {
        let names = Self(tempfile::tempdir().unwrap());
        fs::write(
            names.file("resolv.conf"),
            "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
        )
        .unwrap();
        names.resolve(true);
        names
    }

    /// Lets the name of Telnyx resolve, or not.
    fn resolve(&self, resolves: bool) {
        let telnyx = if resolves {
            format!("127.0.0.1 {TELNYX_NAME}\n")
        } else {
            String::new()
        };
        // The file is written in place, because a mount shows this one.
        fs::write(self.file("hosts"), format!("127.0.0.1 localhost\n{telnyx}")).unwrap();
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    /// Returns a script that runs the program with these files.
    fn script(&self) -> String {
        let mount = |name: &str| {
            format!(
                "mount --bind {} {}",
                self.file(name).display(),
                Path::new("/etc").join(name).display()
            )
        };
        format!(
            "{} && {} && exec \"$@\"",
            mount("hosts"),
            mount("resolv.conf")
        )
    }
}

async fn run(trouble: Trouble, title: &str) {
    let may = Record::new(title);
    if !may_mount(&may) {
        may.finish();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("portal.db").display());
    let set_up = SetUp::on(&url, title).await;
    let base = set_up.telnyx.base();
    let tls = TlsServer::before(base.socket_addrs(|| None).unwrap()[0]).await;
    let names = Names::new();
    let set_up = set_up
        .set(
            "TELNYX_API_BASE",
            &format!("https://{TELNYX_NAME}:{}/v2", tls.port),
        )
        .set("SSL_CERT_FILE", tls.authority().to_str().unwrap())
        .wrapped(&names.script());
    let stage = set_up.start().await;
    let record = &stage.record;
    let accounts = stage.enabled().await;
    let mut changes = Vec::new();
    changes.extend(Change::make(&stage.owner, record, &accounts[0], false).await);

    match trouble {
        Trouble::NoName => {
            names.resolve(false);
            // Connections that are open would go on.
            tls.answer(Handshake::Good);
        }
        Trouble::Tls(handshake) => tls.answer(handshake),
    }
    record.note("Telnyx cannot be reached from now on");
    for account in &accounts[1..5] {
        let change = Change::make(&stage.owner, record, account, false)
            .await
            .unwrap();
        if change.told != Told::NotSent {
            record.fault(format!(
                "nothing was sent, but a person was told {:?}",
                change.told
            ));
        }
        changes.push(change);
    }
    for path in ["/", "/accounts", "/org-users"] {
        stage.owner.get(path).await.expect(200);
    }
    let banner = ".banner-warning";
    stage
        .until(
            "/accounts",
            |page| page.has(banner),
            Duration::from_secs(15),
        )
        .await;
    let checked = stage.portal.settings().run(&["check"]);
    let lines = String::from_utf8(checked.stdout).unwrap();
    let line = lines
        .lines()
        .find(|line| line.starts_with("Telnyx"))
        .unwrap_or_default();
    record.note(format!("check: {line}"));
    if !line.contains("FAILED") {
        record.fault("check does not notice it");
    }
    let (healthy, ready) = stage.probe().await;
    healthy.expect(200);
    ready.expect(200);

    names.resolve(true);
    tls.answer(Handshake::Good);
    record.note("Telnyx can be reached again");
    let (_, took) = stage
        .until(
            "/accounts",
            |page| !page.has(banner),
            Duration::from_secs(15),
        )
        .await;
    record.note(format!(
        "the banner is gone {:.1} s later",
        took.as_secs_f64()
    ));
    changes.extend(Change::make(&stage.owner, record, &accounts[5], false).await);
    if changes.last().unwrap().told != Told::Done {
        record.fault("changes do not work again");
    }
    stage.finish(&changes).await;
}

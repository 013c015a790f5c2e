//! `demo`: the portal and a simulated Telnyx in one process, with sample accounts and staff.
//!
//! Only this machine can reach it. It reads the variables of the log and of single sign-on, but no
//! others. Its database is marked as a demo's, so that `serve` refuses it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;

use crate::config::{Settings, SsoSettings};
use crate::db::Db;
use crate::db::settings::{self, DEMO};
use crate::domain::role::Role;
use crate::sandbox::{Options, Sandbox};
use anyhow::{Context, bail};
use tokio::net::TcpListener;
use url::Url;

use super::{DemoOptions, database, environment, output, portal, signals};

mod figures;
mod history;
mod seed;

/// File name of the database in its directory.
const DATABASE_FILE: &str = "portal.db";

/// Runs the demo until the process is asked to stop.
pub async fn run(options: DemoOptions) -> anyhow::Result<ExitCode> {
    require_loopback(options.listen, "--listen")?;
    require_loopback(options.sandbox_listen, "--sandbox-listen")?;
    let end = signals::shutdown_token()?;
    let listener = portal::listen(options.listen, "--listen")?;
    let upstream = portal::listen(options.sandbox_listen, "--sandbox-listen")?;
    let temporary = options.data.is_none().then(tempfile::tempdir).transpose()?;
    let directory = match (&options.data, &temporary) {
        (Some(kept), _) => kept.as_path(),
        (None, Some(temporary)) => temporary.path(),
        (None, None) => bail!("there is no directory for the demo's database"),
    };
    let sandbox = Sandbox::new(Options {
        accounts: options.accounts,
        ..Options::default()
    });
    let settings = Settings {
        key_owner_email: sandbox.key_owner(),
        sso: SsoSettings::read_from(environment::value)?,
        ..demo_settings(directory, &listener, &upstream)?
    };
    let telnyx = settings.telnyx_base.clone();
    let was_there = directory.join(DATABASE_FILE).exists();
    let db = database::open(&settings).await?;
    mark_as_demo(&db, was_there, options.accounts).await?;

    let simulated = tokio::spawn(
        sandbox
            .clone()
            .serve(upstream, end.clone().cancelled_owned()),
    );
    let app = portal::build_app(db, settings).await?;
    // The port answers only after the staff and their history have been created.
    tokio::select! {
        prepared = seed::populate(&app, &sandbox) => prepared?,
        () = end.cancelled() => {}
    }
    if end.is_cancelled() {
        app.shutdown.cancel();
        app.db.close().await;
    } else {
        let url = app.settings.public_url.clone();
        let serving = tokio::spawn(portal::serve(app.clone(), listener, end.clone()));
        portal::spawn_jobs(&app);
        let key_owner = app.settings.key_owner_email.as_deref();
        output::print_line(welcome_message(
            &url,
            (&telnyx, key_owner),
            options.data.as_deref(),
        ));
        serving.await.context("the portal ended")??;
    }
    simulated.abort();
    Ok(ExitCode::SUCCESS)
}

fn require_loopback(address: SocketAddr, option: &str) -> anyhow::Result<()> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    bail!(
        "{option} {address} can be reached from other machines; the demo listens on loopback only, such as 127.0.0.1:8080"
    )
}

fn demo_settings(
    directory: &Path,
    portal: &TcpListener,
    telnyx: &TcpListener,
) -> anyhow::Result<Settings> {
    create_directory(directory).with_context(|| {
        format!(
            "--data {} cannot be made; name another directory",
            directory.display()
        )
    })?;
    let file = directory.join(DATABASE_FILE);
    let Some(file) = file.to_str() else {
        bail!(
            "--data {} has a name that is no text (UTF-8); name another directory",
            directory.display()
        );
    };
    let listen = portal.local_addr()?;
    let public_url = public_url(listen)?;
    let telnyx = Url::parse(&format!("http://{}/v2", telnyx.local_addr()?))?;
    let mut settings = Settings::for_sandbox(listen, public_url, telnyx, &format!("sqlite:{file}"));
    settings.demo = true;
    Ok(settings)
}

/// Returns the address that browsers open. Passkeys work only at a name, not at an IP address.
fn public_url(listen: SocketAddr) -> Result<Url, url::ParseError> {
    let is_localhost = [
        IpAddr::from(Ipv4Addr::LOCALHOST),
        IpAddr::from(Ipv6Addr::LOCALHOST),
    ]
    .contains(&listen.ip());
    if is_localhost {
        return Url::parse(&format!("http://localhost:{}", listen.port()));
    }
    Url::parse(&format!("http://{listen}"))
}

/// Creates the directory and its parents. Only this user can read them.
fn create_directory(directory: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(directory)
}

/// Marks the database as a demo's.
/// Each start creates the simulated accounts again, so their number must stay the same.
async fn mark_as_demo(db: &Db, was_there: bool, accounts: usize) -> anyhow::Result<()> {
    if was_there && settings::value(db, DEMO).await?.is_none() {
        bail!("--data names a directory whose portal.db is no demo's; name another directory");
    }
    let mut tx = db.begin().await?;
    let kept = settings::set_if_absent(&mut tx, DEMO, &accounts.to_string()).await?;
    tx.commit().await?;
    if kept != accounts.to_string() {
        bail!(
            "--data names a demo that was made with --accounts {kept}; say that again, or name another directory"
        );
    }
    Ok(())
}

fn welcome_message(
    url: &Url,
    (telnyx, key_owner): (&Url, Option<&str>),
    kept: Option<&Path>,
) -> String {
    let end = match kept {
        Some(directory) => format!(
            "Ctrl-C ends it; the portal's database stays in {}.",
            directory.display()
        ),
        None => "Ctrl-C ends it; nothing is kept.".to_owned(),
    };
    let key_owner = key_owner
        .map(|email| format!("\n  Its key   belongs to {email}, who is never removed"))
        .unwrap_or_default();
    let line = |(role, name): &(Role, &str)| {
        let email = format!("{}@example.com", role.as_str());
        format!("{email:<21} {name}, {}", role.label().to_lowercase())
    };
    let staff: Vec<String> = seed::STAFF.iter().map(line).collect();
    format!(
        "Practice: simulated Telnyx, nothing here is real\n\n  \
         Open      {url}\n  \
         Sign in   {}\n  \
         Password  {} (for each of them)\n  \
         Telnyx    {telnyx} (simulated){key_owner}\n\n\
         {end}",
        staff.join("\n            "),
        seed::PASSWORD
    )
}

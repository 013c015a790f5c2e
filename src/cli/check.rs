//! `check`: tells if `serve` would run here.
//! Prints one line each for the settings, the database, Telnyx's key, the mail server, the secret
//! key and the port. The provider of single sign-on and the collector of traces get a line if they
//! are configured.

use std::process::ExitCode;
use std::time::Duration;

use crate::app::App;
use crate::clock::Clock;
use crate::config::{CollectorSettings, Settings};
use crate::db::audit::keys;
use crate::db::settings::{self, DEMO, MANAGER_ACCOUNT_ID, UNREADABLE_PROXY_HEADER};
use crate::db::{Db, email_keys};
use crate::domain::proxy::UnreadableHeader;
use crate::mail::Mailer;
use crate::monitoring;
use crate::sso::{Error, Provider};
use crate::telnyx::{AccountFilter, ErrorKind};
use crate::traces;
use anyhow::{Context, bail};

use super::{database, environment, output, portal};

/// Age up to which an unreadable proxy header is reported.
const PROXY_WARNING_AGE: Duration = Duration::from_hours(24 * 7);

/// Runs all checks. The exit status tells if all of them passed.
pub async fn run() -> anyhow::Result<ExitCode> {
    let settings = environment::settings();
    let settings_hold = print_check("Settings", &settings.as_ref().map(describe_settings));
    for line in environment::in_force().unwrap_or_default() {
        output::print_line(format_args!("  {line}"));
    }
    let Ok(settings) = settings else {
        output::print_line(
            "Database   not checked\nTelnyx     not checked\nMail       not checked\nSecret     not checked\nPort       not checked",
        );
        return Ok(ExitCode::FAILURE);
    };
    let db = check_database(&settings).await;
    let database_holds = print_check("Database", &db.as_ref().map(|(_, found)| found));
    let db = db.ok().and_then(|(db, _)| db);
    let telnyx_holds = print_check(
        "Telnyx",
        &check_telnyx(&settings, db.as_ref()).await.as_ref(),
    );
    let mail_holds = print_check("Mail", &check_mail(&settings).await.as_ref());
    let sso_holds = match Provider::from_settings(&settings, Clock::system())? {
        Some(provider) => print_check("Sign-on", &check_sso(&provider, &settings).await.as_ref()),
        None => true,
    };
    let traces_hold = match &settings.collector {
        Some(collector) => print_check("Traces", &check_collector(collector).await.as_ref()),
        None => true,
    };
    let secret_holds = if let Some(db) = &db {
        print_check("Secret", &check_secret_key(db, &settings).await.as_ref())
    } else {
        output::print_line("Secret     not checked");
        database_holds
    };
    let port_holds = print_check("Port", &check_port(&settings).as_ref());
    let exposed = settings
        .metrics_listen
        .and_then(monitoring::exposure_warning);
    if let Some(warning) = exposed {
        print_warning("Metrics", &warning);
    }
    if let Some(db) = db {
        for (email, other) in email_keys::staff_with_duplicate_email(&db).await? {
            print_warning(
                "Staff",
                &format!(
                    "{email} cannot sign in by email: it is the same address as {other}; disable one of them"
                ),
            );
        }
        if let Some(found) = settings::value(&db, UNREADABLE_PROXY_HEADER).await? {
            print_proxy_warning(&found);
        }
        db.close().await;
    }
    let all = settings_hold
        && database_holds
        && telnyx_holds
        && mail_holds
        && sso_holds
        && traces_hold
        && secret_holds
        && port_holds;
    Ok(if all {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn print_check(what: &str, found: &Result<impl std::fmt::Display, &anyhow::Error>) -> bool {
    match found {
        Ok(words) => output::print_line(format_args!("{what:<10} ok: {words}")),
        Err(error) => {
            let words = format!("{error:#}");
            let words: Vec<&str> = words.split_whitespace().collect();
            output::print_line(format_args!("{what:<10} FAILED: {}", words.join(" ")));
        }
    }
    found.is_ok()
}

/// Prints a problem that does not prevent `serve` from running.
fn print_warning(what: &str, words: &str) {
    output::print_line(format_args!("{what:<10} WARNING: {words}"));
}

/// Prints the proxy warning that the running portal recorded, if it is recent.
fn print_proxy_warning(found: &str) {
    let Ok(found) = serde_json::from_str::<UnreadableHeader>(found) else {
        return;
    };
    if found.at.until(Clock::system().now()) > PROXY_WARNING_AGE {
        return;
    }
    print_warning(
        "Proxy",
        &format!(
            "{} did not say for whom it asks, last at {}: {:?}; its clients are counted as one. Let it send \
             X-Forwarded-For or Forwarded with an address, and name that one in PORTAL_FORWARDED_HEADER",
            found.proxy,
            found.at.to_jiff(),
            found.said
        ),
    );
}

fn describe_settings(settings: &Settings) -> String {
    let practice = if settings.is_sandbox() {
        "practice, "
    } else {
        ""
    };
    let read_only = if settings.read_only {
        ", read-only"
    } else {
        ""
    };
    format!(
        "{practice}{} for browsers, {} for Telnyx{read_only}",
        settings.public_url, settings.telnyx_base
    )
}

/// Opens the database and describes it. Creates and changes nothing.
/// If `serve` would first migrate its tables, its content is not checked.
async fn check_database(settings: &Settings) -> anyhow::Result<(Option<Db>, String)> {
    if let Some(file) = database::missing_file(settings)? {
        let found = format!(
            "the file {} does not exist; serve would create it",
            file.display()
        );
        return Ok((None, found));
    }
    let (db, pending) = database::open_unmigrated(settings).await?;
    if pending > 0 {
        db.close().await;
        let found =
            format!("can be written; serve would update its tables first (migrations: {pending})");
        return Ok((None, found));
    }
    let db = database::check_not_moved(db).await?;
    if settings::value(&db, DEMO).await?.is_some() {
        bail!("DATABASE_URL names a demo's database; real work needs one of its own");
    }
    Ok((Some(db), "can be read and written".to_owned()))
}

/// Checks that the secret key is the one that the database is bound to.
async fn check_secret_key(db: &Db, settings: &Settings) -> anyhow::Result<String> {
    let key = App::audit_key(settings);
    keys::check_binding(db, &key).await?;
    Ok(format!(
        "PORTAL_SECRET_KEY belongs to this database; its fingerprint is {}",
        key.fingerprint()
    ))
}

/// Binds the port for a moment.
fn check_port(settings: &Settings) -> anyhow::Result<String> {
    if let Err(error) = portal::listen(settings.listen, "PORTAL_LISTEN") {
        bail!("{error} (the portal itself, if serve runs here already)");
    }
    Ok(format!("{} is free", settings.listen))
}

/// Connects and signs in to the mail server, if there is one. Sends no mail.
async fn check_mail(settings: &Settings) -> anyhow::Result<String> {
    let (Some(mailer), Some(mail)) = (Mailer::new(settings), &settings.mail) else {
        return Ok(
            "no server is set; invitations and links for new passwords are shown to copy"
                .to_owned(),
        );
    };
    let server = format!("{}:{}", mail.host, mail.port);
    match mailer.check().await {
        Ok(()) => Ok(format!(
            "{server} answers; mail comes from {}",
            mail.from.as_str()
        )),
        Err(failure) => bail!("{server}: {failure} Check PORTAL_SMTP_URL and the network"),
    }
}

/// Asks Telnyx for one account. The answer shows if the key is accepted, and its owner.
async fn check_telnyx(settings: &Settings, db: Option<&Db>) -> anyhow::Result<String> {
    let client = App::telnyx_client(settings, Clock::system())
        .context("TELNYX_API_BASE or TELNYX_API_KEY cannot be used")?;
    let page = match client.list_accounts(&AccountFilter::default(), 1, 1).await {
        Ok(page) => page,
        Err(error) if matches!(error.kind(), ErrorKind::Unauthorized | ErrorKind::Forbidden) => {
            bail!(
                "TELNYX_API_KEY is refused ({error}); check that it is the manager account's key and not revoked"
            )
        }
        Err(error) => {
            bail!(
                "no answer to rely on ({error}); check TELNYX_API_BASE and the network, or try again later"
            )
        }
    };
    let manager = page
        .items
        .iter()
        .find_map(|account| account.manager_account_id.clone());
    let bound = match db {
        Some(db) => settings::value(db, MANAGER_ACCOUNT_ID).await?,
        None => None,
    };
    match (manager, bound) {
        (Some(manager), Some(bound)) if manager != bound => bail!(
            "TELNYX_API_KEY belongs to the manager {manager}, but the database to {bound}; \
             use that manager's key, or another database"
        ),
        (Some(manager), _) => Ok(format!(
            "the key is taken; it belongs to the manager {manager}"
        )),
        (None, _) => Ok("the key is taken; there are no accounts yet".to_owned()),
    }
}

/// Sends a request without spans.
async fn check_collector(collector: &CollectorSettings) -> anyhow::Result<String> {
    let url = collector.traces_url();
    match traces::check(collector).await {
        Ok(()) => Ok(format!("{url} takes traces")),
        Err(reason) => bail!(
            "{url}: {reason}; check PORTAL_OTLP_ENDPOINT and PORTAL_OTLP_HEADERS. The portal runs without it"
        ),
    }
}

/// Reads the provider's discovery document.
/// Only a sign-in can show if the provider knows the portal.
async fn check_sso(provider: &Provider, settings: &Settings) -> anyhow::Result<String> {
    let description = match provider.check().await {
        Ok(description) => description,
        Err(Error::Misconfigured(fault)) => bail!("PORTAL_SSO_ISSUER cannot be used: {fault}"),
        Err(error) => bail!(
            "PORTAL_SSO_ISSUER cannot be used ({error}); check the address, or try again later"
        ),
    };
    let trusts = settings.sso.as_ref().is_some_and(|sso| sso.trust_email);
    let emails = match (trusts, description.omits_email_verified) {
        (true, _) => {
            "; PORTAL_SSO_TRUST_EMAIL is true: an email without email_verified counts as verified, so everyone who can \
             choose an email there can sign in as its owner here"
        }
        (false, true) => {
            "; it does not list email_verified, without which nobody can sign in for the first time: see \
             PORTAL_SSO_TRUST_EMAIL in docs/single-sign-on.md"
        }
        (false, false) => "",
    };
    Ok(format!(
        "{} answers, keys: {}; the address to register there is {}{emails}",
        provider.name(),
        description.keys,
        settings.sso_callback()
    ))
}

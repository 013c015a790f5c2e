//! `staff`: manages the staff from the shell, for when no one can sign in.

use std::io::BufRead;
use std::process::ExitCode;

use crate::app::App;
use crate::db;
use crate::db::staff::Staff;
use crate::domain::email::Email;
use crate::domain::role::Role;
use crate::domain::text::parse_line;
use crate::domain::time::Timestamp;
use crate::staff::factors::reset::reset;
use crate::staff::links::Link;
use crate::staff::{Error, Principal, add_with_password, email_change, members, passwords, sso};
use anyhow::{Context, anyhow, bail};

use super::{NewStaff, StaffCommand, database, environment, output, portal};

/// Maximum length of a name, in characters; the same as on the pages.
const MAX_NAME_LENGTH: usize = 100;

/// Runs the command.
pub async fn run(command: StaffCommand) -> anyhow::Result<ExitCode> {
    let settings = environment::settings_without_telnyx()?;
    let db = match command {
        StaffCommand::Add(_) => database::open(&settings).await?,
        _ => database::open_existing(&settings).await?,
    };
    let app = portal::build_app(db, settings).await?;
    let done = match command {
        StaffCommand::Add(new) => add(&app, new).await,
        StaffCommand::List => list(&app).await,
        StaffCommand::ResetPassword { email } => reset_password(&app, &email).await,
        StaffCommand::Disable { email } => disable(&app, &email).await,
        StaffCommand::ChangeEmail { email, new } => change_email(&app, &email, &new).await,
        StaffCommand::ResetFactors { email } => reset_factors(&app, &email).await,
        StaffCommand::UnlinkSso { email } => unlink_sso(&app, &email).await,
    };
    // Wait for notices that are sent by mail, but not for another attempt.
    app.shutdown.cancel();
    app.tasks.close();
    app.tasks.wait().await;
    app.db.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

async fn add(app: &App, new: NewStaff) -> anyhow::Result<()> {
    let email: Email = new
        .email
        .parse()
        .map_err(|_| anyhow!("{:?} is no email address", new.email))?;
    let name = new.name.as_deref().unwrap_or(email.as_str());
    let name = parse_line(name, MAX_NAME_LENGTH)
        .map_err(|error| anyhow!("--name cannot be used: {error}"))?;
    let role: Role = new.role.parse()?;
    if new.password_stdin {
        let typed = std::io::stdin()
            .lock()
            .lines()
            .next()
            .context("no password came on standard input")??;
        let password = passwords::validate_new(&typed, &typed, &[&name, email.as_str()])
            .map_err(|words| anyhow!("{words}"))?;
        add_with_password(app, &email, &name, role, &password).await?;
        output::print_line(format_args!(
            "{} can sign in as {}.",
            email.as_str(),
            role.label().to_lowercase()
        ));
        return Ok(());
    }
    let (_, link) = members::invite(app, Principal::Shell, &email, &name, role).await?;
    output::print_line(format_args!(
        "{} was added as {}. To choose a password, open within 72 hours, once:\n{}",
        email.as_str(),
        role.label().to_lowercase(),
        link.url
    ));
    Ok(())
}

async fn list(app: &App) -> anyhow::Result<()> {
    let everybody = db::staff::all(&app.db).await?;
    if everybody.is_empty() {
        output::print_line(
            "There is no staff yet; add someone with: reseller-portal staff add EMAIL --role \
             owner",
        );
    }
    for staff in everybody {
        output::print_line(format_args!(
            "{:<32} {:<8} {:<9} {:<30} {}",
            staff.email,
            staff.role.as_str(),
            state(&staff),
            format_last_sign_in(staff.last_sign_in_at),
            staff.name,
        ));
    }
    Ok(())
}

fn state(staff: &Staff) -> &'static str {
    match (staff.disabled_at, staff.joined_at) {
        (Some(_), _) => "disabled",
        (None, Some(_)) => "active",
        (None, None) => "invited",
    }
}

fn format_last_sign_in(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "never signed in".to_owned(), |at| format!("in {at}"))
}

async fn reset_password(app: &App, email: &str) -> anyhow::Result<()> {
    let staff = find_by_email(app, email).await?;
    let Link { url, expires_at } = members::create_link(app, Principal::Shell, staff.id).await?;
    output::print_line(format_args!(
        "To choose a new password, open until {expires_at}, once:\n{url}"
    ));
    Ok(())
}

async fn disable(app: &App, email: &str) -> anyhow::Result<()> {
    let staff = find_by_email(app, email).await?;
    if staff.disabled_at.is_some() {
        bail!("{} is disabled already", staff.email);
    }
    members::disable(app, Principal::Shell, staff.id, None).await?;
    output::print_line(format_args!(
        "{} is disabled and signed out everywhere.",
        staff.email
    ));
    Ok(())
}

async fn change_email(app: &App, email: &str, new: &str) -> anyhow::Result<()> {
    let staff = find_by_email(app, email).await?;
    let new: Email = new
        .parse()
        .map_err(|_| anyhow!("{new:?} is no email address"))?;
    let staff = email_change::change(app, Principal::Shell, staff.id, &new, None).await?;
    output::print_line(format_args!(
        "{} signs in with {} now. Links that were sent to the old email stop working.",
        staff.name, staff.email
    ));
    Ok(())
}

async fn reset_factors(app: &App, email: &str) -> anyhow::Result<()> {
    let staff = find_by_email(app, email).await?;
    if !staff.second_factor {
        bail!("{} has no second factor", staff.email);
    }
    reset(
        app,
        Principal::Shell,
        staff.id,
        "From the server's command line.",
    )
    .await?;
    output::print_line(format_args!(
        "{} has no second factor any more, and is signed out everywhere: the password alone signs in.",
        staff.email
    ));
    Ok(())
}

async fn unlink_sso(app: &App, email: &str) -> anyhow::Result<()> {
    let staff = find_by_email(app, email).await?;
    sso::unlink(app, Principal::Shell, staff.id)
        .await
        .map_err(|error| match error {
            Error::NotLinked => anyhow!("{} is not linked to single sign-on", staff.email),
            error => error.into(),
        })?;
    output::print_line(format_args!(
        "{} is unlinked from single sign-on, and signed out everywhere: their next sign-in there is matched by the email address again.",
        staff.email
    ));
    Ok(())
}

async fn find_by_email(app: &App, email: &str) -> anyhow::Result<Staff> {
    let found = db::staff::by_email(&app.db, email).await?;
    found.with_context(|| {
        format!("no staff member has the email {email:?}; see: reseller-portal staff list")
    })
}

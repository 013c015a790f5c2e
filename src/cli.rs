//! Commands and their options. Each command has a file of its own.
//! They share `database` (opens it), `portal` (builds and runs a portal), `output` (standard output and error), `log` and
//! `signals`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::LazyLock;

use crate::config::{VARIABLES, Variable};
use crate::db::schema_version;
use crate::domain::role::Role;
use clap::{Args, Parser, Subcommand};

mod audit;
mod backup;
mod check;
mod database;
mod demo;
mod environment;
mod log;
mod migrate_to;
mod output;
mod portal;
mod restore;
mod rotate_secret_key;
mod sandbox;
mod serve;
mod signals;
mod sources;
mod staff;

/// Run a Telnyx reseller's sub-accounts in the browser.
#[derive(Debug, Parser)]
#[command(
    name = "reseller-portal",
    version = version(),
    after_help = "Start with: reseller-portal demo"
)]
pub struct Cli {
    /// TOML file with settings, under the names of the environment variables
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// A setting, before the environment and the file
    #[arg(long = "set", global = true, value_name = "NAME=VALUE")]
    pub settings: Vec<String>,
    /// Command to run.
    #[command(subcommand)]
    pub command: Command,
}

/// Returns the version, with the commit that it was built from and its newest migration.
fn version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        format!(
            "{} (commit {}, schema {})",
            env!("CARGO_PKG_VERSION"),
            env!("PORTAL_COMMIT"),
            schema_version()
        )
    });
    &VERSION
}

/// Commands of the program.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Try the portal: a simulated Telnyx, sample accounts and staff, this machine only
    Demo(DemoOptions),
    /// Run the portal, with its settings from environment variables
    #[command(after_help = settings())]
    Serve,
    /// Run the simulated Telnyx API alone, under /v2
    Sandbox(SandboxOptions),
    /// Check the settings, the database, the Telnyx key and the mail server: a line each
    Check,
    /// Look after the staff from the shell, for when nobody can sign in
    #[command(subcommand)]
    Staff(StaffCommand),
    /// Write a checked copy of the SQLite database to a file, while the portal runs
    Backup {
        /// File for the copy; it must not exist
        file: PathBuf,
    },
    /// Put a backup in the place of the SQLite database, after checking it; the portal must be stopped
    Restore(restore::RestoreOptions),
    /// Move the SQLite database to an empty PostgreSQL database; the portal must be stopped
    MigrateTo(migrate_to::MigrateOptions),
    /// Replace the secret key: set `PORTAL_SECRET_KEY` to the new one, `PORTAL_PREVIOUS_SECRET_KEY` to the old one
    RotateSecretKey,
    /// Look after the audit
    #[command(subcommand)]
    Audit(AuditCommand),
}

/// Commands for the staff.
#[derive(Debug, Subcommand)]
pub enum StaffCommand {
    /// Add somebody; prints a one-use link with which they choose a password
    Add(NewStaff),
    /// List everybody
    List,
    /// Print a one-use link with which somebody chooses a new password
    ResetPassword {
        /// Their email address
        email: String,
    },
    /// Disable somebody and sign them out everywhere
    Disable {
        /// Their email address
        email: String,
    },
    /// Change a person's email address; they sign in with the new one at once
    ChangeEmail {
        /// Their email address
        email: String,
        /// Their new email address
        new: String,
    },
    /// Remove somebody's second factors, which they lost, and sign them out everywhere
    ResetFactors {
        /// Their email address
        email: String,
    },
    /// Unlink somebody from their account at the provider of single sign-on, and sign them out everywhere
    UnlinkSso {
        /// Their email address
        email: String,
    },
}

/// New staff member.
#[derive(Args, Debug)]
pub struct NewStaff {
    /// Email address
    pub email: String,
    /// Name; the email address where it is left out
    #[arg(long)]
    pub name: Option<String>,
    /// Their role, which decides what they may do
    #[arg(long, value_parser = Role::ALL.map(Role::as_str))]
    pub role: String,
    /// Take the password from standard input instead of printing a link
    #[arg(long)]
    pub password_stdin: bool,
}

/// Commands for the audit.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Recompute the chain of events and print its head
    Verify {
        /// A head that was printed before: it must still be in the chain
        #[arg(long, value_name = "HASH")]
        expect_head: Option<String>,
    },
    /// Take out the oldest events, into a file; a sealed stub takes their place, so that the rest is still proved
    Prune(audit::PruneOptions),
    /// Check a file of events (JSON lines) that was exported or pruned: whether each line is as this portal wrote it
    CheckFile {
        /// The file
        file: PathBuf,
    },
}

/// Options of the demo.
#[derive(Args, Debug)]
pub struct DemoOptions {
    /// Address on which the portal listens; a loopback address
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Address on which the simulated Telnyx listens; a loopback address
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub sandbox_listen: SocketAddr,
    /// Number of accounts at the start
    #[arg(long, value_name = "N", default_value_t = 250)]
    pub accounts: usize,
    /// Keep the portal's database in this directory; without it nothing is kept
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// Options of the sandbox.
#[derive(Args, Debug)]
pub struct SandboxOptions {
    /// Address on which it listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4010")]
    pub listen: SocketAddr,
    /// The one key that is let in
    #[arg(long, value_name = "KEY")]
    pub api_key: Option<String>,
    /// Number of accounts at the start
    #[arg(long, value_name = "N")]
    pub accounts: Option<usize>,
    /// The same seed gives the same accounts, users and keys
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// The manager's outbound channels; 0 turns the feature off
    #[arg(long, value_name = "N")]
    pub channels: Option<u32>,
}

/// Reads the command line, sets up the log and the runtime, and runs the command. An error is
/// printed in one line.
///
/// It is compiled here rather than in the binary, which would then compile every command after all
/// the rest.
#[must_use]
pub fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(status) => status,
        Err(error) => {
            output::print_error(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    environment::load(&cli.settings, cli.config);
    let command = cli.command;
    log::start(&command)?;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(command.run())
}

impl Command {
    /// Runs the command and returns the exit status.
    /// Fails with one line that says what is wrong and how to fix it.
    async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Demo(options) => demo::run(options).await,
            Self::Serve => serve::run().await,
            Self::Sandbox(options) => sandbox::run(options).await,
            Self::Check => check::run().await,
            Self::Staff(command) => staff::run(command).await,
            Self::Backup { file } => backup::run(&file).await,
            Self::Restore(options) => restore::run(options).await,
            Self::MigrateTo(options) => migrate_to::run(options).await,
            Self::RotateSecretKey => rotate_secret_key::run().await,
            Self::Audit(AuditCommand::Verify { expect_head }) => audit::verify(expect_head).await,
            Self::Audit(AuditCommand::Prune(options)) => audit::prune(options).await,
            Self::Audit(AuditCommand::CheckFile { file }) => audit::check_file(&file),
        }
    }
}

/// Returns the list of settings for the help of `serve`.
fn settings() -> String {
    let mut lines = vec![
        "Settings, as environment variables, in the TOML file of --config (or PORTAL_CONFIG), or by --set.\n\
         NAME_FILE names a file with the value of a secret."
            .to_owned(),
    ];
    for Variable {
        name,
        default,
        meaning,
        ..
    } in VARIABLES
    {
        lines.push(format!(
            "  {name}\n      {meaning} [{}]",
            default.unwrap_or("must be set")
        ));
    }
    lines.push("  PORTAL_LOG_FORMAT\n      text or json, on standard error [text]".to_owned());
    lines.push(
        "  RUST_LOG\n      what is logged, such as info or reseller_portal=debug [info]".to_owned(),
    );
    lines.join("\n")
}

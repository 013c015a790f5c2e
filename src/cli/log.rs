//! Log on standard error, as text or JSON (`PORTAL_LOG_FORMAT`). `RUST_LOG` selects its content.

use std::io::IsTerminal;

use anyhow::bail;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::{Command, environment};
use crate::web::EXCLUDED_LOG_TARGETS;

/// Starts the log. Only `serve` logs more than warnings by default.
///
/// # Errors
/// Fails if `PORTAL_LOG_FORMAT` or `RUST_LOG` is invalid.
pub fn start(command: &Command) -> anyhow::Result<()> {
    let level = match command {
        Command::Serve => LevelFilter::INFO,
        _ => LevelFilter::WARN,
    };
    // Excludes sqlx's warnings about slow statements, because a wait for a lock is already reported by
    // the error, and a line for each style sheet and script.
    let usual = format!("{level},sqlx=error,memory_serve=warn");
    let spoken = environment::value("RUST_LOG");
    let spoken = spoken.unwrap_or(usual);
    let filter = EnvFilter::builder().parse(&spoken);
    let Ok(filter) = filter else {
        bail!("RUST_LOG cannot be used: {spoken:?}; write such as info or reseller_portal=debug");
    };
    let filter = EXCLUDED_LOG_TARGETS
        .iter()
        .try_fold(filter, |filter, unlogged| {
            unlogged
                .parse()
                .map(|directive| filter.add_directive(directive))
        })?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match environment::value("PORTAL_LOG_FORMAT").as_deref() {
        Some("json") => log.json().flatten_event(true).init(),
        Some("text") | None => log.with_ansi(std::io::stderr().is_terminal()).init(),
        Some(other) => {
            bail!("PORTAL_LOG_FORMAT is neither text nor json: {other:?}; write one of them")
        }
    }
    Ok(())
}

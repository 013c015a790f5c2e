//! The settings from the environment of the process.

use anyhow::bail;
use reseller_portal::config::{Settings, VARIABLES};

/// Every setting.
///
/// # Errors
/// One line for the first that is missing or wrong.
pub fn settings() -> anyhow::Result<Settings> {
    check_names()?;
    Ok(Settings::read(value)?)
}

/// Every setting but Telnyx's key, for commands that never ask Telnyx.
///
/// # Errors
/// One line for the first that is missing or wrong.
pub fn settings_without_telnyx() -> anyhow::Result<Settings> {
    check_names()?;
    Ok(Settings::read_without_telnyx(value)?)
}

fn value(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Refuses what is no text; warns of a name that looks like one of ours and is none.
fn check_names() -> anyhow::Result<()> {
    for (name, value) in std::env::vars_os() {
        let name = name.to_string_lossy();
        let ours = name.starts_with("PORTAL_") || name.starts_with("TELNYX_");
        let known = VARIABLES.iter().any(|variable| variable.name == name);
        if known && value.to_str().is_none() {
            bail!("{name} has bytes that are no text (UTF-8); write it again");
        }
        if ours && !known && name != "PORTAL_LOG_FORMAT" {
            tracing::warn!("{name} is set, but there is no such setting; see: reseller-portal serve --help");
        }
    }
    Ok(())
}

//! Settings of the process, from all their sources.

use std::path::PathBuf;
use std::sync::OnceLock;

use crate::config::{PREVIOUS_SECRET_KEY, Settings, VARIABLES};
use anyhow::bail;

use super::sources::{Sources, did_you_mean};

/// Variable that names the TOML file, if no flag does.
const CONFIG: &str = "PORTAL_CONFIG";

static SOURCES: OnceLock<anyhow::Result<Sources>> = OnceLock::new();

/// Reads the sources of settings. A problem with them is reported by the commands that use settings.
pub fn load(flags: &[String], config: Option<PathBuf>) {
    let config = config.or_else(|| std::env::var_os(CONFIG).map(PathBuf::from));
    let names: Vec<(&str, bool)> = VARIABLES
        .iter()
        .map(|variable| (variable.name, variable.is_secret))
        .chain(OTHER_VARIABLES)
        .collect();
    let read = Sources::read(&names, flags, config.as_deref(), |name| {
        std::env::var(name).ok()
    });
    SOURCES.get_or_init(|| read);
}

fn sources() -> anyhow::Result<&'static Sources> {
    match SOURCES.get() {
        Some(Ok(sources)) => Ok(sources),
        Some(Err(error)) => bail!("{error:#}"),
        None => bail!("the settings were not read"),
    }
}

/// Returns a line for each setting: its name, its value or "set" for a secret, and its origin.
///
/// # Errors
/// Fails with one line if the settings could not be read.
pub fn in_force() -> anyhow::Result<Vec<String>> {
    let sources = sources()?;
    let lines = VARIABLES.iter().map(|variable| {
        let name = variable.name;
        match sources.get(name) {
            Some(found) if variable.is_secret => format!("{name}: set ({})", found.origin),
            Some(found) => format!("{name}: {} ({})", found.value, found.origin),
            None => format!(
                "{name}: {} (default)",
                variable.default.unwrap_or("not set")
            ),
        }
    });
    Ok(lines.collect())
}

/// Reads all settings.
///
/// # Errors
/// Fails with one line about the first setting that is missing or invalid.
pub fn settings() -> anyhow::Result<Settings> {
    check_names()?;
    sources()?;
    Ok(Settings::read(value)?)
}

/// Reads all settings except Telnyx's key, for commands that never ask Telnyx.
///
/// # Errors
/// Fails with one line about the first setting that is missing or invalid.
pub fn settings_without_telnyx() -> anyhow::Result<Settings> {
    check_names()?;
    sources()?;
    Ok(Settings::read_without_telnyx(value)?)
}

/// Returns the value of a setting, if it is set and the settings could be read.
pub fn value(name: &str) -> Option<String> {
    let found = sources().ok()?.get(name)?;
    Some(found.value.clone())
}

/// Settings that are not in the list of settings, each with `true` if it is a secret.
const OTHER_VARIABLES: [(&str, bool); 3] = [
    ("PORTAL_LOG_FORMAT", false),
    ("RUST_LOG", false),
    (PREVIOUS_SECRET_KEY, true),
];

/// Refuses values that are not UTF-8, and unknown names that look like a setting.
/// A mistyped name would otherwise have no effect.
fn check_names() -> anyhow::Result<()> {
    for (name, value) in std::env::vars_os() {
        let name = name.to_string_lossy();
        let ours = name.starts_with("PORTAL_") || name.starts_with("TELNYX_");
        let known =
            name == CONFIG || known_names().any(|known| known == name) || is_secret_file(&name);
        if known && value.to_str().is_none() {
            bail!("{name} has bytes that are no text (UTF-8); write it again");
        }
        if ours && !known && !is_kubernetes_variable(&name, &value.to_string_lossy()) {
            let nearest = did_you_mean(known_names(), &name);
            bail!(
                "{name} is set, but there is no such setting.{nearest} See: reseller-portal serve --help"
            );
        }
    }
    Ok(())
}

fn known_names() -> impl Iterator<Item = &'static str> {
    let other = OTHER_VARIABLES.iter().map(|(name, _)| *name);
    VARIABLES.iter().map(|variable| variable.name).chain(other)
}

/// Returns `true` if this variable names the file of a secret.
fn is_secret_file(name: &str) -> bool {
    let secrets = VARIABLES.iter().filter(|variable| variable.is_secret);
    let mut secrets = secrets
        .map(|variable| variable.name)
        .chain([PREVIOUS_SECRET_KEY]);
    name.strip_suffix("_FILE")
        .is_some_and(|name| secrets.any(|secret| secret == name))
}

/// Returns `true` if Kubernetes sets this variable.
/// It does so in every pod if a service is called "portal" or "telnyx".
fn is_kubernetes_variable(name: &str, value: &str) -> bool {
    let rest = name.split_once('_').map_or("", |(_, rest)| rest);
    let is_address = value.contains("://");
    rest == "SERVICE_HOST"
        || rest.starts_with("SERVICE_PORT")
        || (rest == "PORT" && is_address)
        || rest.strip_prefix("PORT_").is_some_and(|port| {
            is_address || matches!(port.rsplit('_').next(), Some("PROTO" | "PORT" | "ADDR"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_name_leads_to_the_setting_that_was_meant() {
        for (typed, meant) in [
            ("PORTAL_SECRETKEY", Some("PORTAL_SECRET_KEY")),
            ("PORTAL_SECRET_KEYS", Some("PORTAL_SECRET_KEY")),
            ("PORTAL_LISTNE", Some("PORTAL_LISTEN")),
            ("PORTAL_PUBLIC_URI", Some("PORTAL_PUBLIC_URL")),
            ("TELNYX_KEY_OWNER", Some("TELNYX_KEY_OWNER_EMAIL")),
            ("TELNYX_APIKEY", Some("TELNYX_API_KEY")),
            ("PORTAL_COMPLETELY_DIFFERENT", None),
        ] {
            let question =
                meant.map_or_else(String::new, |meant| format!(" Did you mean {meant}?"));
            assert_eq!(did_you_mean(known_names(), typed), question);
        }
    }

    #[test]
    fn what_kubernetes_sets_for_a_service_called_portal_is_no_setting() {
        for (name, value) in [
            ("PORTAL_SERVICE_HOST", "10.0.0.1"),
            ("PORTAL_SERVICE_PORT", "8080"),
            ("PORTAL_SERVICE_PORT_HTTP", "8080"),
            ("PORTAL_PORT", "tcp://10.0.0.1:8080"),
            ("PORTAL_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
            ("PORTAL_PORT_8080_TCP_PROTO", "tcp"),
            ("PORTAL_PORT_8080_TCP_PORT", "8080"),
            ("PORTAL_PORT_8080_TCP_ADDR", "10.0.0.1"),
        ] {
            assert!(is_kubernetes_variable(name, value), "{name}");
        }
        for (name, value) in [
            ("PORTAL_PORT", "8080"),
            ("PORTAL_LISTNE", "10.0.0.1:8080"),
            ("PORTAL_", ""),
        ] {
            assert!(!is_kubernetes_variable(name, value), "{name}");
        }
    }
}

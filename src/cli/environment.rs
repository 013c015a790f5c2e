//! Settings from the environment of the process.

use crate::config::{PREVIOUS_SECRET_KEY, Settings, VARIABLES};
use anyhow::bail;

/// Reads all settings.
///
/// # Errors
/// Fails with one line about the first setting that is missing or invalid.
pub fn settings() -> anyhow::Result<Settings> {
    check_names()?;
    Ok(Settings::read(value)?)
}

/// Reads all settings except Telnyx's key, for commands that never ask Telnyx.
///
/// # Errors
/// Fails with one line about the first setting that is missing or invalid.
pub fn settings_without_telnyx() -> anyhow::Result<Settings> {
    check_names()?;
    Ok(Settings::read_without_telnyx(value)?)
}

fn value(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Variables that are read but are not in the list of settings.
const OTHER_VARIABLES: [&str; 2] = ["PORTAL_LOG_FORMAT", PREVIOUS_SECRET_KEY];

/// Refuses values that are not UTF-8, and unknown names that look like a setting.
/// A mistyped name would otherwise have no effect.
fn check_names() -> anyhow::Result<()> {
    for (name, value) in std::env::vars_os() {
        let name = name.to_string_lossy();
        let ours = name.starts_with("PORTAL_") || name.starts_with("TELNYX_");
        let known = known_names().any(|known| known == name);
        if known && value.to_str().is_none() {
            bail!("{name} has bytes that are no text (UTF-8); write it again");
        }
        if ours && !known && !is_kubernetes_variable(&name, &value.to_string_lossy()) {
            let nearest = closest_name(&name)
                .map_or_else(String::new, |nearest| format!(" Did you mean {nearest}?"));
            bail!(
                "{name} is set, but there is no such setting.{nearest} See: reseller-portal serve --help"
            );
        }
    }
    Ok(())
}

fn known_names() -> impl Iterator<Item = &'static str> {
    VARIABLES
        .iter()
        .map(|variable| variable.name)
        .chain(OTHER_VARIABLES)
}

/// Returns the setting with the most similar name, if one is similar enough.
fn closest_name(name: &str) -> Option<&'static str> {
    let likeness = |known: &&'static str| strsim::jaro_winkler(known, name);
    let nearest = known_names().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    let distance = strsim::damerau_levenshtein(nearest, name);
    (distance <= 4 || nearest.starts_with(name) || name.starts_with(nearest)).then_some(nearest)
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
            assert_eq!(closest_name(typed), meant, "{typed}");
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

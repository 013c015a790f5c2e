//! Yes and no as people, forms and scripts write them.

/// Parses a yes or no in English, in any case: also `true`, `on`, `1`, `false`, `off` and `0`.
#[must_use]
pub fn parse_yes_no(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "yes" | "true" | "on" | "1" => Some(true),
        "no" | "false" | "off" | "0" => Some(false),
        _ => None,
    }
}

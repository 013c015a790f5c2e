//! The one place that writes to standard output, and the one that complains on standard error.

use std::io::Write;

/// Writes one line (or several) to standard output. A reader that has gone away is no reason to fail.
pub fn print_line(text: impl std::fmt::Display) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Writes a refusal to standard error, as one line whatever its causes said.
pub fn print_error(error: &anyhow::Error) {
    let text = format!("{error:#}");
    let words: Vec<&str> = text.split_whitespace().collect();
    let _ = writeln!(
        std::io::stderr().lock(),
        "reseller-portal: {}",
        words.join(" ")
    );
}

//! The only place that writes to standard output, or an error message to standard error.

use std::io::Write;

/// Writes one or more lines to standard output. Ignores a closed pipe.
pub fn print_line(text: impl std::fmt::Display) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Writes an error message to standard error, always as one line.
pub fn print_error(error: &anyhow::Error) {
    let text = format!("{error:#}");
    let words: Vec<&str> = text.split_whitespace().collect();
    let _ = writeln!(
        std::io::stderr().lock(),
        "reseller-portal: {}",
        words.join(" ")
    );
}

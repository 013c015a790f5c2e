//! Reason of a change, as a form sends it.

use super::problem::Problem;
use crate::domain::operation::Reason;
use crate::domain::text;

/// Maximum length of a reason, in characters.
const MAX_LENGTH: usize = 1_000;

/// Parses the chosen and typed reason, which may be empty. The rules of each change decide if it
/// needs one.
///
/// # Errors
/// Fails with a [`Problem`] (422) at the field `reason` if the text is too long or not a text.
pub fn parse_reason(code: &str, typed: &str) -> Result<Reason, Problem> {
    let code = code.trim().parse().ok();
    let text = match typed.trim() {
        "" => String::new(),
        _ => text::parse_lines(typed, MAX_LENGTH)
            .map_err(|error| Problem::at_field("reason", error.to_string()))?,
    };
    Ok(Reason { code, text })
}

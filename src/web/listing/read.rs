//! Parsers for parameters that several lists share. Their errors are sentences for the reader.

use jiff::civil::Date;

use super::search_input::{MAX_LENGTH, SearchInput};

/// Quotes submitted text and shortens it to fit a sentence.
pub fn quote_shortened(text: &str) -> String {
    match text.char_indices().nth(30) {
        None => format!("\u{201c}{text}\u{201d}"),
        Some((end, _)) => format!("\u{201c}{}\u{2026}\u{201d}", &text[..end]),
    }
}

/// Returns the sentence for an unknown parameter.
pub fn no_such_filter(name: &str) -> String {
    format!("Unknown filter {} ignored.", quote_shortened(name))
}

/// Returns the sentence for a value whose characters cannot be decoded.
pub fn unreadable(name: &str) -> String {
    let name = name.replace(char::REPLACEMENT_CHARACTER, "?");
    format!(
        "The value of {} cannot be read. Ignored.",
        quote_shortened(&name)
    )
}

/// Returns the sentence for an unknown choice.
pub fn no_such(what: &str, value: &str) -> String {
    format!("Unknown {what} {} ignored.", quote_shortened(value))
}

/// Stores a value. Fails with the sentence if there is none.
pub fn assign<T>(
    place: &mut Option<T>,
    value: Option<T>,
    sentence: impl FnOnce() -> String,
) -> Result<(), String> {
    *place = Some(value.ok_or_else(sentence)?);
    Ok(())
}

/// Reads a search text. Removes invisible characters and shortens a long text.
pub fn search(place: &mut String, value: &str) -> Result<(), String> {
    let typed = SearchInput::parse(value);
    *place = typed.q;
    let mut sentences = Vec::new();
    if typed.is_stripped {
        sentences.push("Invisible characters were ignored.".to_owned());
    }
    if typed.is_truncated {
        sentences.push(format!("Only the first {MAX_LENGTH} characters were used."));
    }
    if sentences.is_empty() {
        Ok(())
    } else {
        Err(sentences.join(" "))
    }
}

/// Reads one of several choices, ignoring case. `all` stands for no choice.
pub fn choice<T>(
    place: &mut Option<T>,
    what: &str,
    value: &str,
    find: impl FnOnce(&str) -> Option<T>,
) -> Result<(), String> {
    let word = value.to_lowercase();
    if word == "all" {
        *place = None;
        return Ok(());
    }
    assign(place, find(&word), || no_such(what, value))
}

/// Reads the first day of a list.
pub fn first_day(place: &mut Option<Date>, value: &str) -> Result<(), String> {
    day(place, "The first day", value)
}

/// Reads the last day of a list.
pub fn last_day(place: &mut Option<Date>, value: &str) -> Result<(), String> {
    day(place, "The last day", value)
}

/// Reads a calendar day. Accepts the years 1970 to 9000, which the clock can represent.
fn day(place: &mut Option<Date>, what: &str, value: &str) -> Result<(), String> {
    let date = value.parse().ok();
    let date = date.filter(|date: &Date| (1970..=9000).contains(&date.year()));
    assign(place, date, || {
        format!(
            "{what} ignored: {} is not a date such as 2026-11-23.",
            quote_shortened(value)
        )
    })
}

/// Swaps the first and the last day if they are in the wrong order. Returns a sentence about it.
pub fn swap_reversed_days(from: &mut Option<Date>, to: &mut Option<Date>) -> Option<String> {
    if (*to)? >= (*from)? {
        return None;
    }
    std::mem::swap(from, to);
    Some("The last day was before the first one, so they were swapped.".to_owned())
}

//! Visible and invisible characters of a text.

use icu_properties::CodePointSetData;
use icu_properties::props::{DefaultIgnorableCodePoint, Emoji, ExtendedPictographic, Ideographic};

/// Base character of flags that are spelled with tags.
const BLACK_FLAG: char = '\u{1f3f4}';

/// Returns `true` for characters that change the direction of the text around them.
/// They can make one name look like another.
pub(super) const fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns `true` for white space of any kind, including the empty braille pattern.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{2800}'
}

/// Returns `true` for characters that show nothing by themselves.
/// These are format characters, fillers, variation selectors and tags.
#[must_use]
pub fn is_format(c: char) -> bool {
    !c.is_ascii()
        && (matches!(c, '\u{fff9}'..='\u{fffb}')
            || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c))
}

/// Removes format characters, except those that shape their neighbors.
/// The exceptions are joiners in Arabic, Indic and similar scripts, and characters that compose
/// emoji and ideographs.
pub(super) fn strip_format_chars(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        // The caller refuses characters that change the direction.
        if !is_format(c) || is_bidi_control(c) || shapes_neighbors(&shown, c, chars.peek().copied())
        {
            shown.push(c);
        }
    }
    shown
}

/// Returns `true` if a format character changes the appearance of its neighbors.
fn shapes_neighbors(before: &str, c: char, after: Option<char>) -> bool {
    let Some(last) = before.chars().next_back() else {
        return false;
    };
    let pictograph = CodePointSetData::new::<ExtendedPictographic>();
    match c {
        '\u{200c}' | '\u{200d}' if is_joining(last) => true,
        '\u{200d}' => {
            let is_modifier = |c: char| matches!(c, '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}');
            (pictograph.contains(last) || is_modifier(last))
                && after.is_some_and(|after| pictograph.contains(after))
        }
        '\u{fe0e}' | '\u{fe0f}' if last.is_ascii() => after == Some('\u{20e3}'),
        '\u{fe0e}' | '\u{fe0f}' => {
            CodePointSetData::new::<Emoji>().contains(last) || pictograph.contains(last)
        }
        '\u{fe00}'..='\u{fe0d}' | '\u{e0100}'..='\u{e01ef}' => {
            CodePointSetData::new::<Ideographic>().contains(last)
        }
        '\u{180b}'..='\u{180d}' | '\u{180f}' => matches!(last, '\u{1820}'..='\u{18aa}'),
        '\u{e0020}'..='\u{e007f}' => {
            let is_tag = |c: &char| matches!(c, '\u{e0020}'..='\u{e007e}');
            before.chars().rev().find(|c| !is_tag(c)) == Some(BLACK_FLAG)
        }
        _ => false,
    }
}

/// Returns `true` for scripts whose spelling needs joiners: Arabic to Myanmar, and related ones.
const fn is_joining(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{109f}' | '\u{1700}'..='\u{18af}' | '\u{1900}'..='\u{1cff}' | '\u{a800}'..='\u{abff}'
        | '\u{11000}'..='\u{11fff}')
}

#[cfg(test)]
mod tests {
    use super::strip_format_chars;

    #[test]
    fn format_characters_are_dropped_unless_they_shape_what_is_seen() {
        for (text, shown) in [
            ("Zero\u{200b}Width\u{2060}", "ZeroWidth"),
            ("Zero\u{200d}Wi\u{200c}dth", "ZeroWidth"),
            ("\u{feff}Ac\u{ad}me\u{fe0f}", "Acme"),
            ("\u{3164}\u{115f}\u{ffa0}\u{180e}\u{e0041}", ""),
            ("A1\u{fe0f}", "A1"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("ക്\u{200d}\u{200d}", "ക്\u{200d}"),
            ("👩\u{200d}🚀 ❤\u{fe0f}", "👩\u{200d}🚀 ❤\u{fe0f}"),
            ("👩🏽\u{200d}🚀\u{200d}", "👩🏽\u{200d}🚀"),
            ("1\u{fe0f}\u{20e3}", "1\u{fe0f}\u{20e3}"),
            (
                "🏴\u{e0067}\u{e0062}\u{e007f}\u{e0067}",
                "🏴\u{e0067}\u{e0062}\u{e007f}",
            ),
            ("葛\u{e0100}", "葛\u{e0100}"),
        ] {
            assert_eq!(strip_format_chars(text), shown, "{text:?}");
        }
    }
}

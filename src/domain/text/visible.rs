//! Which characters of a text people see.

use icu_properties::CodePointSetData;
use icu_properties::props::{DefaultIgnorableCodePoint, Emoji, ExtendedPictographic, Ideographic};

/// Base of the flags that are spelled with tags.
const BLACK_FLAG: char = '\u{1f3f4}';

/// Characters that change the direction of what is around them: they make one name read as another.
pub(super) const fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// White space of any kind, the empty braille pattern included.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{2800}'
}

/// Characters that show nothing by themselves: format characters, fillers, variation selectors, tags.
#[must_use]
pub fn is_format(c: char) -> bool {
    !c.is_ascii()
        && (matches!(c, '\u{fff9}'..='\u{fffb}')
            || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c))
}

/// The text without format characters, except those that shape their neighbors: joiners within Arabic, Indic and
/// similar scripts, and what emoji and ideographs are composed with.
pub(super) fn strip_format_chars(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        // Those that change the direction are for the caller to refuse.
        if !is_format(c) || is_bidi_control(c) || shapes_neighbors(&shown, c, chars.peek().copied())
        {
            shown.push(c);
        }
    }
    shown
}

/// Returns `true` if a format character changes how its neighbors look.
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

/// Scripts whose letters join, and so are spelled with joiners: Arabic to Myanmar, and what is related.
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

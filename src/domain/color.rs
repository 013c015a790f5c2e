//! Colors, and the contrast between them as WCAG 2 measures it.

use serde::{Deserialize, Serialize};

/// Contrast that text needs against its background.
pub const TEXT_CONTRAST: f64 = 4.5;
/// Contrast that buttons and lines need against their surroundings.
pub const SHAPE_CONTRAST: f64 = 3.0;

/// Color of red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Color([u8; 3]);

/// Error of a text that names no color.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Type a color as # and six digits or letters from A to F, such as #2f56d3.")]
pub struct InvalidColor;

impl Color {
    /// White.
    pub const WHITE: Self = Self([255; 3]);
    /// Black.
    pub const BLACK: Self = Self([0; 3]);

    /// Returns the color of these parts.
    #[must_use]
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue])
    }

    /// Returns the color without `#`, for an address.
    #[must_use]
    pub fn digits(self) -> String {
        let [red, green, blue] = self.0;
        format!("{red:02x}{green:02x}{blue:02x}")
    }

    /// Mixes in `share` 256ths of another color.
    #[must_use]
    pub fn mixed(self, other: Self, share: u16) -> Self {
        let share = u32::from(share.min(256));
        let mut parts = self.0;
        for (part, other) in parts.iter_mut().zip(other.0) {
            let sum = u32::from(*part) * (256 - share) + u32::from(other) * share;
            *part = u8::try_from((sum + 128) / 256).unwrap_or(u8::MAX);
        }
        Self(parts)
    }

    /// Returns the first mix with `other` that passes. Returns `other` if none does.
    #[must_use]
    pub fn mixed_until(self, other: Self, passes: impl Fn(Self) -> bool) -> Self {
        let mixes = (0..=256).map(|share| self.mixed(other, share));
        mixes.into_iter().find(|mix| passes(*mix)).unwrap_or(other)
    }

    /// Returns the contrast to another color, from 1 to 21.
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl std::fmt::Display for Color {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{}", self.digits())
    }
}

impl std::str::FromStr for Color {
    type Err = InvalidColor;

    /// Reads six hexadecimal digits, or three as CSS abbreviates them, with or without `#`.
    fn from_str(text: &str) -> Result<Self, InvalidColor> {
        let text = text.trim();
        let typed = text.strip_prefix('#').unwrap_or(text);
        let digits: String = match typed.len() {
            3 => typed.chars().flat_map(|digit| [digit, digit]).collect(),
            _ => typed.to_owned(),
        };
        if digits.len() != 6 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(InvalidColor);
        }
        let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16);
        match (part(0), part(2), part(4)) {
            (Ok(red), Ok(green), Ok(blue)) => Ok(Self([red, green, blue])),
            _ => Err(InvalidColor),
        }
    }
}

impl TryFrom<String> for Color {
    type Error = InvalidColor;

    fn try_from(text: String) -> Result<Self, InvalidColor> {
        text.parse()
    }
}

impl From<Color> for String {
    fn from(color: Color) -> Self {
        color.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_are_read_as_css_writes_them() {
        for (text, read) in [
            ("#2f56d3", Some("#2f56d3")),
            (" 2F56D3 ", Some("#2f56d3")),
            ("#fa0", Some("#ffaa00")),
            ("", None),
            ("red", None),
            ("#2f56d", None),
            ("#2f56d3ff", None),
            ("#2f56d3}", None),
            ("##2f56d", None),
        ] {
            let color = text.parse::<Color>().ok().map(|color| color.to_string());
            assert_eq!(color.as_deref(), read, "{text}");
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        let gray = Color::new(0x76, 0x76, 0x76);
        assert!((Color::BLACK.contrast(Color::WHITE) - 21.0).abs() < 0.001);
        assert!((gray.contrast(Color::WHITE) - 4.54).abs() < 0.01);
    }
}

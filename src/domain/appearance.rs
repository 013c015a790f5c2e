//! The reseller's own name, accent color and logo, which the portal shows.

use serde::{Deserialize, Serialize};

use super::color::{Color, InvalidColor, SHAPE_CONTRAST, TEXT_CONTRAST};
use super::logo::Logo;
use super::text::{self, InvalidText};

/// Name of a portal whose owner chose none.
const DEFAULT_NAME: &str = "Reseller portal";
/// Maximum length of the name, in characters. It must fit the sidebar.
const MAX_NAME_LENGTH: usize = 40;

/// Surface of a card in the dark theme, as `static/css/tokens.css` has it.
const DARK_SURFACE: Color = Color::new(0x15, 0x18, 0x1e);
/// Most tinted plain surfaces on which accented text is read, light and dark.
const TINTED: [Color; 2] = [Color::new(0xee, 0xf0, 0xf4), Color::new(0x22, 0x27, 0x30)];

/// The reseller's own name, accent color and logo.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appearance {
    /// Name shown instead of "Reseller portal".
    pub name: Option<String>,
    /// Color of buttons, links and marks.
    pub accent: Option<Color>,
    /// Image shown instead of the name.
    #[serde(default)]
    pub logo: Option<Logo>,
    /// Number of changes so far, so that an outdated form is detected.
    pub version: i64,
}

impl Appearance {
    /// Returns the name that pages show.
    #[must_use]
    pub fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or(DEFAULT_NAME)
    }

    /// Returns the name for the middle of a sentence.
    #[must_use]
    pub fn name_in_text(&self) -> &str {
        self.name.as_deref().unwrap_or("the reseller portal")
    }

    /// Describes name, color and logo for pages and the audit.
    #[must_use]
    pub fn describe(&self) -> String {
        let accent = self.accent.map(|accent| accent.to_string());
        format!(
            "Name: {}; accent color: {}; logo: {}",
            self.display_name(),
            accent.as_deref().unwrap_or("default"),
            self.describe_logo()
        )
    }

    fn describe_logo(&self) -> String {
        let logo = self.logo.as_ref().map(Logo::describe);
        logo.unwrap_or_else(|| "none".to_owned())
    }

    /// Returns the hash of the logo; empty if there is none.
    #[must_use]
    pub fn logo_hash(&self) -> &str {
        self.logo.as_ref().map_or("", |logo| &logo.hash)
    }
}

/// Reads the name that an owner typed.
///
/// # Errors
/// Fails with [`InvalidText`] if it cannot be shown in one line.
pub fn parse_name(typed: &str) -> Result<String, InvalidText> {
    text::parse_line(typed, MAX_NAME_LENGTH)
}

/// Reason why a color cannot be the accent.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum InvalidAccent {
    /// It is no color.
    #[error(transparent)]
    Format(#[from] InvalidColor),
    /// White text on it cannot be read.
    #[error(
        "White text on {chosen} has a contrast of {}:1, and needs 4.5:1. The nearest color that passes is {nearest}.",
        rounded_down(*contrast)
    )]
    TooLight {
        /// Color that was typed.
        chosen: Color,
        /// Its contrast to white.
        contrast: f64,
        /// Darker color that passes.
        nearest: Color,
    },
    /// It cannot be told from the surfaces of the dark theme.
    #[error(
        "In the dark theme, {chosen} has a contrast of {}:1, and needs 3:1. The nearest color that passes is {nearest}.",
        rounded_down(*contrast)
    )]
    TooDark {
        /// Color that was typed.
        chosen: Color,
        /// Its contrast to a dark surface.
        contrast: f64,
        /// Lighter color that passes.
        nearest: Color,
    },
}

/// Formats a contrast so that one that fails never looks as if it passed.
fn rounded_down(contrast: f64) -> String {
    format!("{:.2}", (contrast * 100.0).floor() / 100.0)
}

/// Reads the accent color that an owner typed, and checks its contrast.
///
/// # Errors
/// Fails with [`InvalidAccent`] if it is no color, or if it would be hard to read.
pub fn parse_accent(typed: &str) -> Result<Color, InvalidAccent> {
    let chosen: Color = typed.parse()?;
    let is_dark_enough = |color: Color| color.contrast(Color::WHITE) >= TEXT_CONTRAST;
    let is_light_enough = |color: Color| color.contrast(DARK_SURFACE) >= SHAPE_CONTRAST;
    if !is_dark_enough(chosen) {
        return Err(InvalidAccent::TooLight {
            chosen,
            contrast: chosen.contrast(Color::WHITE),
            nearest: chosen.mixed_until(Color::BLACK, is_dark_enough),
        });
    }
    if !is_light_enough(chosen) {
        return Err(InvalidAccent::TooDark {
            chosen,
            contrast: chosen.contrast(DARK_SURFACE),
            nearest: chosen.mixed_until(Color::WHITE, is_light_enough),
        });
    }
    Ok(chosen)
}

/// Shades of the accent color, each for the light and the dark theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccentShades {
    /// Text and icons.
    pub ink: [Color; 2],
    /// Backgrounds of what is selected.
    pub tint: [Color; 2],
    /// Lines around such backgrounds.
    pub line: [Color; 2],
    /// Buttons with white text.
    pub fill: Color,
    /// Buttons under the pointer.
    pub hovered: Color,
}

impl AccentShades {
    /// Derives the shades of an accent color.
    #[must_use]
    pub fn of(accent: Color) -> Self {
        let surfaces = [Color::WHITE, DARK_SURFACE];
        let tint = [
            accent.mixed(surfaces[0], 234),
            accent.mixed(surfaces[1], 208),
        ];
        let ends = [Color::BLACK, Color::WHITE];
        let ink = [0, 1].map(|theme| {
            accent.mixed_until(ends[theme], |ink| {
                [tint[theme], TINTED[theme]]
                    .iter()
                    .all(|surface| ink.contrast(*surface) >= TEXT_CONTRAST)
            })
        });
        Self {
            ink,
            tint,
            line: [
                accent.mixed(surfaces[0], 184),
                accent.mixed(surfaces[1], 140),
            ],
            fill: accent,
            hovered: accent.mixed(Color::BLACK, 36),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Colors all over the cube, 16 steps along each edge.
    fn cube() -> impl Iterator<Item = Color> {
        let steps = || (0..=15u8).map(|step| step * 17);
        steps().flat_map(move |red| {
            steps().flat_map(move |green| steps().map(move |blue| Color::new(red, green, blue)))
        })
    }

    #[test]
    fn each_refused_color_names_one_that_passes() {
        for color in cube() {
            match parse_accent(&color.to_string()) {
                Ok(read) => assert_eq!(read, color),
                Err(
                    InvalidAccent::TooLight { nearest, .. }
                    | InvalidAccent::TooDark { nearest, .. },
                ) => assert_eq!(parse_accent(&nearest.to_string()), Ok(nearest), "{color}"),
                Err(InvalidAccent::Format(_)) => panic!("{color} is a color"),
            }
        }
    }

    #[test]
    fn every_shade_of_an_accepted_color_can_be_read() {
        let accepted = cube().filter(|color| parse_accent(&color.to_string()).is_ok());
        for color in accepted {
            let shades = AccentShades::of(color);
            for (theme, tinted) in TINTED.into_iter().enumerate() {
                for surface in [shades.tint[theme], tinted] {
                    assert!(
                        shades.ink[theme].contrast(surface) >= TEXT_CONTRAST,
                        "{color}"
                    );
                }
            }
            assert!(shades.hovered.contrast(Color::WHITE) >= TEXT_CONTRAST);
        }
    }

    #[test]
    fn a_refused_color_is_told_with_its_contrast() {
        let yellow = parse_accent("#ffd400").expect_err("too light").to_string();
        assert!(
            yellow.starts_with("White text on #ffd400 has a contrast of 1.4"),
            "{yellow}"
        );
        let navy = parse_accent("#0a1440").expect_err("too dark").to_string();
        assert!(navy.starts_with("In the dark theme, #0a1440"), "{navy}");
    }
}

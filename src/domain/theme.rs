//! Colors of pages, which each person chooses for themselves.

use super::string_enum::string_enum;

string_enum! {
    /// Colors of pages.
    #[derive(Default)]
    pub enum Theme {
        /// As the person's system is set.
        #[default]
        System = "system", "Like my system";
        /// Dark text on light surfaces.
        Light = "light", "Light";
        /// Light text on dark surfaces.
        Dark = "dark", "Dark";
    }
}

impl Theme {
    /// Returns the color schemes that a page supports, as HTML and CSS name them.
    #[must_use]
    pub const fn color_scheme(self) -> &'static str {
        match self {
            Self::System => "light dark",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Returns `true` if the theme follows the person's system.
    #[must_use]
    pub fn follows_system(self) -> bool {
        self == Self::System
    }
}

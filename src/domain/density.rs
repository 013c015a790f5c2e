//! Height of the rows in lists, which each person chooses for themselves.

use super::string_enum::string_enum;

string_enum! {
    /// Height of the rows in lists.
    #[derive(Default)]
    pub enum Density {
        /// Rows with space around their text.
        #[default]
        Comfortable = "comfortable", "Comfortable";
        /// Rows as low as their text.
        Compact = "compact", "Compact";
    }
}

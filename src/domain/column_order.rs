//! Sort order of a list by one of its columns, as addresses write it.

use std::str::FromStr;

/// Order by a column: `state` in an address, or `-state` for the descending order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ColumnOrder<C> {
    /// Column to sort by.
    pub by: C,
    /// True to sort in descending order.
    pub descending: bool,
}

impl<C: Copy> ColumnOrder<C> {
    /// Returns the ascending and the descending order.
    #[must_use]
    pub const fn both(by: C) -> [Self; 2] {
        let (up, down) = (false, true);
        [
            Self { by, descending: up },
            Self {
                by,
                descending: down,
            },
        ]
    }

    /// Formats the order so that [`Self::parse`] can read it. `name` gives the name of a column.
    #[must_use]
    pub fn as_text(self, name: impl Fn(C) -> &'static str) -> String {
        let sign = if self.descending { "-" } else { "" };
        format!("{sign}{}", name(self.by))
    }
}

impl<C: FromStr> ColumnOrder<C> {
    /// Parses `state` or `-state`. Returns `None` if there is no such column.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let column = text.strip_prefix('-');
        Some(Self {
            by: column.unwrap_or(text).parse().ok()?,
            descending: column.is_some(),
        })
    }
}

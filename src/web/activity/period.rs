//! The latest days, as a filter that stays right when tomorrow comes.

use jiff::ToSpan;
use jiff::civil::Date;

/// A stretch of days up to today, by the reader's calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Period {
    /// Today alone.
    Today,
    /// Today and the six days before.
    Week,
    /// Today and the 29 days before.
    Month,
}

impl Period {
    /// Each of them, shortest first.
    pub const ALL: [Self; 3] = [Self::Today, Self::Week, Self::Month];

    /// As the address writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    /// As the page shows it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Today => "Today",
            Self::Week => "7 days",
            Self::Month => "30 days",
        }
    }

    /// The first of its days, if today is the last.
    pub fn first_day(self, today: Date) -> Option<Date> {
        let before = match self {
            Self::Today => 0,
            Self::Week => 6,
            Self::Month => 29,
        };
        today.checked_sub(before.days()).ok()
    }
}

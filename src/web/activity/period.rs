//! The latest days, as a filter that stays right when tomorrow comes.

use crate::domain::string_enum::string_enum;
use jiff::ToSpan;
use jiff::civil::Date;

string_enum! {
    /// A stretch of days up to today, by the reader's calendar.
    pub(super) enum Period {
        /// Today alone.
        Today = "today", "Today";
        /// Today and the six days before.
        Week = "7d", "7 days";
        /// Today and the 29 days before.
        Month = "30d", "30 days";
    }
}

impl Period {
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

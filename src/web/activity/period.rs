//! Periods that end today, as a filter. Such a filter moves on with each day.

use crate::domain::string_enum::string_enum;
use jiff::ToSpan;
use jiff::civil::Date;

string_enum! {
    /// Period of days that ends today, in the reader's time zone.
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
    /// Returns the first day of the period, given the last.
    pub fn first_day(self, today: Date) -> Option<Date> {
        let before = match self {
            Self::Today => 0,
            Self::Week => 6,
            Self::Month => 29,
        };
        today.checked_sub(before.days()).ok()
    }
}

//! Charts of the daily figures, shared by the dashboard and the channels: the pool, and what
//! happened each week. Days are days in UTC, because the figures are recorded by them.

use std::collections::HashMap;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};

use super::error::Error;
use super::listing::read;
use crate::app::App;
use crate::daily_figures::start_of_day;
use crate::db::daily_figures::{self, DailyFigures};
use crate::domain::pool_forecast;
use crate::domain::string_enum::string_enum;
use crate::domain::time::Timestamp;

mod moves;
mod pool;
mod weeks;

pub use moves::LargestMoves;
pub use pool::PoolTrend;
pub use weeks::{accounts_by_week, channels_by_week};

/// Text that a page shows instead of a chart while there are no figures.
pub const NO_FIGURES: &str = "No figures yet. The portal records them every day from now on.";

string_enum! {
    /// Period that the charts show. It ends today.
    #[derive(Default)]
    pub enum Range {
        /// The last 30 days.
        Month = "30", "30 days";
        /// The last 90 days.
        #[default]
        Quarter = "90", "90 days";
        /// The last 365 days.
        Year = "365", "365 days";
    }
}

impl Range {
    /// Returns the range of an address, and a sentence if the address asks for an unknown one.
    pub fn of_query(raw: &str) -> (Self, Option<String>) {
        let pairs = url::form_urlencoded::parse(raw.as_bytes());
        let asked = pairs.filter(|(name, value)| name == "range" && !value.trim().is_empty());
        match asked.last().map(|(_, value)| Self::parse(value.trim())) {
            None => (Self::default(), None),
            Some(Ok(range)) => (range, None),
            Some(Err(sentence)) => (Self::default(), Some(sentence)),
        }
    }

    /// Parses the parameter `range`. The error is a sentence for the reader.
    pub fn parse(value: &str) -> Result<Self, String> {
        value.parse().map_err(|_| {
            format!(
                "Unknown range {} ignored. Choose 30, 90 or 365.",
                read::quote_shortened(value)
            )
        })
    }

    fn days(self) -> Span {
        match self {
            Self::Month => 30.days(),
            Self::Quarter => 90.days(),
            Self::Year => 365.days(),
        }
    }
}

/// Link to a range.
#[derive(Clone, Debug)]
pub struct RangeLink {
    pub label: &'static str,
    pub href: String,
    pub current: bool,
}

/// Returns the links to all ranges.
pub fn range_links(current: Range, href: impl Fn(Range) -> String) -> Vec<RangeLink> {
    let link = |range: Range| RangeLink {
        label: range.label(),
        href: href(range),
        current: range == current,
    };
    Range::ALL.map(link).into()
}

/// Daily figures of a range, by day.
#[derive(Clone, Debug)]
pub struct Figures {
    range: Range,
    today: Date,
    /// First day of the charts. It is later than that of the range if recording began later.
    start: Date,
    days: HashMap<Date, DailyFigures>,
}

impl Figures {
    /// Loads the figures of a range that ends now.
    pub async fn load(app: &App, now: Timestamp, range: Range) -> Result<Self, Error> {
        let today = date(now);
        let start = today.saturating_sub(range.days()).saturating_add(1.day());
        let window = today.saturating_sub(pool_forecast::WINDOW_DAYS.days());
        let from = timestamp(monday(start).min(window), start_of_day(now));
        let rows = daily_figures::since(&app.db, from).await?;
        let first = daily_figures::first_day(&app.db).await?;
        Ok(Self {
            range,
            today,
            start: start.max(first.map_or(today, date)).min(today),
            days: rows.into_iter().map(|row| (date(row.day), row)).collect(),
        })
    }

    /// Returns all days from the first to the last of the charts.
    fn dates(&self) -> Vec<Date> {
        self.start
            .series(1.day())
            .take_while(|day| *day <= self.today)
            .collect()
    }

    /// Returns the Mondays of all weeks of the charts.
    fn mondays(&self) -> Vec<Date> {
        monday(self.start)
            .series(7.days())
            .take_while(|day| *day <= self.today)
            .collect()
    }

    /// Returns the recorded days of a week, in order of time.
    fn of_week(&self, monday: Date) -> impl Iterator<Item = &DailyFigures> {
        let days = monday.series(1.day()).take(7);
        days.filter_map(|day| self.days.get(&day))
    }
}

/// Returns the day of a time in UTC.
fn date(at: Timestamp) -> Date {
    at.to_jiff().to_zoned_datetime(TimeZone::UTC).date()
}

/// Returns the start of a day in UTC, or `otherwise` for a day that no clock can show.
fn timestamp(day: Date, otherwise: Timestamp) -> Timestamp {
    day.to_zoned_datetime(TimeZone::UTC)
        .map_or(otherwise, |start| {
            Timestamp::from_millis(start.timestamp().as_millisecond())
        })
}

/// Returns the Monday of a day's week.
fn monday(day: Date) -> Date {
    let since = day.weekday().since(Weekday::Monday);
    day.saturating_sub(i64::from(since).days())
}

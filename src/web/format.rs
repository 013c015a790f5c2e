//! Formatting of times and numbers for pages.

use std::fmt;

use jiff::ZonedDateTime;
use jiff::tz::TimeZone;

use crate::domain::time::Timestamp;

pub use crate::domain::text::group_thousands;

/// Formatter of times for one reader: relative to now, and absolute in their time zone.
#[derive(Clone, Debug)]
pub struct TimeFormatter {
    now: Timestamp,
    zone: TimeZone,
}

impl TimeFormatter {
    /// Creates a formatter for the time zone with this IANA name. Uses UTC if the name is unknown.
    #[must_use]
    pub fn new(now: Timestamp, zone: &str) -> Self {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        Self { now, zone }
    }

    /// Returns the time at which the request began.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Returns the reader's time zone.
    #[must_use]
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    fn zoned(&self, at: Timestamp) -> ZonedDateTime {
        ZonedDateTime::new(at.to_jiff(), self.zone.clone())
    }

    /// Formats a time for a page.
    #[must_use]
    pub fn format(&self, at: Timestamp) -> FormattedTime {
        FormattedTime {
            iso: at.to_string(),
            absolute: self.absolute(at),
            relative: self.relative(at),
        }
    }

    /// Formats a time for a page, or returns "never".
    #[must_use]
    pub fn format_or_never(&self, at: Option<Timestamp>) -> FormattedTime {
        at.map_or_else(FormattedTime::never, |at| self.format(at))
    }

    /// Formats a time like `2026-11-23 14:02:11 CET`.
    #[must_use]
    pub fn absolute(&self, at: Timestamp) -> String {
        // A list calls this some hundred times. This code takes a third of the time of `strftime`.
        let zoned = self.zoned(at);
        let (date, time) = (zoned.date(), zoned.time());
        let zone = self.zone.to_offset_info(zoned.timestamp());
        format!(
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02} {}",
            date.year(),
            date.month(),
            date.day(),
            time.hour(),
            time.minute(),
            time.second(),
            zone.abbreviation()
        )
    }

    /// Formats a time as `14:02` if it is today, otherwise as `2026-11-22 14:02`. For sentences
    /// such as "since 14:02".
    #[must_use]
    pub fn short(&self, at: Timestamp) -> String {
        let then = self.zoned(at);
        let now = self.zoned(self.now);
        let format = if then.date() == now.date() {
            "%H:%M"
        } else {
            "%Y-%m-%d %H:%M"
        };
        then.strftime(format).to_string()
    }

    /// Formats a range like `between 14:01 and 14:02`. Adds dates if they differ or are not today,
    /// and seconds if the minutes are equal.
    #[must_use]
    pub fn between(&self, from: Timestamp, to: Timestamp) -> String {
        let (from, to, now) = (self.zoned(from), self.zoned(to), self.zoned(self.now));
        let minute = |at: &ZonedDateTime| at.strftime("%F %H:%M").to_string();
        let today = from.date() == now.date() && to.date() == now.date();
        let format = match (today, minute(&from) == minute(&to)) {
            (true, true) => "%H:%M:%S",
            (true, false) => "%H:%M",
            (false, true) => "%Y-%m-%d %H:%M:%S",
            (false, false) => "%Y-%m-%d %H:%M",
        };
        if from == to {
            return format!("at {}", to.strftime(format));
        }
        let to_format = if from.date() == to.date() {
            format.trim_start_matches("%Y-%m-%d ")
        } else {
            format
        };
        format!(
            "between {} and {}",
            from.strftime(format),
            to.strftime(to_format)
        )
    }

    /// Formats a time like `3 min ago` or `in 2 h`. Returns the date if it is more than thirty days
    /// away. `static/app.js` updates the text in the same way.
    #[must_use]
    pub fn relative(&self, at: Timestamp) -> String {
        let (ahead, seconds) = if at > self.now {
            (true, self.now.until(at).as_secs())
        } else {
            (false, at.until(self.now).as_secs())
        };
        let said = match seconds {
            0..10 => return "just now".to_owned(),
            10..60 => format!("{seconds} s"),
            60..3_600 => format!("{} min", seconds / 60),
            3_600..86_400 => format!("{} h", seconds / 3_600),
            86_400..2_592_000 => format!("{} d", seconds / 86_400),
            _ => return self.zoned(at).strftime("%Y-%m-%d").to_string(),
        };
        if ahead {
            format!("in {said}")
        } else {
            format!("{said} ago")
        }
    }
}

/// Time on a page. In a template, `{{ when }}` writes the `<time>` element. Its fields can also be
/// passed to the macro `time`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormattedTime {
    /// Machine-readable time; empty for "never".
    pub iso: String,
    /// Time in the reader's time zone.
    pub absolute: String,
    /// Time relative to now.
    pub relative: String,
}

impl FormattedTime {
    /// Returns the text "never".
    #[must_use]
    pub fn never() -> Self {
        Self {
            iso: String::new(),
            absolute: String::new(),
            relative: "never".to_owned(),
        }
    }
}

/// Writes HTML. Every part is built here from digits, letters and `+-:. `, so nothing needs
/// escaping.
impl fmt::Display for FormattedTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.iso.is_empty() {
            return f.write_str(&self.relative);
        }
        // A date does not change, so it needs no `datetime`. Only relative times are kept current.
        if self.absolute.starts_with(&self.relative) {
            return write!(
                f,
                r#"<time title="{}">{}</time>"#,
                self.absolute, self.relative
            );
        }
        write!(
            f,
            r#"<time datetime="{}" title="{}" data-relative>{}</time>"#,
            self.iso, self.absolute, self.relative
        )
    }
}

impl askama::filters::HtmlSafe for FormattedTime {}

/// Returns the message for a throttled attempt: "Too many wrong codes. Try again in 5 seconds."
#[must_use]
pub fn throttled(tries: &str, wait: std::time::Duration) -> String {
    format!("Too many {tries}. Try again in {}.", wait_duration(wait))
}

/// Formats a waiting time like `30 seconds` or `2 minutes`. It is at least one second.
#[must_use]
pub fn wait_duration(span: std::time::Duration) -> String {
    let seconds = u64::try_from(span.as_millis().div_ceil(1_000))
        .unwrap_or(u64::MAX)
        .max(1);
    let (number, unit) = if seconds < 120 {
        (seconds, "second")
    } else {
        (seconds.div_ceil(60), "minute")
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn times() -> TimeFormatter {
        TimeFormatter::new(
            Timestamp::parse_iso("2026-11-23T13:02:11Z").expect("a time"),
            "Europe/Amsterdam",
        )
    }

    #[test]
    fn a_time_is_relative_with_the_absolute_in_the_readers_zone() {
        let times = times();
        let when = times.format(times.now() - Duration::from_secs(200));
        assert_eq!(
            when.to_string(),
            r#"<time datetime="2026-11-23T12:58:51.000Z" title="2026-11-23 13:58:51 CET" data-relative>3 min ago</time>"#
        );
        assert_eq!(times.format_or_never(None).to_string(), "never");
    }

    #[test]
    fn relative_times_are_said_as_the_script_goes_on_saying_them() {
        let times = times();
        for (seconds, said) in [
            (0, "just now"),
            (9, "just now"),
            (10, "10 s ago"),
            (60, "1 min ago"),
            (7_199, "1 h ago"),
            (86_400 * 12, "12 d ago"),
            (86_400 * 40, "2026-10-14"),
        ] {
            assert_eq!(
                times.relative(times.now() - Duration::from_secs(seconds)),
                said
            );
        }
        assert_eq!(
            times.relative(times.now() + Duration::from_hours(2)),
            "in 2 h"
        );
    }

    #[test]
    fn a_clock_time_has_its_date_when_it_is_not_today() {
        let times = times();
        assert_eq!(times.short(times.now()), "14:02");
        assert_eq!(
            times.short(times.now() - Duration::from_hours(24)),
            "2026-11-22 14:02"
        );
    }

    #[test]
    fn the_time_of_a_change_is_said_as_far_as_it_tells_in_the_readers_zone() {
        let times = times();
        let at = |text: &str| Timestamp::parse_iso(text).expect("a time");
        let from = at("2026-11-23T12:01:05Z");
        for (to, said) in [
            ("2026-11-23T12:02:09Z", "between 13:01 and 13:02"),
            ("2026-11-23T12:01:09Z", "between 13:01:05 and 13:01:09"),
            (
                "2026-11-23T23:00:09Z",
                "between 2026-11-23 13:01 and 2026-11-24 00:00",
            ),
        ] {
            assert_eq!(times.between(from, at(to)), said);
        }
        assert_eq!(
            times.between(at("2026-11-20T12:01:05Z"), at("2026-11-20T12:02:09Z")),
            "between 2026-11-20 13:01 and 13:02"
        );
        assert_eq!(times.between(from, from), "at 13:01:05");
    }

    #[test]
    fn a_wait_is_rounded_up() {
        assert_eq!(wait_duration(Duration::from_millis(10)), "1 second");
        assert_eq!(wait_duration(Duration::from_millis(29_500)), "30 seconds");
        assert_eq!(wait_duration(Duration::from_mins(15)), "15 minutes");
    }
}

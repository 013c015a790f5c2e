//! Forecast of the day on which the channel pool is full.
//!
//! It fits a straight line to the allocated channels of the last eight weeks (least squares), and
//! continues it from the present allocation. It says nothing if there are too few days, or if a
//! straight line does not explain most of what happened.

/// Number of days that the forecast looks back.
pub const WINDOW_DAYS: i64 = 56;
/// Minimum number of days with a figure within the window.
pub const MIN_DAYS: usize = 28;
/// Maximum age of the latest figure, in days.
const MAX_AGE_DAYS: i64 = 2;
/// Minimum share of the variance that the line explains (R²), in percent.
const MIN_EXPLAINED_PERCENT: i128 = 60;
/// Number of weeks beyond which no number is given.
const MAX_WEEKS: i64 = 104;

/// Pool at the end of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolDay {
    /// Number of the day. The present day is 0, and earlier days are negative.
    pub day: i64,
    /// Number of allocated channels.
    pub allocated: i64,
    /// Number of all channels.
    pub total: i64,
}

/// Forecast, or the reason why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolForecast {
    /// Only this many of the days in the window have a figure, or the latest is too old.
    TooFewDays(usize),
    /// The allocation does not grow clearly.
    NoClearGrowth,
    /// Nothing is free already.
    Full,
    /// It takes more than two years.
    NotSoon,
    /// The pool is full in about this many weeks, at this many channels a week.
    FullIn {
        /// Number of weeks, rounded up.
        weeks: i64,
        /// Growth in channels a week.
        per_week: i64,
    },
}

/// Forecasts from these days, in order of time.
#[must_use]
pub fn forecast(days: &[PoolDay]) -> PoolForecast {
    let recent: Vec<PoolDay> = days
        .iter()
        .copied()
        .filter(|day| (-WINDOW_DAYS + 1..=0).contains(&day.day))
        .collect();
    let latest = recent.last().filter(|last| last.day >= -MAX_AGE_DAYS);
    let Some(latest) = latest.filter(|_| recent.len() >= MIN_DAYS) else {
        return PoolForecast::TooFewDays(recent.len());
    };
    let free = latest.total - latest.allocated;
    if free <= 0 {
        return PoolForecast::Full;
    }
    let Some((rise, run)) = slope(&recent) else {
        return PoolForecast::NoClearGrowth;
    };
    let days = (i128::from(free) * run).div_euclid(rise) + 1;
    let weeks = i64::try_from((days + 6) / 7).unwrap_or(i64::MAX);
    if weeks > MAX_WEEKS {
        return PoolForecast::NotSoon;
    }
    let per_week = (rise * 7 + run / 2) / run;
    PoolForecast::FullIn {
        weeks,
        per_week: i64::try_from(per_week).unwrap_or(i64::MAX).max(1),
    }
}

/// Returns the slope of the fitted line as a fraction; `None` if it does not rise clearly.
/// Whole numbers keep the result exact.
fn slope(days: &[PoolDay]) -> Option<(i128, i128)> {
    let n = i128::try_from(days.len()).ok()?;
    let (mut x, mut y, mut xx, mut xy, mut yy) = (0, 0, 0, 0, 0);
    for day in days {
        let (at, value) = (i128::from(day.day), i128::from(day.allocated));
        x += at;
        y += value;
        xx += at * at;
        xy += at * value;
        yy += value * value;
    }
    let (rise, run) = (n * xy - x * y, n * xx - x * x);
    let spread = n * yy - y * y;
    let is_clear = rise * rise * 100 >= MIN_EXPLAINED_PERCENT * run * spread;
    (rise > 0 && run > 0 && is_clear).then_some((rise, run))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(count: i64, allocated: impl Fn(i64) -> i64) -> Vec<PoolDay> {
        let day = |day| PoolDay {
            day,
            allocated: allocated(day),
            total: 1_000,
        };
        (1 - count..=0).map(day).collect()
    }

    #[test]
    fn a_steady_growth_is_continued() {
        // 2 channels a day, 300 free: 150 days.
        assert_eq!(
            forecast(&days(56, |day| 700 + 2 * day)),
            PoolForecast::FullIn {
                weeks: 22,
                per_week: 14
            }
        );
        // One channel free, at 10 a day.
        assert_eq!(
            forecast(&days(28, |day| 999 + 10 * day)),
            PoolForecast::FullIn {
                weeks: 1,
                per_week: 70
            }
        );
    }

    #[test]
    fn only_the_window_counts() {
        let grew_before = days(200, |day| if day < -56 { 500 + day } else { 600 });
        assert_eq!(forecast(&grew_before), PoolForecast::NoClearGrowth);
    }

    #[test]
    fn nothing_is_said_without_enough_days() {
        assert_eq!(forecast(&[]), PoolForecast::TooFewDays(0));
        assert_eq!(
            forecast(&days(27, |day| 700 + 2 * day)),
            PoolForecast::TooFewDays(27)
        );
        let mut old = days(56, |day| 700 + 2 * day);
        old.truncate(53);
        assert_eq!(forecast(&old), PoolForecast::TooFewDays(53));
    }

    #[test]
    fn gaps_do_not_change_the_slope() {
        let mut gaps = days(56, |day| 700 + 2 * day);
        gaps.retain(|day| day.day % 3 != 1);
        assert_eq!(
            forecast(&gaps),
            PoolForecast::FullIn {
                weeks: 22,
                per_week: 14
            }
        );
    }

    #[test]
    fn a_pool_that_shrinks_stays_or_jumps_has_no_clear_growth() {
        assert_eq!(
            forecast(&days(56, |day| 700 - day)),
            PoolForecast::NoClearGrowth
        );
        assert_eq!(forecast(&days(56, |_| 700)), PoolForecast::NoClearGrowth);
        assert_eq!(
            forecast(&days(56, |day| 700 + (day * 37).rem_euclid(90))),
            PoolForecast::NoClearGrowth
        );
    }

    #[test]
    fn a_full_pool_and_a_far_day_have_no_number() {
        assert_eq!(forecast(&days(56, |day| 1_000 + day)), PoolForecast::Full);
        assert_eq!(forecast(&days(56, |day| 100 + day)), PoolForecast::NotSoon);
        let huge = days(56, |day| i64::from(u32::MAX) - 1_000 + day);
        let huge: Vec<PoolDay> = huge
            .into_iter()
            .map(|day| PoolDay {
                total: i64::from(u32::MAX),
                ..day
            })
            .collect();
        assert_eq!(forecast(&huge), PoolForecast::NotSoon);
    }
}

//! Chart of the channel pool, and the forecast of when it is full.

use jiff::ToSpan;
use jiff::civil::Date;

use super::{Figures, Range, RangeLink, range_links};
use crate::db::daily_figures::DailyFigures;
use crate::domain::pool_forecast::{self, MIN_DAYS, PoolDay, PoolForecast, WINDOW_DAYS};
use crate::web::chart::{self, Chart, ChartTable, ChartText, Series};
use crate::web::format::group_thousands;

/// Pool over time, as a page shows it.
#[derive(Clone, Debug)]
pub struct PoolTrend {
    pub ranges: Vec<RangeLink>,
    /// Chart; `None` if no figure is recorded yet.
    pub chart: Option<Chart>,
    /// Forecast, or the reason why there is none; may be empty.
    pub forecast: String,
}

/// Place of the horizontal axis: a day or a week.
struct Slot {
    /// Day, or first day of the week.
    label: String,
    /// Allocated channels and all channels.
    pool: Option<(i64, i64)>,
}

impl PoolTrend {
    /// Builds the trend. `href` returns the address of the page with another range.
    pub fn of(figures: &Figures, href: impl Fn(Range) -> String) -> Self {
        let chart = chart_of(figures);
        Self {
            ranges: range_links(figures.range, href),
            forecast: match &chart {
                Some(_) => forecast_sentence(
                    pool_forecast::forecast(&recent_days(figures)),
                    figures.today,
                ),
                None => String::new(),
            },
            chart,
        }
    }
}

/// Returns the days that the forecast looks at, in order of time.
fn recent_days(figures: &Figures) -> Vec<PoolDay> {
    let days = (1 - WINDOW_DAYS..=0).filter_map(|day| {
        let date = figures.today.saturating_add(day.days());
        let (allocated, total) = figures.days.get(&date)?.pool()?;
        Some(PoolDay {
            day,
            allocated,
            total,
        })
    });
    days.collect()
}

fn forecast_sentence(forecast: PoolForecast, today: Date) -> String {
    match forecast {
        PoolForecast::TooFewDays(days) if days < MIN_DAYS => format!(
            "No forecast yet: {days} of the last {WINDOW_DAYS} days have figures. It needs {MIN_DAYS}."
        ),
        PoolForecast::TooFewDays(_) => "No forecast: the latest figures are too old.".to_owned(),
        PoolForecast::NoClearGrowth => {
            "No forecast: the allocation did not grow steadily in the last 8 weeks.".to_owned()
        }
        PoolForecast::Full => String::new(),
        PoolForecast::NotSoon => {
            "At the pace of the last 8 weeks, the pool is not full within two years.".to_owned()
        }
        PoolForecast::FullIn { weeks, per_week } => {
            let time = if weeks == 1 {
                "a week".to_owned()
            } else {
                format!("{weeks} weeks")
            };
            let month = today.saturating_add(weeks.weeks()).strftime("%B %Y");
            format!(
                "Full in about {time} ({month}) at the pace of the last 8 weeks: about {} channels a week.",
                group_thousands(per_week)
            )
        }
    }
}

fn slots(figures: &Figures) -> Vec<Slot> {
    // 365 days have more points than the drawing has room for. The last day of each week is enough.
    if figures.range == Range::Year {
        let weeks = figures.mondays().into_iter().map(|monday| Slot {
            label: monday.to_string(),
            pool: figures
                .of_week(monday)
                .filter_map(DailyFigures::pool)
                .last(),
        });
        return weeks.collect();
    }
    let days = figures.dates().into_iter().map(|date| Slot {
        label: date.to_string(),
        pool: figures.days.get(&date).and_then(DailyFigures::pool),
    });
    days.collect()
}

fn chart_of(figures: &Figures) -> Option<Chart> {
    let slots = slots(figures);
    let known: Vec<(&str, (i64, i64))> = slots
        .iter()
        .filter_map(|slot| Some((slot.label.as_str(), slot.pool?)))
        .collect();
    let ((first_day, first), (last_day, last)) = (known.first()?, known.last()?);
    let by_week = figures.range == Range::Year;
    let unit = if by_week { "Week from" } else { "Day" };
    let labels: Vec<String> = slots.iter().map(|slot| slot.label.clone()).collect();
    let text = ChartText {
        id: "pool-trend",
        title: format!("Channel pool, {}", figures.range.label()),
        description: format!(
            "Allocated channels: {} of {} on {first_day}, {} of {} on {last_day}.",
            group_thousands(first.0),
            group_thousands(first.1),
            group_thousands(last.0),
            group_thousands(last.1),
        ),
        x_labels: chart::axis_labels(&labels),
    };
    let series = [
        Series {
            label: "allocated",
            value: group_thousands(last.0),
            values: slots.iter().map(|slot| Some(slot.pool?.0)).collect(),
        },
        Series {
            label: "in the pool",
            value: group_thousands(last.1),
            values: slots.iter().map(|slot| Some(slot.pool?.1)).collect(),
        },
    ];
    let table = ChartTable {
        head: vec![unit, "Allocated", "Pool", "Free"],
        rows: rows(&slots),
    };
    Some(Chart::lines(text, &series, table))
}

/// Returns the rows of the table, newest first. Consecutive days without figures are one row.
fn rows(slots: &[Slot]) -> Vec<(String, Vec<String>)> {
    let mut rows = Vec::new();
    let mut gap: Option<(&str, &str)> = None;
    let close = |gap: &mut Option<(&str, &str)>, rows: &mut Vec<(String, Vec<String>)>| {
        if let Some((from, to)) = gap.take() {
            let head = if from == to {
                from.to_owned()
            } else {
                format!("{from} to {to}")
            };
            rows.push((head, vec!["no figures".to_owned(); 3]));
        }
    };
    for slot in slots.iter().rev() {
        let Some((allocated, total)) = slot.pool else {
            gap = Some((&slot.label, gap.map_or(slot.label.as_str(), |(_, to)| to)));
            continue;
        };
        close(&mut gap, &mut rows);
        let values = [allocated, total, (total - allocated).max(0)];
        rows.push((slot.label.clone(), values.map(group_thousands).into()));
    }
    close(&mut gap, &mut rows);
    rows
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_forecast_is_a_sentence_that_says_what_it_rests_on() {
        for (forecast, sentence) in [
            (
                PoolForecast::FullIn {
                    weeks: 14,
                    per_week: 1_250,
                },
                "Full in about 14 weeks (March 2027) at the pace of the last 8 weeks: about 1,250 channels a week.",
            ),
            (
                PoolForecast::TooFewDays(3),
                "No forecast yet: 3 of the last 56 days have figures. It needs 28.",
            ),
            (
                PoolForecast::TooFewDays(40),
                "No forecast: the latest figures are too old.",
            ),
            (PoolForecast::Full, ""),
        ] {
            assert_eq!(forecast_sentence(forecast, date(2026, 11, 29)), sentence);
        }
    }

    #[test]
    fn days_without_figures_are_one_row_of_the_table() {
        let slot = |label: &str, pool| Slot {
            label: label.to_owned(),
            pool,
        };
        let heads = |slots: &[Slot]| {
            let rows = rows(slots);
            rows.into_iter().map(|(head, _)| head).collect::<Vec<_>>()
        };
        let all = [
            slot("1", None),
            slot("2", Some((1, 2))),
            slot("3", None),
            slot("4", None),
            slot("5", Some((3, 2))),
        ];
        assert_eq!(heads(&all), ["5", "3 to 4", "2", "1"]);
        assert_eq!(rows(&all)[0].1, ["3", "2", "0"]);
        assert_eq!(heads(&[]), Vec::<String>::new());
    }
}

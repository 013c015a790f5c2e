//! Charts of what happened each week, from Monday to Sunday.

use jiff::ToSpan;
use jiff::civil::Date;

use super::Figures;
use crate::db::daily_figures::DailyChanges;
use crate::web::chart::{self, Chart, ChartTable, ChartText, Series};
use crate::web::format::group_thousands;

/// Changes of a week.
struct Week {
    monday: Date,
    /// Number of days with figures, and of days that are over or have begun.
    recorded: usize,
    days: usize,
    changes: DailyChanges,
}

/// Two numbers of each week, with their names.
struct Pair {
    id: &'static str,
    title: &'static str,
    heads: [&'static str; 2],
    labels: [&'static str; 2],
    values: fn(&DailyChanges) -> [i64; 2],
}

/// Returns the chart of created and disabled accounts; `None` if no figure is recorded yet.
pub fn accounts_by_week(figures: &Figures) -> Option<Chart> {
    let pair = Pair {
        id: "accounts-by-week",
        title: "Accounts created and disabled by week",
        heads: ["Created", "Disabled"],
        labels: ["created", "disabled"],
        values: |changes| [changes.created, changes.disabled],
    };
    chart_of(figures, &pair)
}

/// Returns the chart of given and taken channels; `None` if no figure is recorded yet.
pub fn channels_by_week(figures: &Figures) -> Option<Chart> {
    let pair = Pair {
        id: "channels-by-week",
        title: "Channels given out and taken back by week",
        heads: ["Given out", "Taken back"],
        labels: ["given out", "taken back"],
        values: |changes| [changes.channels_given, changes.channels_taken],
    };
    chart_of(figures, &pair)
}

fn weeks(figures: &Figures) -> Vec<Week> {
    let week = |monday: Date| {
        let days = monday.series(1.day()).take(7);
        let mut week = Week {
            monday,
            recorded: 0,
            days: days.filter(|day| *day <= figures.today).count(),
            changes: DailyChanges::default(),
        };
        for day in figures.of_week(monday) {
            week.recorded += 1;
            week.changes.created += day.changes.created;
            week.changes.disabled += day.changes.disabled;
            week.changes.channels_given += day.changes.channels_given;
            week.changes.channels_taken += day.changes.channels_taken;
        }
        week
    };
    figures.mondays().into_iter().map(week).collect()
}

fn chart_of(figures: &Figures, pair: &Pair) -> Option<Chart> {
    let weeks = weeks(figures);
    weeks.iter().find(|week| week.recorded > 0)?;
    let values: Vec<Option<[i64; 2]>> = weeks
        .iter()
        .map(|week| (week.recorded > 0).then(|| (pair.values)(&week.changes)))
        .collect();
    let sum = |index: usize| values.iter().flatten().map(|pair| pair[index]).sum::<i64>();
    let series = [0, 1].map(|index| Series {
        label: pair.labels[index],
        value: group_thousands(sum(index)),
        values: values.iter().map(|pair| Some((*pair)?[index])).collect(),
    });
    let labels: Vec<String> = weeks.iter().map(|week| week.monday.to_string()).collect();
    let rows = weeks.iter().zip(&values).rev();
    let rows = rows.map(|(week, values)| {
        let mut cells = match values {
            Some(values) => values.map(group_thousands).to_vec(),
            None => vec!["no figures".to_owned(); 2],
        };
        cells.push(format!("{} of {}", week.recorded, week.days));
        (week.monday.to_string(), cells)
    });
    let [first, second] = pair.heads;
    let table = ChartTable {
        head: vec!["Week from", first, second, "Days recorded"],
        rows: rows.collect(),
    };
    let text = ChartText {
        id: pair.id,
        title: format!("{}, {}", pair.title, figures.range.label()),
        description: format!(
            "{} {}, {} {} since {}.",
            series[0].value, pair.labels[0], series[1].value, pair.labels[1], labels[0]
        ),
        x_labels: chart::axis_labels(&labels),
    };
    Some(Chart::bars(text, &series, table))
}

//! Charts, drawn as SVG on the server (`templates/_chart.html`): lines, steps and bars.
//!
//! The drawing has no text and stretches with the page; its labels are HTML around it. Colors come
//! from the style sheet. The data is also a table, so nobody needs the drawing.

mod scale;
mod shapes;

use scale::Scale;
use shapes::Shape;

use super::format::group_thousands;

/// Width of the drawing in its own units.
const WIDTH: i64 = 1_000;
/// Height of the drawing in its own units.
const HEIGHT: i64 = 300;

/// Chart as a page shows it.
#[derive(Clone, Debug)]
pub struct Chart {
    /// Prefix of the IDs of its elements, unique on the page.
    pub id: &'static str,
    /// Short title, for people who do not see the drawing.
    pub title: String,
    /// Sentence that tells what the drawing shows.
    pub description: String,
    /// Parts of the drawing, the lowest first.
    pub shapes: Vec<Shape>,
    pub legend: Vec<LegendItem>,
    /// Labels of the vertical axis, from the top to the bottom.
    pub y_labels: Vec<String>,
    /// Labels of the horizontal axis, from the start to the end.
    pub x_labels: Vec<String>,
    pub table: ChartTable,
}

/// Name of a series with its mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegendItem {
    /// Class of the mark: `is-first`, `is-second` or `is-gap`.
    pub class: &'static str,
    /// Latest value or sum, with thousands separators; may be empty.
    pub value: String,
    pub label: &'static str,
}

/// Data of a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChartTable {
    /// Headings. The first is that of the rows.
    pub head: Vec<&'static str>,
    /// Rows, each with its heading and its values.
    pub rows: Vec<(String, Vec<String>)>,
}

/// Values of one series, one for each place of the horizontal axis. `None` is a gap.
#[derive(Clone, Debug)]
pub struct Series {
    pub label: &'static str,
    /// Value in the legend; may be empty.
    pub value: String,
    pub values: Vec<Option<i64>>,
}

/// Words of a chart.
#[derive(Clone, Debug)]
pub struct ChartText {
    pub id: &'static str,
    pub title: String,
    pub description: String,
    pub x_labels: Vec<String>,
}

const CLASSES: [&str; 2] = ["is-first", "is-second"];

impl Chart {
    /// Draws up to two series as lines. A gap interrupts them.
    pub fn lines(text: ChartText, series: &[Series], table: ChartTable) -> Self {
        let scale = Scale::for_values(series.iter().flat_map(|series| &series.values));
        let mut shapes = shapes::gap_bands(&gaps(series), true);
        for (series, class) in series.iter().zip(CLASSES) {
            shapes.extend(shapes::line(&series.values, &scale, class));
        }
        Self::new(text, series, scale, shapes, table)
    }

    /// Draws up to two series as bars beside each other.
    pub fn bars(text: ChartText, series: &[Series], table: ChartTable) -> Self {
        let scale = Scale::for_values(series.iter().flat_map(|series| &series.values));
        let mut shapes = shapes::gap_bands(&gaps(series), false);
        for (index, (series, class)) in series.iter().zip(CLASSES).enumerate() {
            shapes.push(shapes::bars(&series.values, &scale, class, index));
        }
        Self::new(text, series, scale, shapes, table)
    }

    /// Draws values that hold until the next one. Each has its place in thousandths of the width.
    pub fn steps(
        text: ChartText,
        label: &'static str,
        points: &[(i64, i64)],
        table: ChartTable,
    ) -> Self {
        let values: Vec<Option<i64>> = points.iter().map(|(_, value)| Some(*value)).collect();
        let scale = Scale::for_values(&values);
        let shapes = vec![shapes::steps(points, &scale, CLASSES[0])];
        let series = [Series {
            label,
            value: String::new(),
            values,
        }];
        Self::new(text, &series, scale, shapes, table)
    }

    fn new(
        text: ChartText,
        series: &[Series],
        scale: Scale,
        mut shapes: Vec<Shape>,
        table: ChartTable,
    ) -> Self {
        shapes.insert(0, shapes::grid(&scale));
        shapes.retain(|shape| !shape.path.is_empty());
        let mut legend: Vec<LegendItem> = series
            .iter()
            .zip(CLASSES)
            .map(|(series, class)| LegendItem {
                class,
                value: series.value.clone(),
                label: series.label,
            })
            .collect();
        if gaps(series).contains(&true) {
            legend.push(LegendItem {
                class: "is-gap",
                value: String::new(),
                label: "no figures",
            });
        }
        let y_labels = scale.ticks().into_iter().rev().map(group_thousands);
        Self {
            id: text.id,
            title: text.title,
            description: text.description,
            x_labels: text.x_labels,
            y_labels: y_labels.collect(),
            shapes,
            legend,
            table,
        }
    }
}

/// Returns `true` for each place at which no series has a value.
fn gaps(series: &[Series]) -> Vec<bool> {
    let places = series.iter().map(|series| series.values.len()).max();
    let is_gap = |at: usize| {
        let mut values = series.iter().map(|series| series.values.get(at));
        values.all(|value| matches!(value, None | Some(None)))
    };
    (0..places.unwrap_or_default()).map(is_gap).collect()
}

/// Returns the first, the middle and the last label of an axis, as far as they differ.
pub fn axis_labels(labels: &[String]) -> Vec<String> {
    let last = labels.len().saturating_sub(1);
    let mut places = vec![0, last / 2, last];
    if last < 4 {
        places = vec![0, last];
    }
    places.dedup();
    let labels = places.into_iter().filter_map(|place| labels.get(place));
    labels.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> ChartText {
        ChartText {
            id: "c",
            title: String::new(),
            description: String::new(),
            x_labels: Vec::new(),
        }
    }

    fn series(values: &[Option<i64>]) -> Series {
        Series {
            label: "channels",
            value: String::new(),
            values: values.to_vec(),
        }
    }

    fn path(chart: &Chart, class: &str) -> String {
        let found = chart.shapes.iter().find(|shape| shape.class == class);
        found.map(|shape| shape.path.clone()).unwrap_or_default()
    }

    #[test]
    fn a_gap_interrupts_the_line_and_is_named_in_the_legend() {
        let values = [Some(0), Some(10), None, Some(5), None];
        let chart = Chart::lines(text(), &[series(&values)], ChartTable::default());
        assert_eq!(path(&chart, "line is-first"), "M0 300L250 0");
        assert_eq!(path(&chart, "dot is-first"), "M750 150h0");
        assert_eq!(
            path(&chart, "gap"),
            "M375 0h250v300h-250zM875 0h125v300h-125z"
        );
        assert_eq!(
            chart.legend.last().map(|item| item.label),
            Some("no figures")
        );
        let whole = Chart::lines(text(), &[series(&[Some(1); 3])], ChartTable::default());
        assert_eq!(whole.legend.len(), 1);
        assert_eq!(path(&whole, "gap"), "");
    }

    #[test]
    fn no_point_and_one_point_are_drawn_too() {
        let none = Chart::lines(text(), &[series(&[])], ChartTable::default());
        assert_eq!(path(&none, "line is-first"), "");
        assert_eq!(none.y_labels, ["1", "0"]);
        let one = Chart::lines(text(), &[series(&[Some(4)])], ChartTable::default());
        assert_eq!(path(&one, "dot is-first"), "M500 0h0");
    }

    #[test]
    fn two_series_share_one_scale() {
        let both = [series(&[Some(200); 2]), series(&[Some(400); 2])];
        let chart = Chart::lines(text(), &both, ChartTable::default());
        assert_eq!(path(&chart, "line is-first"), "M0 150L1000 150");
        assert_eq!(path(&chart, "line is-second"), "M0 0L1000 0");
        assert_eq!(chart.y_labels, ["400", "300", "200", "100", "0"]);
    }

    #[test]
    fn bars_stand_beside_each_other_and_an_empty_one_is_not_drawn() {
        let both = [series(&[Some(2), Some(0)]), series(&[Some(1), None])];
        let chart = Chart::bars(text(), &both, ChartTable::default());
        assert_eq!(path(&chart, "bar is-first"), "M75 0h175v300h-175z");
        assert_eq!(path(&chart, "bar is-second"), "M250 150h175v150h-175z");
        assert_eq!(path(&chart, "gap"), "");
    }

    #[test]
    fn a_step_holds_until_the_next_one() {
        let chart = Chart::steps(
            text(),
            "limit",
            &[(0, 10), (400, 20), (1_000, 20)],
            ChartTable::default(),
        );
        assert_eq!(path(&chart, "line is-first"), "M0 150H400V0H1000V0");
    }

    #[test]
    fn an_axis_has_at_most_three_labels() {
        let labels = |count: usize| {
            let labels: Vec<String> = (0..count).map(|label| label.to_string()).collect();
            axis_labels(&labels).join(" ")
        };
        assert_eq!(
            [0, 1, 2, 5, 30].map(labels),
            ["", "0", "0 1", "0 2 4", "0 14 29"]
        );
    }
}

//! Shapes of a drawing as SVG paths, in whole units. All marks of a series are one path.

use std::fmt::Write;

use super::scale::Scale;
use super::{HEIGHT, WIDTH};

/// Part of a drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Classes from which the style sheet gives it its color.
    pub class: String,
    /// Data of the path.
    pub path: String,
}

impl Shape {
    fn new(class: impl Into<String>, path: String) -> Self {
        let class = class.into();
        Self { class, path }
    }
}

/// Appends to a path. Writing to a text cannot fail.
macro_rules! draw {
    ($path:expr, $($part:tt)*) => {{
        let _ = write!($path, $($part)*);
    }};
}

/// Returns the place of a point on the horizontal axis. A single point is in the middle.
fn x(at: usize, count: usize) -> i64 {
    match count {
        0 | 1 => WIDTH / 2,
        _ => share(at, count - 1),
    }
}

/// Returns the start of a slot if the width is divided into equal ones.
fn share(at: usize, count: usize) -> i64 {
    let (at, count) = (to_i64(at), to_i64(count.max(1)));
    WIDTH * at / count
}

fn to_i64(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX / WIDTH)
}

/// Returns the horizontal lines at the marked values.
pub(super) fn grid(scale: &Scale) -> Shape {
    let mut path = String::new();
    for tick in scale.ticks() {
        draw!(path, "M0 {}h{WIDTH}", scale.y(tick));
    }
    Shape::new("grid", path)
}

/// Returns a line. A gap interrupts it, and a point without neighbors is a dot.
pub(super) fn line(values: &[Option<i64>], scale: &Scale, class: &str) -> [Shape; 2] {
    let (mut path, mut dots) = (String::new(), String::new());
    let value_at = |at: usize| values.get(at).copied().flatten();
    let y_at = |at: usize| value_at(at).map(|value| scale.y(value));
    let is_level = |at: usize, y| y_at(at - 1) == Some(y) && y_at(at + 1) == Some(y);
    for (at, value) in values.iter().enumerate() {
        let Some(value) = value else { continue };
        let (x, y) = (x(at, values.len()), scale.y(*value));
        let starts = at == 0 || value_at(at - 1).is_none();
        let ends = value_at(at + 1).is_none();
        match (starts, ends) {
            (true, true) => draw!(dots, "M{x} {y}h0"),
            (true, false) => draw!(path, "M{x} {y}"),
            // The line passes here without a bend.
            (false, false) if is_level(at, y) => {}
            (false, _) => draw!(path, "L{x} {y}"),
        }
    }
    [("line", path), ("dot", dots)].map(|(kind, path)| Shape::new(format!("{kind} {class}"), path))
}

/// Returns a line whose values hold until the next one.
pub(super) fn steps(points: &[(i64, i64)], scale: &Scale, class: &str) -> Shape {
    let mut path = String::new();
    for (index, (x, value)) in points.iter().enumerate() {
        let y = scale.y(*value);
        if index == 0 {
            draw!(path, "M{x} {y}");
        } else {
            draw!(path, "H{x}V{y}");
        }
    }
    Shape::new(format!("line {class}"), path)
}

/// Returns the bars of one of two series. Each slot has room for both and a space.
pub(super) fn bars(values: &[Option<i64>], scale: &Scale, class: &str, index: usize) -> Shape {
    let mut path = String::new();
    for (at, value) in values.iter().enumerate() {
        let Some(value) = value.filter(|value| *value > 0) else {
            continue;
        };
        let (start, end) = (share(at, values.len()), share(at + 1, values.len()));
        let space = (end - start) * 15 / 100;
        let width = ((end - start - 2 * space) / 2).max(1);
        let x = start + space + width * to_i64(index);
        // A small value is still visible.
        let y = scale.y(value).min(HEIGHT - 2);
        draw!(path, "M{x} {y}h{width}v{}h-{width}z", HEIGHT - y);
    }
    Shape::new(format!("bar {class}"), path)
}

/// Returns bands behind the gaps. In a chart of lines, a band reaches half-way to the next points.
pub(super) fn gap_bands(gaps: &[bool], of_lines: bool) -> Vec<Shape> {
    let mut path = String::new();
    let mut at = 0;
    while at < gaps.len() {
        let length = gaps[at..].iter().take_while(|gap| **gap).count();
        if length > 0 {
            let (start, end) = if of_lines {
                let half = |at: usize| share(2 * at, 2 * (gaps.len() - 1).max(1));
                let half_step = share(1, 2 * (gaps.len() - 1).max(1));
                let start = (half(at) - half_step).max(0);
                (start, (half(at + length - 1) + half_step).min(WIDTH))
            } else {
                (share(at, gaps.len()), share(at + length, gaps.len()))
            };
            let width = end - start;
            draw!(path, "M{start} 0h{width}v{HEIGHT}h-{width}z");
        }
        at += length + 1;
    }
    if path.is_empty() {
        Vec::new()
    } else {
        vec![Shape::new("gap", path)]
    }
}

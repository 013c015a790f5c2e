//! Limit on lines of the log that people who are not signed in can cause, such as refused sign-ins.
//!
//! A flood of them would fill the disk and hide other lines. So each kind has a number of lines a
//! minute, and all kinds together have one, but the first few of a kind are always written. What is
//! left out is reported in one line for each kind.
//! Lines about changes, errors and signed-in people are never limited.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::domain::time::Timestamp;
use crate::metrics::Metrics;

/// Duration for which lines are counted.
const WINDOW: Duration = Duration::from_mins(1);
/// Maximum number of lines of one kind in that time.
const MAX_OF_KIND: u64 = 100;
/// Number of lines of all kinds in that time, after which only the first few of a kind are written.
const MAX_OF_ALL: u64 = 1_000;
/// Number of first lines of a kind that are written in any case.
const FIRST_OF_KIND: u64 = 10;
/// Maximum number of kinds that are told apart. There are fewer, because a kind has the pattern of a
/// route and not its path.
const MAX_KINDS: usize = 500;

/// Feature that lines of one kind share.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LineKind {
    /// Words of the line.
    pub words: &'static str,
    /// Pattern of the request's route; empty if the line has none.
    pub route: String,
    /// Status of the answer; 0 if the line has none.
    pub status: u16,
}

impl LineKind {
    /// Returns the kind of lines that differ in nothing.
    #[must_use]
    pub const fn of_words(words: &'static str) -> Self {
        Self {
            words,
            route: String::new(),
            status: 0,
        }
    }
}

/// Lines of the current minute.
#[derive(Debug)]
pub struct RepeatedLines {
    window: Mutex<Window>,
    metrics: Metrics,
}

#[derive(Debug, Default)]
struct Window {
    /// Start of the minute; `None` before the first line.
    started_at: Option<Timestamp>,
    written: u64,
    kinds: HashMap<LineKind, Count>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    lines: u64,
    left_out: u64,
}

impl RepeatedLines {
    /// Returns a limit that no line has used up yet.
    #[must_use]
    pub fn new(metrics: Metrics) -> Self {
        let window = Mutex::default();
        Self { window, metrics }
    }

    /// Counts a line and returns `true` if it is to be written.
    pub fn admits(&self, kind: LineKind, now: Timestamp) -> bool {
        let (is_written, ended) = {
            let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
            let ended = window.end_if_over(now);
            window.started_at.get_or_insert(now);
            (window.count(kind), ended)
        };
        write(ended);
        if !is_written {
            self.metrics.record_left_out_line();
        }
        is_written
    }

    /// Reports what was left out, if the minute is over.
    pub fn report(&self, now: Timestamp) {
        let ended = self
            .window
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .end_if_over(now);
        write(ended);
    }

    /// Reports what was left out so far, for the shutdown.
    pub fn report_all(&self) {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = std::mem::take(&mut window.kinds);
        drop(window);
        write(ended);
    }
}

impl Window {
    /// Begins another minute if this one is over. Returns the counts of the old one.
    fn end_if_over(&mut self, now: Timestamp) -> HashMap<LineKind, Count> {
        let is_over = self
            .started_at
            .is_some_and(|started_at| started_at.until(now) >= WINDOW);
        if is_over {
            std::mem::take(self).kinds
        } else {
            HashMap::new()
        }
    }

    fn count(&mut self, kind: LineKind) -> bool {
        let kind = if self.kinds.len() < MAX_KINDS || self.kinds.contains_key(&kind) {
            kind
        } else {
            LineKind::of_words("other")
        };
        let count = self.kinds.entry(kind).or_default();
        count.lines += 1;
        let has_room = count.lines <= MAX_OF_KIND && self.written < MAX_OF_ALL;
        let is_written = has_room || count.lines <= FIRST_OF_KIND;
        if is_written {
            self.written += 1;
        } else {
            count.left_out += 1;
        }
        is_written
    }
}

/// Writes a line for each kind of which some were left out.
fn write(ended: HashMap<LineKind, Count>) {
    for (kind, count) in ended {
        if count.left_out > 0 {
            let LineKind {
                words,
                route,
                status,
            } = kind;
            let (lines, left_out) = (count.lines, count.left_out);
            tracing::warn!(
                of = words,
                route,
                status,
                lines,
                left_out,
                "lines of one kind were left out: too many in a minute"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_000_000) + Duration::from_secs(seconds)
    }

    #[test]
    fn each_kind_has_its_lines_a_minute() {
        let metrics = Metrics::default();
        let lines = RepeatedLines::new(metrics);
        let written = |kind: &'static str, now| {
            let kind = LineKind::of_words(kind);
            (0..500).filter(|_| lines.admits(kind.clone(), now)).count()
        };
        assert_eq!(written("a", at(0)), 100);
        assert_eq!(written("b", at(59)), 100);
        assert_eq!(written("a", at(59)), 0);
        assert_eq!(written("a", at(60)), 100);
    }

    #[test]
    fn all_kinds_together_are_limited_and_so_is_their_number() {
        let lines = RepeatedLines::new(Metrics::default());
        let kind = |route: usize| LineKind {
            words: "answered",
            route: route.to_string(),
            status: 404,
        };
        let written = |routes: usize, now| {
            let admitted = (0..10_000).filter(|line| lines.admits(kind(line % routes), now));
            admitted.count()
        };
        assert_eq!(written(20, at(0)), 1_000);
        assert_eq!(written(400, at(60)), 4_000);
        assert_eq!(written(10_000, at(120)), MAX_KINDS + 100);
        let window = lines.window.lock().unwrap();
        assert!(
            window.kinds.len() <= MAX_KINDS + 1,
            "{}",
            window.kinds.len()
        );
    }
}

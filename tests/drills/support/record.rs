//! Record of a drill: what people see, in order, and what must not happen.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Response;

/// Longest time for an answer.
pub const LIMIT: Duration = Duration::from_secs(3);
/// Width of the texts in the table.
const WIDTH: usize = 96;
/// Maximum number of log lines in the table.
const MAX_LOG_LINES: usize = 25;

/// Record. Clones share it.
#[derive(Clone)]
pub struct Record(Arc<Inner>);

struct Inner {
    title: String,
    began: Instant,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    rows: Vec<Row>,
    log_lines: Vec<String>,
    answers: usize,
    unavailable: usize,
    slowest: Duration,
    faults: Vec<String>,
}

struct Row {
    at: Duration,
    what: String,
    status: String,
    took: Option<Duration>,
    text: String,
}

impl Record {
    /// Begins the record of a drill.
    pub fn new(title: &str) -> Self {
        Self(Arc::new(Inner {
            title: title.to_owned(),
            began: Instant::now(),
            kept: Mutex::default(),
        }))
    }

    /// Adds what happens to the program.
    pub fn note(&self, text: impl Into<String>) {
        self.add("--", "", None, text.into());
    }

    /// Adds a line of the program's log, without its time and request. Lines that look alike are added once.
    pub fn log(&self, line: &str) {
        let line = line.split_once("Z ").map_or(line, |(_, rest)| rest).trim();
        let level = line.split_whitespace().next().unwrap_or_default();
        let message = line.rsplit_once("}:").map_or(line, |(_, message)| message);
        let message = message
            .trim_start_matches("save: ")
            .trim_start_matches(level)
            .trim();
        let line: String = format!("{level} {message}")
            .chars()
            .take(2 * WIDTH)
            .collect();
        let shape: String = line
            .chars()
            .filter(char::is_ascii_alphabetic)
            .take(70)
            .collect();
        let mut kept = self.kept();
        if kept.log_lines.contains(&shape) || kept.log_lines.len() >= MAX_LOG_LINES {
            return;
        }
        kept.log_lines.push(shape);
        drop(kept);
        self.add("log", "", None, line);
    }

    /// Counts an answer and checks it. Adds it to the table if `shown`.
    pub fn answer(&self, answer: &Response, took: Duration, shown: bool) {
        let status = answer.status.as_u16();
        let text = seen(answer);
        let mut kept = self.kept();
        kept.answers += 1;
        kept.unavailable += usize::from(status == 503);
        kept.slowest = kept.slowest.max(took);
        let mut fault = |what: String| {
            kept.faults
                .push(format!("{}: {what}: {text}", answer.asked));
        };
        if status >= 500 && status != 503 {
            fault(format!("status {status}"));
        }
        if took > LIMIT {
            fault(format!("took {took:.1?}"));
        }
        if status == 503 && answer.has(".error-page") && answer.header("retry-after").is_empty() {
            fault("no Retry-After".to_owned());
        }
        drop(kept);
        if shown {
            let retry = answer.header("retry-after");
            let retry = if retry.is_empty() {
                String::new()
            } else {
                format!(" (Retry-After: {retry})")
            };
            self.add(
                &answer.asked,
                &status.to_string(),
                Some(took),
                format!("{text}{retry}"),
            );
        }
    }

    /// Adds something that must not happen.
    pub fn fault(&self, text: impl Into<String>) {
        let text = text.into();
        self.add("FAULT", "", None, text.clone());
        self.kept().faults.push(text);
    }

    /// Prints the table, and fails if something happened that must not.
    #[track_caller]
    pub fn finish(&self) {
        let (answers, unavailable, slowest, faults) = {
            let mut kept = self.kept();
            (
                kept.answers,
                kept.unavailable,
                kept.slowest,
                std::mem::take(&mut kept.faults),
            )
        };
        self.note(format!(
            "{answers} answers, {unavailable} of them 503, the slowest after {slowest:.1?}"
        ));
        self.print();
        self.kept().rows.clear();
        assert!(
            faults.is_empty(),
            "{}:\n{}",
            self.0.title,
            faults.join("\n")
        );
    }

    fn add(&self, what: &str, status: &str, took: Option<Duration>, text: String) {
        let at = self.0.began.elapsed();
        let row = Row {
            at,
            what: what.to_owned(),
            status: status.to_owned(),
            took,
            text,
        };
        self.kept().rows.push(row);
    }

    #[expect(clippy::print_stdout, reason = "a drill prints what people see")]
    fn print(&self) {
        let mut table = format!("\n== {}\n", self.0.title);
        for row in &self.kept().rows {
            let at = row.at.as_secs_f64();
            let took = row
                .took
                .map(|took| format!("{:.1} s", took.as_secs_f64()))
                .unwrap_or_default();
            let what: String = row.what.chars().take(34).collect();
            let mut lines = wrapped(&row.text).into_iter();
            let first = lines.next().unwrap_or_default();
            let _ = writeln!(
                table,
                "{at:6.1} s  {what:<34} {:>3} {took:>6}  {first}",
                row.status
            );
            for line in lines {
                let _ = writeln!(table, "{:57}{line}", "");
            }
        }
        println!("{table}");
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // A drill that ended early has not printed it.
        let kept = std::mem::take(self.kept.get_mut().unwrap_or_else(PoisonError::into_inner));
        if !kept.rows.is_empty() {
            let inner = Self {
                title: self.title.clone(),
                began: self.began,
                kept: Mutex::new(kept),
            };
            let record = Record(Arc::new(inner));
            record.print();
            record.kept().rows.clear();
        }
    }
}

/// Returns the sentences of a page that say what happened.
pub fn seen(answer: &Response) -> String {
    let css = ".banner:not(.banner-practice):not(.banner-info) p, .error-page h1, .error-page h1 + p, .toast > p, .notice, \
               .field-error";
    let mut sentences = answer.select(css);
    sentences.retain(|sentence| !sentence.is_empty());
    sentences.dedup();
    if !sentences.is_empty() {
        return sentences.join(" | ");
    }
    if let Some(to) = answer.leads_to() {
        return format!("leads to {to}");
    }
    let title = answer.select("h1").into_iter().next();
    title.unwrap_or_else(|| answer.words().chars().take(WIDTH).collect())
}

fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        if lines[last].chars().count() + word.chars().count() < WIDTH {
            let line = &mut lines[last];
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

//! Page of a job that was started: progress, what people can do, and the items with their results.

use std::time::Duration;

use askama::Template;
use axum::response::Response;

use super::rows::{self, ItemRows, ItemsQuery};
use super::{JobContext, PATH, list};
use crate::bulk;
use crate::db::jobs::{self, items};
use crate::domain::job::{ItemState, JobCounts, JobState};
use crate::domain::text::group_thousands;
use crate::web::error::Error;
use crate::web::format::FormattedTime;
use crate::web::layout::{Layout, Section};
use crate::web::listing::Tab;
use crate::web::notice::Notice;
use crate::web::render;

/// Time over which the rate is measured.
const RATE_WINDOW: Duration = Duration::from_mins(1);
/// Number of items from which a rate is shown.
const MIN_RATED: i64 = 5;

#[derive(Template)]
#[template(path = "jobs/run.html")]
struct RunPage {
    layout: Layout,
    view: RunView,
}

/// Parts of the page that change while the job runs.
#[derive(Template)]
#[template(path = "jobs/_live.html")]
struct LiveFragment<'a> {
    view: &'a RunView,
}

struct RunView {
    path: String,
    /// Address of the job's events in the activity.
    events_href: String,
    title: String,
    selection: String,
    reason: String,
    person: String,
    started: Option<FormattedTime>,
    finished: Option<FormattedTime>,
    /// Address of the job that this one undoes.
    undoes: Option<String>,
    /// Address of the job that undid this one.
    undone_by: Option<String>,
    job_state: JobState,
    counts: JobCounts,
    notices: Vec<Notice>,
    /// Rate and time left; empty if they are not known.
    pace: String,
    failures: Vec<(String, String)>,
    /// True if the failed rows of a file can be downloaded.
    has_failed_rows: bool,
    may_change: bool,
    tabs: Vec<Tab>,
    query: ItemsQuery,
    items: ItemRows,
}

impl RunView {
    fn state(&self) -> &'static str {
        match self.job_state {
            JobState::Paused if self.is_under_way() => "Pausing",
            JobState::Stopped if self.is_under_way() => "Stopping",
            state => state.label(),
        }
    }

    fn badge(&self) -> &'static str {
        if self.is_under_way() {
            "busy"
        } else {
            list::badge(self.job_state, &self.counts)
        }
    }

    fn is_under_way(&self) -> bool {
        self.counts.under_way() > 0
    }

    /// Returns `true` if the page changes by itself.
    fn is_live(&self) -> bool {
        self.job_state == JobState::Running || self.is_under_way()
    }

    fn total(&self) -> i64 {
        self.counts.included()
    }

    fn finished_items(&self) -> i64 {
        self.counts.finished()
    }

    fn progress(&self) -> String {
        format!(
            "{} of {} finished",
            group_thousands(self.finished_items()),
            group_thousands(self.total())
        )
    }

    fn may_pause(&self) -> bool {
        self.may_change && self.job_state == JobState::Running
    }

    fn may_stop(&self) -> bool {
        self.may_change && matches!(self.job_state, JobState::Running | JobState::Paused)
    }

    /// Returns the label of the button that continues a paused job; empty if there is none.
    fn resume_label(&self) -> String {
        let waiting = self.counts.of(ItemState::Waiting);
        if !self.may_change || self.job_state != JobState::Paused || waiting == 0 {
            return String::new();
        }
        if self.finished_items() + self.counts.under_way() == 0 {
            return "Continue".to_owned();
        }
        format!("Continue with the other {}", group_thousands(waiting))
    }

    fn is_over(&self) -> bool {
        matches!(self.job_state, JobState::Ended | JobState::Stopped) && !self.is_under_way()
    }

    /// Returns the label of the button that runs failed items again; empty if there is none.
    fn retry_label(&self) -> String {
        let number = |state| group_thousands(self.counts.of(state));
        let failed = self.counts.of(ItemState::Refused) + self.counts.of(ItemState::Incomplete);
        let (failed, rest) = (group_thousands(failed), number(ItemState::NotStarted));
        match (self.may_change && self.is_over(), &*failed, &*rest) {
            (false, ..) | (true, "0", "0") => String::new(),
            (true, _, "0") => format!("Retry failed ({failed})"),
            (true, "0", _) => format!("Run the other {rest}"),
            (true, ..) => format!("Retry failed ({failed}) and run the other {rest}"),
        }
    }

    fn may_undo(&self) -> bool {
        self.may_change
            && self.is_over()
            && self.undone_by.is_none()
            && self.counts.of(ItemState::Done) + self.counts.of(ItemState::Incomplete) > 0
    }

    /// Returns `true` if the page offers the rows of the file that came to nothing.
    fn offers_failed_rows(&self) -> bool {
        let failed = [
            ItemState::Refused,
            ItemState::NotStarted,
            ItemState::LeftOut,
        ];
        let has_some = failed.into_iter().any(|state| self.counts.of(state) > 0);
        self.has_failed_rows && self.is_over() && has_some
    }

    /// Returns the address of the items that failed.
    fn failed_href(&self) -> String {
        self.query.href_with(|query| {
            query.filter = rows::ItemsFilter {
                state: Some(ItemState::Refused),
                ..rows::ItemsFilter::default()
            };
        })
    }

    /// Returns the address from which an open page updates itself.
    fn live_href(&self) -> String {
        self.query.href()
    }
}

/// Order of the tabs: failures first.
const TABS: [ItemState; 9] = [
    ItemState::Refused,
    ItemState::Incomplete,
    ItemState::Unknown,
    ItemState::Checking,
    ItemState::Running,
    ItemState::Waiting,
    ItemState::NotStarted,
    ItemState::Done,
    ItemState::LeftOut,
];

/// Shows the run.
pub(super) async fn show(context: &JobContext, query: ItemsQuery) -> Result<Response, Error> {
    let view = load(context, query).await?;
    if context.htmx.partial {
        return render::html(&LiveFragment { view: &view });
    }
    let mut layout = context
        .may
        .layout(view.title.clone(), Section::Jobs)
        .await?;
    // The page itself shows it, with fresher numbers.
    layout.jobs.retain(|job| job.href != view.path);
    layout.toast = layout.toast.filter(|toast| !toast.leads_to(&view.path));
    layout.refresh = view.is_live().then(|| view.live_href());
    render::html(&RunPage { layout, view })
}

async fn load(context: &JobContext, mut query: ItemsQuery) -> Result<RunView, Error> {
    let (app, job, times) = (&context.app, &context.job, context.may.times());
    let counts = context.counts().await?;
    let failures = if counts.of(ItemState::Refused) > 0 {
        items::failure_groups(&app.db, job.id).await?
    } else {
        Vec::new()
    };
    let path = |id| format!("{PATH}/{id}");
    let items = rows::load(app, job.id, &mut query, |filter| {
        known_total(filter, &counts)
    })
    .await?;
    Ok(RunView {
        path: context.path(),
        events_href: format!("/activity?job={}", job.id),
        title: job.action.title(counts.included()),
        selection: job.selection.clone(),
        reason: job.reason.as_sentence(),
        person: job.staff_name.clone(),
        started: job.started_at.map(|at| times.format(at)),
        finished: job.finished_at.map(|at| times.format(at)),
        undoes: job.undoes.map(path),
        undone_by: jobs::undo_of(&app.db, job.id)
            .await?
            .map(|undoing| path(undoing.id)),
        job_state: job.state,
        notices: notices(context, &counts),
        pace: pace(context, &counts).await?,
        failures: failures
            .into_iter()
            .map(|group| (group_thousands(group.items), group.message))
            .collect(),
        has_failed_rows: context.import().await?.is_some(),
        may_change: context.may_change(),
        tabs: tabs(&query, &counts),
        counts,
        query,
        items,
    })
}

/// Returns the number of items that match a filter, if the counts tell it.
fn known_total(filter: &rows::ItemsFilter, counts: &JobCounts) -> Option<i64> {
    let is_of_state = filter.decision.is_none() && filter.q.is_empty();
    is_of_state.then(|| match filter.state {
        Some(state) => counts.of(state),
        None => counts.all(),
    })
}

fn notices(context: &JobContext, counts: &JobCounts) -> Vec<Notice> {
    let job = &context.job;
    let mut notices = Vec::new();
    if job.state == JobState::Running && !job.waiting_for.is_empty() {
        notices.push(Notice::new(
            "warn",
            "The job is waiting",
            job.waiting_for.as_str(),
        ));
    }
    if counts.of(ItemState::Unknown) > 0 {
        let text = "Open each change, look in Mission Control, and settle it. Nothing is sent again by itself.";
        notices.push(Notice::new("warn", "Some outcomes are unknown", text));
    }
    if !context.may_change() {
        let verb = bulk::permission(&job.action).verb();
        notices.push(Notice::new("info", "", format!("Your role cannot {verb}.")));
    }
    notices
}

fn tabs(query: &ItemsQuery, counts: &JobCounts) -> Vec<Tab> {
    let mut tabs = vec![query.tab("All", counts.all(), |filter| filter.state = None)];
    let shown = TABS
        .into_iter()
        .filter(|state| counts.of(*state) > 0 || query.filter.state == Some(*state));
    tabs.extend(shown.map(|state| {
        query.tab(state.label(), counts.of(state), |filter| {
            filter.state = Some(state);
        })
    }));
    tabs
}

/// Returns the rate and the time left of a running job, once enough items are finished.
async fn pace(context: &JobContext, counts: &JobCounts) -> Result<String, Error> {
    let job = &context.job;
    let is_sending = job.state == JobState::Running && job.waiting_for.is_empty();
    if !is_sending || counts.finished() < MIN_RATED {
        return Ok(String::new());
    }
    let now = context.may.times().now();
    let since = now - RATE_WINDOW;
    let (finished, first) = items::finished_since(&context.app.db, job.id, since).await?;
    let elapsed = first.map(|first| first.until(now)).unwrap_or_default();
    let left = counts.included() - counts.finished();
    Ok(describe_pace(finished, elapsed, left))
}

/// Describes the pace of items that finished in this time.
fn describe_pace(finished: i64, elapsed: Duration, left: i64) -> String {
    let millis = i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX);
    if finished < MIN_RATED || millis < 1_000 {
        return String::new();
    }
    // The time begins with the end of the first item, which therefore does not count.
    let finished = finished - 1;
    let per_minute = (finished * 60_000 / millis).max(1);
    let seconds = left.saturating_mul(millis) / finished / 1_000;
    let time = match seconds {
        ..60 => "less than a minute".to_owned(),
        60..3_600 => format!("about {} min", (seconds + 30) / 60),
        _ => format!("about {} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    };
    format!("{} a minute, {time} left", group_thousands(per_minute))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_described_once_there_is_enough_to_measure() {
        let second = Duration::from_secs(1);
        assert_eq!(describe_pace(4, second * 30, 100), "");
        assert_eq!(describe_pace(10, Duration::ZERO, 100), "");
        assert_eq!(
            describe_pace(11, second * 10, 30),
            "60 a minute, less than a minute left"
        );
        assert_eq!(
            describe_pace(61, second * 60, 600),
            "60 a minute, about 10 min left"
        );
        assert_eq!(
            describe_pace(61, second * 60, 5_400),
            "60 a minute, about 1 h 30 min left"
        );
    }
}

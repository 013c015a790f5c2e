//! Jobs of the signed-in person above every page: the progress of those that run, and the result
//! of one that ended, said once.

use std::time::Duration;

use super::error::Error;
use super::layout::{JobProgress, Toast};
use crate::app::App;
use crate::db::jobs::{self, Job};
use crate::domain::ids::StaffId;
use crate::domain::job::{JobCounts, JobState};
use crate::domain::text::group_thousands;
use crate::domain::time::Timestamp;

/// Jobs of a person at the moment.
#[derive(Clone, Debug, Default)]
pub(super) struct JobStatus {
    pub open: Vec<JobProgress>,
    /// Result of a job that ended, and the time from which others are news.
    pub ended: Option<(Toast, Timestamp)>,
}

/// Returns `true` if one of the jobs changes while a page stays open.
pub(super) fn is_any_running(jobs: &[JobProgress]) -> bool {
    jobs.iter().any(|job| job.is_running)
}

/// Loads a person's open jobs, and the latest one that ended since `since`.
pub(super) async fn load(app: &App, staff: StaffId, since: Timestamp) -> Result<JobStatus, Error> {
    let found = jobs::current_of_staff(&app.db, staff, since).await?;
    let ids: Vec<_> = found.iter().map(|job| job.id).collect();
    let counts = jobs::counts(&app.db, &ids).await?;
    let mut status = JobStatus::default();
    for job in found {
        let counts = counts.get(&job.id).copied().unwrap_or_default();
        match (job.state, job.finished_at) {
            (JobState::Running | JobState::Paused, _) => status.open.push(progress(&job, &counts)),
            (JobState::Ended, Some(at)) => {
                let next = at + Duration::from_millis(1);
                let is_latest = status.ended.as_ref().is_none_or(|(_, other)| *other < next);
                if is_latest {
                    status.ended = Some((result(&job, &counts), next));
                }
            }
            _ => {}
        }
    }
    Ok(status)
}

fn progress(job: &Job, counts: &JobCounts) -> JobProgress {
    let (finished, total) = (counts.finished(), counts.included());
    let is_running = job.state == JobState::Running;
    let numbers = format!(
        "{} of {} finished",
        group_thousands(finished),
        group_thousands(total)
    );
    JobProgress {
        href: format!("/jobs/{}", job.id),
        title: job.action.title(total),
        text: if is_running {
            numbers
        } else {
            format!("paused, {numbers}")
        },
        finished,
        total,
        is_running,
    }
}

/// Returns the toast about a job that ended. It is never green if something failed.
fn result(job: &Job, counts: &JobCounts) -> Toast {
    let has_failed = counts.problems() > 0;
    let kind = if has_failed { "warning" } else { "success" };
    Toast {
        link: Some(("Open".to_owned(), format!("/jobs/{}", job.id))),
        ..Toast::new(kind, format!("Job finished: {}.", counts.summary()))
    }
}

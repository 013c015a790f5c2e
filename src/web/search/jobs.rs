//! Jobs in the search.

use super::entry::{self, Entry, Target};
use crate::app::App;
use crate::db::jobs::{self, Job, JobFilter};
use crate::domain::job::JobCounts;
use crate::domain::text::{MatchRank, TextSearch, folded};
use crate::web::access::Viewer;
use crate::web::error::Error;

/// Maximum number of jobs.
const MAX_JOBS: usize = 3;
/// Number of latest jobs that are compared.
const MAX_READ: u32 = 50;

/// Returns the latest jobs that match.
pub(super) async fn matching(
    app: &App,
    viewer: &Viewer,
    text: &mut TextSearch,
) -> Result<Vec<Entry>, Error> {
    let latest = jobs::page(&app.db, &JobFilter::default(), 1, MAX_READ).await?;
    // The number of accounts is read only for the jobs that are shown.
    let mut found: Vec<(Job, _)> = latest
        .into_iter()
        .filter_map(|job| rank(&job, text).map(|rank| (job, rank)))
        .collect();
    found.sort_by_key(|(_, rank)| *rank);
    found.truncate(MAX_JOBS);
    let ids: Vec<_> = found.iter().map(|(job, _)| job.id).collect();
    let counts = jobs::counts(&app.db, &ids).await?;
    let entries = found.into_iter().map(|(job, rank)| {
        let accounts = counts.get(&job.id).map_or(0, JobCounts::included);
        let target = Target::Page(format!("/jobs/{}", job.id));
        let title = job.action.title(accounts);
        let detail = format!(
            "{} · {} · {}",
            job.state.label(),
            job.staff_name,
            viewer.times().format(job.created_at).relative
        );
        Entry::plain("list-checks", "", target).marked(&title, &detail, &job.selection, rank, text)
    });
    Ok(entry::best(entries.collect(), MAX_JOBS))
}

fn rank(job: &Job, text: &mut TextSearch) -> Option<MatchRank> {
    let id = job.id.to_string();
    let texts = [&*job.action.title(2), &job.selection, &job.staff_name, &id].map(folded);
    text.rank(&texts.each_ref().map(String::as_str))
}

//! Job of an import: every row of the file with its decision, stored as a plan.

use super::{Review, ReviewedRow, RowStatus, SimilarTo};
use crate::app::App;
use crate::bulk::items::PlannedItem;
use crate::bulk::permission::permission;
use crate::bulk::plan::{self, NewJob, PlanError};
use crate::bulk::store;
use crate::db::channel_pool;
use crate::db::imports::{self, Import};
use crate::db::jobs::{self, Job};
use crate::domain::actor::Actor;
use crate::domain::ids::JobId;
use crate::domain::job::{Decision, JobAction, JobState};
use crate::domain::operation::Reason;
use crate::domain::text::group_thousands;
use crate::import::{Column, Mapping};

/// Stores the preview of an import's job and returns it. An earlier preview is discarded.
/// Item `n` of the job is row `n` of the file.
///
/// # Errors
/// Fails with [`PlanError`]. Then nothing was stored.
pub async fn preview_import(
    app: &App,
    actor: &Actor,
    id: JobId,
    import: &Import,
    review: &Review,
) -> Result<Job, PlanError> {
    let action = JobAction::Import {
        file: import.file_name.clone(),
    };
    let needed = permission(&action);
    if !actor.may(needed) {
        return Err(PlanError::Forbidden(needed));
    }
    if let Some(earlier) = jobs::by_id(&app.db, id).await? {
        return Ok(earlier);
    }
    if let Some(earlier) = previous_job(app, import).await? {
        return Ok(earlier);
    }
    plan::ensure_size(app, review.rows.len())?;
    if review.count(RowStatus::Ready) == 0 {
        let sentence = "No row is ready, so there is nothing to create.";
        return Err(PlanError::Rule(sentence.to_owned()));
    }
    let mapping = &review.decisions.mapping;
    let mut planned: Vec<PlannedItem> = review.rows.iter().map(|row| item(row, mapping)).collect();
    let pool = channel_pool::latest(&app.db).await?.map(|(pool, _)| pool);
    plan::exclude_what_does_not_fit(&mut planned, pool);
    let rows = i64::try_from(review.rows.len()).unwrap_or(i64::MAX);
    let new = NewJob {
        id,
        action,
        accounts: Vec::new(),
        selection: format!("{} rows of {}", group_thousands(rows), import.file_name),
        reason: Reason::default(),
    };
    let job = plan::new_job(app, actor, new);
    let job = store::store(app, &job, planned).await?;
    imports::set_job(&app.db, import.id, job.id, app.clock.now()).await?;
    Ok(job)
}

/// Returns the job that was made from the import before, if it was run. Discards its preview if not.
async fn previous_job(app: &App, import: &Import) -> Result<Option<Job>, PlanError> {
    let Some(id) = import.job else {
        return Ok(None);
    };
    let earlier = jobs::by_id(&app.db, id).await?;
    match earlier {
        Some(job) if job.state != JobState::Preview => Ok(Some(job)),
        Some(job) if !jobs::discard(&app.db, job.id).await? => Ok(jobs::by_id(&app.db, id).await?),
        _ => Ok(None),
    }
}

fn item(row: &ReviewedRow, mapping: &Mapping) -> PlannedItem {
    let cell = |column| {
        let at = mapping.position(column)?;
        row.cells.get(at).cloned()
    };
    let label = (
        cell(Column::OrganizationName).unwrap_or_default(),
        cell(Column::Email).unwrap_or_default(),
    );
    let mut item = PlannedItem::of_row(row.change.clone(), label);
    match row.status {
        RowStatus::Ready => {}
        RowStatus::Invalid | RowStatus::Unanswered => {
            let errors = row.errors.iter();
            let sentences: Vec<String> = errors
                .map(|error| format!("{}: {}", error.column.label(), error.message))
                .collect();
            item.exclude(Decision::Invalid, sentences.join(" "));
        }
        RowStatus::Exists => {
            let name = row.existing.as_ref().map_or("", |account| account.name());
            item.exclude(Decision::Exists, format!("{name} has this email address."));
        }
        RowStatus::Duplicate => {
            let of = row.duplicate_of.unwrap_or_default();
            item.exclude(
                Decision::Duplicate,
                format!("Row {of} has the same email address."),
            );
        }
        RowStatus::Similar => {
            let sentence = match &row.similar_to {
                Some(SimilarTo::Row(other)) => format!("Row {other} has the same name."),
                _ => "An account with a similar name exists.".to_owned(),
            };
            item.exclude(Decision::Similar, sentence);
        }
        RowStatus::LeftOut => item.exclude(Decision::Excluded, String::new()),
    }
    item
}

//! `/jobs`: bulk work. The list, the preview of a job, its run, and what people do with it.

use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::{get, post};

use crate::app::App;
use crate::bulk::{self, ControlError};
use crate::config::Retention;
use crate::db::audit;
use crate::db::imports::{self, Import};
use crate::db::jobs::{self, Job};
use crate::domain::ids::JobId;
use crate::domain::job::{JobAction, JobCounts};
use crate::web::access::{Authorized, Read};
use crate::web::error::Error;
use crate::web::htmx::Htmx;
use crate::web::layout::Toast;
use crate::web::render;

mod columns;
mod control;
mod events;
mod list;
mod preview;
mod result;
mod rows;
mod run;
mod show;
mod start;
mod stop;
mod undo;

/// Path of the list.
const PATH: &str = "/jobs";

/// Returns the routes below `/jobs`.
pub fn router() -> Router<App> {
    Router::new()
        .route(PATH, get(list::index))
        .merge(list::columns_router())
        .route("/jobs/{id}", get(show::show))
        .route("/jobs/{id}/events", get(events::events))
        .route("/jobs/{id}/leave-out", post(preview::leave_out))
        .route("/jobs/{id}/start", post(start::start))
        .route("/jobs/{id}/discard", post(start::discard))
        .route("/jobs/{id}/pause", post(control::pause))
        .route("/jobs/{id}/resume", post(control::resume))
        .route("/jobs/{id}/retry", post(control::retry))
        .route("/jobs/{id}/stop", get(stop::show).post(stop::stop))
        .route("/jobs/{id}/undo", get(undo::show).post(undo::undo))
        .route("/jobs/{id}/result.csv", get(result::csv))
        .route("/jobs/{id}/failed.csv", get(result::failed))
}

/// Sender of the request, and the job in the address.
struct JobContext {
    app: App,
    may: Authorized<Read>,
    job: Job,
    htmx: Htmx,
}

impl FromRequestParts<App> for JobContext {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let may = Authorized::<Read>::from_request_parts(parts, app).await?;
        let Path(id) = Path::<JobId>::from_request_parts(parts, app)
            .await
            .map_err(|_| Error::NotFound)?;
        let Some(job) = jobs::by_id(&app.db, id).await? else {
            return Err(absent(app, id).await?);
        };
        Ok(Self {
            app: app.clone(),
            may,
            job,
            htmx: Htmx::of(&parts.headers),
        })
    }
}

impl JobContext {
    /// Returns the address of the job.
    fn path(&self) -> String {
        format!("{PATH}/{}", self.job.id)
    }

    /// Returns `true` if this person may run, stop and undo the job.
    fn may_change(&self) -> bool {
        self.may.can(bulk::permission(&self.job.action))
    }

    /// Fails if this person may not run, stop and undo the job.
    fn ensure_may_change(&self) -> Result<(), Error> {
        let needed = bulk::permission(&self.job.action);
        if self.may.can(needed) {
            Ok(())
        } else {
            Err(Error::Forbidden(needed))
        }
    }

    /// Returns the number of items in each state.
    async fn counts(&self) -> Result<JobCounts, Error> {
        Ok(jobs::counts_of(&self.app.db, self.job.id).await?)
    }

    /// Returns the import from which the job was made, until it is deleted.
    async fn import(&self) -> Result<Option<Import>, Error> {
        match &self.job.action {
            JobAction::Import { .. } => Ok(imports::by_job(&self.app.db, self.job.id).await?),
            _ => Ok(None),
        }
    }

    /// Redirects to the job after an action. If a rule forbade it, a toast says so.
    async fn back_to_job(&self, acted: Result<(), ControlError>) -> Result<Response, Error> {
        match acted {
            Ok(()) => {}
            Err(error @ (ControlError::Rule(_) | ControlError::Changed(_))) => {
                let toast = Toast::new("warning", error.to_string());
                self.may.toast(toast).await?;
            }
            Err(ControlError::Forbidden(permission)) => return Err(Error::Forbidden(permission)),
            Err(ControlError::Db(error)) => return Err(error.into()),
        }
        Ok(render::redirect(&self.path()))
    }
}

/// Returns the error for a job that does not exist. If the activity has it, it was removed.
async fn absent(app: &App, id: JobId) -> Result<Error, Error> {
    if !audit::has_job(&app.db, id).await? {
        return Ok(Error::NotFound);
    }
    let removed = match Retention::in_days(app.settings.retention.jobs) {
        Some(time) => format!("This job was removed {time} after its end."),
        None => "This job was removed.".to_owned(),
    };
    Ok(Error::Removed(format!(
        "{removed} The activity still has what it changed."
    )))
}

//! Reading of all accounts from Telnyx on request. It starts a sweep early, but not sooner than the
//! pace of sweeps allows. The page waits for it only briefly.

use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::filter::AccountsQuery;
use crate::app::App;
use crate::db::sweeps::{self, Sweep, SweepKind, SweepOutcome};
use crate::directory::pace;
use crate::directory::sweep::{self, SweepResult};
use crate::domain::text::group_thousands;
use crate::traces;
use crate::web::access::{Authorized, Read};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::layout::Toast;
use crate::web::{banners, render};

/// Time that the page waits for the sweep.
const SWEEP_WAIT: Duration = Duration::from_secs(3);
/// Age below which a finished sweep is reused instead of starting another.
const RECENT_SWEEP_AGE: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
pub(super) struct RefreshForm {
    /// Query of the list to return to.
    #[serde(default)]
    list: String,
}

/// `POST /accounts/refresh`
pub(super) async fn create(
    may: Authorized<Read>,
    State(app): State<App>,
    Form(form): Form<RefreshForm>,
) -> Result<Response, Error> {
    let toast = match rate_limit_toast(&app).await? {
        Some(toast) => toast,
        None => run_sweep(&app).await?,
    };
    may.toast(toast).await?;
    Ok(render::redirect(
        &AccountsQuery::from_path(&form.list).href(),
    ))
}

async fn rate_limit_toast(app: &App) -> Result<Option<Toast>, Error> {
    let Some(last) = sweeps::latest(&app.db, SweepKind::Accounts).await? else {
        return Ok(None);
    };
    let now = app.clock.now();
    if last.outcome == SweepOutcome::Done && last.started_at.until(now) < RECENT_SWEEP_AGE {
        return Ok(Some(sweep_toast(app, &last)));
    }
    let from = pace::earliest_start(&last);
    Ok((now < from).then(|| {
        Toast::new(
            "info",
            format!(
                "The last refresh took {} s. The next one is possible in {}.",
                group_thousands(i64::try_from(last.busy.as_secs()).unwrap_or(i64::MAX)),
                crate::web::format::wait_duration(now.until(from)),
            ),
        )
    }))
}

/// Runs a sweep in its own task, so that it finishes even without the page.
async fn run_sweep(app: &App) -> Result<Toast, Error> {
    let running = app.clone();
    let work = async move { sweep::run(&running).await };
    let task = app.tasks.spawn(traces::inherit(work));
    Ok(match tokio::time::timeout(SWEEP_WAIT, task).await {
        Ok(Ok(Ok(SweepResult::Finished(sweep)))) => sweep_toast(app, &sweep),
        Ok(Ok(Err(error))) => return Err(error.into()),
        Ok(Err(error)) => return Err(Error::Internal(format!("a reading ended early: {error}"))),
        Ok(Ok(Ok(SweepResult::NotRun))) | Err(_) => Toast::new(
            "info",
            "The accounts are being read from Telnyx. Reload the page in a moment.",
        ),
    })
}

fn sweep_toast(app: &App, sweep: &Sweep) -> Toast {
    let (kind, text) = if sweep.outcome == SweepOutcome::Done {
        let accounts = if sweep.seen == 1 {
            "account"
        } else {
            "accounts"
        };
        let changed = match sweep.changed {
            0 => "nothing changed".to_owned(),
            changed => format!("{} changed or new", group_thousands(changed)),
        };
        (
            "success",
            format!(
                "Refreshed: {} {accounts}, {changed}.",
                group_thousands(sweep.seen)
            ),
        )
    } else {
        let text = if banners::shows_telnyx_outage(app) {
            banners::refresh_failure(app, "The list", None)
        } else {
            format!("The list could not be refreshed. {}", sweep.message)
        };
        ("warning", text)
    };
    Toast::new(kind, text)
}

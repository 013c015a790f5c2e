//! Reading all accounts from Telnyx again because somebody asked for it: a sweep ahead of its time, of which the page
//! waits for a moment. Not sooner than the sweeps' own pace allows.

use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::query::Query;
use crate::app::App;
use crate::db::sweeps::{self, Kind, Outcome, Sweep};
use crate::directory::pace;
use crate::directory::sweep::{self, Ran};
use crate::domain::text::grouped;
use crate::web::access::{May, Read};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::shell::Toast;
use crate::web::{bars, page};

/// How long the page waits for the reading.
const PATIENCE: Duration = Duration::from_secs(3);
/// Whoever asks again sooner than this sees what was just read.
const JUST_NOW: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
pub(super) struct Refresh {
    /// The query of the list to come back to.
    #[serde(default)]
    list: String,
}

/// `POST /accounts/refresh`
pub(super) async fn create(
    may: May<Read>,
    State(app): State<App>,
    Form(form): Form<Refresh>,
) -> Result<Response, Error> {
    let toast = match too_soon(&app).await? {
        Some(toast) => toast,
        None => read(&app).await?,
    };
    may.toast(toast).await?;
    Ok(page::redirect(&Query::of_path(&form.list).href()))
}

async fn too_soon(app: &App) -> Result<Option<Toast>, Error> {
    let Some(last) = sweeps::latest(&app.db, Kind::Accounts).await? else {
        return Ok(None);
    };
    let now = app.clock.now();
    if last.outcome == Outcome::Done && last.started_at.until(now) < JUST_NOW {
        return Ok(Some(said(app, &last)));
    }
    let from = pace::rested(&last);
    Ok((now < from).then(|| Toast {
        kind: "info",
        text: format!(
            "Reading all accounts took {} s the last time. Telnyx is asked again in {}.",
            grouped(i64::try_from(last.busy.as_secs()).unwrap_or(i64::MAX)),
            crate::web::view::wait(now.until(from)),
        ),
        undo: None,
    }))
}

/// The sweep runs in a task of its own: it ends as it should, whatever becomes of the page.
async fn read(app: &App) -> Result<Toast, Error> {
    let running = app.clone();
    let task = app.tasks.spawn(async move { sweep::run(&running).await });
    Ok(match tokio::time::timeout(PATIENCE, task).await {
        Ok(Ok(Ok(Ran::Swept(sweep)))) => said(app, &sweep),
        Ok(Ok(Err(error))) => return Err(error.into()),
        Ok(Err(error)) => return Err(Error::Internal(format!("a reading ended early: {error}"))),
        Ok(Ok(Ok(Ran::Left))) | Err(_) => Toast {
            kind: "info",
            text: "The accounts are being read from Telnyx. Load the page again in a moment.".to_owned(),
            undo: None,
        },
    })
}

fn said(app: &App, sweep: &Sweep) -> Toast {
    let (kind, text) = if sweep.outcome == Outcome::Done {
        let accounts = if sweep.seen == 1 { "account" } else { "accounts" };
        let changed = match sweep.changed {
            0 => "nothing changed".to_owned(),
            changed => format!("{} changed or new", grouped(changed)),
        };
        (
            "success",
            format!("Read from Telnyx: {} {accounts}, {changed}.", grouped(sweep.seen)),
        )
    } else {
        let text = if bars::tell_of_telnyx(app) {
            bars::not_refreshed(app, "The list", None)
        } else {
            format!("The list could not be refreshed. {}", sweep.message)
        };
        ("warning", text)
    };
    Toast { kind, text, undo: None }
}

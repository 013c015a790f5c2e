//! Health of Telnyx, and the age of the data read from it.

use std::time::Duration;

use crate::app::App;
use crate::db::settings;
use crate::db::sweeps::{Sweep, SweepOutcome};
use crate::directory::pace;
use crate::domain::role::Permission;
use crate::web::access::Viewer;
use crate::web::banners;
use crate::web::error::Error;
use crate::web::format::{FormattedTime, TimeFormatter, group_thousands, wait_duration};

#[derive(Clone, Debug)]
pub(super) struct TelnyxHealth {
    /// `good`, `bad` or empty.
    pub kind: &'static str,
    pub label: &'static str,
    pub last_answer: FormattedTime,
    /// Time of the last successful sweep of the accounts.
    pub read: FormattedTime,
    /// Number of accounts, duration, and time of the next sweep; may be empty.
    pub read_details: String,
    /// Time and reason of a failed last sweep, unless a banner shows the outage.
    pub failure: Option<(FormattedTime, String)>,
    /// Last failure of a request in technical words, for readers who may see it.
    pub details: Option<String>,
    /// Remaining requests and the limit, as Telnyx states them; may be empty.
    pub requests: String,
    /// ID of the manager account, shortened and in full.
    pub manager: Option<(String, String)>,
}

impl TelnyxHealth {
    /// Loads the current state. `latest` is the last sweep, `done` the last successful one.
    pub(super) async fn load(
        app: &App,
        viewer: &Viewer,
        latest: Option<&Sweep>,
        done: Option<&Sweep>,
    ) -> Result<Self, Error> {
        let times = viewer.times();
        let health = app.telnyx.health();
        let (kind, label) = match (health.refused_since, health.down_since, health.last_ok) {
            (Some(_), _, _) => ("bad", "Refuses the API key"),
            (_, Some(_), _) => ("bad", "Not answering"),
            (None, None, Some(_)) => ("good", "Connected"),
            (None, None, None) => ("", "No answer yet"),
        };
        let failed = latest.filter(|sweep| sweep.outcome != SweepOutcome::Done);
        let manager = settings::value(&app.db, settings::MANAGER_ACCOUNT_ID).await?;
        let requests = app.telnyx.rate().map(|rate| {
            let (left, all) = (
                group_thousands(rate.remaining.into()),
                group_thousands(rate.limit.into()),
            );
            format!("{left} of {all}")
        });
        Ok(Self {
            kind,
            label,
            last_answer: times.format_or_never(health.last_ok),
            read: times.format_or_never(done.map(|sweep| sweep.started_at)),
            read_details: done
                .map(|sweep| read_details(sweep, latest, times))
                .unwrap_or_default(),
            failure: failed
                .filter(|_| !banners::shows_telnyx_outage(app))
                .map(|sweep| (times.format(sweep.finished_at), sweep.message.clone())),
            details: app
                .telnyx
                .last_failure()
                .filter(|_| viewer.can(Permission::ReadTechnicalDetails)),
            requests: requests.unwrap_or_default(),
            manager: manager.map(|id| (id.get(..8).unwrap_or(&id).to_owned(), id)),
        })
    }
}

fn read_details(done: &Sweep, latest: Option<&Sweep>, times: &TimeFormatter) -> String {
    let seen = match done.seen {
        1 => "1 account".to_owned(),
        many => format!("{} accounts", group_thousands(many)),
    };
    let took = duration(done.started_at.until(done.finished_at));
    match latest
        .map(pace::next_due_at)
        .filter(|due| *due > times.now())
    {
        Some(due) => format!(
            "{seen} in {took}; next in {}",
            wait_duration(times.now().until(due))
        ),
        None => format!("{seen} in {took}; next one due"),
    }
}

/// Formats a duration: `under a second`, `3.1 s` or `2 minutes`.
fn duration(span: Duration) -> String {
    if span < Duration::from_secs(1) {
        "under a second".to_owned()
    } else if span < Duration::from_mins(1) {
        format!("{:.1} s", span.as_secs_f64())
    } else {
        wait_duration(span)
    }
}

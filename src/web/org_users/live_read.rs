//! Reading from Telnyx for a page, within a bounded time; else what was read before, with its age and the reason.

use std::future::Future;
use std::time::Duration;

use crate::app::App;
use crate::db;
use crate::db::org_users::{self, OrgUser};
use crate::directory::{self, TimeBudget};
use crate::domain::ids::OrgUserId;
use crate::domain::time::Timestamp;
use crate::telnyx::{self, ErrorKind, ErrorSummary};
use crate::web::banners;
use crate::web::htmx::Htmx;
use crate::web::incomplete_list;

/// Something with its age.
pub(super) struct ReadResult<T> {
    pub value: T,
    /// When the reading began; none where there was none yet.
    pub at: Option<Timestamp>,
    /// Why it could not be read just now.
    pub failure: Option<ErrorSummary>,
    /// Time ran out, and the reading may follow.
    pub rest_follows: bool,
    /// Says that it is incomplete; empty if it is whole.
    pub partial: String,
}

/// Asks Telnyx as long as there is patience. Otherwise why not, and whether the answer may follow.
async fn ask_within_budget<T>(
    patience: &TimeBudget,
    question: impl Future<Output = Result<T, telnyx::Error>>,
) -> Result<T, (ErrorSummary, bool)> {
    match patience.wait(question).await {
        Some(answer) => answer.map_err(|error| (ErrorSummary::from(&error), false)),
        None => Err((ErrorSummary::timed_out(), patience.can_follow_up)),
    }
}

/// Asks Telnyx, but no longer than that.
pub(super) async fn ask_with_timeout<T>(
    patience: Duration,
    asked: impl Future<Output = Result<T, telnyx::Error>>,
) -> Result<T, ErrorSummary> {
    match tokio::time::timeout(patience, asked).await {
        Ok(answer) => answer.map_err(|error| ErrorSummary::from(&error)),
        Err(_) => Err(ErrorSummary::timed_out()),
    }
}

/// One user: none where Telnyx says that there is none, or where it says nothing and the snapshot has none.
pub(super) async fn read_user(
    app: &App,
    patience: &TimeBudget,
    id: &OrgUserId,
) -> db::Result<ReadResult<Option<OrgUser>>> {
    let at = app.clock.now();
    let (trouble, rest_follows) =
        match ask_within_budget(patience, patience.client.org_user(id)).await {
            Ok(user) => {
                // What the portal asks by is the id, whatever the answer repeats of it.
                let user = OrgUser {
                    id: Some(id.clone()),
                    ..directory::org_users::to_snapshot_user(user)
                };
                return Ok(ReadResult {
                    value: Some(user),
                    at: Some(at),
                    failure: None,
                    rest_follows: false,
                    partial: String::new(),
                });
            }
            Err((trouble, _)) if trouble.kind() == ErrorKind::NotFound => {
                return Ok(ReadResult {
                    value: None,
                    at: Some(at),
                    failure: None,
                    rest_follows: false,
                    partial: String::new(),
                });
            }
            Err(trouble) => trouble,
        };
    Ok(ReadResult {
        value: org_users::by_id(&app.db, id).await?,
        at: directory::org_users::observed_at(app).await?,
        failure: Some(trouble),
        rest_follows,
        partial: String::new(),
    })
}

/// Everybody with their groups, as the report tells them.
pub(super) async fn read_groups_report(
    app: &App,
    patience: &TimeBudget,
) -> db::Result<ReadResult<Vec<OrgUser>>> {
    let at = app.clock.now();
    match ask_within_budget(patience, patience.client.groups_report()).await {
        Ok(users) => Ok(ReadResult {
            partial: incomplete_list::notice(!users.is_complete, &users.unreadable),
            value: users
                .items
                .into_iter()
                .map(directory::org_users::to_snapshot_user)
                .collect(),
            at: Some(at),
            failure: None,
            rest_follows: false,
        }),
        Err((trouble, rest_follows)) => Ok(ReadResult {
            rest_follows,
            ..stored_users(app, trouble).await?
        }),
    }
}

/// Everybody as last read.
pub(super) async fn stored_users(
    app: &App,
    trouble: ErrorSummary,
) -> db::Result<ReadResult<Vec<OrgUser>>> {
    Ok(ReadResult {
        value: org_users::all(&app.db).await?,
        at: directory::org_users::observed_at(app).await?,
        failure: Some(trouble),
        rest_follows: false,
        partial: String::new(),
    })
}

/// Why the page is not live; empty if it is, or if the bar above every page says so.
pub(super) fn stale_notice<T>(app: &App, htmx: &Htmx, seen: &ReadResult<T>) -> String {
    stale_notice_for(app, htmx, seen.failure, seen.rest_follows)
}

/// The same from its parts.
pub(super) fn stale_notice_for(
    app: &App,
    htmx: &Htmx,
    trouble: Option<ErrorSummary>,
    rest_follows: bool,
) -> String {
    match trouble {
        Some(_) if rest_follows => {
            "Telnyx takes long to answer. What it tells is shown as soon as it comes.".to_owned()
        }
        Some(_) if banners::page_shows_telnyx_outage(app, htmx) => String::new(),
        Some(trouble) => failure_message(trouble),
        None => String::new(),
    }
}

/// Why Telnyx could not be read, and whether waiting helps.
pub(super) fn failure_message(trouble: ErrorSummary) -> String {
    trouble.describe("The organization's users could not be read from Telnyx")
}

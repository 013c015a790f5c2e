//! Reading from Telnyx for a page, within a limited time. If that fails, the stored data is used,
//! with its age and the reason.

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

/// Data for a page, with its age.
pub(super) struct ReadResult<T> {
    pub value: T,
    /// Start of the reading; `None` if there was none yet.
    pub at: Option<Timestamp>,
    /// Reason why it could not be read just now.
    pub failure: Option<ErrorSummary>,
    /// True if time ran out and the page may load the answer later.
    pub rest_follows: bool,
    /// Notice that the data is incomplete; empty if it is complete.
    pub partial: String,
}

/// Asks Telnyx within the budget of a page. The error tells the reason, and if the page may load
/// the answer later.
async fn ask_within_budget<T>(
    patience: &TimeBudget,
    question: impl Future<Output = Result<T, telnyx::Error>>,
) -> Result<T, (ErrorSummary, bool)> {
    match patience.wait(question).await {
        Some(answer) => answer.map_err(|error| (ErrorSummary::from(&error), false)),
        None => Err((ErrorSummary::timed_out(), patience.can_follow_up)),
    }
}

/// Asks Telnyx, and waits at most `patience`.
pub(super) async fn ask_with_timeout<T>(
    patience: Duration,
    asked: impl Future<Output = Result<T, telnyx::Error>>,
) -> Result<T, ErrorSummary> {
    match tokio::time::timeout(patience, asked).await {
        Ok(answer) => answer.map_err(|error| ErrorSummary::from(&error)),
        Err(_) => Err(ErrorSummary::timed_out()),
    }
}

/// Reads one user. Returns `None` if Telnyx says that the user does not exist, or if Telnyx does
/// not answer and the stored list has no such user.
pub(super) async fn read_user(
    app: &App,
    patience: &TimeBudget,
    id: &OrgUserId,
) -> db::Result<ReadResult<Option<OrgUser>>> {
    let at = app.clock.now();
    let (trouble, rest_follows) =
        match ask_within_budget(patience, patience.client.org_user(id)).await {
            Ok(user) => {
                // Keep the requested ID, even if the answer repeats it differently.
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

/// Reads all users with their groups, from Telnyx's report.
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

/// Returns all users as last read.
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

/// Returns the reason why the page is not live. Empty if it is live, or if the banner above every
/// page gives the reason.
pub(super) fn stale_notice<T>(app: &App, htmx: &Htmx, seen: &ReadResult<T>) -> String {
    stale_notice_for(app, htmx, seen.failure, seen.rest_follows)
}

/// Like [`stale_notice`], from its parts.
pub(super) fn stale_notice_for(
    app: &App,
    htmx: &Htmx,
    trouble: Option<ErrorSummary>,
    rest_follows: bool,
) -> String {
    match trouble {
        Some(_) if rest_follows => {
            "Telnyx is slow. You see saved data; it updates when Telnyx answers.".to_owned()
        }
        Some(_) if banners::page_shows_telnyx_outage(app, htmx) => String::new(),
        Some(trouble) => failure_message(trouble),
        None => String::new(),
    }
}

/// Describes why Telnyx could not be read, and if waiting helps.
pub(super) fn failure_message(trouble: ErrorSummary) -> String {
    trouble.describe("The organization's users could not be read from Telnyx")
}

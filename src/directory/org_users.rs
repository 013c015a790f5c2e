//! Snapshot of the organization's users, read and replaced as a whole, with their groups.

use std::collections::HashSet;

use uuid::Uuid;

use super::account_read::GRACE_PERIOD;
use super::late_effects;
use super::time_budget::TimeBudget;
use crate::app::App;
use crate::db::sweeps::{self, Sweep, SweepKind, SweepOutcome};
use crate::db::{self, audit, org_users};
use crate::domain::time::Timestamp;
use crate::telnyx::{self, Client, ErrorSummary, OrgUserFilter, UnreadableItem};

/// Freshness of the snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// Start of the reading that the snapshot comes from; `None` before the first one.
    pub observed_at: Option<Timestamp>,
    /// Reason why it could not be read just now; `None` if it was read.
    /// If there was no answer in time, it is [`ErrorSummary::timed_out`].
    pub error: Option<ErrorSummary>,
    /// True if time ran out and a follow-up request may read the rest.
    pub can_follow_up: bool,
    /// True if users may be missing from the latest reading.
    pub is_partial: bool,
    /// Users in Telnyx's list that cannot be read.
    pub unreadable: Vec<UnreadableItem>,
}

/// Reading of all users.
struct SnapshotRead {
    started_at: Timestamp,
    is_complete: bool,
    unreadable: Vec<UnreadableItem>,
}

/// Reads all organization users and replaces the snapshot.
/// Returns the time at which the reading started.
///
/// # Errors
/// Fails if Telnyx gives no usable list, or if the database fails. The snapshot then stays
/// unchanged.
pub async fn refresh(app: &App) -> Result<Timestamp, super::Error> {
    Ok(read_snapshot(app, &app.telnyx.in_background())
        .await?
        .started_at)
}

/// Reads all users for a page, within its time budget.
/// If time runs out, the snapshot stays as it is.
///
/// # Errors
/// Fails if the database fails. A failure of Telnyx is reported in [`Freshness::error`].
pub async fn refresh_for_page(app: &App, patience: &TimeBudget) -> db::Result<Freshness> {
    let read = patience.wait(read_snapshot(app, &patience.client)).await;
    let rest_follows = read.is_none() && patience.can_follow_up;
    let (mut is_partial, mut unreadable) = (false, Vec::new());
    let trouble = match read {
        Some(Ok(reading)) => {
            is_partial = !reading.is_complete;
            unreadable = reading.unreadable;
            None
        }
        Some(Err(super::Error::Telnyx(error))) => Some(ErrorSummary::from(&error)),
        Some(Err(super::Error::Db(error))) => return Err(error),
        None => Some(ErrorSummary::timed_out()),
    };
    Ok(Freshness {
        observed_at: observed_at(app).await?,
        error: trouble,
        can_follow_up: rest_follows,
        is_partial,
        unreadable,
    })
}

/// Returns the start of the reading that the snapshot comes from; `None` before the first one.
pub async fn observed_at(app: &App) -> db::Result<Option<Timestamp>> {
    let last = sweeps::latest_done(&app.db, SweepKind::OrgUsers).await?;
    Ok(last.map(|last| last.started_at))
}

async fn read_snapshot(app: &App, client: &Client) -> Result<SnapshotRead, super::Error> {
    let started_at = app.clock.now();
    let filter = OrgUserFilter {
        include_groups: true,
        ..OrgUserFilter::default()
    };
    let listed = client.org_users(filter).await?;
    let is_whole = listed.is_complete && listed.unreadable.is_empty();
    let mut users: Vec<org_users::OrgUser> =
        listed.items.into_iter().map(to_snapshot_user).collect();
    let finished_at = app.clock.now();
    let id = Uuid::new_v4();
    sweeps::start(&app.db, id, SweepKind::OrgUsers, started_at).await?;
    let mut tx = app.db.begin().await?;
    // Two pages may read at the same time. They replace the snapshot one after the other.
    org_users::lock_snapshot(&mut tx).await?;
    let removed = sweeps::removed_users(&mut tx, started_at - GRACE_PERIOD).await?;
    if !is_whole {
        // A user who is missing from such a list may still exist.
        add_missing(&mut users, org_users::all(&app.db).await?);
    }
    users.retain(|user| {
        user.id
            .as_ref()
            .is_none_or(|id| !removed.contains(id.as_str()))
    });
    if sweeps::is_latest(&mut tx, SweepKind::OrgUsers, started_at).await? {
        org_users::replace_all(&mut tx, &users, started_at).await?;
        let done = Sweep {
            started_at,
            finished_at,
            outcome: if is_whole {
                SweepOutcome::Done
            } else {
                SweepOutcome::Partial
            },
            message: String::new(),
            seen: i64::try_from(users.len()).unwrap_or(i64::MAX),
            changed: 0,
            busy: started_at.until(finished_at),
        };
        sweeps::finish(&mut tx, id, SweepKind::OrgUsers, &done).await?;
        if is_whole {
            for event in late_effects::explain_removals(&mut tx, &users, finished_at).await? {
                audit::append(&mut tx, &app.audit_key, finished_at, &event).await?;
            }
        }
    }
    tx.commit().await?;
    Ok(SnapshotRead {
        started_at,
        is_complete: is_whole,
        unreadable: listed.unreadable,
    })
}

/// Adds the previously known users that are not in the list.
fn add_missing(users: &mut Vec<org_users::OrgUser>, before: Vec<org_users::OrgUser>) {
    let key = |user: &org_users::OrgUser| {
        (
            user.id.clone(),
            user.id.is_none().then(|| user.email.clone()),
        )
    };
    let listed: HashSet<_> = users.iter().map(key).collect();
    users.extend(
        before
            .into_iter()
            .filter(|user| !listed.contains(&key(user))),
    );
}

/// Converts a user to the form stored in the snapshot.
/// A user that was read singly has the same form.
#[must_use]
pub fn to_snapshot_user(user: telnyx::OrgUser) -> org_users::OrgUser {
    org_users::OrgUser {
        id: user.id,
        email: user.email,
        kind: user.kind,
        status: user.status,
        bypasses_sso: user.bypasses_sso,
        groups: user.groups,
        created_at: user.created_at,
        last_sign_in: user.last_sign_in,
    }
}

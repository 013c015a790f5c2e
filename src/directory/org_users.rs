//! The snapshot of the organization's users: read as a whole, with their groups, and replaced as a whole.

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

/// How fresh the snapshot is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// When the reading that the snapshot holds started; none before the first one.
    pub observed_at: Option<Timestamp>,
    /// Why it could not be read just now; none where it was. No answer in time is [`ErrorSummary::timed_out`].
    pub error: Option<ErrorSummary>,
    /// Time ran out, and the reading may follow.
    pub can_follow_up: bool,
    /// True if users may be missing from the latest reading.
    pub is_partial: bool,
    /// Those in Telnyx's list that cannot be read.
    pub unreadable: Vec<UnreadableItem>,
}

/// A reading of all users.
struct SnapshotRead {
    started_at: Timestamp,
    is_complete: bool,
    unreadable: Vec<UnreadableItem>,
}

/// Reads all organization users and replaces the snapshot. Answers when the reading started.
///
/// # Errors
/// Where Telnyx gives no whole list, or the database fails; the snapshot is then as it was.
pub async fn refresh(app: &App) -> Result<Timestamp, super::Error> {
    Ok(read_snapshot(app, &app.telnyx.in_background())
        .await?
        .started_at)
}

/// The same for a page: within the time that it has, else what there is.
///
/// # Errors
/// When the database fails. That Telnyx fails is told in [`Freshness::error`].
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

/// When the reading that the snapshot holds started; none before the first one.
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
    // Two pages may read at once: one after the other replaces the snapshot.
    org_users::lock_snapshot(&mut tx).await?;
    let removed = sweeps::removed_users(&mut tx, started_at - GRACE_PERIOD).await?;
    if !is_whole {
        // A user who is missing from such a list may still be there.
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

/// Adds those that were known before and are not among these.
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

/// Converts a user to the form kept in the snapshot. This also holds for a user that was read
/// singly.
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

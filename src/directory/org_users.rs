//! The snapshot of the organization's users: read as a whole, with their groups, and replaced as a whole.

use futures::TryStreamExt;
use uuid::Uuid;

use super::patience::Patience;
use super::single::GRACE;
use crate::app::App;
use crate::db::sweeps::{self, Kind, Outcome, Sweep};
use crate::db::{self, org_users};
use crate::domain::time::Timestamp;
use crate::telnyx::{self, Client, OrgUserFilter, Trouble};

/// How fresh the snapshot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// When the reading that the snapshot holds started; none before the first one.
    pub observed_at: Option<Timestamp>,
    /// Why it could not be read just now; none where it was. No answer in time is [`Trouble::out_of_time`].
    pub trouble: Option<Trouble>,
    /// Time ran out, and the reading may follow.
    pub rest_follows: bool,
}

/// Reads all organization users and replaces the snapshot. Answers when the reading started.
///
/// # Errors
/// Where Telnyx gives no whole list, or the database fails; the snapshot is then as it was.
pub async fn refresh(app: &App) -> Result<Timestamp, super::Error> {
    read(app, &app.telnyx.in_background()).await
}

/// The same for a page: within the time that it has, else what there is.
///
/// # Errors
/// When the database fails. That Telnyx fails is told in [`Freshness::trouble`].
pub async fn refresh_for_page(app: &App, patience: &Patience) -> db::Result<Freshness> {
    let read = patience.wait(read(app, &patience.client)).await;
    let rest_follows = read.is_none() && patience.rest_follows;
    let trouble = match read {
        Some(Ok(_)) => None,
        Some(Err(super::Error::Telnyx(error))) => Some(Trouble::from(&error)),
        Some(Err(super::Error::Db(error))) => return Err(error),
        None => Some(Trouble::out_of_time()),
    };
    Ok(Freshness {
        observed_at: observed_at(app).await?,
        trouble,
        rest_follows,
    })
}

/// When the reading that the snapshot holds started; none before the first one.
///
/// # Errors
/// When the database fails.
pub async fn observed_at(app: &App) -> db::Result<Option<Timestamp>> {
    let last = sweeps::latest_done(&app.db, Kind::OrgUsers).await?;
    Ok(last.map(|last| last.started_at))
}

async fn read(app: &App, client: &Client) -> Result<Timestamp, super::Error> {
    let started_at = app.clock.now();
    let filter = OrgUserFilter {
        include_groups: true,
        ..OrgUserFilter::default()
    };
    let users: Vec<telnyx::OrgUser> = client.org_users(filter).try_collect().await?;
    let mut users: Vec<org_users::OrgUser> = users.into_iter().map(kept).collect();
    let finished_at = app.clock.now();
    let id = Uuid::new_v4();
    sweeps::start(&app.db, id, Kind::OrgUsers, started_at).await?;
    let mut tx = app.db.begin().await?;
    // Two pages may read at once: one after the other replaces the snapshot.
    org_users::lock(&mut tx).await?;
    let removed = sweeps::removed_users(&mut tx, started_at - GRACE).await?;
    users.retain(|user| user.id.as_ref().is_none_or(|id| !removed.contains(id.as_str())));
    if sweeps::supersedes(&mut tx, Kind::OrgUsers, started_at).await? {
        org_users::replace(&mut tx, &users, started_at).await?;
        let done = Sweep {
            started_at,
            finished_at,
            outcome: Outcome::Done,
            message: String::new(),
            seen: i64::try_from(users.len()).unwrap_or(i64::MAX),
            changed: 0,
            busy: started_at.until(finished_at),
        };
        sweeps::finish(&mut tx, id, Kind::OrgUsers, &done).await?;
    }
    tx.commit().await?;
    Ok(started_at)
}

/// What the snapshot keeps of a user, also where it was read singly.
#[must_use]
pub fn kept(user: telnyx::OrgUser) -> org_users::OrgUser {
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

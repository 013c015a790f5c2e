//! Reading from Telnyx for a page, within a bounded time; else what was read before, with its age and the reason.

use std::future::Future;
use std::time::Duration;

use crate::app::App;
use crate::db;
use crate::db::org_users::{self, OrgUser};
use crate::directory::{self, Patience};
use crate::domain::ids::OrgUserId;
use crate::domain::time::Timestamp;
use crate::telnyx::{self, ErrorKind, Trouble};
use crate::web::bars;
use crate::web::htmx::Htmx;
use crate::web::partial;

/// Something with its age.
pub(super) struct Seen<T> {
    pub value: T,
    /// When the reading began; none where there was none yet.
    pub at: Option<Timestamp>,
    /// Why it could not be read just now.
    pub trouble: Option<Trouble>,
    /// Time ran out, and the reading may follow.
    pub rest_follows: bool,
    /// Says that it is incomplete; empty if it is whole.
    pub partial: String,
}

/// Asks Telnyx as long as there is patience. Otherwise why not, and whether the answer may follow.
async fn asked<T>(
    patience: &Patience,
    question: impl Future<Output = Result<T, telnyx::Error>>,
) -> Result<T, (Trouble, bool)> {
    match patience.wait(question).await {
        Some(answer) => answer.map_err(|error| (Trouble::from(&error), false)),
        None => Err((Trouble::out_of_time(), patience.rest_follows)),
    }
}

/// Asks Telnyx, but no longer than that.
pub(super) async fn within<T>(
    patience: Duration,
    asked: impl Future<Output = Result<T, telnyx::Error>>,
) -> Result<T, Trouble> {
    match tokio::time::timeout(patience, asked).await {
        Ok(answer) => answer.map_err(|error| Trouble::from(&error)),
        Err(_) => Err(Trouble::out_of_time()),
    }
}

/// One user: none where Telnyx says that there is none, or where it says nothing and the snapshot has none.
pub(super) async fn user(app: &App, patience: &Patience, id: &OrgUserId) -> db::Result<Seen<Option<OrgUser>>> {
    let at = app.clock.now();
    let (trouble, rest_follows) = match asked(patience, patience.client.org_user(id)).await {
        Ok(user) => {
            // What the portal asks by is the id, whatever the answer repeats of it.
            let user = OrgUser {
                id: Some(id.clone()),
                ..directory::org_users::kept(user)
            };
            return Ok(Seen {
                value: Some(user),
                at: Some(at),
                trouble: None,
                rest_follows: false,
                partial: String::new(),
            });
        }
        Err((trouble, _)) if trouble.kind() == ErrorKind::NotFound => {
            return Ok(Seen {
                value: None,
                at: Some(at),
                trouble: None,
                rest_follows: false,
                partial: String::new(),
            });
        }
        Err(trouble) => trouble,
    };
    Ok(Seen {
        value: org_users::by_id(&app.db, id).await?,
        at: directory::org_users::observed_at(app).await?,
        trouble: Some(trouble),
        rest_follows,
        partial: String::new(),
    })
}

/// Everybody with their groups, as the report tells them.
pub(super) async fn report(app: &App, patience: &Patience) -> db::Result<Seen<Vec<OrgUser>>> {
    let at = app.clock.now();
    match asked(patience, patience.client.groups_report()).await {
        Ok(users) => Ok(Seen {
            partial: partial::words(!users.is_whole, &users.unreadable),
            value: users.items.into_iter().map(directory::org_users::kept).collect(),
            at: Some(at),
            trouble: None,
            rest_follows: false,
        }),
        Err((trouble, rest_follows)) => Ok(Seen {
            rest_follows,
            ..snapshot(app, trouble).await?
        }),
    }
}

/// Everybody as last read.
pub(super) async fn snapshot(app: &App, trouble: Trouble) -> db::Result<Seen<Vec<OrgUser>>> {
    Ok(Seen {
        value: org_users::all(&app.db).await?,
        at: directory::org_users::observed_at(app).await?,
        trouble: Some(trouble),
        rest_follows: false,
        partial: String::new(),
    })
}

/// Why the page is not live; empty if it is, or if the bar above every page says so.
pub(super) fn told<T>(app: &App, htmx: &Htmx, seen: &Seen<T>) -> String {
    notice(app, htmx, seen.trouble, seen.rest_follows)
}

/// The same from its parts.
pub(super) fn notice(app: &App, htmx: &Htmx, trouble: Option<Trouble>, rest_follows: bool) -> String {
    match trouble {
        Some(_) if rest_follows => {
            "Telnyx takes long to answer. What it tells is shown as soon as it comes.".to_owned()
        }
        Some(_) if bars::tell_reader_of_telnyx(app, htmx) => String::new(),
        Some(trouble) => words(trouble),
        None => String::new(),
    }
}

/// Why Telnyx could not be read, and whether waiting helps.
pub(super) fn words(trouble: Trouble) -> String {
    trouble.said("The organization's users could not be read from Telnyx")
}

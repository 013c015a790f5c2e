//! Users of the organization, who sign in to Mission Control for the reseller. There is the list, a
//! page per user, the removal, the report of groups, and the access reviews. Staff of the portal
//! and users of an account are different people, with other pages.

use axum::Router;
use axum::extract::Path;

use crate::app::App;
use crate::db::org_users::OrgUser;
use crate::domain::ids::OrgUserId;
use crate::domain::org_user::{LastSignIn, OrgUserKind, OrgUserStatus, RemovalObstacle};
use crate::domain::role::Permission;
use crate::web::access::Viewer;
use crate::web::error::Error;
use crate::web::format::{FormattedTime, TimeFormatter};

mod columns;
mod export;
mod filter;
mod groups;
mod list;
mod live_read;
mod remove;
mod reviews;
mod show;

/// Returns the routes below `/org-users`.
pub fn router() -> Router<App> {
    Router::new()
        .merge(list::router())
        .merge(export::router())
        .merge(groups::router())
        .merge(show::router())
        .merge(remove::router())
        .merge(reviews::router())
}

/// User as a page shows them.
struct OrgUserView {
    /// ID; empty if Telnyx returned none.
    id: String,
    /// Address of their page; empty without an ID.
    href: String,
    /// Name to show: their email address, if it is known.
    email: String,
    kind: &'static str,
    status: &'static str,
    /// `good`, `bad` or empty.
    status_kind: &'static str,
    /// Names of their groups; `None` if Telnyx did not return them.
    groups: Option<Vec<String>>,
    last_sign_in: FormattedTime,
    created: Option<FormattedTime>,
    bypasses_sso: &'static str,
    /// True if the reader's role may remove users.
    may_remove: bool,
    /// Reason why this user cannot be removed; empty if they can.
    removal_obstacle: String,
}

impl OrgUserView {
    fn new(user: &OrgUser, app: &App, viewer: &Viewer) -> Self {
        let times = viewer.times();
        let id = user
            .id
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        Self {
            href: if id.is_empty() {
                String::new()
            } else {
                format!("/org-users/{id}")
            },
            id,
            email: display_email(user),
            kind: match user.kind {
                OrgUserKind::Owner => "Owner",
                OrgUserKind::SubUser => "User",
                OrgUserKind::Unknown => "not reported",
            },
            status: user.status.label(),
            status_kind: match user.status {
                OrgUserStatus::Enabled => "good",
                OrgUserStatus::Blocked => "bad",
                OrgUserStatus::Disabled | OrgUserStatus::Unknown => "",
            },
            groups: user
                .groups
                .as_ref()
                .map(|groups| groups.iter().map(|group| group.name.clone()).collect()),
            last_sign_in: format_last_sign_in(user.last_sign_in, times),
            created: user.created_at.map(|at| times.format(at)),
            bypasses_sso: match user.bypasses_sso {
                Some(true) => "yes",
                Some(false) => "no",
                None => "not reported",
            },
            may_remove: viewer.can(Permission::RemoveOrgUsers),
            removal_obstacle: removal_obstacle(user, app, viewer),
        }
    }

    /// Returns `true` if the reader may remove this user.
    fn is_removable(&self) -> bool {
        self.may_remove && self.removal_obstacle.is_empty()
    }
}

/// Returns the name to show for a user.
fn display_email(user: &OrgUser) -> String {
    match user.email.as_deref().map(str::trim) {
        Some(email) if !email.is_empty() => email.to_owned(),
        _ => "Email not reported".to_owned(),
    }
}

fn format_last_sign_in(last: LastSignIn, times: &TimeFormatter) -> FormattedTime {
    match last {
        LastSignIn::At(at) => times.format(at),
        LastSignIn::Never => FormattedTime::never(),
        LastSignIn::Unknown => FormattedTime {
            relative: "not reported".to_owned(),
            ..FormattedTime::never()
        },
    }
}

/// Returns the reason why no one can remove this user in the portal; empty if they can be removed.
fn removal_obstacle(user: &OrgUser, app: &App, viewer: &Viewer) -> String {
    let email = user.email.as_deref().unwrap_or_default();
    let key_owner = app.settings.key_owner_email.as_deref();
    if let Some(kept) = RemovalObstacle::check(user.kind, email, &viewer.actor().email, key_owner) {
        kept.sentence().to_owned()
    } else if user.id.is_none() {
        "Telnyx reports no ID for this user, so they cannot be changed.".to_owned()
    } else if email.trim().is_empty() {
        "Telnyx reports no email for this user, so you cannot type it to confirm.".to_owned()
    } else {
        String::new()
    }
}

/// Parses the ID in an address. An invalid ID counts as not found.
fn parse_user_id(Path(id): Path<String>) -> Result<OrgUserId, Error> {
    id.parse().map_err(|_| Error::NotFound)
}

//! Download of the list of users: all that match its filters, as last read from Telnyx.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;

use super::filter::{OrgUsersQuery, db_query};
use super::live_read;
use crate::app::App;
use crate::db::org_users::{self, OrgUser};
use crate::directory::{self, TimeBudget};
use crate::domain::org_user::{LastSignIn, OrgUserKind};
use crate::web::access::{Authorized, Read};
use crate::web::error::Error;
use crate::web::export::{self, Cell};
use crate::web::layout::Toast;
use crate::web::{incomplete_list, listing, render};

/// Columns of the file.
const HEADER: [&str; 10] = [
    "id",
    "email",
    "status",
    "kind",
    "groups",
    "last_sign_in_at",
    "never_signed_in",
    "created_at",
    "password_sign_in",
    "read_at",
];

pub(super) fn router() -> Router<App> {
    Router::new().route("/org-users.csv", get(index))
}

/// `GET /org-users.csv`, with the query of the list.
async fn index(
    may: Authorized<Read>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Error> {
    let query = OrgUsersQuery::parse(raw.as_deref().unwrap_or_default());
    let budget = TimeBudget::for_page(&app);
    let fresh = directory::org_users::refresh_for_page(&app, &budget).await?;
    let trouble = fresh.error.map(live_read::failure_message);
    let trouble = trouble.unwrap_or_default();
    let Some(read_at) = fresh.observed_at else {
        let text = format!("There is nothing to download yet. {trouble}");
        may.toast(Toast::new("danger", text)).await?;
        return Ok(render::redirect("/org-users"));
    };
    let users = org_users::matching(&app.db, &db_query(&query, app.clock.now())).await?;
    let mut filters = listing::describe(&query.chips());
    if filters.is_empty() {
        "All users".clone_into(&mut filters);
    }
    let partial = incomplete_list::notice(fresh.is_partial, &fresh.unreadable);
    let message = format!("{filters}. As read at {read_at}. {trouble} {partial}");
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    export::record(&app, &may, "the Telnyx users", message, None).await?;
    let what = if query.is_filtered() { "-filtered" } else { "" };
    let when = read_at.to_jiff().strftime("%Y-%m-%dT%H%MZ");
    let rows = users.into_iter().map(|user| {
        let mut row = cells(&user);
        row.push(Cell::text(read_at));
        row
    });
    let name = format!("telnyx-users{what}-{when}");
    Ok(export::table(&name, &HEADER.map(Cell::text), rows))
}

fn cells(user: &OrgUser) -> Vec<Cell> {
    let (last, never) = sign_in_cells(user.last_sign_in);
    let groups = user.groups.iter().flatten();
    vec![
        Cell::optional_text(user.id.as_ref()),
        Cell::optional_text(user.email.as_deref()),
        Cell::text(user.status.as_str()),
        Cell::text(kind_text(user.kind)),
        Cell::list(groups.map(|group| group.name.as_str())),
        last,
        never,
        Cell::optional_text(user.created_at),
        Cell::optional_text(user.bypasses_sso.map(yes_no)),
    ]
}

/// Returns the cells of the last sign-in: its time, and whether there was none. Both are empty if
/// Telnyx did not report it.
pub(super) fn sign_in_cells(last: LastSignIn) -> (Cell, Cell) {
    match last {
        LastSignIn::At(at) => (Cell::text(at), Cell::text("no")),
        LastSignIn::Never => (Cell::text(""), Cell::text("yes")),
        LastSignIn::Unknown => (Cell::text(""), Cell::text("")),
    }
}

/// Returns the text of a kind in a file; empty if Telnyx did not report it.
pub(super) const fn kind_text(kind: OrgUserKind) -> &'static str {
    match kind {
        OrgUserKind::Owner => "owner",
        OrgUserKind::SubUser => "user",
        OrgUserKind::Unknown => "",
    }
}

/// Returns a boolean as it is written in a file.
pub(super) const fn yes_no(is_so: bool) -> &'static str {
    if is_so { "yes" } else { "no" }
}

//! Export of the report of groups, from Telnyx, or else from the stored data.

use std::time::Duration;

use axum::extract::State;
use axum::response::Response;

use super::super::live_read;
use crate::app::App;
use crate::db::org_users::OrgUser;
use crate::directory;
use crate::domain::org_user::LastSignIn;
use crate::domain::time::Timestamp;
use crate::web::access::{Authorized, Read};
use crate::web::error::Error;
use crate::web::export::{self, Cell, Format, Rows};
use crate::web::incomplete_list;
use crate::web::layout::Toast;
use crate::web::render;

/// Timeout of Telnyx's report. A file may take longer than a page.
const REPORT_TIMEOUT: Duration = Duration::from_secs(10);

/// Columns of Telnyx's report.
const HEADER: [&str; 6] = [
    "id",
    "email",
    "user_status",
    "created_at",
    "last_sign_in_at",
    "groups",
];

/// `GET /org-users/groups.csv`
pub(in crate::web::org_users) async fn index(
    may: Authorized<Read>,
    State(app): State<App>,
) -> Result<Response, Error> {
    let times = may.times();
    let report = live_read::ask_with_timeout(REPORT_TIMEOUT, app.telnyx.groups_report()).await;
    let day = |at: Timestamp| at.to_jiff().to_zoned_datetime(times.zone().clone()).date();
    let (users, name, message) = match report {
        Ok(users) => {
            let partial = incomplete_list::notice(!users.is_complete, &users.unreadable);
            let users: Vec<OrgUser> = users
                .items
                .into_iter()
                .map(directory::org_users::to_snapshot_user)
                .collect();
            let name = format!("telnyx-users-groups-{}", day(times.now()));
            let message = format!("As Telnyx reports it now. {partial}");
            (users, name, message.trim_end().to_owned())
        }
        Err(trouble) => {
            let seen = live_read::stored_users(&app, trouble).await?;
            let Some(at) = seen.at else {
                may.toast(Toast::new(
                    "danger",
                    format!(
                        "There is nothing to download yet. {}",
                        live_read::failure_message(trouble)
                    ),
                ))
                .await?;
                return Ok(render::redirect("/org-users/groups"));
            };
            let clock = at.to_jiff().strftime("%Y-%m-%dT%H%MZ");
            let name = format!("telnyx-users-groups-as-of-{clock}");
            (
                seen.value,
                name,
                format!("As read at {at}. {}", live_read::failure_message(trouble)),
            )
        }
    };
    let target = "the groups of the Telnyx users";
    export::record(&app, &may, target, message, None).await?;
    Ok(export::file(&name, Format::Csv, UserRows(Some(users))))
}

/// Users; `None` after they are written.
struct UserRows(Option<Vec<OrgUser>>);

impl Rows for UserRows {
    const COLUMNS: &'static [&'static str] = &HEADER;

    type Row = OrgUser;

    async fn next_batch(&mut self) -> Result<Option<Vec<OrgUser>>, Error> {
        Ok(self.0.take())
    }

    fn cells(user: &OrgUser) -> Vec<Cell> {
        let last = match user.last_sign_in {
            LastSignIn::At(at) => Some(at),
            LastSignIn::Never | LastSignIn::Unknown => None,
        };
        let groups = user.groups.iter().flatten();
        vec![
            Cell::optional_text(user.id.as_ref()),
            Cell::optional_text(user.email.as_deref()),
            Cell::text(user.status.as_str()),
            Cell::optional_text(user.created_at),
            Cell::optional_text(last),
            Cell::list(groups.map(|group| group.name.as_str())),
        ]
    }
}

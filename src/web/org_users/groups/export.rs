//! The report of groups as a file: Telnyx's own where it can be read now, else the same columns from the snapshot.

use std::time::Duration;

use axum::extract::State;
use axum::response::Response;

use super::super::reading;
use crate::app::App;
use crate::db::audit;
use crate::db::org_users::OrgUser;
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::org_user::LastSignIn;
use crate::domain::time::Timestamp;
use crate::telnyx::Trouble;
use crate::web::access::{May, Read};
use crate::web::error::Error;
use crate::web::page;
use crate::web::sheet::{self, Sheet};
use crate::web::shell::Toast;

/// A file may take longer than a page.
const PATIENCE: Duration = Duration::from_secs(10);

/// The columns of Telnyx's report.
const HEADER: [&str; 6] = ["id", "email", "user_status", "created_at", "last_sign_in_at", "groups"];

/// `GET /org-users/groups.csv`
pub(in crate::web::org_users) async fn index(may: May<Read>, State(app): State<App>) -> Result<Response, Error> {
    let times = may.times();
    let report = reading::within(PATIENCE, app.telnyx.groups_report_csv()).await;
    let report = report.and_then(|text| rewritten(&text).ok_or(Trouble::unreadable()));
    let day = |at: Timestamp| at.to_jiff().to_zoned_datetime(times.zone().clone()).date();
    let (bytes, name, message) = match report {
        Ok(bytes) => {
            let name = format!("telnyx-users-groups-{}.csv", day(times.now()));
            (bytes, name, "As Telnyx reports it now.".to_owned())
        }
        Err(trouble) => {
            let seen = reading::snapshot(&app, trouble).await?;
            let Some(at) = seen.at else {
                may.toast(Toast {
                    kind: "danger",
                    text: format!("There is nothing to download yet. {}", reading::words(trouble)),
                    undo: None,
                })
                .await?;
                return Ok(page::redirect("/org-users/groups"));
            };
            let clock = at.to_jiff().strftime("%Y-%m-%dT%H%MZ");
            let name = format!("telnyx-users-groups-as-of-{clock}.csv");
            (
                of_snapshot(&seen.value)?,
                name,
                format!("As read at {at}. {}", reading::words(trouble)),
            )
        }
    };
    let event = Event {
        message,
        ..Event::by(
            may.actor(),
            EventKind::Exported,
            EventOutcome::Done,
            "the groups of the Telnyx users",
        )
    };
    audit::record(&app.db, &app.audit_key, app.clock.now(), &event).await?;
    Ok(sheet::file(&name, bytes))
}

/// The same table with safe cells; nothing where it is no table.
fn rewritten(text: &str) -> Option<Vec<u8>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut sheet = Sheet::default();
    for record in reader.records() {
        sheet.row(record.ok()?.iter()).ok()?;
    }
    sheet.finish().ok()
}

fn of_snapshot(users: &[OrgUser]) -> Result<Vec<u8>, Error> {
    let iso = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let mut sheet = Sheet::default();
    sheet.row(HEADER)?;
    for user in users {
        let id = user.id.as_ref().map(ToString::to_string).unwrap_or_default();
        let last = match user.last_sign_in {
            LastSignIn::At(at) => Some(at),
            LastSignIn::Never | LastSignIn::Unknown => None,
        };
        let groups: Vec<&str> = user.groups.iter().flatten().map(|group| group.name.as_str()).collect();
        sheet.row([
            id.as_str(),
            user.email.as_deref().unwrap_or_default(),
            user.status.as_str(),
            &iso(user.created_at),
            &iso(last),
            &groups.join(", "),
        ])?;
    }
    sheet.finish()
}

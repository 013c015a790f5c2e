//! Reset of the factors of a person who lost all of them. An owner does it, or someone with a shell
//! on the server.

use crate::app::App;
use crate::db;
use crate::db::staff::Staff;
use crate::domain::audit::{Event, EventKind};
use crate::domain::ids::StaffId;
use crate::domain::staff::StaffChange;
use crate::staff::members::lock_and_check;
use crate::staff::notices::create_notice;
use crate::staff::{Error, Principal};

/// Removes all factors of a person and signs them out everywhere. They then sign in with only their
/// password. If their role requires a factor, they must add one again.
pub async fn reset(
    app: &App,
    by: Principal<'_>,
    id: StaffId,
    reason: &str,
) -> Result<Staff, Error> {
    let mut tx = app.db.begin().await?;
    let staff = lock_and_check(&mut tx, by, id, StaffChange::ResetFactors, None).await?;
    let (had_app, passkeys) = db::factors::remove_all(&mut tx, id).await?;
    if !had_app && passkeys == 0 {
        return Err(Error::NoFactor);
    }
    db::sessions::revoke_all(&mut tx, id, None).await?;
    db::auth_challenges::delete_all(&mut tx, id).await?;
    let sentence = format!("{} reset your second factors: {reason}", by.display_name());
    let told = create_notice(app, &mut tx, &staff, sentence, by.address()).await?;
    let event = Event {
        before: Some(describe_factors(had_app, passkeys)),
        reason: Some(reason.to_owned()),
        ..by.event(EventKind::FactorsReset, &staff.email)
    };
    db::audit::append(&mut tx, &app.audit_key, app.clock.now(), &event).await?;
    tx.commit().await?;
    told.send_email(app).await;
    Ok(staff)
}

fn describe_factors(app: bool, passkeys: u64) -> String {
    let passkeys = match passkeys {
        0 => None,
        1 => Some("1 passkey".to_owned()),
        many => Some(format!("{many} passkeys")),
    };
    let app = app.then(|| "authenticator app".to_owned());
    app.into_iter()
        .chain(passkeys)
        .collect::<Vec<_>>()
        .join(", ")
}

//! The second factor at a sign-in: after a first proof, before a session. Wrong codes are throttled for the person and
//! the address, and told to the audit.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{apps, passkeys, recovery};
use crate::app::App;
use crate::db;
use crate::db::ceremonies::Kind;
use crate::db::staff::Staff;
use crate::domain::audit::Event;
use crate::staff::Error;
use crate::staff::ceremonies::{self, Open};
use crate::staff::links::From;
use crate::staff::notices::tell;
use crate::staff::sign_in::{HalfWay, arrived};
use crate::staff::throttle::{self, Try, Verdict};

/// What a half-way sign-in waits for.
#[derive(Clone, Debug)]
pub struct Asked<W> {
    /// Who is signing in.
    pub staff: Staff,
    /// Where they want to go.
    pub way: W,
    /// Whether a code of an authenticator app will do.
    pub has_app: bool,
    /// Whether a passkey will do.
    pub has_passkeys: bool,
}

/// The half-way sign-in of this token, while it holds, the person is not disabled and the password is the same.
pub async fn asked<W: DeserializeOwned>(app: &App, token: &str) -> Result<Option<Asked<W>>, Error> {
    let found = ceremonies::find::<HalfWay<W>>(app, Kind::SecondFactor, token).await?;
    let Some(Open { staff: Some(id), state }) = found else {
        return Ok(None);
    };
    let staff = db::staff::by_id(&app.db, id).await?;
    let Some(staff) = staff.filter(|staff| still(staff, &state)) else {
        return Ok(None);
    };
    Ok(Some(Asked {
        has_app: db::factors::app(&app.db, id).await?.is_some(),
        has_passkeys: !db::passkeys::of_staff(&app.db, id).await?.is_empty(),
        way: state.way,
        staff,
    }))
}

fn still<W>(staff: &Staff, half_way: &HalfWay<W>) -> bool {
    staff.disabled_at.is_none() && staff.password_changed_at == half_way.password_at
}

/// What came of answering.
#[derive(Clone, Debug)]
pub enum Answered<W> {
    /// The sign-in is kept, a session may begin.
    Done(Box<Staff>, W),
    /// It is wrong, or was used already.
    Wrong,
    /// Too many failures before: the next try is taken after so long.
    Wait(Duration),
    /// The half-way sign-in is over.
    Gone,
}

/// Answers with a code, as typed: of the authenticator app, or a recovery code.
pub async fn by_code<W: Serialize + DeserializeOwned>(
    app: &App,
    token: &str,
    typed: &str,
    from: &From,
) -> Result<Answered<W>, Error> {
    let Some(asked) = asked::<W>(app, token).await? else {
        return Ok(Answered::Gone);
    };
    let event = |message| throttle::event(&asked.staff.email, from.address, from.request_id.as_deref(), message);
    let attempt = Try::second_factor(&asked.staff.email, from.address);
    if let Verdict::Wait(wait) = attempt.admit(app, &event("")).await? {
        return Ok(Answered::Wait(wait));
    }
    let mut tx = app.db.begin().await?;
    let Some(staff) = db::staff::lock(&mut tx, asked.staff.id).await? else {
        return Ok(Answered::Gone);
    };
    let (with, told) = if apps::used(app, &mut tx, staff.id, typed).await? {
        ("an authenticator app".to_owned(), None)
    } else if recovery::used(app, &mut tx, staff.id, typed).await? {
        let (left, _) = db::factors::codes_left_in(&mut tx, staff.id).await?;
        let words = format!("A recovery code was used to sign in; {left} left.");
        let told = tell(app, &mut tx, &staff, words, from.address).await?;
        (format!("a recovery code, {left} left"), Some(told))
    } else {
        let wrong: Event = event("The first proof was right, the code wrong or used.");
        db::audit::append(&mut tx, &app.audit_key, app.clock.now(), &wrong).await?;
        tx.commit().await?;
        return Ok(Answered::Wrong);
    };
    attempt.succeeded(&mut tx, app.clock.now()).await?;
    let answered = done(app, tx, staff, token, &with, from).await?;
    if let (Answered::Done(..), Some(told)) = (&answered, told) {
        told.mail(app).await;
    }
    Ok(answered)
}

/// Answers with a passkey, to the challenge of this `ceremony`.
pub async fn by_passkey<W: Serialize + DeserializeOwned>(
    app: &App,
    token: &str,
    (ceremony, answer): (&str, &str),
    from: &From,
) -> Result<Answered<W>, Error> {
    let Some(asked) = asked::<W>(app, token).await? else {
        return Ok(Answered::Gone);
    };
    let mut tx = app.db.begin().await?;
    match passkeys::answered(app, &mut tx, Some(asked.staff.id), ceremony, answer).await? {
        Ok(staff) => done(app, tx, staff, token, "a passkey", from).await,
        Err(refused) => {
            db::audit::append(&mut tx, &app.audit_key, app.clock.now(), &refused.event(from)).await?;
            tx.commit().await?;
            Ok(Answered::Wrong)
        }
    }
}

/// Uses the half-way sign-in up and keeps the whole one.
async fn done<W: DeserializeOwned>(
    app: &App,
    mut tx: db::Tx,
    staff: Staff,
    token: &str,
    with: &str,
    from: &From,
) -> Result<Answered<W>, Error> {
    let ceremony = ceremonies::take::<HalfWay<W>>(app, &mut tx, Kind::SecondFactor, token).await?;
    let Some(Open { staff: whose, state }) = ceremony else {
        return Ok(Answered::Gone);
    };
    if whose != Some(staff.id) || !still(&staff, &state) {
        return Ok(Answered::Gone);
    }
    let with = format!("{} and {with}", state.proof.words());
    arrived(app, &mut tx, &staff, &with, from).await?;
    tx.commit().await?;
    Ok(Answered::Done(Box::new(staff), state.way))
}

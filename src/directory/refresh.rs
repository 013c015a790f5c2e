//! A live reading of one account, for its page: bounded in time, and never worse than what the directory has.

use super::patience::Patience;
use super::single::{Body, Seen, Single, settle};
use crate::app::App;
use crate::db::accounts::{self, Account};
use crate::db::{self, settings};
use crate::domain::account::AccountStatus;
use crate::domain::actor::Scope;
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;
use crate::telnyx::{Called, Client, Error, ErrorKind, Trouble};

/// An account after an attempt to read it live.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says something of its own about one attempt"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refreshed {
    /// As the directory has it now; none where neither it nor Telnyx knows the account.
    pub account: Option<Account>,
    /// Name, billing, pricing and balance were read just now.
    pub profile_read: bool,
    /// The status was read just now.
    pub status_read: bool,
    /// Telnyx answered just now that there is no such account.
    pub not_found: bool,
    /// Why something could not be read; no answer in time is [`Trouble::out_of_time`].
    pub trouble: Option<Trouble>,
    /// Time ran out, and what is missing may follow.
    pub rest_follows: bool,
}

/// Reads one account live, within the time that a page has, takes what was read into the directory and answers with what is there.
///
/// # Errors
/// When the database fails. That Telnyx fails is told in [`Refreshed::trouble`].
pub async fn refresh_account(app: &App, scope: Scope, id: &AccountId) -> db::Result<Refreshed> {
    refresh_patiently(app, scope, id, &Patience::of_page(app)).await
}

/// The same with another patience.
///
/// # Errors
/// As [`refresh_account`].
pub async fn refresh_patiently(app: &App, scope: Scope, id: &AccountId, patience: &Patience) -> db::Result<Refreshed> {
    let held = accounts::by_id(&app.db, scope, id).await?;
    let asking = Asking {
        app,
        client: &patience.client,
    };
    let mut reading = Reading::default();
    let whole = patience.wait(reading.gather(asking, id, held.as_ref())).await;
    let (single, mut trouble) = (reading.single, reading.trouble);
    if whole.is_none() {
        trouble.get_or_insert(Trouble::out_of_time());
    }
    let foreign = settings::other_manager(&app.db).await?.is_some();
    if !foreign && (single.body.is_some() || single.status.is_some()) {
        settle(app, id, &single).await?;
    }
    Ok(Refreshed {
        account: accounts::by_id(&app.db, scope, id).await?,
        profile_read: matches!(single.body, Some((Body::Found(_), _))),
        status_read: single.status.is_some(),
        not_found: matches!(single.body, Some((Body::NotFound, _))),
        trouble,
        rest_follows: whole.is_none() && patience.rest_follows,
    })
}

/// Whom to ask, and the clock.
#[derive(Clone, Copy)]
struct Asking<'a> {
    app: &'a App,
    client: &'a Client,
}

/// What was read so far; it stands when time runs out.
#[derive(Default)]
struct Reading {
    single: Single,
    trouble: Option<Trouble>,
}

impl Reading {
    async fn gather(&mut self, asking: Asking<'_>, id: &AccountId, held: Option<&Account>) {
        let called = held.and_then(|held| Called::of(&held.email, &held.organization_name));
        let (mut body_trouble, mut status_trouble) = (None, None);
        {
            let (body, status) = (&mut self.single.body, &mut self.single.status);
            let one = async {
                match retrieve(asking, id).await {
                    Ok(read) => *body = Some(read),
                    Err(error) => body_trouble = Some(Trouble::from(&error)),
                }
            };
            let other = async {
                let Some(called) = &called else { return };
                match status_of(asking, id, called).await {
                    Ok(read) => *status = Some(read),
                    Err(error) => status_trouble = Some(Trouble::from(&error)),
                }
            };
            tokio::join!(one, other);
        }
        self.trouble = body_trouble.or(status_trouble);
        let Some((Body::Found(detail), at)) = &self.single.body else {
            if matches!(self.single.body, Some((Body::NotFound, _))) {
                self.single.status = None;
            }
            return;
        };
        self.single.pricing = detail.account.custom_pricing.map(|on| Seen::once(on, *at));
        let now_called = detail.account.called();
        let unseen = self
            .single
            .status
            .is_none_or(|seen| seen.value == AccountStatus::Unknown);
        if let Some(now_called) = &now_called
            && called.as_ref() != Some(now_called)
            && unseen
            && status_trouble.is_none()
        {
            // Under what the directory calls it, no list can hold it.
            self.single.status = None;
            match status_of(asking, id, now_called).await {
                Ok(read) => self.single.status = Some(read),
                Err(error) => self.trouble = Some(Trouble::from(&error)),
            }
        }
        if let Some(held) = held {
            self.confirm(asking, held, now_called.as_ref()).await;
        }
    }

    /// Reads once more what differs from the directory: only what two readings say has changed.
    async fn confirm(&mut self, asking: Asking<'_>, held: &Account, called: Option<&Called>) {
        if let Some(seen) = &mut self.single.status
            && let Some(called) = called
            && seen.value != held.status.value
        {
            match status_of(asking, &held.id, called).await {
                Ok(again) => seen.again(&again.value, again.at),
                Err(error) => self.trouble = Some(Trouble::from(&error)),
            }
        }
        if let Some(seen) = &mut self.single.pricing
            && held.custom_pricing.is_some_and(|held| held.value != seen.value)
        {
            match retrieve(asking, &held.id).await {
                Ok((Body::Found(detail), at)) => {
                    if let Some(on) = detail.account.custom_pricing {
                        seen.again(&on, at);
                    }
                }
                Ok((Body::NotFound, _)) => {}
                Err(error) => self.trouble = Some(Trouble::from(&error)),
            }
        }
    }
}

async fn retrieve(asking: Asking<'_>, id: &AccountId) -> Result<(Body, Timestamp), Error> {
    let at = asking.app.clock.now();
    match asking.client.retrieve_account(id).await {
        Ok(detail) => Ok((Body::Found(Box::new(detail)), at)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok((Body::NotFound, at)),
        Err(error) => Err(error),
    }
}

async fn status_of(asking: Asking<'_>, id: &AccountId, called: &Called) -> Result<Seen<AccountStatus>, Error> {
    let at = asking.app.clock.now();
    let status = asking.client.status_of(id, called).await?;
    Ok(Seen::once(status.unwrap_or(AccountStatus::Unknown), at))
}

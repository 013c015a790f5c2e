//! Live reading of one account for its page, within a time budget.
//! The result is never worse than the directory's data.

use super::account_read::{AccountRead, AccountResponse, Observation, apply};
use super::time_budget::TimeBudget;
use crate::app::App;
use crate::db::accounts::{self, Account};
use crate::db::{self, settings};
use crate::domain::account::AccountStatus;
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;
use crate::telnyx::{Client, Error, ErrorKind, ErrorSummary, LookupKey};

/// Account after an attempt to read it live.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says something of its own about one attempt"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshResult {
    /// Account as the directory has it now; `None` if neither it nor Telnyx knows the account.
    pub account: Option<Account>,
    /// True if name, billing, pricing and balance were just read.
    pub profile_read: bool,
    /// True if the status was just read.
    pub status_read: bool,
    /// True if Telnyx just answered that the account does not exist.
    pub not_found: bool,
    /// Reason why something could not be read.
    /// If there was no answer in time, it is [`ErrorSummary::timed_out`].
    pub error: Option<ErrorSummary>,
    /// True if time ran out and a follow-up request may read the rest.
    pub can_follow_up: bool,
}

/// Reads one account live within the time of a page.
/// Writes the result to the directory.
/// Returns the account as the directory then has it.
///
/// # Errors
/// Fails if the database fails. A failure of Telnyx is reported in [`RefreshResult::error`].
pub async fn refresh_account(app: &App, id: &AccountId) -> db::Result<RefreshResult> {
    refresh_account_within(app, id, &TimeBudget::for_page(app)).await
}

/// Reads one account live within the given time budget.
///
/// # Errors
/// Fails like [`refresh_account`].
pub async fn refresh_account_within(
    app: &App,
    id: &AccountId,
    patience: &TimeBudget,
) -> db::Result<RefreshResult> {
    let held = accounts::by_id(&app.db, id).await?;
    let asking = ReadContext {
        app,
        client: &patience.client,
    };
    let mut reading = AccountReader::default();
    let whole = patience
        .wait(reading.read_all(asking, id, held.as_ref()))
        .await;
    let (single, mut trouble) = (reading.account_read, reading.error);
    if whole.is_none() {
        trouble.get_or_insert(ErrorSummary::timed_out());
    }
    let foreign = settings::other_manager(&app.db).await?.is_some();
    if !foreign && (single.response.is_some() || single.status.is_some()) {
        apply(app, id, &single, None).await?;
    }
    Ok(RefreshResult {
        account: accounts::by_id(&app.db, id).await?,
        profile_read: matches!(single.response, Some((AccountResponse::Found(_), _))),
        status_read: single.status.is_some(),
        not_found: matches!(single.response, Some((AccountResponse::NotFound, _))),
        error: trouble,
        can_follow_up: whole.is_none() && patience.can_follow_up,
    })
}

/// App and client for a reading.
#[derive(Clone, Copy)]
struct ReadContext<'a> {
    app: &'a App,
    client: &'a Client,
}

/// Facts read so far. They are kept if time runs out.
#[derive(Default)]
struct AccountReader {
    account_read: AccountRead,
    error: Option<ErrorSummary>,
}

impl AccountReader {
    async fn read_all(&mut self, asking: ReadContext<'_>, id: &AccountId, held: Option<&Account>) {
        let called = held.and_then(|held| LookupKey::of(&held.email, &held.organization_name));
        let (mut body_trouble, mut status_trouble) = (None, None);
        {
            let (body, status) = (
                &mut self.account_read.response,
                &mut self.account_read.status,
            );
            let one = async {
                match retrieve(asking, id).await {
                    Ok(read) => *body = Some(read),
                    Err(error) => body_trouble = Some(ErrorSummary::from(&error)),
                }
            };
            let other = async {
                let Some(called) = &called else { return };
                match read_status(asking, id, called).await {
                    Ok(read) => *status = Some(read),
                    Err(error) => status_trouble = Some(ErrorSummary::from(&error)),
                }
            };
            tokio::join!(one, other);
        }
        self.error = body_trouble.or(status_trouble);
        let Some((AccountResponse::Found(detail), at)) = &self.account_read.response else {
            if matches!(
                self.account_read.response,
                Some((AccountResponse::NotFound, _))
            ) {
                self.account_read.status = None;
            }
            return;
        };
        self.account_read.pricing = detail
            .account
            .custom_pricing
            .map(|on| Observation::unconfirmed(on, *at));
        let now_called = detail.account.lookup_key();
        let unseen = self
            .account_read
            .status
            .is_none_or(|seen| seen.value == AccountStatus::Unknown);
        if let Some(now_called) = &now_called
            && called.as_ref() != Some(now_called)
            && unseen
            && status_trouble.is_none()
        {
            // No list can contain the account under the name that the directory has.
            self.account_read.status = None;
            match read_status(asking, id, now_called).await {
                Ok(read) => self.account_read.status = Some(read),
                Err(error) => self.error = Some(ErrorSummary::from(&error)),
            }
        }
        if let Some(held) = held {
            self.confirm(asking, held, now_called.as_ref()).await;
        }
    }

    /// Reads facts that differ from the directory again. A change needs two readings that agree.
    async fn confirm(
        &mut self,
        asking: ReadContext<'_>,
        held: &Account,
        called: Option<&LookupKey>,
    ) {
        if let Some(seen) = &mut self.account_read.status
            && let Some(called) = called
            && seen.value != held.status.value
        {
            match read_status(asking, &held.id, called).await {
                Ok(again) => seen.confirm_later(&again.value, again.at),
                Err(error) => self.error = Some(ErrorSummary::from(&error)),
            }
        }
        if let Some(seen) = &mut self.account_read.pricing
            && held
                .custom_pricing
                .is_some_and(|held| held.value != seen.value)
        {
            match retrieve(asking, &held.id).await {
                Ok((AccountResponse::Found(detail), at)) => {
                    if let Some(on) = detail.account.custom_pricing {
                        seen.confirm_later(&on, at);
                    }
                }
                Ok((AccountResponse::NotFound, _)) => {}
                Err(error) => self.error = Some(ErrorSummary::from(&error)),
            }
        }
    }
}

async fn retrieve(
    asking: ReadContext<'_>,
    id: &AccountId,
) -> Result<(AccountResponse, Timestamp), Error> {
    let at = asking.app.clock.now();
    match asking.client.retrieve_account(id).await {
        Ok(detail) => Ok((AccountResponse::Found(Box::new(detail)), at)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok((AccountResponse::NotFound, at)),
        Err(error) => Err(error),
    }
}

async fn read_status(
    asking: ReadContext<'_>,
    id: &AccountId,
    called: &LookupKey,
) -> Result<Observation<AccountStatus>, Error> {
    let at = asking.app.clock.now();
    let status = asking.client.status_of(id, called).await?;
    Ok(Observation::unconfirmed(
        status.unwrap_or(AccountStatus::Unknown),
        at,
    ))
}

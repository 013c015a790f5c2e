//! Rechecks of accounts that the lists leave unclear. Each sweep requests a limited number singly.

use uuid::Uuid;

use super::account_read::{self, AccountRead, AccountResponse, Observation};
use super::sweep_run::{SweepAborted, SweepRun};
use crate::db::accounts::ComparisonRow;
use crate::domain::account::AccountStatus;
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;
use crate::telnyx::{Error, ErrorKind, ErrorSummary, LookupKey};

/// Maximum number of accounts that one sweep requests singly. The others follow in the next sweep.
const MAX_RECHECKS: usize = 100;

/// Account as one list reports it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ListObservation {
    /// Status of the accounts in that list.
    pub status: AccountStatus,
    /// True if it has custom pricing; `None` if the list does not say.
    pub custom_pricing: Option<bool>,
    /// Start of the page's request.
    pub at: Timestamp,
}

/// Account that the lists leave unclear.
pub(super) struct Recheck {
    pub id: AccountId,
    /// Status and custom pricing in the directory.
    pub known: Option<(AccountStatus, Option<bool>)>,
    pub known_at: Timestamp,
    pub observations: Vec<ListObservation>,
}

pub(super) fn new_recheck(held: ComparisonRow, seen: Vec<ListObservation>) -> Recheck {
    Recheck {
        known: Some((held.status, held.custom_pricing)),
        known_at: held.status_at,
        id: held.id,
        observations: seen,
    }
}

/// Accounts to be requested singly, and their total number.
#[derive(Default)]
pub(super) struct RecheckQueue {
    queue: Vec<Recheck>,
    total: usize,
}

impl RecheckQueue {
    /// Adds an account. Only a limited number of accounts is held.
    pub fn push(&mut self, ask: Recheck) {
        self.total += 1;
        self.queue.push(ask);
        if self.queue.len() > 4 * MAX_RECHECKS {
            self.prune();
        }
    }

    /// Sorts the queue and cuts it to `MAX_RECHECKS`.
    /// Accounts that the lists contradict come before those that the lists leave out. Within each
    /// group, the one checked longest ago comes first.
    fn prune(&mut self) {
        self.queue
            .sort_by_key(|ask| (ask.observations.is_empty(), ask.known_at));
        self.queue.truncate(MAX_RECHECKS);
    }
}

/// Number of consecutive failures after which the rest is left to the next sweep.
const MAX_CONSECUTIVE_FAILURES: usize = 3;

/// Requests the accounts of the queue singly.
/// Returns the number of changed or new ones, and a sentence about those that are left.
pub(super) async fn recheck_all(
    run: &SweepRun<'_>,
    sweep: Uuid,
    mut asks: RecheckQueue,
) -> Result<(i64, String), SweepAborted> {
    asks.prune();
    let mut changed = 0;
    let mut done = 0;
    let mut trouble = None;
    let mut failed_in_a_row = 0;
    for ask in &asks.queue {
        let asked = tokio::select! {
            asked = recheck_account(run, ask) => asked?,
            () = run.app.shutdown.cancelled() => return Err(SweepAborted::Stopped),
        };
        match asked {
            Ok(single) => {
                changed +=
                    i64::from(account_read::apply(run.app, &ask.id, &single, Some(sweep)).await?);
                done += 1;
                failed_in_a_row = 0;
            }
            // A failure for one account does not delay the others. A failure for all of them ends
            // the round.
            Err(error) => {
                failed_in_a_row += 1;
                let of_all =
                    concerns_all(error.kind()) || failed_in_a_row == MAX_CONSECUTIVE_FAILURES;
                trouble = Some(error);
                if of_all {
                    break;
                }
            }
        }
    }
    let left = asks.total - done;
    let message = match (left, trouble) {
        (0, _) => String::new(),
        (_, Some(error)) => format!(
            "{left} accounts could not be asked for singly: {}.",
            ErrorSummary::from(&error).clause()
        ),
        (_, None) => format!("{left} accounts are asked for singly at the next sweep."),
    };
    Ok((changed, message))
}

/// Returns `true` if a failure is not specific to the requested account.
const fn concerns_all(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::NotSent
            | ErrorKind::Unauthorized
            | ErrorKind::Forbidden
            | ErrorKind::RateLimited
    )
}

async fn recheck_account(
    run: &SweepRun<'_>,
    ask: &Recheck,
) -> Result<Result<AccountRead, Error>, SweepAborted> {
    if !run.wait_for_turn().await {
        return Err(SweepAborted::Stopped);
    }
    let at = run.app.clock.now();
    let detail = match run.client.retrieve_account(&ask.id).await {
        Ok(detail) => detail,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let gone = AccountRead {
                response: Some((AccountResponse::NotFound, at)),
                ..AccountRead::default()
            };
            return Ok(Ok(gone));
        }
        Err(error) => return Ok(Err(error)),
    };
    run.renew_lease().await?;
    let pricing = detail.account.custom_pricing.map(|on| {
        let mut pricing = Observation::unconfirmed(on, at);
        if let Some(earlier) = ask
            .observations
            .iter()
            .find(|seen| seen.custom_pricing == Some(on))
        {
            pricing.confirm_earlier(earlier.at);
        }
        pricing
    });
    let called = detail.account.lookup_key();
    let mut single = AccountRead {
        response: Some((AccountResponse::Found(Box::new(detail)), at)),
        status: None,
        pricing,
    };
    let Some(called) = called else {
        // Lists cannot be searched for an account with neither address nor name.
        return Ok(Ok(single));
    };
    let mut status = match read_status(run, &ask.id, &called).await? {
        Ok(status) => status,
        Err(error) => return Ok(Err(error)),
    };
    let earlier = ask
        .observations
        .iter()
        .find(|seen| seen.status == status.value);
    if let Some(earlier) = earlier {
        status.confirm_earlier(earlier.at);
    } else if ask.known.is_none_or(|(held, _)| held != status.value) {
        // Neither the lists nor the directory have this status, so it needs a second reading.
        match read_status(run, &ask.id, &called).await? {
            Ok(again) => status.confirm_later(&again.value, again.at),
            Err(error) => return Ok(Err(error)),
        }
    }
    single.status = Some(status);
    Ok(Ok(single))
}

async fn read_status(
    run: &SweepRun<'_>,
    id: &AccountId,
    called: &LookupKey,
) -> Result<Result<Observation<AccountStatus>, Error>, SweepAborted> {
    // `status_of` sends up to one request per list.
    for _ in AccountStatus::LISTED {
        if !run.wait_for_turn().await {
            return Err(SweepAborted::Stopped);
        }
    }
    run.renew_lease().await?;
    let at = run.app.clock.now();
    let read = run.client.status_of(id, called).await;
    Ok(read.map(|status| Observation::unconfirmed(status.unwrap_or(AccountStatus::Unknown), at)))
}

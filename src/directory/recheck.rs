//! Accounts that the lists alone do not settle: each is asked for singly, so many at each whole reading.

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
    /// When the page's request started.
    pub at: Timestamp,
}

/// An account that the lists alone do not settle.
pub(super) struct Recheck {
    pub id: AccountId,
    /// As the directory has it.
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

/// Those to be asked for, and how many there are in all.
#[derive(Default)]
pub(super) struct RecheckQueue {
    queue: Vec<Recheck>,
    total: usize,
}

impl RecheckQueue {
    /// However many come, only those that have their turn are held.
    pub fn push(&mut self, ask: Recheck) {
        self.total += 1;
        self.queue.push(ask);
        if self.queue.len() > 4 * MAX_RECHECKS {
            self.prune();
        }
    }

    /// Sorts the queue and cuts it to `MAX_RECHECKS`. Accounts that the lists contradict precede those they leave
    /// out; within each group, the one checked longest ago comes first.
    fn prune(&mut self) {
        self.queue
            .sort_by_key(|ask| (ask.observations.is_empty(), ask.known_at));
        self.queue.truncate(MAX_RECHECKS);
    }
}

/// After so many failures one after the other the rest is left for the next sweep.
const MAX_CONSECUTIVE_FAILURES: usize = 3;

/// Asks for them. Answers how many had changed or were new, and what is left, in a sentence.
pub(super) async fn recheck_all(
    run: &SweepRun<'_>,
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
                changed += i64::from(account_read::apply(run.app, &ask.id, &single).await?);
                done += 1;
                failed_in_a_row = 0;
            }
            // One account that Telnyx cannot answer for keeps nobody else waiting; that it answers nobody ends the round.
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

/// Returns `true` if a failure says nothing about the one account requested.
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
        // Lists cannot be asked for an account with neither address nor name.
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
        // Neither the lists nor the directory say so: it takes another reading.
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
    // One request for each list, until one has it.
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

//! Accounts that the lists alone do not settle: each is asked for singly, so many at each whole reading.

use super::single::{self, Body, Seen, Single};
use super::sweep::{Halt, Run};
use crate::domain::account::AccountStatus;
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;
use crate::telnyx::{Called, Error, ErrorKind, Trouble};

/// How many accounts one sweep asks for singly; the others have their turn at the next.
const ASKED: usize = 100;

/// What one list says of an account.
#[derive(Clone, Copy, Debug)]
pub(super) struct Glimpse {
    /// Whose list it is.
    pub status: AccountStatus,
    /// Whether it has custom pricing, where the list says so.
    pub custom_pricing: Option<bool>,
    /// When the page's request started.
    pub at: Timestamp,
}

/// An account that the lists alone do not settle.
pub(super) struct Ask {
    pub id: AccountId,
    /// As the directory has it.
    pub held: Option<(AccountStatus, Option<bool>)>,
    pub held_at: Timestamp,
    pub seen: Vec<Glimpse>,
}

/// Those to be asked for, and how many there are in all.
#[derive(Default)]
pub(super) struct Asks {
    first: Vec<Ask>,
    total: usize,
}

impl Asks {
    /// However many come, only those that have their turn are held.
    pub fn push(&mut self, ask: Ask) {
        self.total += 1;
        self.first.push(ask);
        if self.first.len() > 4 * ASKED {
            self.prune();
        }
    }

    /// What the lists contradict comes before what they leave out; among these, what was not looked at for longest.
    fn prune(&mut self) {
        self.first.sort_by_key(|ask| (ask.seen.is_empty(), ask.held_at));
        self.first.truncate(ASKED);
    }
}

/// After so many failures one after the other the rest is left for the next sweep.
const FAILED: usize = 3;

/// Asks for them. Answers how many had changed or were new, and what is left, in a sentence.
pub(super) async fn ask_singly(run: &Run<'_>, mut asks: Asks) -> Result<(i64, String), Halt> {
    asks.prune();
    let mut changed = 0;
    let mut done = 0;
    let mut trouble = None;
    let mut failed_in_a_row = 0;
    for ask in &asks.first {
        let asked = tokio::select! {
            asked = ask_one(run, ask) => asked?,
            () = run.app.shutdown.cancelled() => return Err(Halt::Stopped),
        };
        match asked {
            Ok(single) => {
                changed += i64::from(single::settle(run.app, &ask.id, &single).await?);
                done += 1;
                failed_in_a_row = 0;
            }
            // One account that Telnyx cannot answer for keeps nobody else waiting; that it answers nobody ends the round.
            Err(error) => {
                failed_in_a_row += 1;
                let of_all = concerns_all(error.kind()) || failed_in_a_row == FAILED;
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
            Trouble::from(&error).clause()
        ),
        (_, None) => format!("{left} accounts are asked for singly at the next sweep."),
    };
    Ok((changed, message))
}

/// Whether a failure says nothing about the one account that was asked for.
const fn concerns_all(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::NotSent | ErrorKind::Unauthorized | ErrorKind::Forbidden | ErrorKind::RateLimited
    )
}

async fn ask_one(run: &Run<'_>, ask: &Ask) -> Result<Result<Single, Error>, Halt> {
    if !run.turn().await {
        return Err(Halt::Stopped);
    }
    let at = run.app.clock.now();
    let detail = match run.client.retrieve_account(&ask.id).await {
        Ok(detail) => detail,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let gone = Single {
                body: Some((Body::NotFound, at)),
                ..Single::default()
            };
            return Ok(Ok(gone));
        }
        Err(error) => return Ok(Err(error)),
    };
    run.keep_lease().await?;
    let pricing = detail.account.custom_pricing.map(|on| {
        let mut pricing = Seen::once(on, at);
        if let Some(earlier) = ask.seen.iter().find(|seen| seen.custom_pricing == Some(on)) {
            pricing.before(earlier.at);
        }
        pricing
    });
    let called = detail.account.called();
    let mut single = Single {
        body: Some((Body::Found(Box::new(detail)), at)),
        status: None,
        pricing,
    };
    let Some(called) = called else {
        // Lists cannot be asked for an account with neither address nor name.
        return Ok(Ok(single));
    };
    let mut status = match status_of(run, &ask.id, &called).await? {
        Ok(status) => status,
        Err(error) => return Ok(Err(error)),
    };
    let earlier = ask.seen.iter().find(|seen| seen.status == status.value);
    if let Some(earlier) = earlier {
        status.before(earlier.at);
    } else if ask.held.is_none_or(|(held, _)| held != status.value) {
        // Neither the lists nor the directory say so: it takes another reading.
        match status_of(run, &ask.id, &called).await? {
            Ok(again) => status.again(&again.value, again.at),
            Err(error) => return Ok(Err(error)),
        }
    }
    single.status = Some(status);
    Ok(Ok(single))
}

async fn status_of(run: &Run<'_>, id: &AccountId, called: &Called) -> Result<Result<Seen<AccountStatus>, Error>, Halt> {
    // One request for each list, until one has it.
    for _ in AccountStatus::LISTED {
        if !run.turn().await {
            return Err(Halt::Stopped);
        }
    }
    run.keep_lease().await?;
    let at = run.app.clock.now();
    let read = run.client.status_of(id, called).await;
    Ok(read.map(|status| Seen::once(status.unwrap_or(AccountStatus::Unknown), at)))
}

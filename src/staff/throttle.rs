//! How long somebody waits between tries to sign in: a delay that grows with the failures from an address and for an
//! account. A try is counted before its password is checked, so that many at once are no more than one after the other.
//!
//! The account's delay is short and does not hold where it was signed in before: who guesses from elsewhere, from
//! however many places, cannot keep its owner out.

use std::net::IpAddr;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::app::App;
use crate::db::throttles::{self, Count};
use crate::db::{self, Tx};
use crate::domain::audit::Event;
use crate::domain::email;
use crate::domain::time::Timestamp;

mod told;

pub(super) use told::{event, tell_rest};

/// So many failures from an address are free: an office may share one.
const FREE_BY_ADDRESS: i64 = 10;
/// So many failures from an IPv6 site or a proxy are free, and then the delay grows no longer than this: it may be many
/// people's.
const FREE_BY_SITE: i64 = 100;
/// The longest delay for an IPv6 site or a proxy.
const LONGEST_BY_SITE: Duration = Duration::from_mins(1);
/// So many failures for an account are free: people mistype.
const FREE_BY_ACCOUNT: i64 = 4;
/// The longest delay for an address.
const LONGEST_BY_ADDRESS: Duration = Duration::from_mins(15);
/// The longest delay for an account.
const LONGEST_BY_ACCOUNT: Duration = Duration::from_mins(1);
/// The longest delay for the codes of an account, which a right password alone leads to.
const LONGEST_BY_FACTOR: Duration = Duration::from_mins(15);
/// A count starts anew after so long without a failure.
const FORGOTTEN: Duration = Duration::from_hours(1);
/// Where an account was signed in is kept so long.
const KNOWN: Duration = Duration::from_hours(24 * 90);

/// The subjects that a try counts for.
#[derive(Clone, Debug)]
pub(super) struct Try {
    /// The networks that it comes from, the largest first.
    networks: Vec<Network>,
    address: Option<IpAddr>,
    account: String,
    /// Present where the account is at home at the address.
    known: Option<String>,
    /// What counts for the account where it is at home.
    home: Option<String>,
    longest: Duration,
    is_first: bool,
}

/// A network that is counted as a whole.
#[derive(Clone, Debug)]
struct Network {
    subject: String,
    free: i64,
    longest: Duration,
}

/// What is said of a try before its password is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It may be checked; it counts as failed until it succeeded.
    Go,
    /// The next try is taken after so long.
    Wait(Duration),
}

impl Try {
    /// A try for this e-mail address, as typed, from this address.
    pub(super) fn new(email: &str, address: Option<IpAddr>) -> Self {
        // Hashed: what strangers type is neither kept nor of any length.
        let account = digest(&email::key(email));
        let known = address.map(|address| format!("known:{account}:{}", network(address)));
        Self {
            networks: address.map(networks).unwrap_or_default(),
            address,
            home: known.clone(),
            known,
            account: format!("account:{account}"),
            longest: LONGEST_BY_ACCOUNT,
            is_first: true,
        }
    }

    /// A try of a second factor, after a first proof that was right. A code is short: the delay grows longer.
    pub(super) fn second_factor(email: &str, address: Option<IpAddr>) -> Self {
        let first = Self::new(email, address);
        let account = digest(&email::key(email));
        Self {
            home: address.map(|address| format!("factor:{account}:{}", network(address))),
            account: format!("factor:{account}"),
            longest: LONGEST_BY_FACTOR,
            is_first: false,
            ..first
        }
    }

    /// Whether it may go on; if so it is counted.
    pub(super) async fn admit(&self, app: &App, held_back: &Event) -> db::Result<Verdict> {
        let now = app.clock.now();
        let mut tx = app.db.begin().await?;
        let mut by_network = Vec::new();
        for network in &self.networks {
            let count = fresh(throttles::lock(&mut tx, &network.subject).await?, now);
            by_network.push((network, count));
        }
        let account = self.account_subject(&mut tx).await?;
        let by_account = (account, fresh(throttles::lock(&mut tx, account).await?, now));
        let held = by_network
            .iter()
            .map(|(network, count)| (network.subject.as_str(), *count))
            .chain([by_account])
            .filter(|(_, count)| count.not_before > now)
            .max_by_key(|(_, count)| count.not_before);
        if let Some((subject, count)) = held {
            let wait = now.until(count.not_before);
            told::hold_back(app, &mut tx, (subject, count), held_back, now).await?;
            tx.commit().await?;
            return Ok(Verdict::Wait(wait));
        }
        // A proxy that does not say for whom it asks stands for many people: strangers must not keep them all out.
        let shared = self
            .address
            .is_some_and(|address| app.settings.is_trusted_proxy(address));
        for (network, count) in by_network {
            let (free, longest) = if shared {
                (FREE_BY_SITE, LONGEST_BY_SITE)
            } else {
                (network.free, network.longest)
            };
            let failed = failed(count, free, longest, now);
            throttles::keep(&mut tx, &network.subject, failed).await?;
        }
        let (subject, count) = by_account;
        throttles::keep(&mut tx, subject, failed(count, FREE_BY_ACCOUNT, self.longest, now)).await?;
        tx.commit().await?;
        Ok(Verdict::Go)
    }

    /// It was the right password: takes back what [`Try::admit`] counted, forgets the account's failures, and keeps
    /// that the account is at home at this address.
    pub(super) async fn succeeded(&self, tx: &mut Tx, now: Timestamp) -> db::Result<()> {
        for network in &self.networks {
            take_back(tx, &network.subject).await?;
        }
        self.arrived(tx, now).await
    }

    /// Somebody came in, with every factor that is asked of them: forgets the account's failures, and keeps that the
    /// account is at home at this address.
    pub(super) async fn arrived(&self, tx: &mut Tx, now: Timestamp) -> db::Result<()> {
        let account = self.account_subject(tx).await?;
        let clean = Count {
            failures: 0,
            not_before: Timestamp::from_millis(0),
            ..throttles::lock(tx, account).await?
        };
        throttles::keep(tx, account, clean).await?;
        if let (true, Some(known)) = (self.is_first, &self.known) {
            let count = throttles::lock(tx, known).await?;
            throttles::keep(
                tx,
                known,
                Count {
                    failures: 0,
                    updated_at: now,
                    ..count
                },
            )
            .await?;
        }
        Ok(())
    }

    /// Its password was not looked at, or was right while more is asked: takes back what [`Try::admit`] counted.
    pub(super) async fn withdrawn(&self, app: &App) -> db::Result<()> {
        let mut tx = app.db.begin().await?;
        let account = self.account_subject(&mut tx).await?;
        // In the order of `admit`: who locks in another waits for each other.
        let networks = self.networks.iter().map(|network| network.subject.as_str());
        for subject in networks.chain([account]) {
            take_back(&mut tx, subject).await?;
        }
        tx.commit().await
    }

    /// Where the account was signed in before, it has a count of its own.
    async fn account_subject(&self, tx: &mut Tx) -> db::Result<&str> {
        match (&self.known, &self.home) {
            (Some(known), Some(home)) if throttles::is_there(tx, known).await? => Ok(home),
            _ => Ok(&self.account),
        }
    }
}

/// One failure fewer, and no wait.
async fn take_back(tx: &mut Tx, subject: &str) -> db::Result<()> {
    let count = throttles::lock(tx, subject).await?;
    let one_less = Count {
        failures: (count.failures - 1).max(0),
        not_before: Timestamp::from_millis(0),
        ..count
    };
    throttles::keep(tx, subject, one_less).await
}

/// Forgets counts that mean nothing any more.
pub(super) async fn forget(app: &App) -> db::Result<u64> {
    let mut tx = app.db.begin().await?;
    let now = app.clock.now();
    let gone = throttles::forget(&mut tx, now - FORGOTTEN, now - KNOWN).await?;
    tx.commit().await?;
    Ok(gone)
}

fn fresh(count: Count, now: Timestamp) -> Count {
    if count.updated_at.until(now) >= FORGOTTEN && count.not_before <= now {
        Count { failures: 0, ..count }
    } else {
        count
    }
}

fn failed(count: Count, free: i64, longest: Duration, now: Timestamp) -> Count {
    let failures = count.failures.saturating_add(1);
    Count {
        failures,
        not_before: now + delay(failures, free, longest),
        updated_at: now,
        ..count
    }
}

/// Nothing for the free ones, then 1 s, 2 s, 4 s, … up to the longest.
fn delay(failures: i64, free: i64, longest: Duration) -> Duration {
    let beyond = failures - free;
    if beyond < 1 {
        return Duration::ZERO;
    }
    let seconds = 1_u64 << u32::try_from(beyond - 1).unwrap_or(u32::MAX).min(20);
    Duration::from_secs(seconds).min(longest)
}

/// What a try from an address counts for, the largest first: locked in this order everywhere.
fn networks(address: IpAddr) -> Vec<Network> {
    let own = Network {
        subject: format!("address:{}", network(address)),
        free: FREE_BY_ADDRESS,
        longest: LONGEST_BY_ADDRESS,
    };
    let IpAddr::V6(address) = address else {
        return vec![own];
    };
    let [a, b, c, ..] = address.segments();
    let site = Network {
        subject: format!("address:{a:x}:{b:x}:{c:x}::/48"),
        free: FREE_BY_SITE,
        longest: LONGEST_BY_SITE,
    };
    vec![site, own]
}

/// An IPv6 client has a whole /64 to itself.
pub(super) fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

fn digest(text: &str) -> String {
    use std::fmt::Write;
    Sha256::digest(text.as_bytes())
        .iter()
        .take(16)
        .fold(String::new(), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_grows_to_its_longest_and_no_further() {
        let seconds = |failures| delay(failures, FREE_BY_ACCOUNT, LONGEST_BY_ACCOUNT).as_secs();
        assert_eq!(
            [0, 4, 5, 6, 7, 8, 9, 10, 11, 12, 1_000].map(seconds),
            [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]
        );
        assert_eq!(delay(i64::MAX, FREE_BY_ADDRESS, LONGEST_BY_ADDRESS), LONGEST_BY_ADDRESS);
    }

    #[test]
    fn one_ipv6_client_is_one_network() {
        let at = |text: &str| network(text.parse().expect("an address"));
        assert_eq!(at("2001:db8:1:2:3:4:5:6"), at("2001:db8:1:2::1"));
        assert_ne!(at("2001:db8:1:2::1"), at("2001:db8:1:3::1"));
    }
}

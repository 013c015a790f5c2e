//! Delays between attempts to sign in.
//!
//! The delay grows with the failures of an IP address and of an account. An attempt is counted
//! before its password is checked, so that parallel attempts gain nothing.
//!
//! The delay of an account is short, and does not apply at locations where the account has signed
//! in before. So attackers elsewhere cannot lock out its owner, however many addresses they use.

use std::net::IpAddr;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::app::App;
use crate::db::throttles::{self, FailureCount};
use crate::db::{self, Tx};
use crate::domain::audit::Event;
use crate::domain::email;
use crate::domain::sign_in_outcome::SignInOutcome;
use crate::domain::time::Timestamp;

mod throttle_audit;

pub(super) use throttle_audit::flush_throttled;

/// Number of failures per address without a delay. An office may share one address.
const FREE_FAILURES_PER_ADDRESS: i64 = 10;
/// Number of failures per IPv6 site or proxy without a delay. Many people may share one.
const FREE_FAILURES_PER_SITE: i64 = 100;
/// Maximum delay for an IPv6 site or a proxy.
const MAX_DELAY_PER_SITE: Duration = Duration::from_mins(1);
/// Number of failures per account without a delay, because people make typing errors.
const FREE_FAILURES_PER_ACCOUNT: i64 = 4;
/// Maximum delay for an address.
const MAX_DELAY_PER_ADDRESS: Duration = Duration::from_mins(15);
/// Maximum delay for an account.
const MAX_DELAY_PER_ACCOUNT: Duration = Duration::from_mins(1);
/// Maximum delay for an account's codes. Only someone with the right password can try codes.
const MAX_DELAY_PER_SECOND_FACTOR: Duration = Duration::from_mins(15);
/// Maximum delay between requested links to one address. It limits the emails to one person.
const MAX_DELAY_PER_MAILED_LINK: Duration = Duration::from_mins(15);
/// Time without a failure after which a count starts again at 0.
const FAILURE_RETENTION: Duration = Duration::from_hours(1);
/// Time for which locations of an account's sign-ins are stored.
const KNOWN_LOCATION_RETENTION: Duration = Duration::from_hours(24 * 90);

/// Attempt to sign in, with the subjects that it counts for.
#[derive(Clone, Debug)]
pub(super) struct LoginAttempt {
    /// Networks of the address, largest first.
    networks: Vec<Network>,
    address: Option<IpAddr>,
    account: String,
    /// Subject that exists if the account has signed in from the address before.
    known_location: Option<String>,
    /// Subject that counts the account's attempts from such an address.
    known_location_subject: Option<String>,
    max_delay: Duration,
    is_first_factor: bool,
}

/// Network that is counted as a whole.
#[derive(Clone, Debug)]
struct Network {
    subject: String,
    free_failures: i64,
    max_delay: Duration,
}

impl LoginAttempt {
    /// Creates an attempt for this email address, as typed, from this IP address.
    pub(super) fn new(email: &str, address: Option<IpAddr>) -> Self {
        // Hashed, so that text typed by strangers is not stored and its length is fixed.
        let account = digest(&email::key(email));
        let known = address.map(|address| format!("known:{account}:{}", network(address)));
        Self {
            networks: address.map(networks).unwrap_or_default(),
            address,
            known_location_subject: known.clone(),
            known_location: known,
            account: format!("account:{account}"),
            max_delay: MAX_DELAY_PER_ACCOUNT,
            is_first_factor: true,
        }
    }

    /// Creates an attempt with a second factor, after a right first proof. Codes are short, so the
    /// delay can grow longer.
    pub(super) fn second_factor(email: &str, address: Option<IpAddr>) -> Self {
        let first = Self::new(email, address);
        let account = digest(&email::key(email));
        Self {
            known_location_subject: address
                .map(|address| format!("factor:{account}:{}", network(address))),
            account: format!("factor:{account}"),
            max_delay: MAX_DELAY_PER_SECOND_FACTOR,
            is_first_factor: false,
            ..first
        }
    }

    /// Creates a request for a link that is mailed to this address. Its requests have a count of
    /// their own, so that they do not delay sign-ins.
    pub(super) fn mailed_link(email: &str, address: Option<IpAddr>) -> Self {
        let first = Self::new(email, address);
        Self {
            account: format!("reset:{}", digest(&email::key(email))),
            known_location: None,
            known_location_subject: None,
            max_delay: MAX_DELAY_PER_MAILED_LINK,
            is_first_factor: false,
            ..first
        }
    }

    /// Returns the time that the attempt has to wait. If it returns `None`, the attempt may
    /// continue, and counts as failed until it succeeds.
    pub(super) async fn admit(&self, app: &App, held_back: &Event) -> db::Result<Option<Duration>> {
        let now = app.clock.now();
        let mut tx = app.db.begin().await?;
        let mut by_network = Vec::new();
        for network in &self.networks {
            let count =
                without_expired_failures(throttles::lock(&mut tx, &network.subject).await?, now);
            by_network.push((network, count));
        }
        let account = self.account_subject(&mut tx).await?;
        let by_account = (
            account,
            without_expired_failures(throttles::lock(&mut tx, account).await?, now),
        );
        let held = by_network
            .iter()
            .map(|(network, count)| (network.subject.as_str(), *count))
            .chain([by_account])
            .filter(|(_, count)| count.not_before > now)
            .max_by_key(|(_, count)| count.not_before);
        if let Some((subject, count)) = held {
            let wait = now.until(count.not_before);
            throttle_audit::record_throttled(app, &mut tx, (subject, count), held_back, now)
                .await?;
            tx.commit().await?;
            app.metrics.record_sign_in(SignInOutcome::Throttled);
            return Ok(Some(wait));
        }
        // A proxy that does not name its clients stands for many people. Strangers must not lock
        // all of them out.
        let shared = self
            .address
            .is_some_and(|address| app.settings.is_trusted_proxy(address));
        for (network, count) in by_network {
            let (free, longest) = if shared {
                (FREE_FAILURES_PER_SITE, MAX_DELAY_PER_SITE)
            } else {
                (network.free_failures, network.max_delay)
            };
            let failed = with_failure(count, free, longest, now);
            throttles::save(&mut tx, &network.subject, failed).await?;
        }
        let (subject, count) = by_account;
        throttles::save(
            &mut tx,
            subject,
            with_failure(count, FREE_FAILURES_PER_ACCOUNT, self.max_delay, now),
        )
        .await?;
        tx.commit().await?;
        Ok(None)
    }

    /// Records a right password. Reverts the count of [`LoginAttempt::admit`], clears the account's
    /// failures, and stores the address as a known location.
    pub(super) async fn record_success(&self, tx: &mut Tx, now: Timestamp) -> db::Result<()> {
        for network in &self.networks {
            decrement_failures(tx, &network.subject).await?;
        }
        self.record_sign_in(tx, now).await
    }

    /// Records a sign-in with all required factors. Clears the account's failures and stores the
    /// address as a known location.
    pub(super) async fn record_sign_in(&self, tx: &mut Tx, now: Timestamp) -> db::Result<()> {
        let account = self.account_subject(tx).await?;
        let clean = FailureCount {
            failures: 0,
            not_before: Timestamp::from_millis(0),
            ..throttles::lock(tx, account).await?
        };
        throttles::save(tx, account, clean).await?;
        if let (true, Some(known)) = (self.is_first_factor, &self.known_location) {
            let count = throttles::lock(tx, known).await?;
            throttles::save(
                tx,
                known,
                FailureCount {
                    failures: 0,
                    updated_at: now,
                    ..count
                },
            )
            .await?;
        }
        Ok(())
    }

    /// Reverts the count of [`LoginAttempt::admit`]. The password was not checked, or was right but
    /// a second factor is still needed.
    pub(super) async fn cancel(&self, app: &App) -> db::Result<()> {
        let mut tx = app.db.begin().await?;
        let account = self.account_subject(&mut tx).await?;
        // Locked in the order of `admit`. A different order could cause a deadlock.
        let networks = self.networks.iter().map(|network| network.subject.as_str());
        for subject in networks.chain([account]) {
            decrement_failures(&mut tx, subject).await?;
        }
        tx.commit().await
    }

    /// Returns the subject that counts the account's failures. A known location has its own count.
    async fn account_subject(&self, tx: &mut Tx) -> db::Result<&str> {
        match (&self.known_location, &self.known_location_subject) {
            (Some(known), Some(home)) if throttles::exists(tx, known).await? => Ok(home),
            _ => Ok(&self.account),
        }
    }
}

/// Removes one failure and the delay.
async fn decrement_failures(tx: &mut Tx, subject: &str) -> db::Result<()> {
    let count = throttles::lock(tx, subject).await?;
    let one_less = FailureCount {
        failures: (count.failures - 1).max(0),
        not_before: Timestamp::from_millis(0),
        ..count
    };
    throttles::save(tx, subject, one_less).await
}

/// Removes expired counts.
pub(super) async fn delete_expired(app: &App) -> db::Result<u64> {
    let mut tx = app.db.begin().await?;
    let now = app.clock.now();
    let gone = throttles::delete_expired(
        &mut tx,
        now - FAILURE_RETENTION,
        now - KNOWN_LOCATION_RETENTION,
    )
    .await?;
    tx.commit().await?;
    Ok(gone)
}

fn without_expired_failures(count: FailureCount, now: Timestamp) -> FailureCount {
    if count.updated_at.until(now) >= FAILURE_RETENTION && count.not_before <= now {
        FailureCount {
            failures: 0,
            ..count
        }
    } else {
        count
    }
}

fn with_failure(count: FailureCount, free: i64, longest: Duration, now: Timestamp) -> FailureCount {
    let failures = count.failures.saturating_add(1);
    FailureCount {
        failures,
        not_before: now + delay(failures, free, longest),
        updated_at: now,
        ..count
    }
}

/// Returns the delay: none for the free failures, then 1 s, 2 s, 4 s, … up to `longest`.
fn delay(failures: i64, free: i64, longest: Duration) -> Duration {
    let beyond = failures - free;
    if beyond < 1 {
        return Duration::ZERO;
    }
    let seconds = 1_u64 << u32::try_from(beyond - 1).unwrap_or(u32::MAX).min(20);
    Duration::from_secs(seconds).min(longest)
}

/// Returns the networks of an address, largest first. They are always locked in this order.
fn networks(address: IpAddr) -> Vec<Network> {
    let own = Network {
        subject: format!("address:{}", network(address)),
        free_failures: FREE_FAILURES_PER_ADDRESS,
        max_delay: MAX_DELAY_PER_ADDRESS,
    };
    let IpAddr::V6(address) = address else {
        return vec![own];
    };
    let [a, b, c, ..] = address.segments();
    let site = Network {
        subject: format!("address:{a:x}:{b:x}:{c:x}::/48"),
        free_failures: FREE_FAILURES_PER_SITE,
        max_delay: MAX_DELAY_PER_SITE,
    };
    vec![site, own]
}

/// Returns the network of an address. An IPv6 client usually has a whole /64 to itself.
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
        let seconds =
            |failures| delay(failures, FREE_FAILURES_PER_ACCOUNT, MAX_DELAY_PER_ACCOUNT).as_secs();
        assert_eq!(
            [0, 4, 5, 6, 7, 8, 9, 10, 11, 12, 1_000].map(seconds),
            [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]
        );
        assert_eq!(
            delay(i64::MAX, FREE_FAILURES_PER_ADDRESS, MAX_DELAY_PER_ADDRESS),
            MAX_DELAY_PER_ADDRESS
        );
    }

    #[test]
    fn one_ipv6_client_is_one_network() {
        let at = |text: &str| network(text.parse().expect("an address"));
        assert_eq!(at("2001:db8:1:2:3:4:5:6"), at("2001:db8:1:2::1"));
        assert_ne!(at("2001:db8:1:2::1"), at("2001:db8:1:3::1"));
    }
}

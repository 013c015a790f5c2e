//! Passwords: validation, and hashing and checking with Argon2id. The hashing runs outside the
//! async threads. Only a few passwords are hashed at once, and the number of waiting ones is
//! limited.

use std::time::Duration;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use super::Error;
use super::client_origin::ClientOrigin;
use super::throttle::LoginAttempt;
use crate::app::App;
use crate::config::PasswordCost;
use crate::db;
use crate::domain::ids::StaffId;
use crate::domain::role::Role;
use crate::domain::sign_in_outcome::SignInOutcome;

mod strength;

/// Minimum length of a password, in characters.
pub const MIN_LENGTH: usize = 12;
/// Maximum length of a password, in characters.
pub const MAX_LENGTH: usize = 256;

/// Limits how many passwords are hashed at once. Each takes 19 MiB and a core. Others wait, at most
/// as many as the app has places for.
///
/// If all places are taken, the next attempt fails at once with [`Error::Busy`]. It does not count
/// as a failure and can be repeated in a moment.
///
/// An attacker who wants to keep all places taken needs about fifty attempts per second that pass
/// the throttle. After ten failures, the throttle lets one address (with IPv6, one network of 64
/// bits) through once in a quarter of an hour. After a hundred failures, it lets a whole IPv6 site
/// (48 bits) through once a minute. So it takes tens of thousands of addresses, or thousands of
/// sites, to keep even one owner from signing in, and only while all of them continue.
static HASHING_PERMITS: Semaphore = Semaphore::const_new(2);

/// Validates a new password, typed twice. `about` holds facts that others know about the person:
/// name and email address.
///
/// # Errors
/// Returns a sentence for the field.
pub fn validate_new(password: &str, again: &str, about: &[&str]) -> Result<SecretString, String> {
    let length = password.chars().count();
    if length < MIN_LENGTH {
        return Err(format!(
            "Use at least {MIN_LENGTH} characters. A few unrelated words are easy to remember."
        ));
    }
    if length > MAX_LENGTH {
        return Err(format!("Use at most {MAX_LENGTH} characters."));
    }
    strength::check(password, about)?;
    if password != again {
        return Err("The two passwords differ. Type the same one twice.".to_owned());
    }
    Ok(SecretString::from(password))
}

/// Hashes a password. The result includes the salt and the cost.
///
/// # Errors
/// Fails with [`Error::Busy`] if too many passwords wait to be hashed. Fails with [`Error::Hash`]
/// if the parameters are invalid or the system has no randomness.
pub async fn hash(app: &App, password: &SecretString) -> Result<String, Error> {
    let cost = app.settings.password_cost;
    let password = password.clone();
    run_blocking(app, move || {
        let hasher = argon2(cost)?;
        let hash = hasher.hash_password(password.expose_secret().as_bytes());
        Ok(hash
            .map_err(|error| Error::Hash(error.to_string()))?
            .to_string())
    })
    .await?
}

/// Outcome of checking someone's password.
pub(super) enum PasswordCheck {
    /// It is right. The attempt counts as failed until it is cancelled or recorded as a success.
    Right(LoginAttempt),
    /// It is wrong, or they have none. The failure was recorded in the audit.
    Wrong,
    /// There were too many failures. The next attempt is accepted after this time.
    Throttled(Duration),
}

/// Checks the password of the person with this email address, with throttling. `staff` is `None` if
/// no one may sign in with the address. A wrong password is recorded in the audit with the text
/// `failure`.
///
/// # Errors
/// Fails with [`Error::Busy`] if too many passwords are being checked. The attempt then does not
/// count.
pub(super) async fn check(
    app: &App,
    email: &str,
    staff: Option<(StaffId, Role)>,
    password: &SecretString,
    from: &ClientOrigin,
    failure: &str,
) -> Result<PasswordCheck, Error> {
    let attempt = LoginAttempt::new(email, from.address);
    if let Some(wait) = attempt.admit(app, &from.failure(email, "")).await? {
        return Ok(PasswordCheck::Throttled(wait));
    }
    let hash = match staff {
        Some((id, role)) => stored_hash(app, id, role).await?,
        None => None,
    };
    let matches = match verify(app, hash, password).await {
        Err(Error::Busy) => {
            attempt.cancel(app).await?;
            app.metrics.record_sign_in(SignInOutcome::Busy);
            return Err(Error::Busy);
        }
        checked => checked?,
    };
    if matches {
        return Ok(PasswordCheck::Right(attempt));
    }
    let event = from.failure(email, failure);
    db::audit::record(&app.db, &app.audit_key, app.clock.now(), &event).await?;
    app.metrics.record_sign_in(SignInOutcome::Refused);
    Ok(PasswordCheck::Wrong)
}

/// Returns the hash of a person's password. Returns `None` if they have none, or if their role can
/// sign in only with single sign-on.
async fn stored_hash(app: &App, id: StaffId, role: Role) -> Result<Option<String>, Error> {
    if !app.settings.allows_local_sign_in(role) {
        return Ok(None);
    }
    Ok(db::staff::password_hash(&app.db, id).await?)
}

/// Returns `true` if the password matches the hash. Without a hash, it takes equally long and
/// returns `false`.
async fn verify(app: &App, hash: Option<String>, password: &SecretString) -> Result<bool, Error> {
    let there = hash.is_some() && password.expose_secret().chars().count() <= MAX_LENGTH;
    let hash = match hash {
        Some(hash) if there => hash,
        _ => dummy_hash(app.settings.password_cost),
    };
    let password = password.clone();
    let same = run_blocking(app, move || {
        let password = password.expose_secret().as_bytes();
        Argon2::default()
            .verify_password(
                password.get(..4 * MAX_LENGTH).unwrap_or(password),
                hash.as_str(),
            )
            .is_ok()
    })
    .await?;
    Ok(same && there)
}

/// Returns a hash that no password matches, with the same cost as a real one.
fn dummy_hash(cost: PasswordCost) -> String {
    format!(
        "$argon2id$v=19$m={},t={},p={}$bm9ib2R5IGtub3dzIGl0IQ$QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE",
        cost.memory, cost.passes, cost.lanes
    )
}

fn argon2(cost: PasswordCost) -> Result<Argon2<'static>, Error> {
    let params = Params::new(cost.memory, cost.passes, cost.lanes, None);
    let params = params.map_err(|error| Error::Hash(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

async fn run_blocking<T: Send + 'static>(
    app: &App,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let _place = app
        .password_permits
        .try_acquire()
        .map_err(|_| Error::Busy)?;
    let seat = HASHING_PERMITS
        .acquire()
        .await
        .map_err(|error| Error::Hash(error.to_string()))?;
    // The permit stays with the work. If a caller stops waiting, that does not make room for
    // another.
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(seat);
        done
    });
    done.await.map_err(|error| Error::Hash(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_password_has_a_length_and_is_typed_twice() {
        let once = |password: &str| validate_new(password, password, &[]);
        assert!(once("eleven char").is_err());
        assert!(once("lamp teapot orbit").is_ok());
        assert!(once("zwölf blaue öfen").is_ok());
        assert!(validate_new("lamp teapot orbit", "lamp teapot orbiT", &[]).is_err());
        let longest: String = ('a'..='w').cycle().step_by(7).take(MAX_LENGTH).collect();
        assert!(once(&longest).is_ok());
        assert!(once(&format!("{longest}x")).is_err());
    }

    #[test]
    fn the_hash_of_nobody_costs_what_a_real_one_costs() {
        let cost = PasswordCost {
            memory: 8,
            passes: 1,
            lanes: 1,
        };
        let real = argon2(cost).and_then(|hasher| {
            hasher
                .hash_password(b"x")
                .map(|hash| hash.to_string())
                .map_err(|error| Error::Hash(error.to_string()))
        });
        let real = real.expect("a hash");
        let params = |hash: &str| hash.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(params(&real), params(&dummy_hash(cost)));
        // An unreadable hash would be refused at once, and the response time would reveal that.
        assert!(argon2::password_hash::phc::PasswordHash::new(&dummy_hash(cost)).is_ok());
        assert_eq!(real.len(), dummy_hash(cost).len());
    }
}

//! Sign-in and step-up at the provider of single sign-on.
//!
//! A challenge ties the way to the provider and back to one browser. The browser holds its token,
//! from which everything else is derived. It can be used once.
//!
//! A person is matched by their verified email address only once. From then on, they are matched by
//! the provider's own ID for them. So nothing happens if the provider gives an address to another
//! person.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use url::Url;
use uuid::Uuid;

use super::Error;
use super::auth_challenges::{self, NewChallenge, PendingChallenge, STEP_LIFETIME};
use super::client_origin::ClientOrigin;
use super::sign_in::AuthenticationMethod;
use crate::app::App;
use crate::db;
use crate::db::auth_challenges::ChallengeKind;
use crate::db::staff::Staff;
use crate::domain::actor::Actor;
use crate::domain::ids::StaffId;
use crate::domain::time::Timestamp;
use crate::sso::{Binding, Error as SsoError, Identity, LoginPrompt, Misconfiguration, Provider};

mod failure;
mod identity;

pub use failure::SsoFailure;
pub use identity::{linked_at, unlink};

/// Maximum difference between the clocks of the provider and the portal.
const LEEWAY: Duration = Duration::from_mins(1);

/// Redirect to the provider.
#[derive(Clone, Debug)]
pub struct AuthorizationRedirect {
    /// Address that the browser goes to.
    pub address: Url,
    /// Token that the browser keeps until it returns.
    pub token: String,
}

/// Query of the callback address, as the browser sent it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CallbackQuery {
    state: String,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
    iss: Option<String>,
}

/// State of a challenge, as stored.
#[derive(Debug, Serialize, Deserialize)]
struct PendingAuthorization<W> {
    /// Destination after the sign-in.
    way: W,
    begun_at: Timestamp,
    /// Session of a step-up; `None` for a sign-in.
    session: Option<Uuid>,
}

/// Outcome of a return from the provider.
#[derive(Clone, Debug)]
pub enum CallbackOutcome<W> {
    /// The person signs in.
    SignedIn(Box<Staff>, AuthenticationMethod, W),
    /// The person proved in this session that they are the same person.
    Reauthenticated(StaffId, Uuid, W),
    /// Nothing was proved. Holds the reason, its text, and the purpose of the visit.
    Failed(SsoFailure, String, SsoPurpose<W>),
    /// The browser has no such challenge. It has expired, was used already or belongs to another
    /// browser.
    Gone,
}

/// Purpose of a visit to the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SsoPurpose<W> {
    /// Sign-in, with the destination after it.
    SignIn(W),
    /// Step-up, with the destination after it.
    StepUp(W),
}

/// Starts a sign-in. `way` is returned at its end and must contain no secret.
///
/// # Errors
/// Fails with [`Error::NoSingleSignOn`] if no provider is configured. Fails with
/// [`Error::ProviderUnavailable`] or [`Error::ProviderMisconfigured`] if the provider cannot be
/// asked. Fails with [`Error::Busy`] if unknown people at one address have too many sign-ins open.
/// Also fails if the database fails.
pub async fn begin_sign_in<W: Serialize>(
    app: &App,
    from: &ClientOrigin,
    way: &W,
) -> Result<AuthorizationRedirect, Error> {
    let with = NewChallenge {
        staff: None,
        address: from.address,
        lifetime: STEP_LIFETIME,
    };
    begin(app, with, None, way).await
}

/// Starts a step-up of the person who is signed in with this session.
///
/// # Errors
/// Fails like [`begin_sign_in`].
pub async fn begin_step_up<W: Serialize>(
    app: &App,
    actor: &Actor,
    session: Uuid,
    way: &W,
) -> Result<AuthorizationRedirect, Error> {
    let with = NewChallenge {
        staff: Some(actor.staff_id),
        address: actor.address,
        lifetime: STEP_LIFETIME,
    };
    begin(app, with, Some(session), way).await
}

async fn begin<W: Serialize>(
    app: &App,
    with: NewChallenge,
    session: Option<Uuid>,
    way: &W,
) -> Result<AuthorizationRedirect, Error> {
    let provider = provider(app)?;
    let journey = PendingAuthorization {
        way,
        begun_at: app.clock.system_time(),
        session,
    };
    let asks = if session.is_some() {
        LoginPrompt::Reauthenticate
    } else {
        LoginPrompt::ExistingSession
    };
    let token = auth_challenges::begin(app, ChallengeKind::SingleSignOn, with, &journey).await?;
    match provider
        .authorization_url(&binding(app, &token), asks)
        .await
    {
        Ok(address) => Ok(AuthorizationRedirect { address, token }),
        Err(error) => {
            tracing::warn!(%error, "single sign-on: the provider cannot be asked");
            Err(match error {
                SsoError::Misconfigured(fault) => {
                    Error::ProviderMisconfigured(misconfiguration_message(provider, &fault))
                }
                _ => Error::ProviderUnavailable(provider.name().to_owned()),
            })
        }
    }
}

/// Handles the return of a browser with this token.
pub async fn handle_callback<W: DeserializeOwned>(
    app: &App,
    token: &str,
    returned: &CallbackQuery,
    from: &ClientOrigin,
) -> Result<CallbackOutcome<W>, Error> {
    let provider = provider(app)?;
    if !is_state_of(app, token, &returned.state) {
        return Ok(CallbackOutcome::Gone);
    }
    let mut tx = app.db.begin().await?;
    let ceremony = auth_challenges::take::<PendingAuthorization<W>>(
        app,
        &mut tx,
        ChallengeKind::SingleSignOn,
        token,
    )
    .await?;
    tx.commit().await?;
    let Some(PendingChallenge {
        staff,
        state: journey,
    }) = ceremony
    else {
        return Ok(CallbackOutcome::Gone);
    };
    let proved = match authenticate(provider, &binding(app, token), returned).await {
        Ok(Some(identity)) => fetch_missing_email(app, provider, identity)
            .await?
            .map(Some),
        other => other,
    };
    let mut detail = None;
    let identity = match proved {
        Ok(Some(identity)) => Ok(identity),
        Ok(None) => Err(SsoFailure::Cancelled),
        Err(SsoError::Refused(why)) => {
            let told = format!("The answer of single sign-on is invalid: {why}.");
            identity::audit_failure(app, provider.name(), &told, from).await?;
            Err(SsoFailure::InvalidResponse)
        }
        Err(SsoError::Misconfigured(fault)) => {
            tracing::warn!(error = %fault, "single sign-on: the provider and the portal do not fit together");
            let told = format!("Single sign-on does not work as it is set up: {fault}");
            identity::audit_misconfiguration(app, provider.name(), &told, from).await?;
            detail = Some(misconfiguration_message(provider, &fault));
            Err(SsoFailure::Misconfigured)
        }
        Err(SsoError::Unavailable(error)) => {
            tracing::warn!(
                error,
                "single sign-on: the provider gives no answer to rely on"
            );
            Err(SsoFailure::Unavailable)
        }
    };
    let PendingAuthorization {
        way,
        begun_at,
        session,
    } = journey;
    if let (Some(staff), Some(session)) = (staff, session) {
        let same = match identity {
            Ok(identity) => {
                identity::confirm(app, &identity, staff, begun_at - LEEWAY, from).await?
            }
            Err(refused) => Err(refused),
        };
        return Ok(match same {
            Ok(()) => CallbackOutcome::Reauthenticated(staff, session, way),
            Err(refused) => CallbackOutcome::Failed(
                refused,
                refused.message(provider.name()),
                SsoPurpose::StepUp(way),
            ),
        });
    }
    let found = match identity {
        Ok(identity) => identity::find_or_link(app, &identity, from)
            .await?
            .map(|staff| (staff, identity)),
        Err(refused) => Err(refused),
    };
    Ok(match found {
        Ok((staff, identity)) => {
            CallbackOutcome::SignedIn(Box::new(staff), identity.authentication_method(), way)
        }
        Err(refused) => {
            let text = detail.unwrap_or_else(|| refused.message(provider.name()));
            CallbackOutcome::Failed(refused, text, SsoPurpose::SignIn(way))
        }
    })
}

/// Adds the missing email to an identity. It is only needed if the provider's ID for the person is
/// not known yet.
async fn fetch_missing_email(
    app: &App,
    provider: &Provider,
    mut identity: Identity,
) -> Result<Result<Identity, SsoError>, Error> {
    if db::identities::is_known(&app.db, &identity.issuer, &identity.subject).await? {
        return Ok(Ok(identity));
    }
    Ok(match provider.complete_email(&mut identity).await {
        Ok(()) => Ok(identity),
        // The email from the ID token is enough, even if the user info is faulty.
        Err(SsoError::Misconfigured(fault)) if identity.email.is_some() => {
            tracing::warn!(%fault, "single sign-on: the provider gives no user info to rely on");
            Ok(identity)
        }
        Err(error) => Err(error),
    })
}

/// Returns the text that a page shows for a lasting fault.
fn misconfiguration_message(provider: &Provider, fault: &Misconfiguration) -> String {
    let name = provider.name();
    format!(
        "Single sign-on with {name} does not work as it is set up. Trying again does not help. What {name} did: {fault}"
    )
}

impl Identity {
    fn authentication_method(&self) -> AuthenticationMethod {
        AuthenticationMethod::SingleSignOn {
            several_factors: self.several_factors,
            shown_at: self.authenticated_at,
        }
    }
}

/// Returns the identity that the provider reports. Returns `None` if the person turned back there.
async fn authenticate(
    provider: &Provider,
    binding: &Binding,
    returned: &CallbackQuery,
) -> Result<Option<Identity>, SsoError> {
    if returned
        .iss
        .as_ref()
        .is_some_and(|issuer| !provider.has_issuer(issuer))
    {
        return Err(SsoError::Refused("it is another provider's".to_owned()));
    }
    match (returned.error.as_deref(), returned.code.as_deref()) {
        (Some("access_denied"), _) => {
            if let Some(description) = &returned.error_description {
                tracing::warn!(description = %sanitize(description), "single sign-on: the provider denied access");
            }
            Ok(None)
        }
        (Some(error @ ("temporarily_unavailable" | "server_error")), _) => {
            Err(SsoError::Unavailable(format!("it says {error}")))
        }
        (Some(error), _) => Err(SsoError::Misconfigured(Misconfiguration {
            sent: match &returned.error_description {
                Some(description) => format!(
                    "It answered \"{}\": {}",
                    sanitize(error),
                    sanitize(description)
                ),
                None => format!("It answered \"{}\"", sanitize(error)),
            },
            remedy: "An administrator of the provider can change how this portal is registered there.",
        })),
        (None, Some(code)) => Ok(Some(provider.authenticate(code, binding).await?)),
        (None, None) => Err(SsoError::Refused("there is no code in it".to_owned())),
    }
}

/// Shortens and cleans a text from the address. Anyone could have written the address.
fn sanitize(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_graphic() || *c == ' ')
        .take(200)
        .collect()
}

fn provider(app: &App) -> Result<&Provider, Error> {
    app.sso.as_ref().ok_or(Error::NoSingleSignOn)
}

/// Derives a token's state, nonce and verifier. None of them is stored.
fn binding(app: &App, token: &str) -> Binding {
    Binding {
        state: encode(derive(app, "state", token)),
        nonce: encode(derive(app, "nonce", token)),
        verifier: encode(derive(app, "verifier", token)).into(),
    }
}

/// Returns `true` if a state belongs to this token. Compares in constant time.
fn is_state_of(app: &App, token: &str, state: &str) -> bool {
    URL_SAFE_NO_PAD
        .decode(state)
        .is_ok_and(|state| derive(app, "state", token).verify_slice(&state).is_ok())
}

fn derive(app: &App, what: &str, token: &str) -> Hmac<Sha256> {
    let key = app.derived_key("single sign-on");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key)
        .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
    mac.update(what.as_bytes());
    mac.update(b":");
    mac.update(token.as_bytes());
    mac
}

fn encode(mac: Hmac<Sha256>) -> String {
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

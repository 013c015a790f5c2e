//! Signing in at the provider of single sign-on, and proving there anew who one is. A ceremony ties the way there and
//! back to one browser: it has the token, from which all else is derived; it is used once.
//!
//! Somebody is matched by their verified e-mail address once; from then on by the provider's own name for them, so that
//! an address which the provider gives to another person opens nothing.

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
use super::ceremonies::{self, Open, STEP_HOLDS, With};
use super::links::From;
use super::sign_in::Proof;
use crate::app::App;
use crate::db;
use crate::db::ceremonies::Kind;
use crate::db::staff::Staff;
use crate::domain::actor::Actor;
use crate::domain::ids::StaffId;
use crate::domain::time::Timestamp;
use crate::sso::{Asks, Binding, Error as Unproved, Fault, Identity, Provider};

mod identity;
mod refused;

pub use identity::{forget, linked_at};
pub use refused::Refused;

/// The clocks of provider and portal may differ by so much.
const LEEWAY: Duration = Duration::from_mins(1);

/// The way to the provider.
#[derive(Clone, Debug)]
pub struct Onward {
    /// Where the browser goes.
    pub address: Url,
    /// What the browser keeps until it is back.
    pub token: String,
}

/// What came back with a browser, as it stands in the address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Returned {
    state: String,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
    iss: Option<String>,
}

/// A ceremony as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Journey<W> {
    /// Where they want to go.
    way: W,
    begun_at: Timestamp,
    /// The session in which they prove anew who they are; none where they sign in.
    session: Option<Uuid>,
}

/// What came of somebody's return.
#[derive(Clone, Debug)]
pub enum Answer<W> {
    /// They sign in.
    SignedIn(Box<Staff>, Proof, W),
    /// They proved in this session that it is them.
    Proved(StaffId, Uuid, W),
    /// Nothing is proved: why, in words too, and whether they were to sign in or to prove it.
    Refused(Refused, String, Aim<W>),
    /// There is no such ceremony in this browser: it took too long, was used already, or is another browser's.
    Gone,
}

/// What somebody went to the provider for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aim<W> {
    /// To sign in, and go on from there.
    SignIn(W),
    /// To prove anew who they are, and go on from there.
    Proof(W),
}

/// Begins a sign-in. `way` is given back at its end; it holds no secret.
///
/// # Errors
/// [`Error::NoSingleSignOn`] if the settings name no provider, [`Error::Provider`] or [`Error::ProviderSetup`] if it
/// cannot be asked,
/// [`Error::Busy`] where strangers at one address have too many sign-ins open; when the database fails.
pub async fn begin_sign_in<W: Serialize>(app: &App, from: &From, way: &W) -> Result<Onward, Error> {
    let with = With {
        staff: None,
        address: from.address,
        holds: STEP_HOLDS,
    };
    begin(app, with, None, way).await
}

/// Begins a proof, by somebody signed in with this session, that it is them.
///
/// # Errors
/// As [`begin_sign_in`].
pub async fn begin_proof<W: Serialize>(app: &App, actor: &Actor, session: Uuid, way: &W) -> Result<Onward, Error> {
    let with = With {
        staff: Some(actor.staff_id),
        address: actor.address,
        holds: STEP_HOLDS,
    };
    begin(app, with, Some(session), way).await
}

async fn begin<W: Serialize>(app: &App, with: With, session: Option<Uuid>, way: &W) -> Result<Onward, Error> {
    let provider = provider(app)?;
    let journey = Journey {
        way,
        begun_at: app.clock.now(),
        session,
    };
    let asks = if session.is_some() { Asks::Anew } else { Asks::Anyhow };
    let token = ceremonies::begin(app, Kind::SingleSignOn, with, &journey).await?;
    match provider.address(&binding(app, &token), asks).await {
        Ok(address) => Ok(Onward { address, token }),
        Err(error) => {
            tracing::warn!(%error, "single sign-on: the provider cannot be asked");
            Err(match error {
                Unproved::Setup(fault) => Error::ProviderSetup(setup(provider, &fault)),
                _ => Error::Provider(provider.name().to_owned()),
            })
        }
    }
}

/// What came of the return of a browser that keeps this token.
pub async fn answered<W: DeserializeOwned>(
    app: &App,
    token: &str,
    returned: &Returned,
    from: &From,
) -> Result<Answer<W>, Error> {
    let provider = provider(app)?;
    if !is_state_of(app, token, &returned.state) {
        return Ok(Answer::Gone);
    }
    let mut tx = app.db.begin().await?;
    let ceremony = ceremonies::take::<Journey<W>>(app, &mut tx, Kind::SingleSignOn, token).await?;
    tx.commit().await?;
    let Some(Open { staff, state: journey }) = ceremony else {
        return Ok(Answer::Gone);
    };
    let proved = match prove(provider, &binding(app, token), returned).await {
        Ok(Some(identity)) => completed(app, provider, identity).await?.map(Some),
        other => other,
    };
    let mut detail = None;
    let identity = match proved {
        Ok(Some(identity)) => Ok(identity),
        Ok(None) => Err(Refused::TurnedBack),
        Err(Unproved::Refused(why)) => {
            let told = format!("The answer of single sign-on proves nothing: {why}.");
            identity::tell(app, provider.name(), &told, from).await?;
            Err(Refused::Worthless)
        }
        Err(Unproved::Setup(fault)) => {
            tracing::warn!(error = %fault, "single sign-on: the provider and the portal do not fit together");
            let told = format!("Single sign-on does not work as it is set up: {fault}");
            identity::tell_setup(app, provider.name(), &told, from).await?;
            detail = Some(setup(provider, &fault));
            Err(Refused::Setup)
        }
        Err(Unproved::Unavailable(error)) => {
            tracing::warn!(error, "single sign-on: the provider gives no answer to rely on");
            Err(Refused::Unavailable)
        }
    };
    let Journey { way, begun_at, session } = journey;
    if let (Some(staff), Some(session)) = (staff, session) {
        let same = match identity {
            Ok(identity) => identity::confirmed(app, &identity, staff, begun_at - LEEWAY, from).await?,
            Err(refused) => Err(refused),
        };
        return Ok(match same {
            Ok(()) => Answer::Proved(staff, session, way),
            Err(refused) => Answer::Refused(refused, refused.words(provider.name()), Aim::Proof(way)),
        });
    }
    let found = match identity {
        Ok(identity) => identity::found(app, &identity, from)
            .await?
            .map(|staff| (staff, identity)),
        Err(refused) => Err(refused),
    };
    Ok(match found {
        Ok((staff, identity)) => Answer::SignedIn(Box::new(staff), identity.proof(), way),
        Err(refused) => {
            let text = detail.unwrap_or_else(|| refused.words(provider.name()));
            Answer::Refused(refused, text, Aim::SignIn(way))
        }
    })
}

/// The identity with its email, which matters only if the provider's own name for the person is not known yet.
async fn completed(
    app: &App,
    provider: &Provider,
    mut identity: Identity,
) -> Result<Result<Identity, Unproved>, Error> {
    if db::identities::is_known(&app.db, &identity.issuer, &identity.subject).await? {
        return Ok(Ok(identity));
    }
    Ok(match provider.complete(&mut identity).await {
        Ok(()) => Ok(identity),
        // What the ID token says of the email helps more than what is wrong with user info.
        Err(Unproved::Setup(fault)) if identity.email.is_some() => {
            tracing::warn!(%fault, "single sign-on: the provider gives no user info to rely on");
            Ok(identity)
        }
        Err(error) => Err(error),
    })
}

/// What a fault that lasts is called on a page.
fn setup(provider: &Provider, fault: &Fault) -> String {
    let name = provider.name();
    format!(
        "Single sign-on with {name} does not work as it is set up. Trying again does not help. What {name} did: {fault}"
    )
}

impl Identity {
    fn proof(&self) -> Proof {
        Proof::SingleSignOn {
            several_factors: self.several_factors,
            shown_at: self.shown_at,
        }
    }
}

/// Who the provider says it is; nobody where they turned back there.
async fn prove(provider: &Provider, binding: &Binding, returned: &Returned) -> Result<Option<Identity>, Unproved> {
    if returned.iss.as_ref().is_some_and(|issuer| !provider.is_called(issuer)) {
        return Err(Unproved::Refused("it is another provider's".to_owned()));
    }
    match (returned.error.as_deref(), returned.code.as_deref()) {
        (Some("access_denied"), _) => {
            if let Some(description) = &returned.error_description {
                tracing::warn!(description = %short(description), "single sign-on: the provider denied access");
            }
            Ok(None)
        }
        (Some(error @ ("temporarily_unavailable" | "server_error")), _) => {
            Err(Unproved::Unavailable(format!("it says {error}")))
        }
        (Some(error), _) => Err(Unproved::Setup(Fault {
            sent: match &returned.error_description {
                Some(description) => format!("It answered \"{}\": {}", short(error), short(description)),
                None => format!("It answered \"{}\"", short(error)),
            },
            remedy: "An administrator of the provider can change how this portal is registered there.",
        })),
        (None, Some(code)) => Ok(Some(provider.identity(code, binding).await?)),
        (None, None) => Err(Unproved::Refused("there is no code in it".to_owned())),
    }
}

/// So much of a text that came with the browser is shown: whoever made the address wrote it.
fn short(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_graphic() || *c == ' ')
        .take(200)
        .collect()
}

fn provider(app: &App) -> Result<&Provider, Error> {
    app.sso.as_ref().ok_or(Error::NoSingleSignOn)
}

/// What a token's state, nonce and verifier are: none is stored.
fn binding(app: &App, token: &str) -> Binding {
    Binding {
        state: encoded(derived(app, "state", token)),
        nonce: encoded(derived(app, "nonce", token)),
        verifier: encoded(derived(app, "verifier", token)).into(),
    }
}

/// Whether a state belongs to this token; compared in constant time.
fn is_state_of(app: &App, token: &str, state: &str) -> bool {
    URL_SAFE_NO_PAD
        .decode(state)
        .is_ok_and(|state| derived(app, "state", token).verify_slice(&state).is_ok())
}

fn derived(app: &App, what: &str, token: &str) -> Hmac<Sha256> {
    let key = app.key("single sign-on");
    let mut mac =
        Hmac::<Sha256>::new_from_slice(&key).unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
    mac.update(what.as_bytes());
    mac.update(b":");
    mac.update(token.as_bytes());
    mac
}

fn encoded(mac: Hmac<Sha256>) -> String {
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

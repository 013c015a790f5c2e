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
use crate::db::ceremonies::Kind;
use crate::db::staff::Staff;
use crate::domain::actor::Actor;
use crate::domain::ids::StaffId;
use crate::domain::time::Timestamp;
use crate::sso::{Asks, Binding, Error as Unproved, Identity, Provider};

mod identity;

pub use identity::{forget, linked_at};

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
    /// Nothing is proved: why, and whether they were to sign in or to prove it.
    Refused(Refused, Aim<W>),
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

/// Why nothing is proved, in words for the reader. They tell nobody who of the staff has which address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// The provider does not answer, or not as it should.
    Unavailable,
    /// They turned back there.
    TurnedBack,
    /// What came back is forged, used, expired or another's.
    Worthless,
    /// The provider did not make sure that their e-mail address is theirs.
    Unverified,
    /// They are not among the staff, or are disabled.
    Unknown,
    /// Whoever has this e-mail address signed in as somebody else before.
    AnotherSubject,
    /// On proving who one is: it is not who is signed in.
    AnotherPerson,
    /// On proving who one is: the provider did not ask anew.
    NotAnew,
}

impl Refused {
    /// As an address carries it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::TurnedBack => "turned_back",
            Self::Worthless => "worthless",
            Self::Unverified => "unverified",
            Self::Unknown => "unknown",
            Self::AnotherSubject => "another_subject",
            Self::AnotherPerson => "another_person",
            Self::NotAnew => "not_anew",
        }
    }

    /// A sentence or two, with what to do.
    #[must_use]
    pub fn words(self, provider: &str) -> String {
        match self {
            Self::Unavailable => format!("{provider} does not answer as it should right now. Try again in a moment."),
            Self::TurnedBack => format!("You turned back at {provider}. Nothing happened."),
            Self::Worthless => format!("What {provider} answered cannot be taken. Start again."),
            Self::Unverified => format!(
                "{provider} does not confirm that your e-mail address is yours. Have it confirmed there, or ask an admin \
                 of this portal."
            ),
            Self::Unknown => format!(
                "Your account at {provider} opens nothing here. Ask an admin of this portal to invite its e-mail address."
            ),
            Self::AnotherSubject => format!(
                "Your account at {provider} is not the one that signed in here with this e-mail address before. Ask an \
                 admin of this portal to unlink that one."
            ),
            Self::AnotherPerson => format!(
                "Your account at {provider} is not the one that belongs to you here. Choose the other one there."
            ),
            Self::NotAnew => {
                format!("{provider} did not ask you anew who you are. Use another way, or sign out and in again.")
            }
        }
    }
}

/// Begins a sign-in. `way` is given back at its end; it holds no secret.
///
/// # Errors
/// [`Error::NoSingleSignOn`] where the settings name no provider, [`Error::Provider`] where it cannot be asked,
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
            Err(Error::Provider(provider.name().to_owned()))
        }
    }
}

/// What came of the return of a browser that keeps this token.
///
/// # Errors
/// When the database fails.
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
    let proved = prove(provider, &binding(app, token), returned).await;
    if let Err(Unproved::Refused(why)) = &proved {
        identity::tell(
            app,
            provider.name(),
            &format!("The answer of single sign-on proves nothing: {why}."),
            from,
        )
        .await?;
    }
    let identity = match proved {
        Ok(Some(identity)) => Ok(identity),
        Ok(None) => Err(Refused::TurnedBack),
        Err(Unproved::Refused(_)) => Err(Refused::Worthless),
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
            Err(refused) => Answer::Refused(refused, Aim::Proof(way)),
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
        Err(refused) => Answer::Refused(refused, Aim::SignIn(way)),
    })
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
        (Some("access_denied"), _) => Ok(None),
        (Some(error), _) => {
            // Whoever made the address wrote it.
            let word: String = error.chars().filter(char::is_ascii_graphic).take(60).collect();
            Err(Unproved::Unavailable(format!("it says {word}")))
        }
        (None, Some(code)) => Ok(Some(provider.identity(code, binding).await?)),
        (None, None) => Err(Unproved::Refused("there is no code in it".to_owned())),
    }
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

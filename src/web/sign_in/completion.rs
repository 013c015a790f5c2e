//! Completion of a sign-in, from any first proof to a session. If a second factor is needed, the
//! browser gets a cookie for the half-finished sign-in. It opens only the page that asks for the
//! factor.

use axum::response::Response;
use serde::{Deserialize, Serialize};
use tower_sessions::Session;
use uuid::Uuid;

use crate::app::App;
use crate::db::staff::Staff;
use crate::staff::auth_challenges::STEP_LIFETIME;
use crate::staff::sign_in::{self, AuthenticationMethod, NextStep};
use crate::web::client_address::ClientInfo;
use crate::web::cookies::{self, Cookie};
use crate::web::error::Error;
use crate::web::form::DraftFields;
use crate::web::session::{AuthStrength, DRAFT_KEY, SESSION_DATA_KEY, SessionData};
use crate::web::{paths, render};

/// Page that asks for the second factor.
const SECOND_FACTOR_PATH: &str = "/login/second-factor";
/// Page from which to start again after a step took too long.
pub(super) const TIMED_OUT_PATH: &str = "/login?said=too-long";
/// Message for a code that proves nothing.
pub(in crate::web) const WRONG_CODE: &str =
    "This code is wrong, or was used already. Wait for the next one.";
/// Message for a passkey's answer that proves nothing.
pub(in crate::web) const WRONG_PASSKEY: &str = "This passkey was not accepted: it is not yours, \
                                                or it took too long. Try again.";
/// Cookie of a half-finished sign-in.
pub(super) const PENDING_SIGN_IN: Cookie = Cookie {
    name: cookies::PENDING_SIGN_IN,
    lifetime: STEP_LIFETIME,
};

/// Page that the person wanted to open, kept through all steps of the sign-in.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::web) struct ReturnTarget {
    /// Address of the page. It is checked before each redirect.
    pub next: String,
    /// Fields of a form sent with an expired login.
    pub kept: Option<DraftFields>,
}

impl ReturnTarget {
    /// Creates a target from the values of a form, after checking them.
    pub(in crate::web) fn new(next: &str, kept_page: Option<&str>, kept: &str) -> Self {
        Self {
            next: paths::local(next).unwrap_or_default(),
            kept: kept_page.and_then(paths::local).map(|page| DraftFields {
                page,
                encoded: kept.to_owned(),
            }),
        }
    }
}

/// Continues after a first proof: asks for the second factor, or starts a session and redirects.
pub(in crate::web) async fn continue_sign_in(
    app: &App,
    session: &Session,
    client: ClientInfo,
    (staff, proof): (&Staff, AuthenticationMethod),
    way: ReturnTarget,
) -> Result<Response, Error> {
    match sign_in::complete_first_factor(app, staff, proof, &client.origin, &way).await? {
        NextStep::Done => {
            complete_sign_in(app, session, client, (staff, auth_strength(proof)), way).await
        }
        NextStep::SecondFactor(token) => {
            let mut response = render::redirect(SECOND_FACTOR_PATH);
            PENDING_SIGN_IN.set(app, &mut response, &token);
            Ok(response)
        }
    }
}

/// Returns the strength of a single proof that needed no other.
const fn auth_strength(proof: AuthenticationMethod) -> AuthStrength {
    let (at_provider, at) = match proof {
        AuthenticationMethod::SingleSignOn { shown_at, .. } => (true, shown_at),
        AuthenticationMethod::Password | AuthenticationMethod::Passkey => (false, None),
    };
    AuthStrength {
        multi_factor: proof.is_multi_factor(),
        at_provider,
        at,
    }
}

/// Starts the session and redirects to the page that the person wanted.
pub(super) async fn complete_sign_in(
    app: &App,
    session: &Session,
    client: ClientInfo,
    (staff, shown): (&Staff, AuthStrength),
    way: ReturnTarget,
) -> Result<Response, Error> {
    start_session(app, session, client, (staff, shown)).await?;
    let to = way
        .kept
        .as_ref()
        .map(|kept| kept.page.clone())
        .or(Some(way.next))
        .and_then(|path| paths::local(&path));
    if let Some(kept) = way.kept.filter(|kept| !kept.encoded.is_empty()) {
        session.insert(DRAFT_KEY, kept).await?;
    }
    Ok(render::redirect(to.as_deref().unwrap_or("/")))
}

/// Starts a session. It always has a new ID, whatever the browser had before.
async fn start_session(
    app: &App,
    session: &Session,
    client: ClientInfo,
    (staff, shown): (&Staff, AuthStrength),
) -> Result<(), Error> {
    let now = app.clock.now();
    // Not `flush`: it ends a session in the store, which a browser without a session does not have.
    session.clear().await;
    let signed_in = SessionData {
        staff_id: staff.id,
        public_id: Uuid::new_v4(),
        address: client.origin.address.map(|address| address.to_string()),
        user_agent: client.origin.user_agent,
        at: now,
        seen: now,
        second_factor: shown.multi_factor,
        several_at_provider: shown.multi_factor && shown.at_provider,
        proved_at: shown.at,
    };
    session.insert(SESSION_DATA_KEY, signed_in).await?;
    // Ends the previous session in the store, and saves this one under a new ID.
    Ok(session.cycle_id().await?)
}

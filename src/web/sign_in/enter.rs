//! From a first proof to a session: the one way on, whatever the first proof was. Where a second factor is outstanding,
//! the browser gets a cookie that names the half-way sign-in; it opens nothing but the page that asks for the factor.

use axum::response::Response;
use serde::{Deserialize, Serialize};
use tower_sessions::Session;
use uuid::Uuid;

use crate::app::App;
use crate::db::staff::Staff;
use crate::staff::auth_challenges::STEP_LIFETIME;
use crate::staff::links::ClientInfo;
use crate::staff::sign_in::{self, AuthenticationMethod, NextStep};
use crate::web::address::Client;
use crate::web::cookies::{self, Cookie};
use crate::web::error::Error;
use crate::web::form::KeptFields;
use crate::web::session::{KEPT, SIGNED_IN, Shown, SignedIn};
use crate::web::{page, paths};

/// The page that asks for the second factor.
const SECOND_FACTOR: &str = "/login/second-factor";
/// Where one starts again when a step took too long.
pub(super) const OVER: &str = "/login?said=too-long";
/// Names a half-way sign-in.
pub(super) const HALF_WAY: Cookie = Cookie {
    name: cookies::STEP,
    holds: STEP_LIFETIME,
};

/// Where somebody who signs in wanted to go, through all the steps.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::web) struct Way {
    /// An address; checked when it is gone to.
    pub next: String,
    /// The form that an expired login interrupted.
    pub kept: Option<KeptFields>,
}

impl Way {
    /// From what a form says, which is checked.
    pub(in crate::web) fn new(next: &str, kept_page: Option<&str>, kept: &str) -> Self {
        Self {
            next: paths::local(next).unwrap_or_default(),
            kept: kept_page.and_then(paths::local).map(|page| KeptFields {
                page,
                encoded: kept.to_owned(),
            }),
        }
    }
}

/// Where a client comes from, for the audit.
pub(super) fn from(client: &Client) -> ClientInfo {
    ClientInfo {
        address: client.address,
        request_id: client.request_id.clone(),
    }
}

/// Goes on after a first proof: to the page that asks for the second factor, or with a session to where they wanted.
pub(in crate::web) async fn enter(
    app: &App,
    session: &Session,
    client: Client,
    (staff, proof): (&Staff, AuthenticationMethod),
    way: Way,
) -> Result<Response, Error> {
    match sign_in::complete_first_factor(app, staff, proof, &from(&client), &way).await? {
        NextStep::Done => arrive(app, session, client, (staff, shown(proof)), way).await,
        NextStep::SecondFactor(token) => {
            let mut response = page::redirect(SECOND_FACTOR);
            HALF_WAY.give(app, &mut response, &token);
            Ok(response)
        }
    }
}

/// What a proof that needed no other shows.
const fn shown(proof: AuthenticationMethod) -> Shown {
    let (at_provider, at) = match proof {
        AuthenticationMethod::SingleSignOn { shown_at, .. } => (true, shown_at),
        AuthenticationMethod::Password | AuthenticationMethod::Passkey => (false, None),
    };
    Shown {
        several: proof.is_multi_factor(),
        at_provider,
        at,
    }
}

/// Begins the session and leads to where they wanted to go.
pub(super) async fn arrive(
    app: &App,
    session: &Session,
    client: Client,
    (staff, shown): (&Staff, Shown),
    way: Way,
) -> Result<Response, Error> {
    establish(app, session, client, (staff, shown)).await?;
    let to = way
        .kept
        .as_ref()
        .map(|kept| kept.page.clone())
        .or(Some(way.next))
        .and_then(|path| paths::local(&path));
    if let Some(kept) = way.kept.filter(|kept| !kept.encoded.is_empty()) {
        session.insert(KEPT, kept).await?;
    }
    Ok(page::redirect(to.as_deref().unwrap_or("/")))
}

/// Begins a session: always with a new id, whatever the browser had before.
async fn establish(app: &App, session: &Session, client: Client, (staff, shown): (&Staff, Shown)) -> Result<(), Error> {
    let now = app.clock.now();
    // Not `flush`, which ends a session in the store that a browser without one does not have.
    session.clear().await;
    let signed_in = SignedIn {
        staff_id: staff.id,
        public_id: Uuid::new_v4(),
        address: client.address.map(|address| address.to_string()),
        user_agent: client.user_agent,
        at: now,
        seen: now,
        second_factor: shown.several,
        several_at_provider: shown.several && shown.at_provider,
        proved_at: shown.at,
    };
    session.insert(SIGNED_IN, signed_in).await?;
    // Ends the session before in the store, under its id, and saves this one under a new id.
    Ok(session.cycle_id().await?)
}

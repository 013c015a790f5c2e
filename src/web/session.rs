//! Sessions: the cookie, and tower-sessions' store on our tables. A session exists only for somebody who signed in;
//! who that is, is read again at each request (see `access`).

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use axum::http::{HeaderValue, Response, header};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{Expiry, SessionManagerLayer, SessionStore};
use uuid::Uuid;

use super::cookies;
use crate::app::App;
use crate::db;
use crate::db::staff::Staff;
use crate::domain::ids::StaffId;
use crate::domain::time::Timestamp;
use crate::staff::factors::required_roles;

/// The name of the cookie over https: browsers take it only with Secure, for this host alone, for every path.
const SECURE_COOKIE_NAME: &str = "__Host-portal";

/// Under what the signed-in person is kept in a session.
pub(super) const SESSION_DATA_KEY: &str = "signed_in";
/// Under what the store hands over what it found beside the session. It is never saved.
pub(super) const CONTEXT_KEY: &str = "found";
/// Under what the toast for the next page is kept.
pub(super) const TOAST_KEY: &str = "toast";
/// Under what the fields of an interrupted form are kept.
pub(super) const DRAFT_KEY: &str = "kept";
/// Under what the page is kept to which a proof leads back whose form was sent, and not done.
pub(super) const INTERRUPTED_PAGE_KEY: &str = "undone";

/// Factors that someone showed at their sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AuthStrength {
    /// Several factors, and not one.
    pub multi_factor: bool,
    /// True if the provider of single sign-on checked them, and not the portal.
    pub at_provider: bool,
    /// When, where it was not just now.
    pub at: Option<Timestamp>,
}

/// Data of a session: who signed in, when and where.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SessionData {
    /// Person who signed in.
    pub staff_id: StaffId,
    /// The session's name on pages.
    pub public_id: Uuid,
    /// Address from which it was last seen.
    pub address: Option<String>,
    /// User agent that the browser reported.
    pub user_agent: Option<String>,
    /// The sign-in.
    pub at: Timestamp,
    /// The latest request, to the minute.
    pub seen: Timestamp,
    /// True if a second factor was proved at the sign-in, or enrolled since.
    #[serde(default)]
    pub second_factor: bool,
    /// True if the second factor was proved at the provider of single sign-on. The portal then asks for none of its
    /// own.
    #[serde(default)]
    pub several_at_provider: bool,
    /// When they last proved who they are; the sign-in where not since.
    #[serde(default)]
    pub proved_at: Option<Timestamp>,
}

/// Data that is read together with the session, at each request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SessionContext {
    /// Person whose session it is, as they are now.
    pub staff: Staff,
    /// Telnyx's accounts are another manager's.
    pub other_manager: bool,
    /// Their role must have a second factor, and they have none.
    pub must_enroll: bool,
}

/// The layer that reads and writes the cookie. Its lifetime in the browser ends with the browser; the server decides
/// when it ends at the latest.
#[must_use]
pub fn layer(app: &App) -> SessionManagerLayer<Store> {
    let https = app.settings.is_https();
    SessionManagerLayer::new(Store(app.clone()))
        .with_name(cookies::full_name(app, cookies::SESSION))
        .with_secure(https)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnSessionEnd)
}

/// Browsers ignore a `__Host-` cookie without Secure, also one that removes it: adds what the removal lacks.
pub async fn secure_cookie_removal<B>(mut response: Response<B>) -> Response<B> {
    let bare = |value: &HeaderValue| {
        value
            .to_str()
            .is_ok_and(|text| text.starts_with(SECURE_COOKIE_NAME) && !text.contains("; Secure"))
    };
    if response
        .headers()
        .get_all(header::SET_COOKIE)
        .iter()
        .any(bare)
    {
        let all: Vec<HeaderValue> = response
            .headers()
            .get_all(header::SET_COOKIE)
            .iter()
            .cloned()
            .collect();
        response.headers_mut().remove(header::SET_COOKIE);
        for value in all {
            let value = if bare(&value) {
                value
                    .to_str()
                    .ok()
                    .and_then(|text| {
                        HeaderValue::from_str(&format!("{text}; Secure; HttpOnly; SameSite=Lax"))
                            .ok()
                    })
                    .unwrap_or(value)
            } else {
                value
            };
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}

/// tower-sessions' store on our tables. Times are the portal's own, not tower-sessions'.
#[derive(Clone)]
pub struct Store(App);

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store(…)")
    }
}

impl Store {
    fn row(&self, record: &Record) -> Result<db::sessions::Session> {
        let signed: SessionData = record
            .data
            .get(SESSION_DATA_KEY)
            .cloned()
            .and_then(|value| serde_json::from_value(value).ok())
            .ok_or_else(|| {
                Error::Encode("a session is only for somebody who signed in".to_owned())
            })?;
        let settings = &self.0.settings;
        let kept: HashMap<_, _> = record
            .data
            .iter()
            .filter(|(name, _)| *name != CONTEXT_KEY)
            .collect();
        Ok(db::sessions::Session {
            id_hash: hash(&record.id),
            staff_id: signed.staff_id,
            public_id: signed.public_id,
            data: serde_json::to_vec(&kept).map_err(|error| Error::Encode(error.to_string()))?,
            address: signed.address,
            user_agent: signed.user_agent,
            created_at: signed.at,
            seen_at: signed.seen,
            expires_at: (signed.seen + settings.session_idle)
                .min(signed.at + settings.session_absolute),
        })
    }
}

#[async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> Result<()> {
        db::sessions::create(&self.0.db, &self.row(record)?)
            .await
            .map_err(save_error)
    }

    async fn save(&self, record: &Record) -> Result<()> {
        db::sessions::save(&self.0.db, &self.row(record)?)
            .await
            .map_err(save_error)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let now = self.0.clock.now();
        let Some(opened) = db::sessions::find_active(&self.0.db, &hash(id), now)
            .await
            .map_err(store_error)?
        else {
            return Ok(None);
        };
        let mut data: HashMap<String, serde_json::Value> = serde_json::from_slice(&opened.data)
            .map_err(|error| Error::Decode(error.to_string()))?;
        let required =
            required_roles::parse(opened.second_factor_roles.as_deref().unwrap_or_default());
        let found = SessionContext {
            other_manager: opened.other_manager.is_some(),
            must_enroll: !opened.staff.second_factor && required.contains(&opened.staff.role),
            staff: opened.staff,
        };
        let found =
            serde_json::to_value(found).map_err(|error| Error::Decode(error.to_string()))?;
        data.insert(CONTEXT_KEY.to_owned(), found);
        // tower-sessions asks for a date and does not look at it: our own row says when the session ends.
        let expiry_date = time::OffsetDateTime::UNIX_EPOCH;
        Ok(Some(Record {
            id: *id,
            data,
            expiry_date,
        }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        db::sessions::delete(&self.0.db, &hash(id))
            .await
            .map_err(store_error)
    }
}

fn hash(id: &Id) -> Vec<u8> {
    Sha256::digest(id.0.to_le_bytes()).to_vec()
}

/// `Backend` means that the database does not answer; anything else is a fault of what is stored.
#[expect(clippy::needless_pass_by_value, reason = "given to map_err")]
fn store_error(error: db::Error) -> Error {
    if error.is_unavailable() {
        Error::Backend(error.to_string())
    } else {
        Error::Decode(error.to_string())
    }
}

/// As [`store_error`] for what is written after the page was made: the layer that writes it tells nobody why it failed.
fn save_error(error: db::Error) -> Error {
    let error = store_error(error);
    if matches!(error, Error::Backend(_)) {
        session_not_saved();
    } else {
        tracing::error!(%error, "a session could not be saved");
    }
    error
}

tokio::task_local! {
    /// True if the session could not be saved. Its layer reports this only as an empty 500.
    pub(super) static NOT_SAVED: Arc<AtomicBool>;
}

/// Notes that the database did not take the session of the running request.
fn session_not_saved() {
    let _ = NOT_SAVED.try_with(|not_saved| not_saved.store(true, Ordering::Release));
}

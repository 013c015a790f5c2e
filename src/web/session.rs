//! Sessions: the cookie, and the store of tower-sessions in the portal's tables. Only someone who
//! signed in has a session. Each request reads the person again (see `access`).

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use axum::http::{HeaderValue, Method, Response, header};
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

/// Name of the cookie over https. Browsers accept it only with Secure, for this host alone and for
/// every path.
const SECURE_COOKIE_NAME: &str = "__Host-portal";

/// Key of the [`SessionData`] in a session.
pub(super) const SESSION_DATA_KEY: &str = "signed_in";
/// Key of the [`SessionContext`] that the store adds when it loads a session. It is never saved.
pub(super) const CONTEXT_KEY: &str = "found";
/// Key of the toast for the next page.
pub(super) const TOAST_KEY: &str = "toast";
/// Key of the fields of a form that could not be handled yet.
pub(super) const DRAFT_KEY: &str = "kept";
/// Key of the time from which jobs that end are news.
pub(super) const JOBS_TOLD_KEY: &str = "jobs_told";
/// Key of the page whose form was not handled because a step-up was needed.
pub(super) const INTERRUPTED_PAGE_KEY: &str = "undone";

/// Factors that a person proved at their sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AuthStrength {
    /// True for several factors, false for one.
    pub multi_factor: bool,
    /// True if the provider of single sign-on checked them, and not the portal.
    pub at_provider: bool,
    /// Time of the proof; `None` means just now.
    pub at: Option<Timestamp>,
}

/// Data of a session: who signed in, when and where.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SessionData {
    /// Person who signed in.
    pub staff_id: StaffId,
    /// ID of the session on pages.
    pub public_id: Uuid,
    /// Address from which it was last seen.
    pub address: Option<String>,
    /// User agent that the browser reported.
    pub user_agent: Option<String>,
    /// Time of the sign-in.
    pub at: Timestamp,
    /// Time of the latest request, to the minute.
    pub seen: Timestamp,
    /// True if a second factor was proved at the sign-in, or added since.
    #[serde(default)]
    pub second_factor: bool,
    /// True if the provider of single sign-on checked the second factor. The portal then does not
    /// ask for one of its own.
    #[serde(default)]
    pub several_at_provider: bool,
    /// Time of the last proof of identity; `None` if there was none since the sign-in.
    #[serde(default)]
    pub proved_at: Option<Timestamp>,
}

/// Data that is read together with the session at each request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SessionContext {
    /// Person who signed in, with their current data.
    pub staff: Staff,
    /// True if the portal's key belongs to another manager account.
    pub other_manager: bool,
    /// True if their role must have a second factor and they have none.
    pub must_enroll: bool,
    /// True if they have a job that is open or that ended not long ago.
    pub has_jobs: bool,
    /// Number of their unread notifications.
    pub unread: i64,
}

/// Creates the layer that reads and writes the cookie. The cookie ends with the browser session.
/// The server sets the latest end of the session.
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

/// Adds Secure to a removed cookie. Browsers ignore a `__Host-` cookie without Secure, even one
/// that removes the cookie.
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

/// Store of tower-sessions in the portal's tables. The portal controls all times, not
/// tower-sessions.
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
                Error::Encode("a session is only for someone who signed in".to_owned())
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
        let saved = db::sessions::save(&self.0.db, &self.row(record)?).await;
        match saved.map_err(save_error) {
            // A page that only reads is shown all the same. Its message then appears once more.
            Err(Error::Backend(error)) if is_read() => {
                tracing::warn!(error, "the session of a page could not be saved");
                Ok(())
            }
            saved => saved,
        }
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let now = self.0.clock.now();
        let Some(opened) = db::sessions::find_active(&self.0.db, &hash(id), now)
            .await
            .map_err(store_error)?
        else {
            return Ok(None);
        };
        self.0
            .follow_settings(opened.settings_revision.as_deref())
            .await;
        let mut data: HashMap<String, serde_json::Value> = serde_json::from_slice(&opened.data)
            .map_err(|error| Error::Decode(error.to_string()))?;
        let required =
            required_roles::parse(opened.second_factor_roles.as_deref().unwrap_or_default());
        let found = SessionContext {
            other_manager: opened.other_manager.is_some(),
            must_enroll: !opened.staff.second_factor && required.contains(&opened.staff.role),
            has_jobs: opened.has_jobs,
            unread: opened.unread,
            staff: opened.staff,
        };
        let found =
            serde_json::to_value(found).map_err(|error| Error::Decode(error.to_string()))?;
        data.insert(CONTEXT_KEY.to_owned(), found);
        // tower-sessions requires a date but does not use it. The portal's own row tells when the
        // session ends.
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

/// Converts an error. `Backend` means that the database does not answer; anything else means
/// invalid stored data.
#[expect(clippy::needless_pass_by_value, reason = "given to map_err")]
fn store_error(error: db::Error) -> Error {
    if error.is_unavailable() {
        Error::Backend(error.to_string())
    } else {
        Error::Decode(error.to_string())
    }
}

/// Like [`store_error`], but for saving after the page was made. Records the failure, because the
/// layer that saves the session does not report the reason.
fn save_error(error: db::Error) -> Error {
    let error = store_error(error);
    if matches!(error, Error::Backend(_)) {
        record_not_saved();
    } else {
        tracing::error!(%error, "a session could not be saved");
    }
    error
}

tokio::task_local! {
    /// Saving of the current request's session.
    pub(super) static SAVE: SessionSave;
}

/// Saving of a request's session. Clones share the outcome.
#[derive(Clone, Debug)]
pub(super) struct SessionSave {
    is_read: bool,
    /// True if it failed. Its layer reports this only as an empty 500.
    failed: Arc<AtomicBool>,
}

impl SessionSave {
    /// Returns the saving of a request with this method.
    pub(super) fn of(method: &Method) -> Self {
        Self {
            is_read: matches!(*method, Method::GET | Method::HEAD),
            failed: Arc::default(),
        }
    }

    /// Returns `true` if the session could not be saved.
    pub(super) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }
}

fn is_read() -> bool {
    SAVE.try_with(|save| save.is_read).unwrap_or(false)
}

/// Records that the database did not save the session of the current request.
fn record_not_saved() {
    let _ = SAVE.try_with(|save| save.failed.store(true, Ordering::Release));
}

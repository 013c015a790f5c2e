//! Access control: the sender of a request, and the permissions of their role. `domain` holds the
//! rules about the target of an action.

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use tower_sessions::Session;
use uuid::Uuid;

use super::banners;
use super::client_address::{ClientAddress, request_id};
use super::error::Error;
use super::form::DraftFields;
use super::format::TimeFormatter;
use super::job_status;
use super::layout::{Banner, JobProgress, Layout, Section, Toast};
use super::session::{
    CONTEXT_KEY, DRAFT_KEY, INTERRUPTED_PAGE_KEY, JOBS_TOLD_KEY, SESSION_DATA_KEY, SessionContext,
    SessionData, TOAST_KEY,
};
use super::shortcuts;
use crate::app::App;
use crate::db::settings;
use crate::db::staff::{self, Staff};
use crate::domain::actor::Actor;
use crate::domain::ids::StaffId;
use crate::domain::role::Permission;
use crate::domain::time::Timestamp;
use crate::staff::factors::required_roles;

mod authorization;

pub use authorization::*;

/// Header of the requests with which a page updates itself. They do not extend the session.
const AUTOMATIC: &str = "x-automatic";

/// Minimum interval between updates of a session's last-seen time.
const LAST_SEEN_INTERVAL: Duration = Duration::from_mins(1);

/// Time for which a step-up is valid.
const STEP_UP_VALIDITY: Duration = Duration::from_mins(10);

/// Signed-in person, read from the database for this request.
#[derive(Clone)]
pub struct Viewer {
    app: App,
    session: Session,
    session_id: Uuid,
    proved_at: Timestamp,
    staff: Staff,
    actor: Actor,
    times: TimeFormatter,
    other_manager: bool,
    must_enroll: bool,
    has_jobs: bool,
    unread: i64,
    signed_in_at: Timestamp,
}

impl Viewer {
    /// Returns the person who is signed in with the session. Reads them each time, so that
    /// disabling takes effect at once.
    pub(super) async fn of_session(app: &App, session: &Session) -> Result<Option<Self>, Error> {
        let Some(signed_in) = session.get::<SessionData>(SESSION_DATA_KEY).await? else {
            return Ok(None);
        };
        let Some(found) = session_context(app, session, signed_in.staff_id).await? else {
            return Ok(None);
        };
        let staff = found.staff;
        // A session started with only a password ends when a second factor is added elsewhere.
        if staff.disabled_at.is_some() || (staff.second_factor && !signed_in.second_factor) {
            return Ok(None);
        }
        let actor = Actor {
            staff_id: staff.id,
            email: staff.email.clone(),
            name: staff.name.clone(),
            role: staff.role,
            address: None,
            request_id: None,
            job: None,
        };
        Ok(Some(Self {
            app: app.clone(),
            session: session.clone(),
            session_id: signed_in.public_id,
            proved_at: signed_in.proved_at.unwrap_or(signed_in.at),
            times: TimeFormatter::new(app.clock.now(), &staff.time_zone),
            staff,
            actor,
            other_manager: found.other_manager,
            has_jobs: found.has_jobs,
            unread: found.unread,
            signed_in_at: signed_in.at,
            // A person who proved several factors at the provider has them there.
            must_enroll: found.must_enroll && !signed_in.several_at_provider,
        }))
    }

    /// Returns the person who sent the request, if they are signed in. Updates the session's
    /// last-seen time, to the minute. Requests that a page makes by itself do not count.
    pub(super) async fn of_request(app: &App, parts: &mut Parts) -> Result<Option<Self>, Error> {
        if let Some(viewer) = parts.extensions.get::<Self>() {
            return Ok(Some(viewer.clone()));
        }
        let Some(session) = parts.extensions.get::<Session>().cloned() else {
            return Ok(None);
        };
        let Some(mut viewer) = Self::of_session(app, &session).await? else {
            return Ok(None);
        };
        let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(parts, app).await;
        viewer.actor.address = address;
        viewer.actor.request_id = request_id(parts);
        if !is_automatic(parts)
            && let Some(mut signed_in) = session.get::<SessionData>(SESSION_DATA_KEY).await?
            && signed_in.seen.until(viewer.times.now()) >= LAST_SEEN_INTERVAL
        {
            signed_in.seen = viewer.times.now();
            signed_in.address = address.map(|address| address.to_string());
            session.insert(SESSION_DATA_KEY, signed_in).await?;
        }
        parts.extensions.insert(viewer.clone());
        Ok(Some(viewer))
    }

    /// Returns `true` if their session is still valid, and their role has the permission. Reads
    /// both again, for an answer that lasts longer than a request. Does not extend the session.
    async fn is_still_allowed(&self, permission: Permission) -> Result<bool, Error> {
        self.session.load().await?;
        let viewer = Self::of_session(&self.app, &self.session).await?;
        Ok(viewer.is_some_and(|viewer| !viewer.must_enroll && viewer.can(permission)))
    }

    /// Returns the person as the actor of changes.
    #[must_use]
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Returns their staff record.
    #[must_use]
    pub const fn staff(&self) -> &Staff {
        &self.staff
    }

    /// Returns the public ID of the request's session.
    #[must_use]
    pub const fn session_id(&self) -> Uuid {
        self.session_id
    }

    /// Returns `true` if their role has the permission.
    #[must_use]
    pub const fn can(&self, permission: Permission) -> bool {
        self.actor.role.may(permission)
    }

    /// Returns `true` if they must add a second factor. Their role requires one, and they have none
    /// here or at the provider of single sign-on.
    pub(super) const fn must_enroll(&self) -> bool {
        self.must_enroll
    }

    /// Returns the formatter of times in their time zone.
    #[must_use]
    pub const fn times(&self) -> &TimeFormatter {
        &self.times
    }

    /// Returns the layout of a page for them, with current banners and the pending toast.
    pub async fn layout(
        &self,
        title: impl Into<String>,
        section: Section,
    ) -> Result<Layout, Error> {
        // Removing a value saves the session, even if there was nothing to remove.
        let toast = self.session.get::<StoredToast>(TOAST_KEY).await?;
        if toast.is_some() {
            self.session.remove::<StoredToast>(TOAST_KEY).await?;
        }
        let (jobs, ended) = self.jobs(toast.is_none()).await?;
        Ok(Layout {
            banners: self.banners(),
            jobs,
            toast: toast.map(Into::into).or(ended),
            ..self.base_layout(title.into(), section)
        })
    }

    /// Returns the banners that they see now.
    pub(super) fn banners(&self) -> Vec<Banner> {
        banners::for_role(&self.app, &self.times, self.actor.role, self.other_manager)
    }

    /// Returns their running and paused jobs. With `tells`, also the result of one that ended,
    /// which is then said once in this session.
    pub(super) async fn jobs(
        &self,
        tells: bool,
    ) -> Result<(Vec<JobProgress>, Option<Toast>), Error> {
        if !self.has_jobs {
            return Ok((Vec::new(), None));
        }
        let told = self.session.get::<Timestamp>(JOBS_TOLD_KEY).await?;
        let since = told.unwrap_or(self.signed_in_at);
        let status = job_status::load(&self.app, self.staff.id, since).await?;
        let Some((toast, next)) = status.ended.filter(|_| tells) else {
            return Ok((status.open, None));
        };
        self.session.insert(JOBS_TOLD_KEY, next).await?;
        Ok((status.open, Some(toast)))
    }

    /// Returns the layout of an error page. Does not read the database, and leaves the toast for
    /// the next page.
    pub(super) fn error_page_layout(&self) -> Layout {
        Layout {
            banners: banners::without_database(&self.app, &self.times),
            ..self.base_layout(String::new(), Section::Other)
        }
    }

    fn base_layout(&self, title: String, section: Section) -> Layout {
        Layout {
            title,
            section,
            staff_name: self.staff.name.clone(),
            staff_email: self.staff.email.clone(),
            role_name: self.staff.role.label(),
            banners: Vec::new(),
            nav: section.nav(|section| self.can(section.required_permission())),
            jobs: Vec::new(),
            unread: self.unread,
            toast: None,
            refresh: None,
            time_zone: self.staff.time_zone.clone(),
            density: self.staff.density,
            theme: self.staff.theme,
            shortcuts: shortcuts::script_data(&shortcuts::available(
                self.staff.single_keys,
                |permission| self.can(permission),
            )),
        }
    }

    /// Returns `true` if they proved their identity in the last ten minutes. For a handler in which
    /// only some requests require that. Otherwise use [`RecentlyAuthenticated`].
    #[must_use]
    pub fn recently_authenticated(&self) -> bool {
        self.proved_at.until(self.times.now()) < STEP_UP_VALIDITY
    }

    /// Records a step-up, before a redirect to `next`. The session gets a new ID, so that an
    /// earlier copy of its cookie is worthless. If a form was interrupted, the next page says that
    /// it was not handled.
    pub async fn mark_reauthenticated(&self, next: &str) -> Result<(), Error> {
        if let Some(mut signed_in) = self.session.get::<SessionData>(SESSION_DATA_KEY).await? {
            signed_in.proved_at = Some(self.times.now());
            self.session.insert(SESSION_DATA_KEY, signed_in).await?;
            self.session.cycle_id().await?;
        }
        if self
            .session
            .remove::<String>(INTERRUPTED_PAGE_KEY)
            .await?
            .as_deref()
            == Some(next)
        {
            let text = "Confirmed. Your last change was not sent yet. Send it again.".to_owned();
            self.toast(Toast::new("warning", text)).await?;
        }
        Ok(())
    }

    /// Records that a form of this page was interrupted by a step-up.
    pub(super) async fn remember_interrupted_form(&self, page: &str) -> Result<(), Error> {
        Ok(self.session.insert(INTERRUPTED_PAGE_KEY, page).await?)
    }

    /// Records that a second factor was added in this session, so that the session continues.
    pub async fn mark_second_factor_enrolled(&self) -> Result<(), Error> {
        if let Some(mut signed_in) = self.session.get::<SessionData>(SESSION_DATA_KEY).await? {
            signed_in.second_factor = true;
            self.session.insert(SESSION_DATA_KEY, signed_in).await?;
        }
        Ok(())
    }

    /// Stores the fields of a form until its page is shown again.
    pub(super) async fn save_draft(&self, fields: DraftFields) -> Result<(), Error> {
        Ok(self.session.insert(DRAFT_KEY, fields).await?)
    }

    /// Stores a toast for the next page that they open.
    pub async fn toast(&self, toast: Toast) -> Result<(), Error> {
        Ok(self
            .session
            .insert(TOAST_KEY, StoredToast::from(toast))
            .await?)
    }
}

/// Returns `true` if an open page sent the request by itself, to update what it shows.
fn is_automatic(parts: &Parts) -> bool {
    let accepts = parts.headers.get(header::ACCEPT);
    parts.uri.path() == banners::ADDRESS
        || parts.headers.contains_key(AUTOMATIC)
        || accepts.is_some_and(|accepts| accepts.as_bytes() == b"text/event-stream")
}

/// Returns the data that the session's store read with the session. Reads it separately if the
/// session started with this request.
async fn session_context(
    app: &App,
    session: &Session,
    staff_id: StaffId,
) -> Result<Option<SessionContext>, Error> {
    if let Some(found) = session.get::<SessionContext>(CONTEXT_KEY).await?
        && found.staff.id == staff_id
    {
        return Ok(Some(found));
    }
    let Some(staff) = staff::by_id(&app.db, staff_id).await? else {
        return Ok(None);
    };
    Ok(Some(SessionContext {
        other_manager: settings::other_manager(&app.db).await?.is_some(),
        has_jobs: false,
        unread: 0,
        must_enroll: !staff.second_factor
            && required_roles::is_required_for(app, staff.role).await?,
        staff,
    }))
}

#[derive(serde::Serialize, serde::Deserialize)]
struct StoredToast {
    kind: String,
    text: String,
    #[serde(default)]
    note: String,
    undo: Option<String>,
    #[serde(default)]
    list: String,
    #[serde(default)]
    link: Option<(String, String)>,
}

impl From<Toast> for StoredToast {
    fn from(toast: Toast) -> Self {
        Self {
            kind: toast.kind.to_owned(),
            text: toast.text,
            note: toast.note,
            undo: toast.undo,
            list: toast.list,
            link: toast.link,
        }
    }
}

impl From<StoredToast> for Toast {
    fn from(kept: StoredToast) -> Self {
        let kind = ["danger", "warning", "info"]
            .into_iter()
            .find(|kind| *kind == kept.kind)
            .unwrap_or("success");
        Self {
            kind,
            text: kept.text,
            note: kept.note,
            undo: kept.undo,
            list: kept.list,
            link: kept.link,
        }
    }
}

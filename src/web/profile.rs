//! Pages of a person's own profile: name and time zone, password, and signed-in devices.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use uuid::Uuid;

use super::access::{Authorized, Read, RecentlyAuthenticated};
use super::error::Error;
use super::form::{DraftForm, Field, Form};
use super::format::{self, FormattedTime};
use super::layout::{Layout, Section, Toast};
use super::listing::{SelectOption, select_option};
use super::{new_account_defaults, render, sso_redirect};
use crate::app::App;
use crate::db::staff::Staff;
use crate::db::{self, sessions};
use crate::domain::density::Density;
use crate::domain::device;
use crate::domain::role::Permission;
use crate::domain::text;
use crate::domain::theme::Theme;
use crate::domain::time_zone::{self, TimeZone};
use crate::staff::passwords;
use crate::staff::profile::{self, PasswordChangeOutcome, SessionSelection};

mod email;
mod factors;
mod notifications;

/// Returns the routes below `/profile`.
pub fn router() -> Router<App> {
    Router::new()
        .route("/profile", get(show).post(update))
        .route(
            "/profile/password",
            get(show_password).post(change_password),
        )
        .route("/profile/keys", post(update_keys))
        .route("/profile/sessions/{id}/end", post(end_one))
        .route("/profile/sessions/end-others", post(end_others))
        .merge(email::router())
        .merge(factors::router())
        .merge(notifications::router())
}

/// Maximum length of a person's name, in characters.
const MAX_NAME_LENGTH: usize = 100;

#[derive(Template)]
#[template(path = "profile/page.html")]
struct ProfilePage {
    layout: Layout,
    email: String,
    role: &'static str,
    role_explanation: &'static str,
    form: ProfileForm,
    zones: &'static [TimeZone],
    densities: Vec<SelectOption>,
    themes: Vec<SelectOption>,
    password: PasswordForm,
    password_changed: FormattedTime,
    /// True if they have a password that they can sign in with.
    has_password: bool,
    /// Sentence that tells how they sign in without a password.
    without_password: String,
    /// True if keys without a modifier are shortcuts.
    single_keys: bool,
    factors: String,
    notices: factors::Notices,
    devices: Vec<Device>,
    email_card: email::EmailCard,
    /// Defaults for new accounts in words; `None` if they create none.
    new_account_defaults: Option<String>,
}

impl ProfilePage {
    async fn new(app: &App, may: &Authorized<Read>) -> Result<Self, Error> {
        let staff = may.staff();
        let times = may.times();
        let sessions = sessions::of_staff(&app.db, staff.id, times.now()).await?;
        let devices = sessions.into_iter().map(|session| Device {
            id: session.public_id,
            name: device::name(session.user_agent.as_deref().unwrap_or_default()),
            address: session.address.unwrap_or_default(),
            signed_in: times.format(session.created_at),
            seen: times.format(session.seen_at),
            is_this: session.public_id == may.session_id(),
        });
        let mut devices: Vec<Device> = devices.collect();
        devices.sort_by_key(|device| !device.is_this);
        Ok(Self {
            layout: may.layout("Profile", Section::Other).await?,
            email: staff.email.clone(),
            role: staff.role.label(),
            role_explanation: staff.role.explanation(),
            form: ProfileForm {
                name: staff.name.as_str().into(),
                time_zone: staff.time_zone.as_str().into(),
                density: staff.density.as_str().to_owned(),
                theme: staff.theme.as_str().to_owned(),
            },
            zones: time_zone::all(),
            densities: densities(staff.density),
            themes: themes(staff.theme),
            password: PasswordForm::default(),
            password_changed: times.format_or_never(staff.password_changed_at),
            has_password: staff.password_changed_at.is_some()
                && app.settings.allows_local_sign_in(staff.role),
            without_password: without_password(app, staff),
            single_keys: staff.single_keys,
            factors: factors::summary(app, may).await?,
            notices: factors::Notices::new(app, may).await?,
            devices,
            email_card: email::EmailCard::new(app, may).await?,
            new_account_defaults: defaults_text(app, may).await?,
        })
    }

    /// Shows what was typed and chosen instead of what is stored.
    fn with_form(mut self, form: ProfileForm) -> Self {
        if let Ok(density) = form.density.parse() {
            self.densities = densities(density);
        }
        if let Ok(theme) = form.theme.parse() {
            self.themes = themes(theme);
        }
        Self { form, ..self }
    }

    fn other_devices(&self) -> usize {
        self.devices.iter().filter(|device| !device.is_this).count()
    }
}

/// Describes the person's defaults for new accounts. Returns `None` if they may create none.
async fn defaults_text(app: &App, may: &Authorized<Read>) -> Result<Option<String>, Error> {
    if !may.can(Permission::CreateAccounts) {
        return Ok(None);
    }
    let own = new_account_defaults::describe(app, may.staff().id).await?;
    Ok(Some(own.map_or_else(
        || "None: new forms start empty.".to_owned(),
        |own| format!("New forms start with: {own}."),
    )))
}

fn without_password(app: &App, staff: &Staff) -> String {
    let provider = sso_redirect::provider_name(app);
    if app.settings.allows_local_sign_in(staff.role) {
        format!(
            "None: you sign in with {provider}. An admin or an owner can send you a link to set \
             one."
        )
    } else {
        format!("You sign in with {provider}; passwords are for owners here.")
    }
}

/// Browser in which the person is signed in.
struct Device {
    id: Uuid,
    name: String,
    address: String,
    signed_in: FormattedTime,
    seen: FormattedTime,
    is_this: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ProfileForm {
    name: Field,
    time_zone: Field,
    /// Height of rows. A value that there is not changes nothing.
    density: String,
    /// Colors of pages. A value that there is not changes nothing.
    theme: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PasswordForm {
    present_password: Option<SecretString>,
    password: Option<SecretString>,
    password_again: Option<SecretString>,
    #[serde(skip)]
    present_error: String,
    #[serde(skip)]
    new_error: String,
}

/// Returns the heights of rows to choose from.
fn densities(chosen: Density) -> Vec<SelectOption> {
    let all = Density::ALL.into_iter();
    all.map(|density| select_option(density.as_str(), density.label(), chosen.as_str()))
        .collect()
}

/// Returns the themes to choose from.
fn themes(chosen: Theme) -> Vec<SelectOption> {
    let all = Theme::ALL.into_iter();
    all.map(|theme| select_option(theme.as_str(), theme.label(), chosen.as_str()))
        .collect()
}

fn parse_time_zone(text: &str) -> Result<&'static str, &'static str> {
    time_zone::find(text).ok_or("Choose a time zone from the list, such as Europe/Berlin or UTC.")
}

/// `GET /profile`
async fn show(
    may: Authorized<Read>,
    State(app): State<App>,
    kept: DraftForm,
) -> Result<Response, Error> {
    let mut page = ProfilePage::new(&app, &may).await?;
    if let Some(form) = kept
        .parse::<ProfileForm>()
        .filter(|form| !form.name.value.is_empty())
    {
        page = page.with_form(form);
    }
    render::html(&page)
}

/// `POST /profile`
async fn update(
    may: Authorized<Read>,
    State(app): State<App>,
    Form(mut form): Form<ProfileForm>,
) -> Result<Response, Error> {
    let name = form
        .name
        .read(|name| text::parse_line(name, MAX_NAME_LENGTH));
    let (Some(name), Some(zone)) = (name, form.time_zone.read(parse_time_zone)) else {
        let page = ProfilePage::new(&app, &may).await?;
        return render::invalid_form(&page.with_form(form));
    };
    profile::change(&app, may.actor(), may.staff(), &name, zone).await?;
    if let Ok(density) = form.density.parse() {
        db::staff::set_density(&app.db, may.staff().id, density).await?;
    }
    if let Ok(theme) = form.theme.parse() {
        db::staff::set_theme(&app.db, may.staff().id, theme).await?;
    }
    redirect_with_toast(&may, "Profile saved.".to_owned()).await
}

/// Choice about keys without a modifier. An unchecked box sends nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct KeysForm {
    single_keys: Option<String>,
}

/// `POST /profile/keys`
async fn update_keys(
    may: Authorized<Read>,
    State(app): State<App>,
    Form(form): Form<KeysForm>,
) -> Result<Response, Error> {
    let on = form.single_keys.is_some();
    db::staff::set_single_keys(&app.db, may.staff().id, on).await?;
    let said = if on {
        "Single-key shortcuts are on."
    } else {
        "Single-key shortcuts are off."
    };
    redirect_with_toast(&may, said.to_owned()).await
}

/// `GET /profile/password`
///
/// Redirects a reload after a refused change to the profile.
async fn show_password(_may: Authorized<Read>) -> Response {
    render::redirect("/profile")
}

/// `POST /profile/password`
async fn change_password(
    may: Authorized<Read>,
    State(app): State<App>,
    Form(mut form): Form<PasswordForm>,
) -> Result<Response, Error> {
    let present = form.present_password.take().unwrap_or_default();
    let new = form.password.take().unwrap_or_default();
    let again = form.password_again.take().unwrap_or_default();
    let about = [may.staff().name.as_str(), may.staff().email.as_str()];
    let chosen = passwords::validate_new(new.expose_secret(), again.expose_secret(), &about);
    let chosen = chosen.map_err(|error| form.new_error = error);
    if let Ok(new) = chosen {
        match profile::change_password(&app, may.actor(), &present, &new, may.session_id()).await? {
            PasswordChangeOutcome::Done(ended) => {
                let others = match ended {
                    0 => String::new(),
                    1 => " One other device was signed out.".to_owned(),
                    ended => format!(" {ended} other devices were signed out."),
                };
                return redirect_with_toast(&may, format!("Password changed.{others}")).await;
            }
            PasswordChangeOutcome::Wrong => {
                "This is not your current password.".clone_into(&mut form.present_error);
            }
            PasswordChangeOutcome::Throttled(wait) => {
                form.present_error = format::throttled("failed attempts", wait);
            }
        }
    }
    render::invalid_form(&ProfilePage {
        password: form,
        ..ProfilePage::new(&app, &may).await?
    })
}

/// `POST /profile/sessions/{id}/end`
async fn end_one(
    may: RecentlyAuthenticated<Read>,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let id: Uuid = id.parse().map_err(|_| Error::NotFound)?;
    let ended = profile::end_sessions(&app, may.actor(), SessionSelection::One(id)).await?;
    if id == may.session_id() {
        return Ok(render::redirect("/login?said=signed-out"));
    }
    let words = if ended == 0 {
        "That device was signed out already."
    } else {
        "The device is signed out."
    };
    redirect_with_toast(&may, words.to_owned()).await
}

/// `POST /profile/sessions/end-others`
async fn end_others(
    may: RecentlyAuthenticated<Read>,
    State(app): State<App>,
) -> Result<Response, Error> {
    let words = match profile::end_sessions(
        &app,
        may.actor(),
        SessionSelection::AllExcept(may.session_id()),
    )
    .await?
    {
        0 => "No other device was signed in.".to_owned(),
        1 => "One other device is signed out.".to_owned(),
        ended => format!("{ended} other devices are signed out."),
    };
    redirect_with_toast(&may, words).await
}

async fn redirect_with_toast(may: &Authorized<Read>, text: String) -> Result<Response, Error> {
    may.toast(Toast::success(text)).await?;
    Ok(render::redirect("/profile"))
}

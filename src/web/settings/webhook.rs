//! The team's webhook: its address and kinds, its secret, and its deliveries. `/settings/webhook`.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use uuid::Uuid;

use super::stale_notice;
use crate::app::App;
use crate::db::webhook_deliveries::{self, WebhookDelivery};
use crate::domain::notification::NotificationKind;
use crate::domain::webhook::{DeliveryState, WebhookSettings};
use crate::notifications::webhook::{self, SaveOutcome};
use crate::web::access::{Authorized, ManageNotifications, RecentlyAuthenticated, Viewer};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Field, Form};
use crate::web::format::{FormattedTime, TimeFormatter};
use crate::web::layout::{Layout, Section, Toast};
use crate::web::notice::Notice;
use crate::web::render;

const PATH: &str = "/settings/webhook";
/// Number of deliveries that the page shows.
const MAX_DELIVERIES: i64 = 50;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route(PATH, get(show).post(update))
        .route(
            "/settings/webhook/secret",
            get(redirect_back).post(new_secret),
        )
        .route("/settings/webhook/test", post(test))
        .route(
            "/settings/webhook/deliveries/{id}/redeliver",
            post(redeliver),
        )
}

#[derive(Template)]
#[template(path = "settings/webhook.html")]
struct WebhookPage {
    layout: Layout,
    form: WebhookForm,
    notice: Option<Notice>,
    kinds: Vec<(NotificationKind, bool)>,
    kinds_error: String,
    is_on: bool,
    deliveries: Vec<DeliveryRow>,
}

/// The form. `version` is that of the settings that it shows.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct WebhookForm {
    url: Field,
    kinds: Vec<String>,
    version: i64,
}

impl WebhookForm {
    fn of(settings: &WebhookSettings) -> Self {
        let kinds = settings.kinds.iter();
        Self {
            url: settings.url.as_str().into(),
            kinds: kinds.map(|kind| kind.as_str().to_owned()).collect(),
            version: settings.version,
        }
    }

    fn kinds(&self) -> Vec<NotificationKind> {
        NotificationKind::for_team()
            .filter(|kind| self.kinds.iter().any(|chosen| chosen == kind.as_str()))
            .collect()
    }

    /// Reads the address; empty if the webhook is off. Stores the error of an invalid one.
    fn read_url(&mut self, app: &App) -> Option<String> {
        let check = |typed: &str| app.webhook.check_url(typed.trim());
        let url = self.url.read_optional(check)?;
        Some(url.map(String::from).unwrap_or_default())
    }
}

struct DeliveryRow {
    id: Uuid,
    event: String,
    kind: &'static str,
    at: FormattedTime,
    state: &'static str,
    badge: &'static str,
    result: String,
    attempts: String,
    next: Option<FormattedTime>,
}

impl DeliveryRow {
    fn new(delivery: &WebhookDelivery, times: &TimeFormatter) -> Self {
        let kind = delivery.kind.parse::<NotificationKind>().ok();
        let is_waiting = delivery.state == DeliveryState::Waiting;
        Self {
            id: delivery.id,
            event: kind.map_or_else(
                || format!("Test event, sent by {}.", delivery.subject),
                |kind| kind.sentence(delivery.items, &delivery.subject),
            ),
            kind: kind.map_or("Test event", NotificationKind::label),
            at: times.format(delivery.at),
            state: delivery.state.label(),
            badge: match delivery.state {
                DeliveryState::Delivered => "good",
                DeliveryState::Failed => "bad",
                DeliveryState::Waiting if delivery.attempt > 0 => "warn",
                DeliveryState::Waiting => "busy",
            },
            result: match (delivery.status, delivery.state) {
                (Some(status), DeliveryState::Delivered) => format!("Status {status}"),
                _ if delivery.attempt == 0 => "Not sent yet".to_owned(),
                _ => delivery.message.clone(),
            },
            attempts: match delivery.attempt {
                1 => "1 attempt".to_owned(),
                many => format!("{many} attempts"),
            },
            next: (is_waiting && delivery.attempt > 0).then(|| times.format(delivery.due_at)),
        }
    }
}

impl WebhookPage {
    async fn new(app: &App, viewer: &Viewer, form: WebhookForm) -> Result<Self, Error> {
        let settings = webhook::settings(app).await?;
        let deliveries = webhook_deliveries::latest(&app.db, MAX_DELIVERIES).await?;
        let chosen = form.kinds();
        Ok(Self {
            layout: viewer.layout("Webhook", Section::Settings).await?,
            form,
            notice: None,
            kinds: NotificationKind::for_team()
                .map(|kind| (kind, chosen.contains(&kind)))
                .collect(),
            kinds_error: String::new(),
            is_on: settings.is_on(),
            deliveries: deliveries
                .iter()
                .map(|delivery| DeliveryRow::new(delivery, viewer.times()))
                .collect(),
        })
    }
}

/// Page with the secret, shown once.
#[derive(Template)]
#[template(path = "settings/webhook_secret.html")]
struct SecretPage<'a> {
    layout: Layout,
    secret: &'a str,
}

async fn show_secret(viewer: &Viewer, secret: &SecretString) -> Result<Response, Error> {
    render::html(&SecretPage {
        layout: viewer.layout("Webhook secret", Section::Settings).await?,
        secret: secret.expose_secret(),
    })
}

/// Converts an error. The text of one that is not the database's is only for the log.
fn webhook_error(error: webhook::Error) -> Error {
    match error {
        webhook::Error::Db(error) => error.into(),
        other => Error::Internal(other.to_string()),
    }
}

/// `GET /settings/webhook`
async fn show(
    may: Authorized<ManageNotifications>,
    State(app): State<App>,
    kept: DraftForm,
) -> Result<Response, Error> {
    let form = match kept.parse::<WebhookForm>() {
        Some(form) => form,
        None => WebhookForm::of(&webhook::settings(&app).await?),
    };
    render::html(&WebhookPage::new(&app, &may, form).await?)
}

/// `POST /settings/webhook`
async fn update(
    may: RecentlyAuthenticated<ManageNotifications>,
    State(app): State<App>,
    Form(mut form): Form<WebhookForm>,
) -> Result<Response, Error> {
    let url = form.read_url(&app);
    let kinds = form.kinds();
    let has_no_kind = kinds.is_empty() && url.as_ref().is_none_or(|url| !url.is_empty());
    let (Some(url), false) = (url, has_no_kind) else {
        let mut page = WebhookPage::new(&app, &may, form).await?;
        if has_no_kind {
            "Choose at least one kind of event.".clone_into(&mut page.kinds_error);
        }
        return render::invalid_form(&page);
    };
    let saved = webhook::save(&app, may.actor(), url, kinds, form.version).await;
    match saved.map_err(webhook_error)? {
        SaveOutcome::Done => {
            may.toast(Toast::success("Webhook saved.")).await?;
            Ok(render::redirect(PATH))
        }
        SaveOutcome::FirstSecret(secret) => show_secret(&may, &secret).await,
        SaveOutcome::Stale(now) => {
            form.version = now.version;
            let details = [format!("Now: {}.", now.describe())];
            let page = WebhookPage {
                notice: Some(stale_notice(details)),
                ..WebhookPage::new(&app, &may, form).await?
            };
            render::with_status(StatusCode::CONFLICT, &page)
        }
    }
}

/// Redirects a reload of an address that only accepts POST.
async fn redirect_back(_may: Authorized<ManageNotifications>) -> Response {
    render::redirect(PATH)
}

/// `POST /settings/webhook/secret`
///
/// Replaces the secret and shows the new one once.
async fn new_secret(
    may: RecentlyAuthenticated<ManageNotifications>,
    State(app): State<App>,
) -> Result<Response, Error> {
    let replaced = webhook::replace_secret(&app, may.actor()).await;
    match replaced.map_err(webhook_error)? {
        Some(secret) => show_secret(&may, &secret).await,
        None => redirect_with_toast(&may, Toast::new("warning", "The webhook is off.")).await,
    }
}

/// `POST /settings/webhook/test`
async fn test(
    may: Authorized<ManageNotifications>,
    State(app): State<App>,
) -> Result<Response, Error> {
    if !webhook::settings(&app).await?.is_on() {
        return redirect_with_toast(&may, Toast::new("warning", "The webhook is off.")).await;
    }
    let sent = webhook::send_test(&app, may.actor()).await;
    let sent = sent.map_err(webhook_error)?;
    redirect_with_toast(&may, result_toast(sent.as_ref())).await
}

/// `POST /settings/webhook/deliveries/{id}/redeliver`
async fn redeliver(
    may: Authorized<ManageNotifications>,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let id: Uuid = id.parse().map_err(|_| Error::NotFound)?;
    if webhook_deliveries::by_id(&app.db, id).await?.is_none() {
        return Err(Error::NotFound);
    }
    let sent = webhook::redeliver(&app, may.actor(), id).await;
    let sent = sent.map_err(webhook_error)?;
    redirect_with_toast(&may, result_toast(sent.as_ref())).await
}

fn result_toast(delivery: Option<&WebhookDelivery>) -> Toast {
    match delivery {
        Some(sent) if sent.state == DeliveryState::Delivered => {
            Toast::success("The receiver accepted the event.")
        }
        Some(sent) if !sent.message.is_empty() && sent.lease_until.is_none() => {
            Toast::new("danger", format!("Not delivered. {}", sent.message))
        }
        _ => Toast::new("info", "The event is being sent."),
    }
}

async fn redirect_with_toast(viewer: &Viewer, toast: Toast) -> Result<Response, Error> {
    viewer.toast(toast).await?;
    Ok(render::redirect(PATH))
}

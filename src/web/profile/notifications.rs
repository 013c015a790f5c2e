//! Choices of a person: how they hear of each kind of notification. `/profile/notifications`.

use std::collections::HashMap;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use crate::app::App;
use crate::domain::notification::{NotificationDelivery, NotificationKind};
use crate::notifications;
use crate::web::access::{Authorized, Read, Viewer};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Form};
use crate::web::layout::{Layout, Section, Toast};
use crate::web::render;

const PATH: &str = "/profile/notifications";

pub(super) fn router() -> Router<App> {
    Router::new().route(PATH, get(show).post(update))
}

/// Fields of the form: names of kinds, each with the name of a delivery.
type ChoicesForm = HashMap<String, String>;

#[derive(Template)]
#[template(path = "profile/notifications.html")]
struct ChoicesPage {
    layout: Layout,
    rows: Vec<ChoiceRow>,
    deliveries: [NotificationDelivery; NotificationDelivery::ALL.len()],
    sends_email: bool,
    email: String,
    time_zone: String,
    error: String,
}

/// Row of one kind.
struct ChoiceRow {
    kind: NotificationKind,
    options: Vec<DeliveryOption>,
}

/// Way to hear of a kind.
struct DeliveryOption {
    delivery: NotificationDelivery,
    is_chosen: bool,
    is_disabled: bool,
}

impl ChoiceRow {
    fn new(kind: NotificationKind, chosen: NotificationDelivery, sends_email: bool) -> Self {
        let chosen = effective(chosen, sends_email);
        let options = NotificationDelivery::ALL.map(|delivery| DeliveryOption {
            delivery,
            is_chosen: delivery == chosen,
            is_disabled: !sends_email && delivery.is_by_email(),
        });
        Self {
            kind,
            options: options.into(),
        }
    }
}

impl ChoicesPage {
    async fn new(app: &App, viewer: &Viewer, form: &ChoicesForm) -> Result<Self, Error> {
        let staff = viewer.staff();
        let sends_email = app.mail.is_some();
        let choices = notifications::choices_of(app, staff.id, staff.role).await?;
        let rows = choices.into_iter().map(|(kind, stored)| {
            ChoiceRow::new(kind, chosen(form, kind).unwrap_or(stored), sends_email)
        });
        Ok(Self {
            layout: viewer.layout("Notifications", Section::Other).await?,
            rows: rows.collect(),
            deliveries: NotificationDelivery::ALL,
            sends_email,
            email: staff.email.clone(),
            time_zone: staff.time_zone.clone(),
            error: String::new(),
        })
    }
}

/// Returns how a person gets a notification now. Without a mail server, what they chose to get by
/// email is shown in the portal only.
fn effective(chosen: NotificationDelivery, sends_email: bool) -> NotificationDelivery {
    if chosen.is_by_email() && !sends_email {
        NotificationDelivery::Portal
    } else {
        chosen
    }
}

fn chosen(form: &ChoicesForm, kind: NotificationKind) -> Option<NotificationDelivery> {
    form.get(kind.as_str())?.parse().ok()
}

/// `GET /profile/notifications`
async fn show(
    may: Authorized<Read>,
    State(app): State<App>,
    kept: DraftForm,
) -> Result<Response, Error> {
    let form = kept.parse::<ChoicesForm>().unwrap_or_default();
    render::html(&ChoicesPage::new(&app, &may, &form).await?)
}

/// `POST /profile/notifications`
async fn update(
    may: Authorized<Read>,
    State(app): State<App>,
    Form(form): Form<ChoicesForm>,
) -> Result<Response, Error> {
    let mut choices = Vec::new();
    let (staff, sends_email) = (may.staff(), app.mail.is_some());
    let stored = notifications::choices_of(&app, staff.id, staff.role).await?;
    // A choice of email stays for the day on which there is a mail server again.
    let is_kept = |kind, delivery| {
        let stored = stored.iter().find(|(other, _)| *other == kind);
        stored.is_some_and(|(_, stored)| {
            *stored != delivery && effective(*stored, sends_email) == delivery
        })
    };
    for kind in NotificationKind::ALL {
        match (form.get(kind.as_str()), chosen(&form, kind)) {
            (_, Some(delivery)) if delivery.is_by_email() && !sends_email => {
                let page = ChoicesPage {
                    error: "This portal has no mail server, so email cannot be chosen.".to_owned(),
                    ..ChoicesPage::new(&app, &may, &form).await?
                };
                return render::invalid_form(&page);
            }
            (_, Some(delivery)) if is_kept(kind, delivery) => {}
            (_, Some(delivery)) => choices.push((kind, delivery)),
            (None, None) => {}
            (Some(_), None) => {
                let page = ChoicesPage {
                    error: format!("Choose again for “{}”. Nothing was saved.", kind.label()),
                    ..ChoicesPage::new(&app, &may, &form).await?
                };
                return render::invalid_form(&page);
            }
        }
    }
    notifications::save_choices(&app, may.actor(), &choices).await?;
    may.toast(Toast::success("Notifications saved.")).await?;
    Ok(render::redirect(PATH))
}

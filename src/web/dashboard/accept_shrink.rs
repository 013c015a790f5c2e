//! Confirmation that Telnyx really shows far fewer accounts than before. The person types the
//! number. It applies to the next sweep that finds about as many.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::app::App;
use crate::directory::shrink_guard;
use crate::directory::sweep;
use crate::domain::role::Permission;
use crate::web::access::{AcceptFewer, Authorized};
use crate::web::confirmation::{Confirmation, ConfirmationField, Consequence, Control, crumbs};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Field, Form};
use crate::web::format::group_thousands;
use crate::web::htmx::Htmx;
use crate::web::layout::{Section, Toast};
use crate::web::notice::Notice;
use crate::web::render;

/// Returns the confirmation with the typed number. It has nothing to send if the last sweep was as
/// expected.
async fn confirmation(app: &App, number: Field) -> Result<Confirmation, Error> {
    let form = Confirmation {
        section: Section::Dashboard,
        page_title: Some("Fewer accounts than before".to_owned()),
        crumbs: crumbs([("Dashboard", "/")]),
        ..Confirmation::default()
    };
    let Some((fewer, accepted)) = shrink_guard::detected(&app.db).await? else {
        return Ok(Confirmation {
            title: "Nothing to accept".to_owned(),
            icon: "circle-check",
            text: "The last refresh listed about as many accounts as before.".to_owned(),
            cancel: ("Back", "/".to_owned()),
            ..form
        });
    };
    let accepted = accepted.then(|| {
        Notice::new(
            "info",
            "Accepted already",
            "The next refresh with about as many accounts is accepted.",
        )
    });
    Ok(Confirmation {
        title: format!("Are there really only {} accounts?", fewer.shown_count()),
        icon: "triangle-alert",
        danger: true,
        action: "/directory/accept-shrink".to_owned(),
        notices: accepted.into_iter().collect(),
        text: format!(
            "{} Nothing was changed, because an incomplete answer or a key with fewer rights \
             looks the same.",
            fewer.sentence()
        ),
        consequences: vec![
            Consequence::plain("The next refresh with about as many accounts is accepted, once."),
            Consequence::plain(
                "Missing accounts are then checked one by one. Each counts as gone only if Telnyx \
                 says so twice.",
            ),
            Consequence::plain("Nothing is changed at Telnyx."),
        ],
        fields: vec![
            ConfirmationField::new("number", "How many accounts are there?", number)
                .hint("Enter the number that Telnyx lists.")
                .control(Control::Number),
        ],
        cancel: ("Cancel", "/".to_owned()),
        button: format!("Accept {} accounts", fewer.shown_count()),
        ..form
    })
}

#[derive(Default, Deserialize)]
pub(super) struct AcceptShrinkForm {
    #[serde(default)]
    number: Field,
}

/// `GET /directory/accept-shrink`
pub(super) async fn show(
    may: Authorized<AcceptFewer>,
    State(app): State<App>,
    htmx: Htmx,
    kept: DraftForm,
) -> Result<Response, Error> {
    let typed = kept.parse::<AcceptShrinkForm>().unwrap_or_default();
    let form = confirmation(&app, typed.number).await?;
    form.respond(&may, &htmx).await
}

/// `POST /directory/accept-shrink`
///
/// Accepts the number and starts the next sweep at once.
pub(super) async fn accept(
    may: Authorized<AcceptFewer>,
    State(app): State<App>,
    htmx: Htmx,
    Form(mut typed): Form<AcceptShrinkForm>,
) -> Result<Response, Error> {
    let number = typed.number.read(|text| {
        let plain: String = text
            .chars()
            .filter(|c| !matches!(c, ',' | ' ' | '.'))
            .collect();
        plain
            .parse::<i64>()
            .map_err(|_| "Enter the number of accounts, as digits.")
    });
    if let Some(number) = number {
        match shrink_guard::accept(&app, may.actor(), number).await {
            Ok(accepted) => {
                let running = app.clone();
                app.tasks.spawn(async move { sweep::run(&running).await });
                may.toast(Toast::success(format!(
                    "The next refresh with about {} accounts is accepted.",
                    group_thousands(accepted.shown)
                )))
                .await?;
                return Ok(render::redirect("/"));
            }
            Err(shrink_guard::Error::Outdated(Some(now))) => typed.number.set_error(format!(
                "The last refresh listed {}. Enter that number.",
                group_thousands(now.shown)
            )),
            Err(shrink_guard::Error::Outdated(None)) => typed
                .number
                .set_error("The last refresh listed as many accounts as before."),
            Err(shrink_guard::Error::Forbidden) => {
                return Err(Error::Forbidden(Permission::AcceptFewer));
            }
            Err(shrink_guard::Error::Db(error)) => return Err(error.into()),
        }
    }
    let form = Confirmation {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        ..confirmation(&app, typed.number).await?
    };
    form.respond(&may, &htmx).await
}

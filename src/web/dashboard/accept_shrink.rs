//! Accepting that Telnyx really shows far fewer accounts than before: with the number typed, for the next reading that
//! shows about as many.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::app::App;
use crate::directory::shrink_guard::{self, Shrinkage};
use crate::directory::sweep;
use crate::domain::role::Permission;
use crate::web::access::{AcceptFewer, Authorized, Viewer};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Field, Form};
use crate::web::format::group_thousands;
use crate::web::htmx::Htmx;
use crate::web::layout::{Layout, Section, Toast};
use crate::web::render;

/// The confirmation.
#[derive(Template)]
#[template(path = "dashboard/accept_shrink.html", blocks = ["confirm"])]
struct AcceptShrinkPage {
    layout: Layout,
    /// Shrinkage in the last reading; `None` if that reading was as expected.
    fewer: Option<Shrinkage>,
    /// It was accepted already.
    accepted: bool,
    number: Field,
}

impl AcceptShrinkPage {
    async fn new(app: &App, viewer: &Viewer, number: Field) -> Result<Self, Error> {
        let shown = shrink_guard::detected(&app.db).await?;
        Ok(Self {
            layout: viewer
                .layout("Fewer accounts than before", Section::Dashboard)
                .await?,
            fewer: shown.map(|(fewer, _)| fewer),
            accepted: shown.is_some_and(|(_, accepted)| accepted),
            number,
        })
    }
}

#[derive(Default, Deserialize)]
pub(super) struct AcceptShrinkForm {
    #[serde(default)]
    number: Field,
}

/// `GET /directory/fewer`
pub(super) async fn show(
    may: Authorized<AcceptFewer>,
    State(app): State<App>,
    htmx: Htmx,
    kept: DraftForm,
) -> Result<Response, Error> {
    let typed = kept.parse::<AcceptShrinkForm>().unwrap_or_default();
    let page = AcceptShrinkPage::new(&app, &may, typed.number).await?;
    render::page_or_fragment(&htmx, &page, &page.as_confirm())
}

/// `POST /directory/fewer`: the next reading follows at once.
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
                may.toast(Toast {
                    kind: "success",
                    text: format!(
                        "The next reading that shows about {} accounts is taken over.",
                        group_thousands(accepted.shown)
                    ),
                    undo: None,
                })
                .await?;
                return Ok(render::redirect("/"));
            }
            Err(shrink_guard::Error::Outdated(Some(now))) => typed.number.set_error(format!(
                "The last reading showed {}. Type that number.",
                group_thousands(now.shown)
            )),
            Err(shrink_guard::Error::Outdated(None)) => typed
                .number
                .set_error("The last reading showed as many accounts as before."),
            Err(shrink_guard::Error::Forbidden) => {
                return Err(Error::Forbidden(Permission::AcceptFewer));
            }
            Err(shrink_guard::Error::Db(error)) => return Err(error.into()),
        }
    }
    let page = AcceptShrinkPage::new(&app, &may, typed.number).await?;
    if htmx.partial {
        render::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page.as_confirm())
    } else {
        render::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page)
    }
}

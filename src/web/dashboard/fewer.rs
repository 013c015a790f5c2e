//! Accepting that Telnyx really shows far fewer accounts than before: with the number typed, for the next reading that
//! shows about as many.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::app::App;
use crate::directory::fewer::{self, Fewer};
use crate::directory::sweep;
use crate::domain::role::Permission;
use crate::web::access::{AcceptFewer, May, Viewer};
use crate::web::error::Error;
use crate::web::form::{Field, Form, Kept};
use crate::web::htmx::Htmx;
use crate::web::page;
use crate::web::shell::{Section, Shell, Toast};
use crate::web::view::grouped;

/// The confirmation.
#[derive(Template)]
#[template(path = "dashboard/fewer.html", blocks = ["confirm"])]
struct Page {
    shell: Shell,
    /// What the last reading showed; none where that was as it should be.
    fewer: Option<Fewer>,
    /// It was accepted already.
    accepted: bool,
    number: Field,
}

impl Page {
    async fn new(app: &App, viewer: &Viewer, number: Field) -> Result<Self, Error> {
        let shown = fewer::shown(&app.db).await?;
        Ok(Self {
            shell: viewer.shell("Fewer accounts than before", Section::Dashboard).await?,
            fewer: shown.map(|(fewer, _)| fewer),
            accepted: shown.is_some_and(|(_, accepted)| accepted),
            number,
        })
    }
}

#[derive(Default, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    number: Field,
}

/// `GET /directory/fewer`
pub(super) async fn show(
    may: May<AcceptFewer>,
    State(app): State<App>,
    htmx: Htmx,
    kept: Kept,
) -> Result<Response, Error> {
    let typed = kept.fill::<Typed>().unwrap_or_default();
    let page = Page::new(&app, &may, typed.number).await?;
    page::render(&htmx, &page, &page.as_confirm())
}

/// `POST /directory/fewer`: the next reading follows at once.
pub(super) async fn accept(
    may: May<AcceptFewer>,
    State(app): State<App>,
    htmx: Htmx,
    Form(mut typed): Form<Typed>,
) -> Result<Response, Error> {
    let number = typed.number.read(|text| {
        let plain: String = text.chars().filter(|c| !matches!(c, ',' | ' ' | '.')).collect();
        plain
            .parse::<i64>()
            .map_err(|_| "Enter the number of accounts, as digits.")
    });
    if let Some(number) = number {
        match fewer::accept(&app, may.actor(), number).await {
            Ok(accepted) => {
                let running = app.clone();
                app.tasks.spawn(async move { sweep::run(&running).await });
                may.toast(Toast {
                    kind: "success",
                    text: format!(
                        "The next reading that shows about {} accounts is taken over.",
                        grouped(accepted.shown)
                    ),
                    undo: None,
                })
                .await?;
                return Ok(page::redirect("/"));
            }
            Err(fewer::Error::Other(Some(now))) => typed.number.refuse(format!(
                "The last reading showed {}. Type that number.",
                grouped(now.shown)
            )),
            Err(fewer::Error::Other(None)) => typed
                .number
                .refuse("The last reading showed as many accounts as before."),
            Err(fewer::Error::Forbidden) => return Err(Error::Forbidden(Permission::AcceptFewer)),
            Err(fewer::Error::Db(error)) => return Err(error.into()),
        }
    }
    let page = Page::new(&app, &may, typed.number).await?;
    if htmx.partial {
        page::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page.as_confirm())
    } else {
        page::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page)
    }
}

//! POST /channels/{id}/limit: changing a limit in its row. Limit 0 has a confirmation of its own at the account.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::row::{self, RowPart};
use super::{ADDRESS, list};
use crate::app::App;
use crate::domain::channels::ChannelLimit;
use crate::domain::ids::AccountId;
use crate::domain::operation::{Change, Reason};
use crate::operations::{self, Request};
use crate::web::access::{ChangeLimits, May};
use crate::web::change::{self, MarksFields, Problem, Turned};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::htmx::Htmx;
use crate::web::{page, paths};

/// What the row sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LimitForm {
    pub(super) channel_limit: String,
    /// The account, for a form that an expired login interrupted: its address does not come back.
    pub(super) account: Option<String>,
    /// The address of the list that the row stands in.
    back: Option<String>,
    #[serde(flatten)]
    marks: MarksFields,
}

impl LimitForm {
    fn back(&self) -> String {
        let back = self.back.as_deref().and_then(paths::local);
        back.filter(|back| back.split('?').next() == Some(ADDRESS))
            .unwrap_or_else(|| ADDRESS.to_owned())
    }
}

/// POST /channels/{id}/limit
pub(super) async fn update(
    may: May<ChangeLimits>,
    State(app): State<App>,
    Path(id): Path<AccountId>,
    htmx: Htmx,
    Form(form): Form<LimitForm>,
) -> Result<Response, Error> {
    let back = form.back();
    let asked = match ChannelLimit::parse(&form.channel_limit) {
        Ok(ChannelLimit::ZERO) => return Ok(page::redirect(&format!("/accounts/{id}/block-calls"))),
        Ok(limit) => ask(&app, &may, &form, &id, limit).await?,
        Err(error) => Turned::Problem(Problem::at_field("channel_limit", error.to_string())),
    };
    match asked {
        Turned::Done { toast, .. } => {
            if htmx.partial {
                let row = row::load(&app, &may, &id).await?.in_list(&back).fresh();
                return page::with_toast(&RowPart::new(&app, &may, row).await?, &toast);
            }
            may.toast(toast).await?;
            Ok(page::redirect(&format!("{back}#row-{id}")))
        }
        Turned::Open(_) if htmx.partial => {
            let row = row::load(&app, &may, &id).await?.in_list(&back);
            page::html(&RowPart::new(&app, &may, row).await?)
        }
        Turned::Open(operation) => Ok(page::redirect(&Turned::page_of(&operation))),
        Turned::Problem(problem) => {
            let status = problem.status;
            let row = row::load(&app, &may, &id).await?.in_list(&back);
            let row = row.refused(&form.channel_limit, problem);
            if htmx.partial {
                page::with_status(status, &RowPart::new(&app, &may, row).await?)
            } else {
                page::with_status(status, &list::with_row(&app, &may, &back, row).await?)
            }
        }
    }
}

async fn ask(
    app: &App,
    may: &May<ChangeLimits>,
    form: &LimitForm,
    id: &AccountId,
    limit: ChannelLimit,
) -> Result<Turned, Error> {
    let marks = match form.marks.read(app.clock.now()) {
        Ok(marks) => marks,
        Err(problem) => return Ok(Turned::Problem(problem)),
    };
    let request = Request {
        id: marks.op,
        change: Change::ChannelLimit {
            account: id.clone(),
            limit,
        },
        reason: Reason::default(),
        undoes: marks.undoes,
        expected: marks.expected(),
        try_anyway: marks.try_anyway,
        password: None,
    };
    let said = operations::submit(app, may.actor(), request).await;
    Ok(change::turn(app, may.actor(), may.times(), said).await?)
}

//! Change of a limit in its row. Limit 0 has its own confirmation, on the account's page.

use axum::extract::{Path, State};
use axum::response::Response;

use super::PATH;
use super::list;
use super::row::{self, RowFragment};
use crate::app::App;
use crate::domain::ids::AccountId;
use crate::web::access::{Authorized, ChangeLimits};
use crate::web::change::ChangeOutcome;
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::htmx::Htmx;
use crate::web::limit_editor::LimitForm;
use crate::web::render;

/// `POST /channels/{id}/limit`
pub(super) async fn update(
    may: Authorized<ChangeLimits>,
    State(app): State<App>,
    Path(id): Path<AccountId>,
    htmx: Htmx,
    Form(form): Form<LimitForm>,
) -> Result<Response, Error> {
    let back = form.return_path(PATH);
    let outcome = form.submit(&app, &may, &id).await?;
    let mut row = row::load(&app, &may, &id).await?.with_return_path(&back);
    if !htmx.partial {
        let address = format!("{back}#row-{id}");
        let next = LimitForm::redirect(&may, &row.account, outcome.as_ref(), &address).await?;
        if let Some(next) = next {
            return Ok(next);
        }
    }
    match outcome {
        None => {
            let account = row.account.clone();
            row.editor.show_block_calls(&form.channel_limit, &account);
            render::invalid_form(&RowFragment::new(&app, &may, row).await?)
        }
        Some(ChangeOutcome::Done { toast, .. }) => render::with_toast(
            &RowFragment::new(&app, &may, row.highlighted()).await?,
            &toast.in_list(&back),
        ),
        Some(ChangeOutcome::Pending(_)) => render::html(&RowFragment::new(&app, &may, row).await?),
        Some(ChangeOutcome::Problem(problem)) => {
            let status = problem.status;
            row.editor.show_problem(&form.channel_limit, problem);
            if htmx.partial {
                render::with_status(status, &RowFragment::new(&app, &may, row).await?)
            } else {
                render::with_status(status, &list::load_with_row(&app, &may, &back, row).await?)
            }
        }
    }
}

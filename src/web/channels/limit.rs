//! Change of a limit in its row. Limit 0 has its own confirmation, on the account's page.

use axum::extract::{Path, State};
use axum::response::Response;

use super::list;
use super::row::{self, LimitForm, RowFragment};
use crate::app::App;
use crate::domain::channels::ChannelLimit;
use crate::domain::ids::AccountId;
use crate::domain::operation::{Change, Reason};
use crate::operations::{self, Request};
use crate::web::access::{Authorized, ChangeLimits};
use crate::web::change::{self, ChangeOutcome, Problem};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::htmx::Htmx;
use crate::web::{reclaim, render};

/// `POST /channels/{id}/limit`
pub(super) async fn update(
    may: Authorized<ChangeLimits>,
    State(app): State<App>,
    Path(id): Path<AccountId>,
    htmx: Htmx,
    Form(form): Form<LimitForm>,
) -> Result<Response, Error> {
    let back = form.return_path();
    let asked = match ChannelLimit::parse(&form.channel_limit) {
        Ok(ChannelLimit::ZERO) => {
            let row = row::load(&app, &may, &id).await?.with_return_path(&back);
            if !htmx.partial {
                let confirmation = reclaim::block_calls_href(&row.account, &back);
                return Ok(render::redirect(&confirmation));
            }
            let row = row.with_block_calls(&form.channel_limit);
            return render::invalid_form(&RowFragment::new(&app, &may, row).await?);
        }
        Ok(limit) => submit_change(&app, &may, &form, &id, limit).await?,
        Err(error) => ChangeOutcome::Problem(Problem::at_field("channel_limit", error.to_string())),
    };
    match asked {
        ChangeOutcome::Done { toast, .. } => {
            if htmx.partial {
                let row = row::load(&app, &may, &id)
                    .await?
                    .with_return_path(&back)
                    .highlighted();
                return render::with_toast(&RowFragment::new(&app, &may, row).await?, &toast);
            }
            may.toast(toast).await?;
            Ok(render::redirect(&format!("{back}#row-{id}")))
        }
        ChangeOutcome::Pending(_) if htmx.partial => {
            let row = row::load(&app, &may, &id).await?.with_return_path(&back);
            render::html(&RowFragment::new(&app, &may, row).await?)
        }
        ChangeOutcome::Pending(operation) => {
            Ok(render::redirect(&ChangeOutcome::operation_path(&operation)))
        }
        ChangeOutcome::Problem(problem) => {
            let status = problem.status;
            let row = row::load(&app, &may, &id).await?.with_return_path(&back);
            let row = row.with_problem(&form.channel_limit, problem);
            if htmx.partial {
                render::with_status(status, &RowFragment::new(&app, &may, row).await?)
            } else {
                render::with_status(status, &list::load_with_row(&app, &may, &back, row).await?)
            }
        }
    }
}

async fn submit_change(
    app: &App,
    may: &Authorized<ChangeLimits>,
    form: &LimitForm,
    id: &AccountId,
    limit: ChannelLimit,
) -> Result<ChangeOutcome, Error> {
    let form_tokens = match form.form_tokens.parse(app.clock.now()) {
        Ok(form_tokens) => form_tokens,
        Err(problem) => return Ok(ChangeOutcome::Problem(problem)),
    };
    let request = Request {
        id: form_tokens.op,
        change: Change::ChannelLimit {
            account: id.clone(),
            limit,
        },
        reason: Reason::default(),
        undoes: form_tokens.undoes,
        expected: form_tokens.expected(),
        try_anyway: form_tokens.try_anyway,
        password: None,
    };
    let said = operations::submit(app, may.actor(), request).await;
    Ok(change::change_outcome(app, may.actor(), may.times(), said).await?)
}

//! Blocking of outbound calls: a channel limit of 0, as a separate action with a reason.

use axum::Router;
use axum::response::Response;
use axum::routing::get;

use super::context::{AccountContext, ActionResult, ChangeInput, FormState};
use crate::app::App;
use crate::db::channel_pool;
use crate::domain::channels::ChannelLimit;
use crate::domain::operation::Change;
use crate::domain::text::group_thousands;
use crate::web::access::ChangeLimits;
use crate::web::change::FormTokens;
use crate::web::confirmation::Consequence;
use crate::web::error::Error;
use crate::web::form::{DraftForm, Form, Query};
use crate::web::notice::Notice;

pub(super) fn router() -> Router<App> {
    Router::new().route("/accounts/{id}/block-calls", get(show).post(block))
}

/// `GET /accounts/{id}/block-calls`
async fn show(
    context: AccountContext<ChangeLimits>,
    query: Query<ChangeInput>,
    kept: DraftForm,
) -> Result<Response, Error> {
    let state = context.open_form(query, &kept).await?;
    show_confirmation(&context, state).await
}

/// `POST /accounts/{id}/block-calls`
async fn block(
    context: AccountContext<ChangeLimits>,
    Form(input): Form<ChangeInput>,
) -> Result<Response, Error> {
    submit(&context, input).await
}

/// Sends a limit of 0 with its reason.
pub(super) async fn submit(
    context: &AccountContext<ChangeLimits>,
    input: ChangeInput,
) -> Result<Response, Error> {
    let change = Change::ChannelLimit {
        account: context.id.clone(),
        limit: ChannelLimit::ZERO,
    };
    match context.submit(change, &input, None).await? {
        ActionResult::Answered(response) => Ok(response),
        ActionResult::Problem(problem) => {
            show_confirmation(context, context.refilled_form(input, problem).await?).await
        }
    }
}

/// Shows the confirmation.
pub(super) async fn show_confirmation(
    context: &AccountContext<ChangeLimits>,
    state: FormState,
) -> Result<Response, Error> {
    let account = &state.account;
    let name = account.name();
    let form_tokens =
        FormTokens::for_account(context.app.clock.now(), account).with_channel_limit(account);
    let known = account.channel_limit.map(|fact| fact.value);
    let mut form = context.new_confirmation(&state, "block-calls", form_tokens);
    form.danger = true;
    form.icon = "phone-off";
    form.title = format!("Block outbound calls of {name}?");
    form.lead = "Sets its channel limit to 0.".into();
    form.button = format!("Block outbound calls of {name}");
    form.consequences = vec![
        Consequence::bad("No outbound call is possible from now on."),
        Consequence::good("Inbound calls, messages and sign-in keep working."),
    ];
    match known {
        Some(limit) if limit == ChannelLimit::ZERO => {
            form.notices.push(Notice::new(
                "info",
                "Its limit is 0 already",
                "Outbound calls are blocked already. You can send it again safely.",
            ));
        }
        Some(limit) => {
            let back = match channel_pool::latest(&context.app.db).await? {
                Some((pool, _)) if pool.is_enabled() => format!(
                    "{limit} channels return to the pool: free {} → {}.",
                    group_thousands(pool.free().into()),
                    group_thousands(pool.free_after(limit, ChannelLimit::ZERO))
                ),
                _ => format!("{limit} channels return to the pool."),
            };
            form.consequences.push(Consequence::plain(back));
            form.consequences.push(Consequence::good(format!(
                "Undo sets the limit to {limit} again, if the pool still has the channels."
            )));
        }
        None => form.consequences.push(Consequence::bad(
            "Its current limit is not known, so this cannot be undone. Note the limit in Mission \
             Control first.",
        )),
    }
    form.fields.push(state.reason_field(false));
    context.show_form(form, state).await
}

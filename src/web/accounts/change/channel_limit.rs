//! Change of an account's channel limit. A limit of 0 is a separate action: see [`block_calls`].

use axum::Router;
use axum::response::Response;
use axum::routing::get;

use super::block_calls;
use super::context::{AccountContext, ActionResult, ChangeInput, FormState};
use crate::app::App;
use crate::db::channel_pool;
use crate::domain::channels::{ChannelLimit, ChannelPool};
use crate::domain::operation::Change;
use crate::domain::text::group_thousands;
use crate::web::access::ChangeLimits;
use crate::web::accounts::show;
use crate::web::change::{FormTokens, Problem};
use crate::web::confirmation::{ConfirmationField, Control};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Form, Query};

/// Value of `return_to` for the form on the account's page.
const RETURN_TO_CARD: &str = "card";

pub(super) fn router() -> Router<App> {
    Router::new().route("/accounts/{id}/channel-limit", get(edit).post(update))
}

/// `GET /accounts/{id}/channel-limit`
async fn edit(
    context: AccountContext<ChangeLimits>,
    query: Query<ChangeInput>,
    kept: DraftForm,
) -> Result<Response, Error> {
    let state = context.open_form(query, &kept).await?;
    show_confirmation(&context, state).await
}

/// `POST /accounts/{id}/channel-limit`
async fn update(
    context: AccountContext<ChangeLimits>,
    Form(input): Form<ChangeInput>,
) -> Result<Response, Error> {
    let limit = ChannelLimit::parse(&input.channel_limit);
    if limit == Ok(ChannelLimit::ZERO)
        && input.return_to == RETURN_TO_CARD
        && input.reason.trim().is_empty()
    {
        let mut problem = Problem::at_field(
            "channel_limit",
            "0 blocks all outbound calls. Use “Block outbound calls”.",
        );
        let page = format!("/accounts/{}/block-calls", context.id);
        problem.notice = problem.notice.with_link("Block outbound calls", page);
        return show_in_card(&context, input, problem).await;
    }
    if limit == Ok(ChannelLimit::ZERO) {
        // The editor does not ask for a reason. Someone who gives one knows that 0 blocks calls.
        if !input.reason.trim().is_empty() {
            return block_calls::submit(&context, input).await;
        }
        let mut problem = Problem::rule_violation(
            "A limit of 0 blocks all outbound calls. Confirm it here with a reason, or cancel and \
             enter another limit.",
        );
        problem.notice.kind = "warn";
        problem.notice.title = "Nothing was sent yet".into();
        let state = context.refilled_form(input, problem).await?;
        return block_calls::show_confirmation(&context, state).await;
    }
    let sent = match limit {
        Ok(limit) => {
            let change = Change::ChannelLimit {
                account: context.id.clone(),
                limit,
            };
            context.submit(change, &input, None).await?
        }
        Err(error) => ActionResult::Problem(Problem::at_field("channel_limit", error.to_string())),
    };
    let problem = match sent {
        ActionResult::Answered(response) => return Ok(response),
        ActionResult::Problem(problem) => problem,
    };
    if input.return_to == RETURN_TO_CARD {
        return show_in_card(&context, input, problem).await;
    }
    show_confirmation(&context, context.refilled_form(input, problem).await?).await
}

/// Shows the card on the account's page, from which the form was sent.
async fn show_in_card(
    context: &AccountContext<ChangeLimits>,
    input: ChangeInput,
    problem: Problem,
) -> Result<Response, Error> {
    show::show_limit_problem(
        &context.app,
        &context.may,
        &context.id,
        &context.htmx,
        input.channel_limit,
        problem,
    )
    .await
}

async fn show_confirmation(
    context: &AccountContext<ChangeLimits>,
    state: FormState,
) -> Result<Response, Error> {
    let account = &state.account;
    let times = context.may.times();
    let form_tokens = FormTokens::new(context.app.clock.now()).with_channel_limit(account);
    let current = account.channel_limit;
    let pool = channel_pool::latest(&context.app.db).await?;
    let mut form = context.new_confirmation(&state, "channel-limit", form_tokens);
    form.icon = "audio-waveform";
    form.title = format!("Channel limit of {}", account.name());
    form.lead = match current {
        Some(fact) => format!(
            "{} now, {}, {}.",
            fact.value,
            fact.source.label(),
            times.relative(fact.observed_at)
        ),
        None => "Its current limit is not known. Telnyx decides if the pool has enough channels."
            .to_owned(),
    };
    form.button = "Save limit".into();
    let current = current
        .map(|fact| fact.value.get().to_string())
        .unwrap_or_default();
    let typed = state.input.channel_limit.as_str();
    let value = if typed.is_empty() && !state.has_problem() {
        current.as_str()
    } else {
        typed
    };
    let hint = pool.map_or_else(
        || "0 stops all outbound calls: use “Block outbound calls” for that.".to_owned(),
        |(pool, at)| {
            format!(
                "{} 0 stops all outbound calls: use “Block outbound calls” for that.",
                pool_summary(pool, &times.relative(at))
            )
        },
    );
    let control = Control::ChannelLimit {
        current: current.clone(),
        free: pool
            .filter(|(pool, _)| pool.is_enabled())
            .map(|(pool, _)| pool.free().to_string())
            .unwrap_or_default(),
    };
    form.fields.push(
        ConfirmationField::new("channel_limit", "New channel limit", value)
            .hint(hint)
            .control(control)
            .focused(),
    );
    context.show_form(form, state).await
}

/// Describes the pool in a sentence. `seen` tells when it was read.
fn pool_summary(pool: ChannelPool, seen: &str) -> String {
    if pool.is_enabled() {
        format!(
            "The pool has {} of {} channels free, seen {seen}.",
            group_thousands(pool.free().into()),
            group_thousands(pool.total.into())
        )
    } else {
        format!("Channel allocation is not enabled for your Telnyx account, seen {seen}.")
    }
}

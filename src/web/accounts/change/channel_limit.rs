//! Setting an account's channel limit. A limit of 0 is an action of its own: see [`block_calls`].

use axum::Router;
use axum::response::Response;
use axum::routing::get;

use super::block_calls;
use super::confirm::{LimitField, pool_words};
use super::desk::{Desk, Opened, Typed, form};
use crate::app::App;
use crate::db::pool;
use crate::domain::channels::ChannelLimit;
use crate::domain::operation::{Change, Reason};
use crate::web::access::ChangeLimits;
use crate::web::accounts::show;
use crate::web::change::{Marks, Problem};
use crate::web::error::Error;
use crate::web::form::{Form, Kept, Query};

/// Where a form comes from that stands in the account's page.
const CARD: &str = "card";

pub(super) fn router() -> Router<App> {
    Router::new().route("/accounts/{id}/channel-limit", get(edit).post(update))
}

/// `GET /accounts/{id}/channel-limit`
async fn edit(desk: Desk<ChangeLimits>, query: Query<Typed>, kept: Kept) -> Result<Response, Error> {
    let opened = desk.open(query, &kept).await?;
    page(&desk, opened, None).await
}

/// `POST /accounts/{id}/channel-limit`
async fn update(desk: Desk<ChangeLimits>, Form(typed): Form<Typed>) -> Result<Response, Error> {
    desk.known().await?;
    let limit = ChannelLimit::parse(&typed.channel_limit);
    if limit == Ok(ChannelLimit::ZERO) && typed.return_to == CARD && typed.reason.trim().is_empty() {
        let mut problem = Problem::at_field(
            "channel_limit",
            "0 blocks all outbound calls, which is an action of its own.",
        );
        problem.notice.link = Some((
            "Block outbound calls".to_owned(),
            format!("/accounts/{}/block-calls", desk.id),
        ));
        return in_card(&desk, typed, problem).await;
    }
    if limit == Ok(ChannelLimit::ZERO) {
        // The editor asks for no reason: whoever gives one knows what 0 means.
        if !typed.reason.trim().is_empty() {
            return block_calls::submit(&desk, typed).await;
        }
        let mut problem = Problem::rule(
            "A limit of 0 blocks all outbound calls. That is an action of its own, with a reason: confirm it here, or \
             cancel and type another limit.",
        );
        problem.notice.kind = "warn";
        problem.notice.title = "Nothing was sent yet".into();
        return block_calls::page(&desk, desk.again(typed).await?, Some(problem)).await;
    }
    let asked = desk.marks(&typed).await?.and_then(|marks| {
        let limit = limit.map_err(|error| Problem::at_field("channel_limit", error.to_string()))?;
        let text = typed.reason_text()?;
        Ok((marks, limit, Reason { code: None, text }))
    });
    let problem = match asked {
        Ok((marks, limit, reason)) => {
            let change = Change::ChannelLimit {
                account: desk.id.clone(),
                limit,
            };
            match desk.send(change, reason, marks, &typed.return_to).await? {
                Ok(response) => return Ok(response),
                Err(problem) => problem,
            }
        }
        Err(problem) => problem,
    };
    if typed.return_to == CARD {
        return in_card(&desk, typed, problem).await;
    }
    page(&desk, desk.again(typed).await?, Some(problem)).await
}

/// The card of the account's page, where the form was sent from.
async fn in_card(desk: &Desk<ChangeLimits>, typed: Typed, problem: Problem) -> Result<Response, Error> {
    show::with_refused_limit(&desk.app, &desk.may, &desk.id, &desk.htmx, typed.channel_limit, problem).await
}

async fn page(desk: &Desk<ChangeLimits>, opened: Opened, problem: Option<Problem>) -> Result<Response, Error> {
    let account = &opened.account;
    let times = desk.may.times();
    let marks = Marks::new(desk.app.clock.now())
        .with_limit(account)
        .undoing(opened.undone.as_ref().map(|undone| undone.id));
    let current = account.channel_limit;
    let pool = pool::latest(&desk.app.db).await?;
    let mut form = form(&opened, "channel-limit");
    form.icon = "audio-waveform";
    form.title = format!("Channel limit of {}", account.name());
    form.lead = match current {
        Some(fact) => format!(
            "{} now, {}, {}.",
            fact.value,
            fact.source.label(),
            times.relative(fact.observed_at)
        ),
        None => "Its present limit is not known to this portal: Telnyx will decide whether there is room.".to_owned(),
    };
    form.button = "Save limit".into();
    let untouched = opened.typed.channel_limit.is_empty() && problem.is_none();
    form.limit = Some(LimitField {
        value: if untouched {
            current.map(|fact| fact.value.get().to_string()).unwrap_or_default()
        } else {
            opened.typed.channel_limit
        },
        hint: pool.map_or_else(
            || "0 stops all outbound calls: use “Block outbound calls” for that.".to_owned(),
            |(pool, at)| {
                format!(
                    "{} 0 stops all outbound calls: use “Block outbound calls” for that.",
                    pool_words(pool, &times.relative(at))
                )
            },
        ),
        current: current.map(|fact| fact.value.get().to_string()).unwrap_or_default(),
        free: pool
            .filter(|(pool, _)| pool.is_enabled())
            .map(|(pool, _)| pool.free().to_string())
            .unwrap_or_default(),
    });
    desk.show(form, marks, problem).await
}

//! Setting a channel limit: an absolute value, so an uncertain one is settled by sending it again, for ten minutes.

use std::time::Duration;

use super::apply::Effect;
use super::conclude::{AttemptResult, Completion};
use crate::app::App;
use crate::db::operations::Operation;
use crate::domain::channels::ChannelLimit;
use crate::domain::ids::AccountId;
use crate::domain::operation::{OperationKind, OperationOutcome, SettledBy};
use crate::telnyx::ApiResponse;

/// Within so long of its beginning the same value may be sent again; later it could undo what was done since.
pub(super) const RESEND_WITHIN: Duration = Duration::from_mins(10);

pub(super) async fn send(app: &App, account: &AccountId, limit: ChannelLimit) -> AttemptResult {
    match app.telnyx.set_channel_limit(account, limit).await {
        Ok(answer) => done(account, limit, answer, None),
        Err(error) => AttemptResult::from_error(OperationKind::ChannelLimit, &error),
    }
}

/// Sends the same value once more.
pub(super) async fn send_again(
    app: &App,
    operation: &Operation,
    account: &AccountId,
    limit: ChannelLimit,
) -> AttemptResult {
    match app.telnyx.set_channel_limit(account, limit).await {
        Ok(answer) => done(account, limit, answer, Some(SettledBy::SendingAgain)),
        Err(error) => AttemptResult::from_resend_error(operation, &error),
    }
}

fn done(
    account: &AccountId,
    limit: ChannelLimit,
    answer: ApiResponse<ChannelLimit>,
    settled_by: Option<SettledBy>,
) -> AttemptResult {
    let message = if answer.value == limit {
        format!("The channel limit is {limit}.")
    } else {
        format!(
            "Telnyx set the channel limit to {} instead of {limit}.",
            answer.value
        )
    };
    AttemptResult::Done(Completion {
        outcome: OperationOutcome {
            message,
            status: Some(answer.status),
            telnyx_request_id: answer.request_id,
            unanswered: answer.earlier_unanswered,
            channel_limit: Some(answer.value),
            settled_by,
            ..OperationOutcome::default()
        },
        effects: vec![Effect::Limit(
            account.clone(),
            answer.value,
            answer.started_at,
        )],
        created: None,
    })
}

pub(super) async fn settle(
    app: &App,
    operation: &Operation,
    account: &AccountId,
    limit: ChannelLimit,
) -> AttemptResult {
    if operation.began_at().until(app.clock.now()) >= RESEND_WITHIN {
        let known = operation
            .before
            .channel_limit
            .filter(|before| *before != limit);
        let message = match known {
            Some(before) => format!("Telnyx may hold {before} or {limit}."),
            None => format!("Telnyx may or may not have set {limit}."),
        };
        return AttemptResult::Unknown(OperationOutcome {
            message,
            ..operation.outcome.clone().unwrap_or_default()
        });
    }
    if app.settings.read_only {
        // No reading tells: it waits.
        return AttemptResult::still_unsettled(operation);
    }
    send_again(app, operation, account, limit).await
}

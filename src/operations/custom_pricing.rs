//! Switching custom pricing: an absolute value, settled as a channel limit is.

use super::apply::Effect;
use super::channel_limit::RESEND_WITHIN;
use super::conclude::{AttemptResult, Completion};
use super::messages;
use crate::app::App;
use crate::db::operations::Operation;
use crate::domain::ids::AccountId;
use crate::domain::operation::{OperationKind, OperationOutcome, SettledBy};
use crate::telnyx::{AccountDetail, ApiResponse};

pub(super) async fn send(app: &App, account: &AccountId, allow: bool) -> AttemptResult {
    match app.telnyx.set_custom_pricing(account, allow).await {
        Ok(answer) => done(account, allow, answer, None),
        Err(error) => AttemptResult::from_error(OperationKind::CustomPricing, &error),
    }
}

/// Sends the same value once more.
pub(super) async fn send_again(
    app: &App,
    operation: &Operation,
    account: &AccountId,
    allow: bool,
) -> AttemptResult {
    match app.telnyx.set_custom_pricing(account, allow).await {
        Ok(answer) => done(account, allow, answer, Some(SettledBy::SendingAgain)),
        Err(error) => AttemptResult::from_resend_error(operation, &error),
    }
}

fn done(
    account: &AccountId,
    allow: bool,
    answer: ApiResponse<AccountDetail>,
    settled_by: Option<SettledBy>,
) -> AttemptResult {
    let message = if allow {
        messages::CUSTOM_PRICING_ON
    } else {
        messages::CUSTOM_PRICING_OFF
    };
    AttemptResult::Done(Completion {
        outcome: OperationOutcome {
            message: message.to_owned(),
            status: Some(answer.status),
            telnyx_request_id: answer.request_id,
            unanswered: answer.earlier_unanswered,
            settled_by,
            ..OperationOutcome::default()
        },
        effects: vec![Effect::Pricing(account.clone(), allow, answer.started_at)],
        created: None,
    })
}

pub(super) async fn settle(
    app: &App,
    operation: &Operation,
    account: &AccountId,
    allow: bool,
) -> AttemptResult {
    if operation.began_at().until(app.clock.now()) >= RESEND_WITHIN {
        return AttemptResult::Unknown(OperationOutcome {
            message: "Telnyx may or may not have switched custom pricing.".to_owned(),
            ..operation.outcome.clone().unwrap_or_default()
        });
    }
    if app.settings.read_only {
        // Whether it took effect late or not at all, a reading does not tell: it waits.
        return AttemptResult::still_unsettled(operation);
    }
    send_again(app, operation, account, allow).await
}

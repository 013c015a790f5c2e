//! Switching custom pricing: an absolute value, settled as a channel limit is.

use super::apply::Effect;
use super::channel_limit::RESEND_WITHIN;
use super::conclude::{Done, Step};
use super::words;
use crate::app::App;
use crate::db::operations::Operation;
use crate::domain::ids::AccountId;
use crate::domain::operation::{Kind, Outcome, SettledBy};
use crate::telnyx::{AccountDetail, Answer};

pub(super) async fn send(app: &App, account: &AccountId, allow: bool) -> Step {
    match app.telnyx.set_custom_pricing(account, allow).await {
        Ok(answer) => done(account, allow, answer, None),
        Err(error) => Step::failed(Kind::CustomPricing, &error),
    }
}

/// Sends the same value once more.
pub(super) async fn send_again(app: &App, operation: &Operation, account: &AccountId, allow: bool) -> Step {
    match app.telnyx.set_custom_pricing(account, allow).await {
        Ok(answer) => done(account, allow, answer, Some(SettledBy::SendingAgain)),
        Err(error) => Step::failed_again(operation, &error),
    }
}

fn done(account: &AccountId, allow: bool, answer: Answer<AccountDetail>, settled_by: Option<SettledBy>) -> Step {
    let message = if allow {
        words::CUSTOM_PRICING_ON
    } else {
        words::CUSTOM_PRICING_OFF
    };
    Step::Done(Done {
        outcome: Outcome {
            message: message.to_owned(),
            status: Some(answer.status),
            telnyx_request_id: answer.request_id,
            unanswered: answer.earlier_unanswered,
            settled_by,
            ..Outcome::default()
        },
        effects: vec![Effect::Pricing(account.clone(), allow, answer.started_at)],
        created: None,
    })
}

pub(super) async fn settle(app: &App, operation: &Operation, account: &AccountId, allow: bool) -> Step {
    if operation.began_at().until(app.clock.now()) >= RESEND_WITHIN {
        return Step::Unknown(Outcome {
            message: "Telnyx may or may not have switched custom pricing.".to_owned(),
            ..operation.outcome.clone().unwrap_or_default()
        });
    }
    if app.settings.read_only {
        // Whether it took effect late or not at all, a reading does not tell: it waits.
        return Step::still(operation);
    }
    send_again(app, operation, account, allow).await
}

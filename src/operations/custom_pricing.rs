//! Switching custom pricing: an absolute value, settled as a channel limit is.

use super::apply::Effect;
use super::channel_limit::{RESEND_WITHIN, by_sending_again};
use super::conclude::{Done, Step};
use super::words;
use crate::app::App;
use crate::db::operations::Operation;
use crate::domain::ids::AccountId;
use crate::domain::operation::{Kind, Outcome};

pub(super) async fn send(app: &App, account: &AccountId, allow: bool) -> Step {
    match app.telnyx.set_custom_pricing(account, allow).await {
        Ok(answer) => {
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
                    ..Outcome::default()
                },
                effects: vec![Effect::Pricing(account.clone(), allow, answer.started_at)],
                created: None,
            })
        }
        Err(error) => Step::failed(Kind::CustomPricing, &error),
    }
}

pub(super) async fn settle(app: &App, operation: &Operation, account: &AccountId, allow: bool) -> Step {
    if operation.began_at().until(app.clock.now()) >= RESEND_WITHIN {
        return Step::Unknown(Outcome {
            message: "Telnyx may or may not have switched custom pricing.".to_owned(),
            ..operation.outcome.clone().unwrap_or_default()
        });
    }
    by_sending_again(send(app, account, allow).await)
}

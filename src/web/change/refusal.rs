//! Problems of changes that were not recorded, or that Telnyx refused.

use axum::http::StatusCode;

use super::problem::Problem;
use crate::db::operations::Operation;
use crate::domain::channels::{ChannelLimit, ChannelPool};
use crate::domain::fact::FactSource;
use crate::domain::ids::StaffId;
use crate::domain::operation::OperationState;
use crate::domain::role::Permission;
use crate::domain::text::{self, group_thousands};
use crate::operations::{ChangedValue, Conflict, NotSentReason, kind_info};
use crate::web::format::TimeFormatter;
use crate::web::notice::telnyx_details;

impl Problem {
    pub(super) fn forbidden(permission: Permission) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "bad",
            "Not sent: your role does not allow it",
            &format!(
                "Your role cannot {}. Ask an owner or an admin of this portal.",
                permission.verb()
            ),
        )
    }

    pub(super) fn unknown_account() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "bad",
            "Not sent: no such account",
            "Find it in the list of accounts. A new account appears there within a few minutes.",
        )
    }

    pub(super) fn idempotency_conflict() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "warn",
            "Not sent: this form was used before",
            "It was already sent with other values, or by someone else. You see the current \
             values. Check them and save again.",
        )
    }

    pub(super) fn conflict(conflict: &Conflict, times: &TimeFormatter) -> Self {
        let mut sentences = conflict
            .changes
            .iter()
            .map(|changed| describe_change(changed, times));
        let first = sentences
            .next()
            .unwrap_or_else(|| "It changed at the same moment.".to_owned());
        let mut problem = Self::new(
            StatusCode::CONFLICT,
            "warn",
            "Not saved: this changed in the meantime",
            &format!("{first} Nothing was sent. Save again to replace the new value."),
        );
        problem.notice.details = sentences.collect();
        problem
    }

    pub(super) fn in_progress(other: &Operation, me: StaffId, times: &TimeFormatter) -> Self {
        let mine = other.staff_id == me;
        let who = if mine {
            "You"
        } else {
            other.staff_name.as_str()
        };
        let since = times.short(other.began_at());
        let what = text::mid_sentence(other.change.label());
        let text = if other.state == OperationState::Unknown {
            format!(
                "The outcome of an earlier change ({what}, by {who} at {since}) is unknown. \
                 Settle it first. Nothing was sent."
            )
        } else {
            let verb = if mine { "are" } else { "is" };
            format!(
                "{who} {verb} changing this account ({what}, since {since}). Nothing was sent. \
                 Wait for the result, then save again."
            )
        };
        let mut problem = Self::new(
            StatusCode::CONFLICT,
            "warn",
            "Not saved: one change at a time",
            &text,
        );
        let page = format!("/operations/{}", other.id);
        problem.notice = problem.notice.with_link("View that change", page);
        problem
    }

    pub(super) fn not_sent(why: NotSentReason, times: &TimeFormatter) -> Self {
        let (kind, text) = match why {
            NotSentReason::TelnyxDown(since) => (
                "warn",
                format!(
                    "Telnyx has not answered since {}. What you typed is still here. Save it \
                     again later.",
                    times.short(since)
                ),
            ),
            NotSentReason::OtherManager => (
                "bad",
                "The portal's API key belongs to another manager. Waiting will not help: tell the \
                 operator of this portal."
                    .to_owned(),
            ),
            NotSentReason::ReadOnly => (
                "bad",
                "The operator set this portal to read-only.".to_owned(),
            ),
            NotSentReason::CannotRead => (
                "warn",
                "A value that must be checked first could not be read from Telnyx. What you typed \
                 is still here. Try again in a minute."
                    .to_owned(),
            ),
        };
        let mut problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            kind,
            "Not sent. Nothing will happen by itself.",
            &text,
        );
        problem.notice.try_anyway = matches!(why, NotSentReason::TelnyxDown(_));
        problem
    }

    pub(super) fn insufficient_pool(
        pool: ChannelPool,
        now: ChannelLimit,
        wanted: ChannelLimit,
    ) -> Self {
        Self::at_field(
            "channel_limit",
            insufficient_pool_message(pool, now, wanted),
        )
    }

    /// Creates a problem for a change that Telnyx refused, or that provably did not happen.
    pub(super) fn refused(operation: &Operation) -> Self {
        let outcome = operation.outcome.clone().unwrap_or_default();
        let never_left = outcome.status.is_none() && outcome.settled_by.is_none();
        let mut problem = if never_left {
            Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "warn",
                "Not sent. Nothing will happen by itself.",
                &outcome.message,
            )
        } else {
            let title = if outcome.status.is_some() {
                "Telnyx refused it"
            } else {
                "It did not happen"
            };
            Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "bad",
                title,
                &outcome.message,
            )
        };
        let (words, request_id) = (&outcome.detail, &outcome.telnyx_request_id);
        problem.notice.details = telnyx_details(words.as_deref(), request_id.as_deref()).collect();
        // If Telnyx names no field, a refused limit can only be about the limit itself.
        let about_input = matches!(outcome.status, Some(400 | 422));
        let field = outcome
            .pointer
            .as_deref()
            .and_then(field_for_pointer)
            .or_else(|| {
                about_input
                    .then(|| kind_info(operation.kind).field)
                    .flatten()
            });
        if let Some(field) = field {
            let words = telnyx_details(words.as_deref(), None).next();
            problem
                .fields
                .push((field, words.unwrap_or_else(|| outcome.message.clone())));
        }
        problem
    }
}

/// Explains why the pool is insufficient, with the numbers.
fn insufficient_pool_message(pool: ChannelPool, now: ChannelLimit, wanted: ChannelLimit) -> String {
    if !pool.is_enabled() {
        return "Channel allocation is not enabled for your Telnyx account.".to_owned();
    }
    let more = wanted.get().saturating_sub(now.get());
    let verb = if more == 1 {
        "needs 1 more".to_owned()
    } else {
        format!("needs {} more", group_thousands(more.into()))
    };
    format!(
        "The pool has {} free; {now} → {wanted} {verb}.",
        group_thousands(pool.free().into())
    )
}

fn describe_change(changed: &ChangedValue, times: &TimeFormatter) -> String {
    let ChangedValue { shown, now, at, .. } = changed;
    let what = text::mid_sentence(changed.what);
    let ago = times.relative(*at);
    let who = changed.who.as_deref().unwrap_or("Someone");
    match changed.source {
        FactSource::Operation => format!("{who} set the {what} to {now} (it was {shown}) {ago}."),
        FactSource::Person => {
            format!(
                "{who} recorded the {what} as {now}, as seen in Mission Control (it was {shown}), {ago}."
            )
        }
        FactSource::Sweep | FactSource::Reading => {
            format!("The {what} changed to {now} outside the portal (it was {shown}), seen {ago}.")
        }
    }
}

/// Returns the form's field that Telnyx's pointer names.
fn field_for_pointer(pointer: &str) -> Option<&'static str> {
    match pointer.rsplit('/').next()? {
        "channel_limit" => Some("channel_limit"),
        "business_name" | "organization_name" => Some("organization_name"),
        "email" => Some("email"),
        "password" => Some("password"),
        "managed_account_allow_custom_pricing" => Some("custom_pricing"),
        "rollup_billing" => Some("rollup_billing"),
        "reenable_all_connections" => Some("reenable_all_connections"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    fn limit(channels: u64) -> ChannelLimit {
        ChannelLimit::new(channels).expect("a limit")
    }

    fn changed(source: FactSource, who: Option<&str>) -> Conflict {
        Conflict {
            changes: vec![ChangedValue {
                what: "Channel limit",
                shown: "30".to_owned(),
                now: "45".to_owned(),
                who: who.map(str::to_owned),
                source,
                at: Timestamp::from_millis(0),
            }],
        }
    }

    #[test]
    fn a_shortage_says_the_figures_and_a_pool_that_is_off_says_so() {
        let pool = ChannelPool {
            total: 400,
            allocated: 395,
        };
        assert_eq!(
            insufficient_pool_message(pool, limit(30), limit(45)),
            "The pool has 5 free; 30 → 45 needs 15 more."
        );
        let off = ChannelPool {
            total: 0,
            allocated: 0,
        };
        assert!(insufficient_pool_message(off, limit(0), limit(1)).contains("not enabled"));
    }

    #[test]
    fn a_conflict_says_who_changed_it_when_and_how() {
        let times = TimeFormatter::new(Timestamp::from_millis(120_000), "UTC");
        let problem = Problem::conflict(&changed(FactSource::Operation, Some("Ann")), &times);
        assert_eq!(problem.status, StatusCode::CONFLICT);
        assert_eq!(
            problem.notice.text,
            "Ann set the channel limit to 45 (it was 30) 2 min ago. Nothing was sent. Save again to replace the new value."
        );
        let elsewhere = Problem::conflict(&changed(FactSource::Sweep, None), &times);
        assert!(
            elsewhere.notice.text.contains("outside the portal"),
            "{elsewhere:?}"
        );
    }

    #[test]
    fn telnyxs_pointer_leads_to_the_field_that_people_see() {
        assert_eq!(
            field_for_pointer("/business_name"),
            Some("organization_name")
        );
        assert_eq!(
            field_for_pointer("/data/attributes/channel_limit"),
            Some("channel_limit")
        );
        assert_eq!(field_for_pointer("/something"), None);
    }
}

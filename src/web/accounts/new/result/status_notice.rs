//! Notice of the result page: progress of the creation and its limit, in plain words.

use super::requested_limit;
use crate::db::accounts::Account;
use crate::db::operations::Operation;
use crate::domain::channels::ChannelLimit;
use crate::domain::operation::OperationState;
use crate::domain::string_enum::string_enum;
use crate::web::notice::{Notice, telnyx_details};

string_enum! {
    /// Progress of a creation.
    pub(super) enum CreationStage {
        /// It is being sent.
        Sending = "sending";
        /// Telnyx did not confirm it. The portal checks if the account exists.
        Checking = "checking";
        /// The portal could not find out if the account exists.
        Unknown = "unknown";
        /// The account exists, and its limit is being set.
        Limit = "limit";
        /// Everything is settled.
        Settled = "settled";
    }
}

impl CreationStage {
    pub(super) fn of(operation: &Operation, limit: Option<&Operation>) -> Self {
        match operation.state {
            OperationState::Queued | OperationState::Running => Self::Sending,
            OperationState::Checking => Self::Checking,
            OperationState::Unknown => Self::Unknown,
            OperationState::Refused => Self::Settled,
            OperationState::Done => match limit.map(|limit| limit.state) {
                Some(
                    OperationState::Queued | OperationState::Running | OperationState::Checking,
                ) => Self::Limit,
                _ => Self::Settled,
            },
        }
    }

    /// Returns `true` if there is no account to show yet.
    pub(super) const fn is_account_pending(self) -> bool {
        matches!(self, Self::Sending | Self::Checking | Self::Unknown)
    }

    /// Returns `true` if it continues without anyone's action.
    pub(super) const fn is_in_progress(self) -> bool {
        matches!(self, Self::Sending | Self::Checking | Self::Limit)
    }
}

/// Returns the notice at the top of the page.
pub(super) fn status_notice(
    operation: &Operation,
    limit: Option<&Operation>,
    account: Option<&Account>,
) -> Notice {
    let name = &operation.label;
    match operation.state {
        OperationState::Queued | OperationState::Running => Notice::new(
            "info",
            format!("Creating {name}"),
            "It is being sent to Telnyx. This page updates by itself.",
        ),
        OperationState::Checking => Notice::new(
            "info",
            "Telnyx did not confirm it. We are checking if the account exists. Do not create it \
             again.",
            "This page updates by itself. The check takes up to five minutes. You can close the \
             page.",
        )
        .with_details(outcome_details(operation)),
        OperationState::Unknown => Notice::new(
            "warn",
            "It is unknown if the account exists. Do not create it again.",
            "Someone must look in Mission Control and say which account was created, if any.",
        )
        .with_details(outcome_details(operation))
        .with_link(
            "Check again or settle by hand",
            format!("/operations/{}", operation.id),
        ),
        OperationState::Refused => Notice::new("bad", format!("{name} was not created"), "")
            .with_details(outcome_details(operation)),
        OperationState::Done => created_notice(operation, limit, account),
    }
}

fn created_notice(
    operation: &Operation,
    limit: Option<&Operation>,
    account: Option<&Account>,
) -> Notice {
    const TITLE: &str = "Account created.";
    let Some(wanted) = requested_limit(operation) else {
        return Notice::new(
            "good",
            TITLE,
            "Its channel limit is Telnyx's default. Telnyx does not report its value.",
        );
    };
    let Some(limit) = limit else {
        return Notice::new(
            "warn",
            format!("Account created. Channel limit {wanted} not set."),
            "Set the limit. Do not create the account again.",
        );
    };
    if let Some(since) = limit_set_later(limit, account) {
        return Notice::new(
            "good",
            TITLE,
            format!("Its channel limit is {since}, set after this one."),
        );
    }
    match limit.state {
        OperationState::Queued | OperationState::Running => Notice::new(
            "info",
            TITLE,
            format!("Its channel limit {wanted} is being set. This page updates by itself."),
        ),
        OperationState::Checking => Notice::new(
            "info",
            TITLE,
            format!(
                "Telnyx did not confirm the channel limit {wanted}; it is sent again. Do not create the account \
                 again."
            ),
        )
        .with_details(outcome_details(limit)),
        OperationState::Done => match limit.outcome.as_ref().and_then(|outcome| outcome.channel_limit) {
            Some(set) if set != wanted => Notice::new(
                "warn",
                TITLE,
                format!("Telnyx set its channel limit to {set} instead of {wanted}."),
            ),
            _ => Notice::new(
                "good",
                TITLE,
                format!("Its channel limit is {wanted}, confirmed by Telnyx."),
            ),
        },
        OperationState::Refused => {
            let outcome = limit.outcome.as_ref();
            let request_id = outcome.and_then(|outcome| outcome.telnyx_request_id.as_deref());
            let why = failure_message(limit);
            Notice::new(
                "warn",
                format!("Account created. Channel limit {wanted} not set: {why}"),
                "Set the limit. Do not create the account again.",
            )
            .with_details(telnyx_details(None, request_id))
        }
        OperationState::Unknown => Notice::new(
            "warn",
            format!("Account created. It is unknown if its channel limit is {wanted}."),
            "Set the limit. Do not create the account again.",
        )
        .with_details(outcome_details(limit))
        .with_link("Send the limit again or settle by hand", format!("/operations/{}", limit.id)),
    }
}

/// Describes the outcome of an operation, in the portal's text and in Telnyx's.
fn outcome_details(operation: &Operation) -> Vec<String> {
    let Some(outcome) = &operation.outcome else {
        return Vec::new();
    };
    let (words, request_id) = (&outcome.detail, &outcome.telnyx_request_id);
    let telnyx = telnyx_details(words.as_deref(), request_id.as_deref());
    [outcome.message.clone()]
        .into_iter()
        .chain(telnyx)
        .collect()
}

/// Returns Telnyx's own text, or else the portal's, as a sentence.
fn failure_message(limit: &Operation) -> String {
    let outcome = limit.outcome.clone().unwrap_or_default();
    let mut words = outcome.detail.unwrap_or(outcome.message);
    if !words.ends_with(['.', '!', '?']) {
        words.push('.');
    }
    words
}

/// Returns the limit that someone set after the requested one failed.
pub(super) fn limit_set_later(
    limit: &Operation,
    account: Option<&Account>,
) -> Option<ChannelLimit> {
    if !matches!(
        limit.state,
        OperationState::Refused | OperationState::Unknown
    ) {
        return None;
    }
    let known = account?.channel_limit.as_ref()?;
    (known.observed_at >= limit.created_at).then_some(known.value)
}

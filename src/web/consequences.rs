//! Consequences of a change of many accounts, said once for all of them: in the form, and in the
//! preview of the job.

use crate::domain::channels::ChannelLimit;
use crate::domain::job::{JobAction, LimitRule};
use crate::web::confirmation::Consequence;

/// Returns the consequences of an action. Empty for an action without side effects.
pub fn of(action: &JobAction) -> Vec<Consequence> {
    match action {
        JobAction::Disable => of_disable(),
        JobAction::Enable {
            reenable_all_connections,
        } => vec![connections(*reenable_all_connections)],
        JobAction::ChannelLimit { limit } => of_limit(*limit),
        JobAction::CustomPricing { allow } => of_pricing(*allow),
        JobAction::AddTag { .. } | JobAction::RemoveTag { .. } | JobAction::Assign { .. } => {
            Vec::new()
        }
        JobAction::MoveChannels { from, to, .. } => vec![
            Consequence::plain(format!(
                "The channels are taken from {from} first. {to} gets them once Telnyx confirms that."
            )),
            Consequence::undo(format!(
                "If {to} does not get them, undo puts them back to {from}."
            )),
        ],
        JobAction::Import { .. } => of_import(),
        JobAction::Undo {
            of: undone,
            reenable_all_connections,
            ..
        } => of_undo(undone, *reenable_all_connections),
    }
}

fn of_import() -> Vec<Consequence> {
    vec![
        Consequence::bad("An account cannot be deleted, and its rollup billing cannot be changed."),
        Consequence::plain(
            "Each account is created first. Its channel limit is set right after that.",
        ),
        Consequence::plain(
            "Until its limit is set, an account has Telnyx's default limit. Its channels count against the pool too.",
        ),
        Consequence::undo("Undo disables the created accounts."),
    ]
}

fn of_disable() -> Vec<Consequence> {
    vec![
        Consequence::bad(
            "All new calls and messages stop immediately. Calls in progress are not cut off.",
        ),
        Consequence::bad("The accounts and their users can no longer sign in to Mission Control."),
        Consequence::plain("Their channel limits stay. Those channels stay allocated."),
        Consequence::undo("You can undo this. Undo asks about the connections."),
    ]
}

fn connections(reenable_all: bool) -> Consequence {
    if reenable_all {
        Consequence::plain("All of their connections are switched on, also those that were off.")
    } else {
        Consequence::plain("No connection is switched on, so calls may still fail.")
    }
}

fn of_limit(rule: LimitRule) -> Vec<Consequence> {
    let undo = Consequence::undo(
        "Undo sets the earlier limits again, if the pool still has the channels.",
    );
    match rule {
        LimitRule::Set(ChannelLimit::ZERO) | LimitRule::AtMost(ChannelLimit::ZERO) => vec![
            Consequence::bad("No outbound call is possible from now on."),
            Consequence::good("Inbound calls, messages and sign-in keep working."),
            undo,
        ],
        LimitRule::LowerBy(_) => vec![
            Consequence::bad("Calls above the new limits are refused."),
            Consequence::bad("An account whose limit becomes 0 can make no outbound call."),
            undo,
        ],
        LimitRule::Set(_) | LimitRule::RaiseBy(_) | LimitRule::AtMost(_) => vec![undo],
    }
}

fn of_pricing(allow: bool) -> Vec<Consequence> {
    let first = if allow {
        Consequence::bad(
            "The accounts stop using our rates, and have none until Telnyx sets their own.",
        )
    } else {
        Consequence::plain(
            "The accounts use our rates again. Rates that Telnyx set for them alone no longer apply.",
        )
    };
    vec![
        first,
        Consequence::plain("Takes effect with a delay; Telnyx does not say how long."),
    ]
}

fn of_undo(undone: &JobAction, reenable_all: bool) -> Vec<Consequence> {
    match undone {
        JobAction::Disable => vec![connections(reenable_all)],
        JobAction::Enable { .. } | JobAction::Import { .. } => of_disable(),
        JobAction::CustomPricing { allow } => of_pricing(!allow),
        JobAction::Undo { of: first, .. } => of(first),
        JobAction::ChannelLimit { .. }
        | JobAction::MoveChannels { .. }
        | JobAction::AddTag { .. }
        | JobAction::RemoveTag { .. }
        | JobAction::Assign { .. } => Vec::new(),
    }
}

//! Labels of filter values, for chips, tabs and the form.

use crate::domain::account::AccountStatus;
use crate::domain::account_filter::{AttentionReason, LimitFilter};
use crate::domain::text::group_thousands;

/// Returns the label of a status for tabs.
pub(in crate::web::accounts::list) const fn status_label(status: AccountStatus) -> &'static str {
    match status {
        AccountStatus::Blocked => "Blocked",
        status => status.label(),
    }
}

/// Returns the label of a reason for attention.
pub(in crate::web::accounts::list) const fn reason_label(reason: AttentionReason) -> &'static str {
    match reason {
        AttentionReason::Blocked => "Blocked by Telnyx",
        AttentionReason::UnknownStatus => "Status not confirmed",
        AttentionReason::EnabledWithoutChannels => "Enabled, but limit 0",
        AttentionReason::DisabledHoldingChannels => "Disabled with channels",
        AttentionReason::LowBalance => "Low balance",
        AttentionReason::ChangedElsewhere => "Changed elsewhere in the last 7 days",
    }
}

pub(super) fn limit_label(limit: LimitFilter) -> String {
    let number = |limit: u32| group_thousands(limit.into());
    match limit {
        LimitFilter::Unknown => "not known".to_owned(),
        LimitFilter::Between(Some(least), Some(most)) if least == most => number(least),
        LimitFilter::Between(Some(least), Some(most)) => {
            format!("{} to {}", number(least), number(most))
        }
        LimitFilter::Between(Some(least), None) => format!("{} or more", number(least)),
        LimitFilter::Between(None, Some(most)) => format!("{} or less", number(most)),
        LimitFilter::Between(None, None) => "known".to_owned(),
    }
}

pub(super) fn unseen_label(days: u16) -> String {
    let unit = if days == 1 { "day" } else { "days" };
    format!(
        "Status not confirmed for {} {unit}",
        group_thousands(days.into())
    )
}

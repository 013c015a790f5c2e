//! The filters of the list as people read them: chips that take off one filter each, and the words for exports and for
//! a list that is empty.

use super::query::AccountsQuery;
use crate::domain::account::AccountStatus;
use crate::domain::account_filter::{AccountFilter, AttentionReason, LimitFilter};
use crate::domain::text::{group_thousands, isolate_bidi};

/// A filter that can be taken off.
pub(super) struct Chip {
    pub label: String,
    pub href: String,
}

/// A chip for the search and for each filter.
pub(super) fn chips(query: &AccountsQuery) -> Vec<Chip> {
    removable_filters(&query.filter)
        .into_iter()
        .map(|(label, without)| Chip {
            label,
            href: query.with_filter(without).href(),
        })
        .collect()
}

/// The filter in words, the search included; empty where it lets all through.
pub(super) fn describe_filter(filter: &AccountFilter) -> String {
    let words: Vec<String> = removable_filters(filter)
        .into_iter()
        .map(|(label, _)| label)
        .collect();
    words.join("; ")
}

/// What there is to say where no account matches.
pub(super) fn nothing_matches(filter: &AccountFilter) -> String {
    let rest = describe_filter(&AccountFilter {
        q: String::new(),
        ..filter.clone()
    });
    let q = isolate_bidi(&filter.q);
    match (filter.q.is_empty(), rest.is_empty()) {
        (true, true) => "No account.".to_owned(),
        (true, false) => format!("No account has all of this: {rest}."),
        (false, true) => {
            format!("No account has \u{201c}{q}\u{201d} in its names, e-mail, id, tags or notes.")
        }
        (false, false) => {
            format!(
                "No account has \u{201c}{q}\u{201d} in its names, e-mail, id, tags or notes, and all of this: {rest}."
            )
        }
    }
}

/// Why an account needs attention, as a filter says it.
pub(super) const fn concern_label(concern: AttentionReason) -> &'static str {
    match concern {
        AttentionReason::Blocked => "Blocked by Telnyx",
        AttentionReason::UnknownStatus => "Status not confirmed",
        AttentionReason::EnabledWithoutChannels => "Enabled, but limit 0",
        AttentionReason::DisabledHoldingChannels => "Disabled, but holding channels",
        AttentionReason::LowBalance => "Low balance",
        AttentionReason::ChangedElsewhere => "Changed elsewhere in the last 7 days",
    }
}

/// A status as the tabs say it.
pub(super) const fn status_label(status: AccountStatus) -> &'static str {
    match status {
        AccountStatus::Blocked => "Blocked",
        status => status.label(),
    }
}

fn limit_label(limit: LimitFilter) -> String {
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

/// Each part in words, with the filter that is left without it.
fn removable_filters(filter: &AccountFilter) -> Vec<(String, AccountFilter)> {
    let mut parts = Vec::new();
    let mut part = |label: String, take_off: &dyn Fn(&mut AccountFilter)| {
        let mut without = filter.clone();
        take_off(&mut without);
        parts.push((label, without));
    };
    if !filter.q.is_empty() {
        part(format!("Search: {}", filter.q), &|left| left.q.clear());
    }
    if let Some(status) = filter.status {
        part(format!("Status: {}", status.label()), &|left| {
            left.status = None;
        });
    }
    if let Some(limit) = filter.limit {
        part(format!("Channel limit: {}", limit_label(limit)), &|left| {
            left.limit = None;
        });
    }
    if let Some(custom) = filter.custom_pricing {
        let label = if custom {
            "Pricing: custom"
        } else {
            "Pricing: standard"
        };
        part(label.to_owned(), &|left| left.custom_pricing = None);
    }
    if let Some(rollup) = filter.rollup_billing {
        let label = if rollup {
            "Billing: rollup"
        } else {
            "Billing: its own"
        };
        part(label.to_owned(), &|left| left.rollup_billing = None);
    }
    if let Some(day) = filter.created_from {
        part(format!("Created from {day}"), &|left| {
            left.created_from = None;
        });
    }
    if let Some(day) = filter.created_to {
        part(format!("Created to {day}"), &|left| left.created_to = None);
    }
    for tag in &filter.tags {
        part(format!("Tag: {tag}"), &|left| {
            left.tags.retain(|other| other != tag);
        });
    }
    if filter.changed_elsewhere {
        part("Changed outside the portal".to_owned(), &|left| {
            left.changed_elsewhere = false;
        });
    }
    if let Some(days) = filter.unconfirmed_days {
        let unit = if days == 1 { "day" } else { "days" };
        let days = group_thousands(days.into());
        part(format!("Not seen for {days} {unit}"), &|left| {
            left.unconfirmed_days = None;
        });
    }
    if let Some(concern) = filter.attention_reason {
        part(
            format!("Needs attention: {}", concern_label(concern)),
            &|left| {
                left.attention_reason = None;
            },
        );
    }
    parts
}

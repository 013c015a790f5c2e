//! Filters and columns of the list. For each filter, this file tells how addresses write it, how it
//! is read, and what its chip says.

use crate::app::App;
use crate::db::accounts::SortOrder;
use crate::domain::account_filter::{AccountFilter, AttentionReason, FilterContext, LimitFilter};
use crate::domain::ids::AccountId;
use crate::domain::{number, text};
use crate::web::access::Viewer;
use crate::web::columns::ColumnsList;
use crate::web::layout::Section;
use crate::web::listing::read::{self, assign, quote_shortened};
use crate::web::listing::{Column, Filter, Param, Query, Value, choice_param};

mod assignee;
mod columns;
mod labels;

pub(super) use assignee::{chips, choices as assignee_choices};
use labels::{limit_label, unseen_label};
pub(super) use labels::{reason_label, status_label};

/// Parsed address of the list.
pub(in crate::web::accounts) type AccountsQuery = Query<AccountFilter>;

/// Maximum number of tags in one filter.
const MAX_TAGS: usize = 10;
/// Maximum length of a tag's name, in characters.
const MAX_TAG_LENGTH: usize = 100;
/// Maximum number of days in the "unseen" filter: ten years.
const MAX_DAYS: u16 = 3_650;
/// Minimum length of a pasted ID, in characters. Anything shorter is taken for typed words.
const MIN_ID_LENGTH: usize = 16;

impl ColumnsList for AccountFilter {
    const SECTION: Section = Section::Accounts;
}

impl Filter for AccountFilter {
    type Order = SortOrder;

    const PATH: &'static str = "/accounts";
    const ALL: Option<(&'static str, &'static str)> = Some(("status", "all"));
    const HAS_VIEWS: bool = true;
    const COLUMNS: &'static [Column<SortOrder>] = &columns::COLUMNS;
    const PARAMS: &'static [Param<Self>] = &[
        Param::new(
            "q",
            |filter, value| read::search(&mut filter.q, value),
            |filter| Value::of_text(&filter.q, "Search"),
        ),
        choice_param!("status", status, "status", "Status: {}"),
        Param::new(
            "calls",
            |filter, value| {
                read::choice(&mut filter.calls, "calls filter", value, |word| {
                    word.parse().ok()
                })
            },
            |filter| {
                Value::of(
                    filter.calls,
                    |calls| calls.as_str().to_owned(),
                    |calls| format!("Calls: {}", calls.label().to_lowercase()),
                )
            },
        ),
        Param::new(
            "limit",
            |filter, value| {
                assign(&mut filter.limit, parse_limit(value), || {
                    format!(
                        "Unknown channel limit {}. Enter a number, a range such as 10-50, or \
                         none.",
                        quote_shortened(value)
                    )
                })
            },
            |filter| {
                let label = |limit: &_| format!("Channel limit: {}", limit_label(*limit));
                Value::of(filter.limit, |limit| format_limit(*limit), label)
            },
        ),
        Param::new(
            "pricing",
            |filter, value| {
                let custom = parse_either(value, "custom", "standard");
                assign(&mut filter.custom_pricing, custom, || {
                    format!("Unknown pricing {} ignored.", quote_shortened(value))
                })
            },
            |filter| {
                let word = |custom: &bool| if *custom { "custom" } else { "standard" };
                Value::of(
                    filter.custom_pricing,
                    |custom| word(custom).to_owned(),
                    |custom| format!("Pricing: {}", word(custom)),
                )
            },
        ),
        Param::new(
            "billing",
            |filter, value| {
                let rollup = parse_either(value, "rollup", "own");
                assign(&mut filter.rollup_billing, rollup, || {
                    format!("Unknown billing {} ignored.", quote_shortened(value))
                })
            },
            |filter| {
                let word =
                    |rollup: &bool, own: &str| if *rollup { "rollup" } else { own }.to_owned();
                Value::of(
                    filter.rollup_billing,
                    |rollup| word(rollup, "own"),
                    |rollup| format!("Billing: {}", word(rollup, "its own")),
                )
            },
        ),
        Param::new(
            "from",
            |filter, value| read::first_day(&mut filter.created_from, value),
            |filter| {
                let label = |day: &_| format!("Created from {day}");
                Value::of(filter.created_from, ToString::to_string, label)
            },
        ),
        Param::new(
            "to",
            |filter, value| read::last_day(&mut filter.created_to, value),
            |filter| {
                let label = |day: &_| format!("Created to {day}");
                Value::of(filter.created_to, ToString::to_string, label)
            },
        ),
        Param::new(assignee::NAME, assignee::read, assignee::values),
        Param::new("tag", add_tag, |filter| {
            let tags = filter.tags.iter();
            tags.flat_map(|tag| Value::of_text(tag, "Tag")).collect()
        }),
        Param::new("changed", read_changed, |filter| {
            Value::of(
                filter.changed_elsewhere.then_some(()),
                |()| "yes".to_owned(),
                |()| "Changed outside the portal".to_owned(),
            )
        }),
        Param::new(
            "unseen",
            |filter, value| {
                assign(&mut filter.unconfirmed_days, parse_days(value), || {
                    format!(
                        "{} is not a number of days from 1 to 3,650. It was ignored.",
                        quote_shortened(value)
                    )
                })
            },
            |filter| {
                let label = |days: &_| unseen_label(*days);
                Value::of(filter.unconfirmed_days, ToString::to_string, label)
            },
        ),
        Param::new(
            "needs",
            |filter, value| {
                let reason = value.to_lowercase().parse::<AttentionReason>().ok();
                assign(&mut filter.attention_reason, reason, || {
                    format!("Unknown reason {} ignored.", quote_shortened(value))
                })
            },
            |filter| {
                Value::of(
                    filter.attention_reason,
                    |reason| reason.as_str().to_owned(),
                    |reason| format!("Needs attention: {}", reason_label(*reason)),
                )
            },
        ),
        Param::select_page(),
    ];

    fn read_order(value: &str) -> Result<SortOrder, String> {
        SortOrder::parse(value).ok_or_else(|| {
            format!(
                "Unknown sort order {} ignored. Sorted by name.",
                quote_shortened(value)
            )
        })
    }

    fn write_order(order: SortOrder) -> String {
        order.as_text()
    }

    fn settle(&mut self) -> Option<String> {
        read::swap_reversed_days(&mut self.created_from, &mut self.created_to)
    }
}

/// Returns the context that resolves the relative parts of a filter for this reader.
pub(super) fn filter_context<'a>(app: &App, viewer: &'a Viewer) -> FilterContext<'a> {
    FilterContext {
        now: viewer.times().now(),
        zone: viewer.times().zone(),
        reader: viewer.staff().id,
        low_balance: app.low_balance(),
    }
}

/// Returns the search as an ID, if it must be a pasted complete ID.
pub(super) fn pasted_id(filter: &AccountFilter) -> Option<AccountId> {
    let q = &filter.q;
    let is_id = q.len() >= MIN_ID_LENGTH && q.chars().any(|c| c.is_ascii_digit());
    is_id.then(|| q.parse().ok()).flatten()
}

/// Formats the channel limit filter for addresses and for its field.
pub(super) fn format_limit(limit: LimitFilter) -> String {
    match limit {
        LimitFilter::Unknown => "none".to_owned(),
        LimitFilter::Between(Some(least), Some(most)) if least == most => least.to_string(),
        LimitFilter::Between(least, most) => {
            let text =
                |bound: Option<u32>| bound.map(|bound| bound.to_string()).unwrap_or_default();
            format!("{}-{}", text(least), text(most))
        }
    }
}

fn read_changed(filter: &mut AccountFilter, value: &str) -> Result<(), String> {
    match value.to_lowercase().as_str() {
        "yes" => filter.changed_elsewhere = true,
        "no" => {}
        _ => {
            return Err(format!(
                "Unknown value {} of \u{201c}Changed elsewhere\u{201d} ignored.",
                quote_shortened(value)
            ));
        }
    }
    Ok(())
}

fn add_tag(filter: &mut AccountFilter, value: &str) -> Result<(), String> {
    if value.chars().count() > MAX_TAG_LENGTH {
        return Err(format!("Unknown tag {} ignored.", quote_shortened(value)));
    }
    if filter.tags.len() == MAX_TAGS {
        return Err(format!(
            "At most {MAX_TAGS} tags can be combined. {} was ignored.",
            quote_shortened(value)
        ));
    }
    if !filter.tags.iter().any(|tag| tag == value) {
        filter.tags.push(value.to_owned());
    }
    Ok(())
}

fn parse_either(value: &str, yes: &str, no: &str) -> Option<bool> {
    match value.to_lowercase() {
        word if word == yes => Some(true),
        word if word == no => Some(false),
        _ => None,
    }
}

fn parse_limit(value: &str) -> Option<LimitFilter> {
    let text = value.replace('\u{2013}', "-").to_lowercase();
    if text.trim() == "none" {
        return Some(LimitFilter::Unknown);
    }
    let bound = |text: &str| match text::trim_invisible(text) {
        "" => Some(None),
        text => parse_number(text).map(Some),
    };
    let Some((least, most)) = text.split_once('-') else {
        let limit = parse_number(&text)?;
        return Some(LimitFilter::Between(Some(limit), Some(limit)));
    };
    match (bound(least)?, bound(most)?) {
        (None, None) => None,
        (Some(least), Some(most)) if least > most => None,
        (least, most) => Some(LimitFilter::Between(least, most)),
    }
}

fn parse_number(text: &str) -> Option<u32> {
    number::parse_whole(text)
        .ok()
        .and_then(|number| u32::try_from(number).ok())
}

fn parse_days(value: &str) -> Option<u16> {
    parse_number(value)
        .and_then(|days| u16::try_from(days).ok())
        .filter(|days| (1..=MAX_DAYS).contains(days))
}

#[cfg(test)]
mod tests;

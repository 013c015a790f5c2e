//! The filters of the list as addresses write them. What cannot be read is passed over with a sentence; how filters
//! read on a page is in [`super::chips`].

use jiff::civil::Date;

use crate::domain::account_filter::{AccountFilter, AttentionReason, LimitFilter};
use crate::domain::{number, text};
use crate::web::search::quote_shortened;

/// The most tags that are asked for together.
const MAX_TAGS: usize = 10;
/// The longest name of a tag that is taken, in characters.
const MAX_TAG_LENGTH: usize = 100;
/// The most days that somebody may not have been seen for: ten years.
const MAX_DAYS: u16 = 3_650;

/// Takes one pair of an address, whose value is trimmed and not empty, into the filter. `None` where no filter has
/// this name; else what there is to say about it, which is nothing where all is well.
pub(super) fn parse_param(
    filter: &mut AccountFilter,
    name: &str,
    value: &str,
) -> Option<Result<(), String>> {
    let said = match name {
        "status" => parse_status(filter, value),
        "limit" => assign(&mut filter.limit, parse_limit(value), || {
            format!(
                "{} is no channel limit to look for: type a number, a range such as 10-50, or none.",
                quote_shortened(value)
            )
        }),
        "pricing" => assign(
            &mut filter.custom_pricing,
            parse_either(value, "custom", "standard"),
            || {
                format!(
                    "Pricing is custom or standard, not {}: any is shown.",
                    quote_shortened(value)
                )
            },
        ),
        "billing" => assign(
            &mut filter.rollup_billing,
            parse_either(value, "rollup", "own"),
            || {
                format!(
                    "Billing is rollup or own, not {}: any is shown.",
                    quote_shortened(value)
                )
            },
        ),
        "from" => assign(&mut filter.created_from, parse_date(value), || {
            format!(
                "The first day was ignored: {} is no date such as 2026-11-23.",
                quote_shortened(value)
            )
        }),
        "to" => assign(&mut filter.created_to, parse_date(value), || {
            format!(
                "The last day was ignored: {} is no date such as 2026-11-23.",
                quote_shortened(value)
            )
        }),
        "tag" => add_tag(filter, value),
        "changed" => match value.to_lowercase().as_str() {
            "yes" => {
                filter.changed_elsewhere = true;
                Ok(())
            }
            "no" => Ok(()),
            _ => Err(format!(
                "\u{201c}Changed elsewhere\u{201d} is yes or left out, not {}.",
                quote_shortened(value)
            )),
        },
        "unseen" => assign(&mut filter.unconfirmed_days, parse_days(value), || {
            format!(
                "{} is no number of days from 1 to 3,650: all are shown, seen or not.",
                quote_shortened(value)
            )
        }),
        "needs" => assign(
            &mut filter.attention_reason,
            AttentionReason::parse(&value.to_lowercase()),
            || {
                format!(
                    "Nothing needs attention for {}: it was ignored.",
                    quote_shortened(value)
                )
            },
        ),
        _ => return None,
    };
    Some(said)
}

/// What is wrong only once all is read: days in the wrong order.
pub(super) fn drop_reversed_dates(filter: &mut AccountFilter) -> Option<String> {
    let (from, to) = (filter.created_from?, filter.created_to?);
    (to < from).then(|| {
        filter.created_to = None;
        "The last day was ignored: it is before the first one.".to_owned()
    })
}

/// The filter as addresses write it, without what lets all through; the search comes first.
pub(super) fn to_params(filter: &AccountFilter) -> Vec<(&'static str, String)> {
    let mut pairs = vec![("q", filter.q.clone())];
    if let Some(status) = filter.status {
        pairs.push(("status", status.as_str().to_owned()));
    }
    if let Some(limit) = filter.limit {
        pairs.push(("limit", format_limit(limit)));
    }
    if let Some(custom) = filter.custom_pricing {
        pairs.push((
            "pricing",
            if custom { "custom" } else { "standard" }.to_owned(),
        ));
    }
    if let Some(rollup) = filter.rollup_billing {
        pairs.push(("billing", if rollup { "rollup" } else { "own" }.to_owned()));
    }
    pairs.extend(filter.created_from.map(|day| ("from", day.to_string())));
    pairs.extend(filter.created_to.map(|day| ("to", day.to_string())));
    pairs.extend(filter.tags.iter().map(|tag| ("tag", tag.clone())));
    if filter.changed_elsewhere {
        pairs.push(("changed", "yes".to_owned()));
    }
    pairs.extend(
        filter
            .unconfirmed_days
            .map(|days| ("unseen", days.to_string())),
    );
    pairs.extend(
        filter
            .attention_reason
            .map(|concern| ("needs", concern.as_str().to_owned())),
    );
    pairs
}

/// A limit that is looked for, as addresses and the field write it.
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

fn assign<T>(
    place: &mut Option<T>,
    value: Option<T>,
    wrong: impl FnOnce() -> String,
) -> Result<(), String> {
    match value {
        Some(value) => {
            *place = Some(value);
            Ok(())
        }
        None => Err(wrong()),
    }
}

fn parse_status(filter: &mut AccountFilter, value: &str) -> Result<(), String> {
    match value.to_lowercase().as_str() {
        "all" => {
            filter.status = None;
            Ok(())
        }
        word => assign(&mut filter.status, word.parse().ok(), || {
            format!(
                "There is no status {}: all are shown.",
                quote_shortened(value)
            )
        }),
    }
}

fn add_tag(filter: &mut AccountFilter, value: &str) -> Result<(), String> {
    if value.chars().count() > MAX_TAG_LENGTH {
        return Err(format!(
            "There is no tag {}: it was ignored.",
            quote_shortened(value)
        ));
    }
    if filter.tags.len() == MAX_TAGS {
        return Err(format!(
            "Only {MAX_TAGS} tags can be asked for together: {} was ignored.",
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

/// A calendar day; years that the clock cannot reach are none.
fn parse_date(value: &str) -> Option<Date> {
    value
        .parse()
        .ok()
        .filter(|date: &Date| (1970..=9000).contains(&date.year()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_numbers_ranges_open_ranges_or_none() {
        for (text, limit, written) in [
            ("none", LimitFilter::Unknown, "none"),
            ("0", LimitFilter::ZERO, "0"),
            ("25", LimitFilter::Between(Some(25), Some(25)), "25"),
            ("10-50", LimitFilter::Between(Some(10), Some(50)), "10-50"),
            (
                " 10 \u{2013} 50 ",
                LimitFilter::Between(Some(10), Some(50)),
                "10-50",
            ),
            ("-20", LimitFilter::Between(None, Some(20)), "-20"),
            ("100-", LimitFilter::Between(Some(100), None), "100-"),
            (
                "1,200",
                LimitFilter::Between(Some(1_200), Some(1_200)),
                "1200",
            ),
            (
                "\u{feff}1,000 - 2,000\u{200b}",
                LimitFilter::Between(Some(1_000), Some(2_000)),
                "1000-2000",
            ),
        ] {
            assert_eq!(parse_limit(text), Some(limit), "{text}");
            assert_eq!(format_limit(limit), written, "{text}");
        }
        for text in [
            "-",
            "50-10",
            "+5",
            "1-2-3",
            "5e3",
            "many",
            "99999999999",
            "\0",
            "1 200",
            "2,5",
            "1 0-5 0",
        ] {
            assert_eq!(parse_limit(text), None, "{text}");
        }
    }
}

//! Comparison of an account with the values that a form showed.
//! Also finds who changed the values that differ.

use crate::app::App;
use crate::db::{self, accounts, audit};
use crate::domain::audit::{EventKind, EventOutcome};
use crate::domain::fact::{Fact, FactSource};
use crate::domain::time::Timestamp;
use crate::operations::request::{ChangedValue, Conflict, ExpectedValues, SubmitError};

/// Value of an account that differs from the one on the form.
pub(in crate::operations) struct Difference {
    what: &'static str,
    shown: String,
    now: String,
    source: FactSource,
    observed_at: Timestamp,
    kinds: &'static [EventKind],
}

/// Returns the values that differ from those on the form.
pub(in crate::operations) fn differences(
    account: &accounts::Account,
    expected: &ExpectedValues,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    let word = |on: bool| if on { "on" } else { "off" };
    if let Some(shown) = expected
        .status
        .filter(|shown| *shown != account.status.value)
    {
        let words = (
            shown.label().to_owned(),
            account.status.value.label().to_owned(),
        );
        let kinds = &[
            EventKind::Enable,
            EventKind::Disable,
            EventKind::ChangedElsewhere,
        ];
        differences.push(difference("Status", words, &account.status, kinds));
    }
    if let (Some(shown), Some(fact)) = (expected.channel_limit, account.channel_limit)
        && shown != Some(fact.value)
    {
        let shown = shown.map_or_else(|| "not known".to_owned(), |limit| limit.to_string());
        let words = (shown, fact.value.to_string());
        let kinds = &[
            EventKind::ChannelLimit,
            EventKind::BlockCalls,
            EventKind::LimitRecorded,
            EventKind::ChangedElsewhere,
        ];
        differences.push(difference("Channel limit", words, &fact, kinds));
    }
    if let (Some(shown), Some(fact)) = (expected.custom_pricing, account.custom_pricing)
        && shown != Some(fact.value)
    {
        let words = (
            shown.map_or("not known", word).to_owned(),
            word(fact.value).to_owned(),
        );
        let kinds = &[EventKind::CustomPricing, EventKind::ChangedElsewhere];
        differences.push(difference("Custom pricing", words, &fact, kinds));
    }
    differences
}

fn difference<T>(
    what: &'static str,
    (shown, now): (String, String),
    fact: &Fact<T>,
    kinds: &'static [EventKind],
) -> Difference {
    Difference {
        what,
        shown,
        now,
        source: fact.source,
        observed_at: fact.observed_at,
        kinds,
    }
}

/// Returns the conflict that describes these differences.
/// Name and time come from the audit event of the last change, because the value may have been
/// confirmed by others since.
pub(in crate::operations) async fn describe_conflict(
    app: &App,
    account: &accounts::Account,
    differences: Vec<Difference>,
) -> db::Result<SubmitError> {
    let mut changes = Vec::with_capacity(differences.len());
    for difference in differences {
        let filter = audit::EventFilter {
            account: Some(account.id.clone()),
            kinds: difference.kinds.to_vec(),
            outcome: Some(EventOutcome::Done),
            ..audit::EventFilter::default()
        };
        let latest = audit::latest(&app.db, &filter, 1).await?.into_iter().next();
        changes.push(ChangedValue {
            what: difference.what,
            shown: difference.shown,
            now: difference.now,
            at: latest
                .as_ref()
                .map_or(difference.observed_at, |entry| entry.at),
            who: latest.and_then(|entry| entry.event.who).map(|who| who.name),
            source: difference.source,
        });
    }
    Ok(SubmitError::Conflict(Box::new(Conflict { changes })))
}

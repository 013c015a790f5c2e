//! History of the account's channel limit, from the events of the activity: limits that Telnyx
//! confirmed, and limits that people recorded.

use crate::app::App;
use crate::db::accounts::Account;
use crate::db::audit::{self, Entry};
use crate::domain::audit::{EventKind, EventOutcome};
use crate::domain::channels::ChannelLimit;
use crate::domain::time::Timestamp;
use crate::web::access::Viewer;
use crate::web::chart::{Chart, ChartTable, ChartText};
use crate::web::error::Error;
use crate::web::format::{TimeFormatter, group_thousands};

/// Maximum number of events that are read. A change has at least two.
const MAX_EVENTS: i64 = 400;

pub(super) struct LimitHistory {
    /// Chart; `None` if the activity has no limit of the account.
    pub chart: Option<Chart>,
    /// True if there are more changes than the chart shows.
    pub is_partial: bool,
}

/// Limit that holds from a time on.
struct LimitPoint {
    at: Timestamp,
    limit: i64,
    before: String,
    author: String,
}

impl LimitHistory {
    pub async fn load(app: &App, viewer: &Viewer, account: &Account) -> Result<Self, Error> {
        let filter = audit::EventFilter {
            account: Some(account.id.clone()),
            kinds: vec![
                EventKind::ChannelLimit,
                EventKind::BlockCalls,
                EventKind::LimitRecorded,
            ],
            ..audit::EventFilter::default()
        };
        let entries = audit::latest(&app.db, &filter, MAX_EVENTS).await?;
        let is_partial = i64::try_from(entries.len()).is_ok_and(|read| read >= MAX_EVENTS);
        let points: Vec<LimitPoint> = entries.iter().rev().filter_map(LimitPoint::of).collect();
        Ok(Self {
            chart: chart_of(&points, viewer.times()),
            is_partial,
        })
    }
}

impl LimitPoint {
    fn of(entry: &Entry) -> Option<Self> {
        let event = Some(&entry.event).filter(|event| event.outcome == EventOutcome::Done)?;
        let limit = ChannelLimit::parse(event.after.as_deref()?).ok()?;
        let recorded = if event.kind == EventKind::LimitRecorded {
            ", as seen in Mission Control"
        } else {
            ""
        };
        let author = event.who.as_ref().map(|who| who.name.trim());
        let author = author.filter(|name| !name.is_empty());
        Some(Self {
            at: entry.at,
            limit: i64::from(limit.get()),
            before: event.before.clone().unwrap_or_default(),
            author: format!("{}{recorded}", author.unwrap_or("The portal")),
        })
    }
}

fn chart_of(points: &[LimitPoint], times: &TimeFormatter) -> Option<Chart> {
    let (first, last) = (points.first()?, points.last()?);
    let now = times.now();
    let span = first.at.until(now).as_millis().max(1);
    let place = |at: Timestamp| {
        let since = first.at.until(at).as_millis();
        i64::try_from(since * 1_000 / span)
            .unwrap_or(1_000)
            .min(1_000)
    };
    // The first change shows from which limit it came. Since when that one held is not known.
    let mut drawn: Vec<(i64, i64)> = ChannelLimit::parse(&first.before)
        .map(|before| (0, i64::from(before.get())))
        .into_iter()
        .collect();
    drawn.extend(points.iter().map(|point| (place(point.at), point.limit)));
    // The last limit holds until now.
    drawn.push((1_000, last.limit));
    let day = |at: Timestamp| times.absolute(at).chars().take(10).collect::<String>();
    let text = ChartText {
        id: "limit-history",
        title: "Channel limit over time".to_owned(),
        description: format!(
            "{} on {}, {} since {}.",
            group_thousands(first.limit),
            day(first.at),
            group_thousands(last.limit),
            day(last.at),
        ),
        x_labels: vec![day(first.at), "now".to_owned()],
    };
    let rows = points.iter().rev().map(|point| {
        let values = vec![
            point.before.clone(),
            group_thousands(point.limit),
            point.author.clone(),
        ];
        (times.absolute(point.at), values)
    });
    let table = ChartTable {
        head: vec!["Time", "Before", "After", "By"],
        rows: rows.collect(),
    };
    Some(Chart::steps(text, "channel limit", &drawn, table))
}

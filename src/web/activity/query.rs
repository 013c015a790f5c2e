//! Query of an address of the activity: the filters and the place to read from.

use jiff::civil::Date;

use super::period::Period;
use crate::db::audit::timeline::StaffFilter;
use crate::domain::audit::{EventKind, EventOutcome};
use crate::domain::ids::JobId;
use crate::web::columns::ColumnsList;
use crate::web::layout::Section;
use crate::web::listing::read::{self, assign};
use crate::web::listing::{Column, Filter, Param, Query, Value, choice_param};

/// Parsed address of the activity.
pub(super) type ActivityQuery = Query<ActivityFilter>;

/// Value of the parameter `kind` for changes that undo another one.
pub(super) const UNDO: &str = "undo";
/// Label of [`UNDO`] on pages.
pub(super) const UNDO_LABEL: &str = "Undo of a change";
/// Value of the parameter `person` for [`StaffFilter::Nobody`].
pub(super) const PORTAL_ACTOR: &str = "portal";

/// Filter of the activity, as its address gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ActivityFilter {
    /// Text to search for in everything that an entry shows.
    pub text: String,
    /// Part of an account's name or email address, or its ID.
    pub account: String,
    /// Job that the entries belong to.
    pub job: Option<JobId>,
    /// Person who did it.
    pub by: Option<StaffFilter>,
    /// Kind of event.
    pub kind: Option<EventKind>,
    /// True for only changes that undo another one, of any kind.
    pub undos: bool,
    /// Outcome of the event.
    pub outcome: Option<EventOutcome>,
    /// Most recent days; `None` if the address gives dates.
    pub period: Option<Period>,
    /// First day.
    pub from: Option<Date>,
    /// Last day.
    pub to: Option<Date>,
    /// Entries with a number below this.
    pub below: Option<i64>,
    /// Entries with a number above this.
    pub above: Option<i64>,
}

impl ColumnsList for ActivityFilter {
    const SECTION: Section = Section::Activity;
}

impl Filter for ActivityFilter {
    type Order = ();

    const PATH: &'static str = "/activity";
    const HAS_PAGES: bool = false;
    const COLUMNS: &'static [Column<()>] = &[
        Column::new("what", "Who did what").fixed(),
        Column::new("outcome", "Outcome").fixed(),
        Column::new("change", "Before and after"),
        Column::new("reason", "Reason"),
        Column::new("time", "Time"),
        Column::new("address", "Address"),
        Column::new("message", "Result"),
        Column::new("links", "Job and undo"),
        Column::new("details", "Details"),
    ];
    const PARAMS: &'static [Param<Self>] = &[
        Param::new(
            "q",
            |filter, value| read::search(&mut filter.text, value),
            |filter| Value::of_text(&filter.text, "Search"),
        ),
        Param::new(
            "account",
            |filter, value| read::search(&mut filter.account, value),
            |filter| Value::of_text(&filter.account, "Account"),
        ),
        Param::new(
            "job",
            |filter, value| read::choice(&mut filter.job, "job", value, |word| word.parse().ok()),
            |filter| {
                Value::of(filter.job, ToString::to_string, |_| {
                    "Job: one that is not known".to_owned()
                })
            },
        ),
        Param::new("person", read_person, |filter| {
            Value::of(filter.by, |by| person_param(*by), person_label)
        }),
        Param::new("kind", read_kind, |filter| {
            let label = filter.kind.map_or(UNDO_LABEL, EventKind::label);
            Value::of_text(filter.kind_param(), "Action")
                .into_iter()
                .map(|kind| Value {
                    label: format!("Action: {label}"),
                    ..kind
                })
                .collect()
        }),
        choice_param!("outcome", outcome, "outcome", "Outcome: {}"),
        choice_param!("period", period, "period", "Period: {}"),
        Param::new(
            "from",
            |filter, value| read::first_day(&mut filter.from, value),
            |filter| Value::of_text(&filter.first_day(), "From"),
        ),
        Param::new(
            "to",
            |filter, value| read::last_day(&mut filter.to, value),
            |filter| Value::of_text(&filter.last_day(), "To"),
        ),
        // These places belong to single links only. Other addresses leave them out.
        Param::new(
            "below",
            |filter, value| read_place(&mut filter.below, value),
            |_| Vec::new(),
        ),
        Param::new(
            "above",
            |filter, value| read_place(&mut filter.above, value),
            |_| Vec::new(),
        ),
    ];

    fn settle(&mut self) -> Option<String> {
        // A form also sends the period that was chosen before. Explicit dates replace it.
        if self.from.is_some() || self.to.is_some() {
            self.period = None;
        }
        read::swap_reversed_days(&mut self.from, &mut self.to)
    }
}

impl ActivityFilter {
    /// Returns the person as written in the address.
    pub fn person(&self) -> String {
        self.by.map(person_param).unwrap_or_default()
    }

    /// Returns the kind as written in the address.
    pub fn kind_param(&self) -> &'static str {
        if self.undos {
            return UNDO;
        }
        self.kind.map(EventKind::as_str).unwrap_or_default()
    }

    /// Returns the period as written in the address.
    pub fn period_param(&self) -> &'static str {
        self.period.map(Period::as_str).unwrap_or_default()
    }

    /// Returns the first day as written in the address.
    pub fn first_day(&self) -> String {
        self.from.map(|date| date.to_string()).unwrap_or_default()
    }

    /// Returns the last day as written in the address.
    pub fn last_day(&self) -> String {
        self.to.map(|date| date.to_string()).unwrap_or_default()
    }
}

fn read_person(filter: &mut ActivityFilter, value: &str) -> Result<(), String> {
    read::choice(&mut filter.by, "person", value, |word| match word {
        PORTAL_ACTOR => Some(StaffFilter::Nobody),
        id => id.parse().ok().map(StaffFilter::Staff),
    })
}

fn person_param(by: StaffFilter) -> String {
    match by {
        StaffFilter::Staff(id) => id.to_string(),
        StaffFilter::Nobody => PORTAL_ACTOR.to_owned(),
    }
}

/// Returns the label of a person whose name is not looked up.
fn person_label(by: &StaffFilter) -> String {
    match by {
        StaffFilter::Staff(_) => "Who: not on the staff".to_owned(),
        StaffFilter::Nobody => "Who: nobody on the staff".to_owned(),
    }
}

fn read_kind(filter: &mut ActivityFilter, value: &str) -> Result<(), String> {
    let is_undo = value.eq_ignore_ascii_case(UNDO);
    if is_undo {
        filter.kind = None;
    } else {
        read::choice(&mut filter.kind, "kind", value, |word| word.parse().ok())?;
    }
    filter.undos = is_undo;
    Ok(())
}

fn read_place(place: &mut Option<i64>, value: &str) -> Result<(), String> {
    assign(place, value.parse().ok(), || {
        format!(
            "Invalid page position {} ignored.",
            read::quote_shortened(value)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_address_asks_for_is_read_and_written_back() {
        let raw = "account=Acme+%26+Co&person=portal&kind=disable&outcome=refused&from=2026-11-01&to=2026-11-23";
        let query = ActivityQuery::parse(&format!("{raw}&below=40"));
        assert_eq!(query.filter.account, "Acme & Co");
        assert_eq!(query.filter.by, Some(StaffFilter::Nobody));
        assert_eq!(query.filter.below, Some(40));
        assert!(query.ignored.is_empty(), "{:?}", query.ignored);
        assert_eq!(
            query.href_and("below", "30"),
            format!("/activity?{raw}&below=30")
        );
        assert_eq!(
            query.chips()[0].href,
            format!("/activity?{}", raw.split_once('&').expect("two").1)
        );
        assert_eq!(
            query.href_at("/activity.csv"),
            format!("/activity.csv?{raw}")
        );
    }

    #[test]
    fn a_job_is_a_filter_like_the_others() {
        let raw = "q=acme&job=01980000-0000-7000-8000-000000000000";
        let query = ActivityQuery::parse(raw);
        assert!(query.filter.job.is_some() && query.is_filtered());
        assert_eq!(
            query.href_at("/activity.csv"),
            format!("/activity.csv?{raw}")
        );
        assert_eq!(ActivityQuery::parse("job=7").ignored.len(), 1);
    }

    #[test]
    fn a_period_is_kept_beside_other_filters_until_days_are_named() {
        let query = ActivityQuery::parse("q=acme&period=7d");
        assert_eq!(query.filter.period, Some(Period::Week));
        assert_eq!(query.href(), "/activity?q=acme&period=7d");
        let named = ActivityQuery::parse("period=7d&from=2026-11-01&q=acme");
        assert_eq!(named.href(), "/activity?q=acme&from=2026-11-01");
        assert_eq!(ActivityQuery::parse("period=9w").ignored.len(), 1);
    }

    #[test]
    fn what_cannot_be_read_is_ignored_with_a_word_each() {
        let raw = "person=x&kind=y&outcome=%FF&from=2026-13-40&to=-&below=999999999999999999999&above=a%00";
        let query = ActivityQuery::parse(raw);
        assert_eq!(query.ignored.len(), 7, "{:?}", query.ignored);
        assert_eq!(query.filter, ActivityFilter::default());
        let backwards = ActivityQuery::parse("from=2026-11-23&to=2026-11-22");
        assert_eq!(
            (backwards.filter.first_day(), backwards.filter.last_day()),
            ("2026-11-22".to_owned(), "2026-11-23".to_owned())
        );
        assert_eq!(backwards.ignored.len(), 1);
        let unknown = ActivityQuery::parse("staff=x&other=y");
        assert_eq!(
            unknown.ignored,
            [
                "Unknown filter \u{201c}staff\u{201d} ignored.",
                "Unknown filter \u{201c}other\u{201d} ignored."
            ]
        );
        let long = ActivityQuery::parse(&format!("account={}", "a".repeat(10_000)));
        assert_eq!((long.filter.account.len(), long.ignored.len()), (200, 1));
    }
}

//! What an address of the activity asks for: filters and a place to read from. What cannot be read is ignored, with a
//! word about it; nothing in an address is an error.

use jiff::civil::Date;

use super::period::Period;
use crate::db::audit::timeline::StaffFilter;
use crate::domain::audit::{EventKind, EventOutcome};
use crate::domain::text::search_words;
use crate::web::paths;

/// What a name that no filter has is called.
const UNKNOWN_FILTER: &str = "A filter";
/// The longest text that is looked for, in characters.
pub(super) const MAX_TEXT_LENGTH: usize = 200;
/// The kind of changes that undo another.
pub(super) const UNDO: &str = "undo";
/// The word for [`StaffFilter::Nobody`].
pub(super) const PORTAL_ACTOR: &str = "portal";

/// An address of the activity, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ActivityQuery {
    /// What is looked for in all that an entry tells.
    pub text: String,
    /// A part of an account's name or e-mail address, or its id.
    pub account: String,
    /// Who did it.
    pub by: Option<StaffFilter>,
    /// What kind of thing.
    pub kind: Option<EventKind>,
    /// Changes that undo another, of whatever kind.
    pub undos: bool,
    /// How it turned out.
    pub outcome: Option<EventOutcome>,
    /// The latest days; none if the address names days.
    pub period: Option<Period>,
    /// From the start of this day.
    pub from: Option<Date>,
    /// To the end of this day.
    pub to: Option<Date>,
    /// Entries with a number below this.
    pub below: Option<i64>,
    /// Entries with a number above this.
    pub above: Option<i64>,
    /// A sentence for each part that was ignored.
    pub ignored: Vec<String>,
}

impl ActivityQuery {
    /// Reads what stands after the `?`; of a name that comes twice the last counts.
    pub fn parse(raw: &str) -> Self {
        let mut query = Self::default();
        for (name, value) in url::form_urlencoded::parse(raw.as_bytes()) {
            let value = value.trim();
            if !value.is_empty() {
                query.read(&name, value);
            }
        }
        // A form keeps the period that was chosen before: days that are named take its place.
        if query.from.is_some() || query.to.is_some() {
            query.period = None;
        }
        if let (Some(from), Some(to)) = (query.from, query.to)
            && to < from
        {
            (query.from, query.to) = (Some(to), Some(from));
            let sentence = "The last day was before the first one: they changed places.";
            query.ignored.push(sentence.to_owned());
        }
        query
    }

    fn read(&mut self, name: &str, value: &str) {
        match name {
            "q" if value.chars().count() > MAX_TEXT_LENGTH => {
                self.ignore("The text", "it is too long");
            }
            "q" if value.chars().any(char::is_control) => {
                self.ignore("The text", "it has a control character");
            }
            "q" if search_words(value).is_empty() => self.ignore("The text", "it shows nothing"),
            "q" => value.clone_into(&mut self.text),
            "account" if value.chars().count() > MAX_TEXT_LENGTH => {
                self.ignore("The account", "it is too long");
            }
            "account" => value.clone_into(&mut self.account),
            "person" => {
                self.by = match value {
                    PORTAL_ACTOR => Some(StaffFilter::Nobody),
                    id => id.parse().ok().map(StaffFilter::Staff),
                };
                self.ignore_unless(self.by.is_some(), "The person", "there is no such one");
            }
            "kind" if value == UNDO => self.undos = true,
            "kind" => {
                self.kind = value.parse().ok();
                self.ignore_unless(self.kind.is_some(), "The kind", "there is no such one");
            }
            "outcome" => {
                self.outcome = value.parse().ok();
                self.ignore_unless(
                    self.outcome.is_some(),
                    "The outcome",
                    "there is no such one",
                );
            }
            "period" => {
                self.period = Period::ALL
                    .into_iter()
                    .find(|period| period.as_str() == value);
                self.ignore_unless(self.period.is_some(), "The period", "there is no such one");
            }
            "from" => {
                self.from = parse_date(value);
                self.ignore_unless(
                    self.from.is_some(),
                    "The first day",
                    "it is no date such as 2026-11-23",
                );
            }
            "to" => {
                self.to = parse_date(value);
                self.ignore_unless(
                    self.to.is_some(),
                    "The last day",
                    "it is no date such as 2026-11-23",
                );
            }
            "below" => {
                self.below = value.parse().ok();
                self.ignore_unless(
                    self.below.is_some(),
                    "The place to read from",
                    "it is no number",
                );
            }
            "above" => {
                self.above = value.parse().ok();
                self.ignore_unless(
                    self.above.is_some(),
                    "The place to read from",
                    "it is no number",
                );
            }
            _ if self
                .ignored
                .iter()
                .any(|sentence| sentence.starts_with(UNKNOWN_FILTER)) => {}
            _ => self.ignore(UNKNOWN_FILTER, "there is none of its name"),
        }
    }

    fn ignore_unless(&mut self, good: bool, what: &str, why: &str) {
        if !good {
            self.ignore(what, why);
        }
    }

    fn ignore(&mut self, what: &str, why: &str) {
        self.ignored
            .push(format!("{what} in the address was ignored: {why}."));
    }

    /// Whether anything is filtered by.
    pub fn is_filtered(&self) -> bool {
        self.pairs().iter().any(|(_, value)| !value.is_empty())
    }

    /// The person as the address writes them.
    pub fn person(&self) -> String {
        match self.by {
            Some(StaffFilter::Staff(id)) => id.to_string(),
            Some(StaffFilter::Nobody) => PORTAL_ACTOR.to_owned(),
            None => String::new(),
        }
    }

    /// The kind as the address writes it.
    pub fn kind(&self) -> &'static str {
        if self.undos {
            return UNDO;
        }
        self.kind.map(EventKind::as_str).unwrap_or_default()
    }

    /// The first day as the address writes it.
    pub fn first_day(&self) -> String {
        self.from.map(|date| date.to_string()).unwrap_or_default()
    }

    /// The last day as the address writes it.
    pub fn last_day(&self) -> String {
        self.to.map(|date| date.to_string()).unwrap_or_default()
    }

    /// The filters as the address writes them, without the place to read from.
    fn pairs(&self) -> [(&'static str, String); 8] {
        [
            ("q", self.text.clone()),
            ("account", self.account.clone()),
            ("person", self.person()),
            ("kind", self.kind().to_owned()),
            (
                "outcome",
                self.outcome
                    .map(EventOutcome::as_str)
                    .unwrap_or_default()
                    .to_owned(),
            ),
            ("period", self.period_param().to_owned()),
            ("from", self.first_day()),
            ("to", self.last_day()),
        ]
    }

    /// The period as the address writes it.
    pub fn period_param(&self) -> &'static str {
        self.period.map(Period::as_str).unwrap_or_default()
    }

    /// Returns each period with the address that asks for it beside the other filters, and whether it is chosen.
    pub fn periods(&self) -> Vec<(Period, String, bool)> {
        let href = |period| {
            let query = Self {
                period: Some(period),
                from: None,
                to: None,
                ..self.clone()
            };
            query.href()
        };
        let offered = Period::ALL.into_iter();
        offered
            .map(|period| (period, href(period), self.period == Some(period)))
            .collect()
    }

    /// The same filters from another place.
    pub fn href_with(&self, name: &str, value: &str) -> String {
        let pairs = self.pairs();
        let pairs = pairs.iter().map(|(name, value)| (*name, value.as_str()));
        paths::with_query("/activity", pairs.chain([(name, value)]))
    }

    /// The same filters from the newest on.
    pub fn href(&self) -> String {
        self.href_without("")
    }

    /// The address without one of the filters.
    pub fn href_without(&self, without: &str) -> String {
        let pairs = self.pairs();
        let pairs = pairs.iter().filter(|(name, _)| *name != without);
        paths::with_query(
            "/activity",
            pairs.map(|(name, value)| (*name, value.as_str())),
        )
    }

    /// The address of the same as a file of this kind.
    pub fn export_href(&self, file: &str) -> String {
        let pairs = self.pairs();
        let pairs = pairs.iter().map(|(name, value)| (*name, value.as_str()));
        paths::with_query(file, pairs)
    }
}

/// A calendar day; years that the clock cannot reach are none.
fn parse_date(text: &str) -> Option<Date> {
    text.parse()
        .ok()
        .filter(|date: &Date| (1970..=9000).contains(&date.year()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_address_asks_for_is_read_and_written_back() {
        let raw = "account=Acme+%26+Co&person=portal&kind=disable&outcome=refused&from=2026-11-01&to=2026-11-23";
        let query = ActivityQuery::parse(&format!("{raw}&below=40"));
        assert_eq!(query.account, "Acme & Co");
        assert_eq!(query.by, Some(StaffFilter::Nobody));
        assert_eq!(query.below, Some(40));
        assert!(query.ignored.is_empty(), "{:?}", query.ignored);
        assert_eq!(
            query.href_with("below", "30"),
            format!("/activity?{raw}&below=30")
        );
        assert_eq!(
            query.href_without("account"),
            format!("/activity?{}", raw.split_once('&').expect("two").1)
        );
        assert_eq!(
            query.export_href("/activity.csv"),
            format!("/activity.csv?{raw}")
        );
    }

    #[test]
    fn a_period_is_kept_beside_other_filters_until_days_are_named() {
        let query = ActivityQuery::parse("q=acme&period=7d");
        assert_eq!(query.period, Some(Period::Week));
        assert_eq!(query.href(), "/activity?q=acme&period=7d");
        let addresses: Vec<String> = query
            .periods()
            .into_iter()
            .map(|(_, href, _)| href)
            .collect();
        assert_eq!(addresses[2], "/activity?q=acme&period=30d");
        let named = ActivityQuery::parse("period=7d&from=2026-11-01&q=acme");
        assert_eq!(named.href(), "/activity?q=acme&from=2026-11-01");
        assert_eq!(named.periods()[0].1, "/activity?q=acme&period=today");
        assert_eq!(ActivityQuery::parse("period=9w").ignored.len(), 1);
    }

    #[test]
    fn what_cannot_be_read_is_ignored_with_a_word_each() {
        let raw = "person=x&kind=y&outcome=%FF&from=2026-13-40&to=-&below=999999999999999999999&above=a%00";
        let query = ActivityQuery::parse(raw);
        assert_eq!(query.ignored.len(), 7, "{:?}", query.ignored);
        assert_eq!(
            ActivityQuery {
                ignored: Vec::new(),
                ..query
            },
            ActivityQuery::default()
        );
        let backwards = ActivityQuery::parse("from=2026-11-23&to=2026-11-22");
        assert_eq!(
            (backwards.first_day(), backwards.last_day()),
            ("2026-11-22".to_owned(), "2026-11-23".to_owned())
        );
        assert_eq!(backwards.ignored.len(), 1);
        let unknown = ActivityQuery::parse("staff=x&other=y");
        assert_eq!(
            unknown.ignored,
            ["A filter in the address was ignored: there is none of its name."]
        );
        let long = ActivityQuery::parse(&format!("account={}", "a".repeat(10_000)));
        assert_eq!((long.account.as_str(), long.ignored.len()), ("", 1));
    }
}

//! Filter of a review's users, as the address gives it.

use super::PATH;
use crate::db::access_reviews::items::ItemFilter;
use crate::domain::access_review::{DecisionFilter, ReviewSubset};
use crate::web::listing::{Filter, Param, Query, Value, read};

/// Parsed address of a review's page.
pub(super) type ReviewQuery = Query<ReviewFilter>;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ReviewFilter {
    pub q: String,
    pub decision: Option<DecisionFilter>,
    pub subset: Option<ReviewSubset>,
}

impl ReviewFilter {
    /// Returns the decision as written in the address.
    pub fn decision_param(&self) -> &'static str {
        self.decision.map_or("", DecisionFilter::as_str)
    }

    /// Returns the filter of the database.
    pub fn items(&self) -> ItemFilter {
        ItemFilter {
            q: self.q.clone(),
            decision: self.decision,
            subset: self.subset,
        }
    }
}

impl Filter for ReviewFilter {
    type Order = ();

    const PATH: &'static str = PATH;
    const PARAMS: &'static [Param<Self>] = &[
        Param::new(
            "q",
            |filter, value| read::search(&mut filter.q, value),
            |filter| Value::of_text(&filter.q, "Email"),
        ),
        Param::new(
            "decision",
            |filter, value| {
                read::choice(&mut filter.decision, "decision", value, |word| {
                    word.parse().ok()
                })
            },
            |filter| {
                Value::of(
                    filter.decision,
                    |decision| decision.as_str().to_owned(),
                    |decision| format!("Decision: {}", decision.label()),
                )
            },
        ),
        Param::new(
            "only",
            |filter, value| {
                read::choice(&mut filter.subset, "part", value, |word| word.parse().ok())
            },
            |filter| {
                Value::of(
                    filter.subset,
                    |subset| subset.as_str().to_owned(),
                    |subset| subset.label().to_owned(),
                )
            },
        ),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_comes_back_as_it_was_read() {
        let raw = "q=ann&decision=undecided&only=never&page=2";
        let query = ReviewQuery::parse(raw).at_path("/org-users/reviews/1");
        assert_eq!(query.href(), format!("/org-users/reviews/1?{raw}"));
        assert_eq!(query.filter.decision, Some(DecisionFilter::Undecided));
        let wrong = ReviewQuery::parse("decision=x&only=y");
        assert_eq!((wrong.ignored.len(), wrong.is_filtered()), (2, false));
    }
}

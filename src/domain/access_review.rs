//! Access reviews: regular checks of who may sign in to Mission Control for the reseller.

use jiff::ToSpan;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::string_enum::string_enum;
use super::text::{self, InvalidText};
use super::time::Timestamp;

/// Maximum length of a note about a decision, in characters.
const MAX_NOTE: usize = 500;

string_enum! {
    /// State of a review. A discarded review is deleted.
    pub enum ReviewState {
        /// People decide about users.
        Open = "open", "Open";
        /// It is signed off and can no longer change.
        SignedOff = "signed_off", "Signed off";
    }
}

string_enum! {
    /// Decision about a user.
    pub enum ReviewDecision {
        /// The user keeps their access.
        Keep = "keep", "Keep";
        /// The user is to be removed. The decision itself removes nobody.
        Remove = "remove", "Remove";
    }
}

string_enum! {
    /// Filter of users by the decision about them.
    pub enum DecisionFilter {
        /// No decision yet.
        Undecided = "undecided", "Undecided";
        /// The user keeps their access.
        Keep = "keep", "Keep";
        /// The user is to be removed.
        Remove = "remove", "Remove";
    }
}

string_enum! {
    /// Change of a user since the last signed-off review.
    pub enum ReviewChange {
        /// Nothing that matters, or there is no earlier review.
        Unchanged = "unchanged", "No change";
        /// The user was added.
        Joined = "joined", "New";
        /// The user has other groups or another kind.
        Changed = "changed", "Changed";
        /// The user is no longer listed.
        Left = "left", "Left";
    }
}

string_enum! {
    /// Part of the users of a review.
    pub enum ReviewSubset {
        /// Users who never signed in.
        Never = "never", "Never signed in";
        /// Users who are new or have other groups or another kind.
        Changed = "changed", "Changed since the last review";
        /// Users to remove whom Telnyx still lists.
        StillPresent = "still-present", "To remove, still present";
    }
}

/// Parses a note about a decision. To remove a user requires one.
///
/// # Errors
/// Fails with a sentence for the form field.
pub fn parse_note(text: &str, decision: ReviewDecision) -> Result<String, String> {
    match text::parse_line(text, MAX_NOTE) {
        Ok(note) => Ok(note),
        Err(InvalidText::Empty) if decision == ReviewDecision::Keep => Ok(String::new()),
        Err(InvalidText::Empty) => Err("Say why this user is to be removed.".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Interval of reminders, a setting of the portal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewReminder {
    /// Months between two sign-offs; 0 if nobody is reminded.
    pub months: u32,
    /// Number of changes so far, so that an outdated form is detected.
    pub version: i64,
}

impl ReviewReminder {
    /// Selectable numbers of months.
    pub const CHOICES: [u32; 5] = [0, 1, 3, 6, 12];

    /// Returns the label of a number of months.
    #[must_use]
    pub fn label(months: u32) -> String {
        match months {
            0 => "Off".to_owned(),
            1 => "Every month".to_owned(),
            12 => "Every 12 months".to_owned(),
            many => format!("Every {many} months"),
        }
    }

    /// Describes the reminder in a few words.
    #[must_use]
    pub fn describe(self) -> String {
        Self::label(self.months).to_lowercase()
    }

    /// Returns when the next review is due after a sign-off. `None` if nobody is reminded.
    #[must_use]
    pub fn due_at(self, last: Timestamp) -> Option<Timestamp> {
        if self.months == 0 {
            return None;
        }
        let day = last.to_jiff().to_zoned_datetime(TimeZone::UTC);
        let due = day.checked_add(i64::from(self.months).months()).ok()?;
        Some(Timestamp::from_millis(due.timestamp().as_millisecond()))
    }
}

/// Returns the name of a review: the day on which it was started, in UTC.
#[must_use]
pub fn name_of(started_at: Timestamp) -> String {
    started_at.to_jiff().strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_review_is_due_on_the_same_day_of_a_later_month_or_the_last_one() {
        let due = |months, last: &str| {
            let last = Timestamp::parse_iso(last).expect("a time");
            let reminder = ReviewReminder { months, version: 1 };
            reminder.due_at(last).map(|at| at.to_string())
        };
        assert_eq!(due(0, "2026-03-02T10:00:00Z"), None);
        assert_eq!(
            due(6, "2026-03-02T10:00:00Z").as_deref(),
            Some("2026-09-02T10:00:00.000Z")
        );
        assert_eq!(
            due(1, "2026-01-31T10:00:00Z").as_deref(),
            Some("2026-02-28T10:00:00.000Z")
        );
    }

    #[test]
    fn only_a_removal_requires_a_note() {
        assert_eq!(parse_note(" ", ReviewDecision::Keep), Ok(String::new()));
        assert!(parse_note(" ", ReviewDecision::Remove).is_err());
        assert!(parse_note("a\0b", ReviewDecision::Keep).is_err());
        let long = "a".repeat(MAX_NOTE + 1);
        assert!(parse_note(&long, ReviewDecision::Remove).is_err());
    }
}

//! Headings of the days in the activity.

use jiff::civil::Date;

/// Returns the heading of a day.
pub(super) fn day(date: Date, today: Date) -> String {
    let form = if date.year() == today.year() {
        "%-d %B"
    } else {
        "%-d %B %Y"
    };
    let said = date.strftime(form).to_string();
    if date == today {
        format!("Today, {said}")
    } else if today.yesterday().is_ok_and(|yesterday| date == yesterday) {
        format!("Yesterday, {said}")
    } else {
        said
    }
}

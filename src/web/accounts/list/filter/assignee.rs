//! Filter by account manager: its parameter, its chip and its choices.

use super::AccountsQuery;
use crate::app::App;
use crate::db::assignees;
use crate::domain::account_filter::{AccountFilter, AssigneeFilter};
use crate::web::assignee::{NOBODY, NOBODY_LABEL, label};
use crate::web::error::Error;
use crate::web::listing::{Chip, SelectOption, Value, read, select_option};

/// Name of the parameter.
pub(super) const NAME: &str = "assignee";
/// Value for the reader. A saved view or a shared link means the person who opens it.
const ME: &str = "me";

pub(super) fn read(filter: &mut AccountFilter, value: &str) -> Result<(), String> {
    read::choice(
        &mut filter.assignee,
        "account manager",
        value,
        |word| match word {
            ME => Some(AssigneeFilter::Me),
            NOBODY => Some(AssigneeFilter::Nobody),
            id => id.parse().ok().map(AssigneeFilter::Person),
        },
    )
}

pub(super) fn values(filter: &AccountFilter) -> Vec<Value> {
    let text = |assignee: &_| format(*assignee);
    Value::of(filter.assignee, text, |assignee| match assignee {
        AssigneeFilter::Me => chip_label("me"),
        AssigneeFilter::Nobody => NOBODY_LABEL.to_owned(),
        // `chips` replaces this by the name.
        AssigneeFilter::Person(_) => chip_label("not on the staff"),
    })
}

fn format(assignee: AssigneeFilter) -> String {
    match assignee {
        AssigneeFilter::Me => ME.to_owned(),
        AssigneeFilter::Nobody => NOBODY.to_owned(),
        AssigneeFilter::Person(id) => id.to_string(),
    }
}

fn chip_label(name: &str) -> String {
    format!("Account manager: {name}")
}

/// Returns the chips of a query, with the name of the account manager.
pub(in crate::web::accounts::list) async fn chips(
    app: &App,
    query: &AccountsQuery,
) -> Result<Vec<Chip>, Error> {
    let mut chips = query.chips();
    if let Some(AssigneeFilter::Person(id)) = query.filter.assignee
        && let Some(chip) = chips.iter_mut().find(|chip| chip.name == NAME)
        && let Some(person) = assignees::by_id(&app.db, id).await?
    {
        chip.label = chip_label(&label(&person));
    }
    Ok(chips)
}

/// Returns the choices of the form: the reader, nobody, and everyone.
pub(in crate::web::accounts::list) async fn choices(
    app: &App,
    filter: &AccountFilter,
) -> Result<Vec<SelectOption>, Error> {
    let chosen = filter.assignee.map(format).unwrap_or_default();
    let mut choices = vec![
        select_option(ME, "Me", &chosen),
        select_option(NOBODY, "None", &chosen),
    ];
    let everyone = assignees::all(&app.db).await?;
    let everyone = everyone.iter();
    choices.extend(
        everyone.map(|person| select_option(person.id.to_string(), label(person), &chosen)),
    );
    Ok(choices)
}

//! Account managers on pages: their names, the choices of a form, and addresses of lists.

use super::access::Viewer;
use super::paths;
use crate::app::App;
use crate::db;
use crate::db::assignees::{self, Assignee};
use crate::domain::ids::StaffId;

/// Value of a form and of an address that stands for no account manager.
pub const NOBODY: &str = "none";
/// Label of [`NOBODY`].
pub const NOBODY_LABEL: &str = "No account manager";

/// Error of a field if the chosen person was disabled since the form was shown.
pub const UNAVAILABLE: &str = "This person can no longer sign in. Choose someone else.";

/// Returns a person's name, with a note if they are disabled.
pub fn label(person: &Assignee) -> String {
    if person.is_disabled {
        format!("{} (disabled)", person.name)
    } else {
        person.name.clone()
    }
}

/// Returns the values and labels of a select field: those of [`people`], and nobody.
pub async fn choices(
    app: &App,
    viewer: &Viewer,
    present: Option<StaffId>,
) -> db::Result<Vec<(String, String)>> {
    let mut choices = people(app, viewer, present).await?;
    choices.push((NOBODY.to_owned(), NOBODY_LABEL.to_owned()));
    Ok(choices)
}

/// Returns the IDs and labels of the people to choose from: the viewer, then everyone else who can
/// sign in. Someone who is disabled is a choice only if they are `present`.
pub async fn people(
    app: &App,
    viewer: &Viewer,
    present: Option<StaffId>,
) -> db::Result<Vec<(String, String)>> {
    let everyone = assignees::all(&app.db).await?;
    let me = viewer.staff().id;
    let (mine, others): (Vec<Assignee>, Vec<Assignee>) = everyone
        .into_iter()
        .filter(|person| !person.is_disabled || Some(person.id) == present)
        .partition(|person| person.id == me);
    let mine = mine
        .into_iter()
        .map(|person| (person.id.to_string(), format!("{} (you)", person.name)));
    let others = others
        .into_iter()
        .map(|person| (person.id.to_string(), label(&person)));
    Ok(mine.chain(others).collect())
}

/// Parses a value of [`choices`]. `None` is no account manager; the error is a sentence.
pub fn parse(typed: &str) -> Result<Option<StaffId>, &'static str> {
    match typed.trim() {
        NOBODY => Ok(None),
        id => id
            .parse()
            .map(Some)
            .map_err(|_| "Choose a person, or no account manager."),
    }
}

/// Returns the address of the list of a person's accounts.
pub fn accounts_href(id: StaffId) -> String {
    paths::with_query("/accounts", [("assignee", id.to_string().as_str())])
}

/// Returns the address of the form that assigns all of a person's accounts to someone else.
pub fn reassign_href(id: StaffId) -> String {
    let list = accounts_href(id);
    paths::with_query(
        "/accounts/bulk/assign",
        [("list", list.as_str()), ("all", "yes")],
    )
}

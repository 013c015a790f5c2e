//! People in the search: staff and organization users.

use super::entry::{self, Entry, Target};
use crate::app::App;
use crate::db::assignees;
use crate::db::org_users::{self, OrgUserQuery};
use crate::domain::text::TextSearch;
use crate::web::assignee;
use crate::web::error::Error;

/// Maximum number of people.
const MAX_PEOPLE: usize = 4;
/// Number of organization users that are compared.
const MAX_READ: u32 = 20;

/// Returns the people that match.
pub(super) async fn matching(app: &App, text: &mut TextSearch) -> Result<Vec<Entry>, Error> {
    let mut found = Vec::new();
    for person in assignees::all(&app.db).await? {
        let target = Target::Page(format!("/staff/{}", person.id));
        let entry = Entry::plain("user-cog", "", target);
        let detail = format!("Staff · {}", person.email);
        found.extend(entry.matched(&assignee::label(&person), &detail, "", text));
    }
    let query = OrgUserQuery {
        email: text.text().to_owned(),
        per_page: MAX_READ,
        ..OrgUserQuery::default()
    };
    for user in org_users::list(&app.db, &query).await?.rows {
        let (Some(id), Some(email)) = (user.id, user.email) else {
            continue;
        };
        let target = Target::Page(format!("/org-users/{id}"));
        let entry = Entry::plain("users", "", target);
        found.extend(entry.matched(&email, "Telnyx user", id.as_str(), text));
    }
    Ok(entry::best(found, MAX_PEOPLE))
}

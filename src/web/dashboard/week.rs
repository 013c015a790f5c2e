//! People's work of the last seven days, and the accounts that hold the most channels.

use std::time::Duration;

use crate::app::App;
use crate::db::accounts::{self, Account, HolderFilter, SortColumn, SortOrder};
use crate::db::operations::by_person;
use crate::domain::time::Timestamp;
use crate::web::error::Error;
use crate::web::format::group_thousands;

/// Time that the list of people looks back.
const PERIOD: Duration = Duration::from_hours(7 * 24);
/// Maximum number of people in the list.
const MAX_PEOPLE: i64 = 8;
/// Number of accounts in the list of holders.
const MAX_HOLDERS: u32 = 5;

/// Changes of one person, with the addresses of the activity that lists them.
pub(super) struct PersonWork {
    pub name: String,
    pub href: String,
    pub done: String,
    /// Number of refused changes; empty if there are none.
    pub refused: String,
    pub refused_href: String,
}

/// Returns who made how many changes in the last seven days, the busiest first.
pub(super) async fn people(app: &App, now: Timestamp) -> Result<Vec<PersonWork>, Error> {
    let people = by_person::changes_since(&app.db, now - PERIOD, MAX_PEOPLE).await?;
    let work = people.into_iter().map(|person| {
        let href = format!("/activity?person={}&period=7d", person.staff_id);
        PersonWork {
            refused_href: format!("{href}&outcome=refused"),
            href,
            name: person.name,
            done: group_thousands(person.done),
            refused: match person.refused {
                0 => String::new(),
                refused => group_thousands(refused),
            },
        }
    });
    Ok(work.collect())
}

/// Account with its channels.
pub(super) struct Holder {
    pub account: Account,
    pub channels: String,
}

/// Returns the accounts that hold the most channels.
pub(super) async fn holders(app: &App) -> Result<Vec<Holder>, Error> {
    let largest = SortOrder {
        by: SortColumn::Limit,
        descending: true,
    };
    let page = (1, MAX_HOLDERS);
    let accounts =
        accounts::channel_holders(&app.db, "", HolderFilter::Holding, largest, page).await?;
    let holder = |account: Account| {
        let limit = account.channel_limit?.value;
        Some(Holder {
            channels: limit.to_string(),
            account,
        })
    };
    Ok(accounts.into_iter().filter_map(holder).collect())
}

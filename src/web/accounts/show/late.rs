//! What may still happen to the account: requests that were left without an answer and contradict what is known.

use crate::app::App;
use crate::db::accounts::Account;
use crate::domain::operation::{Change, Kind};
use crate::operations::late;
use crate::web::access::Viewer;
use crate::web::error::Error;
use crate::web::view::When;

/// One request that may still act.
pub(super) struct Late {
    /// The page of its change.
    pub href: String,
    /// What it would do: "set the channel limit to 11".
    pub effect: String,
    /// Who asked for it.
    pub who: String,
    /// Until when it is expected.
    pub until: When,
    /// It is about the status.
    pub of_status: bool,
    /// It is about the channel limit.
    pub of_limit: bool,
    /// The confirmed limit, if the pool shows that it may not hold any more; else empty.
    pub doubted: String,
    /// Where it can be sent again.
    pub again: String,
}

/// All of them, the latest first.
pub(super) async fn of(app: &App, viewer: &Viewer, account: &Account) -> Result<Vec<Late>, Error> {
    let times = viewer.times();
    let mut found = Vec::new();
    for operation in late::unanswered(app, viewer.scope()).await? {
        let Some(until) = late::may_act_until(&operation, times.now()) else {
            continue;
        };
        if !late::contradicts(&operation, account) {
            continue;
        }
        let in_doubt = late::in_doubt(app, viewer.scope(), &operation, account).await?;
        let limit = account.channel_limit.filter(|_| in_doubt);
        found.push(Late {
            href: format!("/operations/{}", operation.id),
            effect: late::effect(&operation),
            who: operation.staff_name.clone(),
            until: times.at(until),
            of_status: matches!(operation.kind, Kind::Enable | Kind::Disable),
            of_limit: matches!(operation.change, Change::ChannelLimit { .. }),
            doubted: limit.map(|fact| fact.value.to_string()).unwrap_or_default(),
            again: limit.map_or_else(String::new, |fact| {
                format!(
                    "/accounts/{}/channel-limit?channel_limit={}",
                    account.id,
                    fact.value.get()
                )
            }),
        });
    }
    Ok(found)
}

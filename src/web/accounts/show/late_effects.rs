//! Requests without an answer that contradict the known state and may still change the account.

use crate::app::App;
use crate::db::accounts::Account;
use crate::domain::operation::{Change, OperationKind};
use crate::operations::late_effects;
use crate::web::access::Viewer;
use crate::web::error::Error;
use crate::web::format::FormattedTime;

/// Request that may still take effect.
pub(super) struct LateEffect {
    /// Address of the operation's page.
    pub href: String,
    /// Effect of the request: "set the channel limit to 11".
    pub effect: String,
    /// Person who asked for it.
    pub who: String,
    /// Time until which the effect may still occur.
    pub until: FormattedTime,
    /// True if the request changes the status.
    pub of_status: bool,
    /// True if the request changes the channel limit.
    pub of_limit: bool,
    /// Confirmed limit, if the pool shows that it may no longer apply. Empty otherwise.
    pub doubted_limit: String,
    /// Address at which the request can be sent again.
    pub resend_href: String,
}

/// Returns all such requests of an account, latest first.
pub(super) async fn for_account(
    app: &App,
    viewer: &Viewer,
    account: &Account,
) -> Result<Vec<LateEffect>, Error> {
    let times = viewer.times();
    let mut found = Vec::new();
    for operation in late_effects::find_unanswered(app).await? {
        let Some(until) = late_effects::may_act_until(&operation, times.now()) else {
            continue;
        };
        if !late_effects::contradicts(&operation, account) {
            continue;
        }
        let in_doubt = late_effects::may_have_taken_effect(app, &operation, account).await?;
        let limit = account.channel_limit.filter(|_| in_doubt);
        found.push(LateEffect {
            href: format!("/operations/{}", operation.id),
            effect: late_effects::effect_text(&operation),
            who: operation.staff_name.clone(),
            until: times.format(until),
            of_status: matches!(
                operation.kind,
                OperationKind::Enable | OperationKind::Disable
            ),
            of_limit: matches!(operation.change, Change::ChannelLimit { .. }),
            doubted_limit: limit.map(|fact| fact.value.to_string()).unwrap_or_default(),
            resend_href: limit.map_or_else(String::new, |fact| {
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

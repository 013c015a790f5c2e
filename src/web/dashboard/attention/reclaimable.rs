//! Disabled accounts that hold channels.

use super::{AttentionItem, counted, names, remaining};
use crate::db::accounts::AttentionGroup;
use crate::domain::ids::AccountId;
use crate::web::format::group_thousands;
use crate::web::pool::PoolView;
use crate::web::reclaim::{self, ReclaimLink};

/// Disabled account that holds channels, with the link that takes them back.
#[derive(Clone, Debug)]
pub(in crate::web::dashboard) struct ReclaimableAccount {
    pub id: AccountId,
    pub name: String,
    pub remedy: ReclaimLink,
}

/// Returns the item about disabled accounts that hold channels. Each account can be relieved of
/// them, or all at once.
pub(super) fn item(found: &AttentionGroup, pool: &PoolView, may_change: bool) -> AttentionItem {
    let channels = group_thousands(pool.holding.reclaimable_channels);
    let who = counted(
        found.total,
        "1 disabled account holds",
        "disabled accounts hold",
    );
    let item = AttentionItem::new("warn", "power-off", format!("{who} {channels} channels"));
    let all = ReclaimLink::of_all(&pool.holding, reclaim::LIST).filter(|_| may_change);
    let Some(all) = all else {
        return item
            .more(names(&found.accounts, found.total))
            .remedy("View", reclaim::LIST);
    };
    let accounts = found.accounts.iter().filter_map(|account| {
        Some(ReclaimableAccount {
            id: account.id.clone(),
            name: account.name().to_owned(),
            remedy: ReclaimLink::of_account(account, "/")?,
        })
    });
    let rest = match remaining(&found.accounts, found.total) {
        0 => String::new(),
        rest => format!(
            "The largest first; {} more are not shown.",
            group_thousands(rest)
        ),
    };
    AttentionItem {
        accounts: accounts.collect(),
        is_dialog: true,
        ..item.more(rest).remedy(all.label, all.href)
    }
}

//! Known values of many accounts, from the index. Plans of jobs are made of them.

use super::Index;
use crate::db::{Db, Result, tags};
use crate::domain::account::AccountStatus;
use crate::domain::channels::ChannelLimit;
use crate::domain::ids::AccountId;
use crate::domain::operation::PriorState;

/// Known values of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownAccount {
    /// ID of the account.
    pub id: AccountId,
    /// Its known values.
    pub known: PriorState,
    /// True if it has the tag that was asked for.
    pub has_tag: bool,
}

/// Returns the known values of these accounts, in this order. Leaves out gone accounts.
/// `tag` is the name of a tag to look for.
pub async fn known_accounts(
    db: &Db,
    ids: &[AccountId],
    tag: Option<&str>,
) -> Result<Vec<KnownAccount>> {
    let tag = match tag {
        Some(name) => tags::by_name(db, name).await?.map(|tag| tag.id.as_uuid()),
        None => None,
    };
    db.index().known_accounts(db, ids, tag).await
}

impl Index {
    async fn known_accounts(
        &self,
        db: &Db,
        ids: &[AccountId],
        tag: Option<uuid::Uuid>,
    ) -> Result<Vec<KnownAccount>> {
        self.facts_of(db, ids, tag, |id, facts, assignee, has_tag| KnownAccount {
            id: id.clone(),
            known: PriorState {
                status: Some(facts.status).filter(|status| *status != AccountStatus::Unknown),
                channel_limit: facts
                    .limit
                    .and_then(|limit| ChannelLimit::new(u64::from(limit)).ok()),
                custom_pricing: facts.custom_pricing,
                assignee,
                namesakes: None,
            },
            has_tag,
        })
        .await
    }
}

//! Items of a plan: the change that an action makes to one account, and the decision about it.

use crate::db::accounts::Account;
use crate::domain::ids::{AccountId, OperationId};
use crate::domain::job::{Decision, ItemWork, JobAction, LimitRule};
use crate::domain::operation::{Change, PriorState};
use crate::operations::{self, Obstacle};

/// Planned item, before it has a number and a key.
pub(super) struct PlannedItem {
    pub account: AccountId,
    pub name: String,
    pub email: String,
    pub decision: Decision,
    pub work: Option<ItemWork>,
    pub shown: PriorState,
    /// Operation that it undoes.
    pub undoes: Option<OperationId>,
    pub message: String,
}

impl PlannedItem {
    /// Decides about a change of an account. The pool is not considered.
    pub fn of_change(account: &Account, change: Change) -> Self {
        let mut item = Self::new(account);
        let plan = operations::plan_change(&change, account);
        item.shown = plan.shown;
        match plan.obstacle {
            Some(Obstacle::SameValue(sentence)) => item.exclude(Decision::Same, sentence),
            Some(Obstacle::Status(sentence)) => item.exclude(Decision::Status, sentence),
            None => {}
        }
        item.work = Some(ItemWork::Operation(change));
        item
    }

    /// Decides about adding or removing a tag.
    pub fn of_tag(account: &Account, work: ItemWork, has_tag: bool) -> Self {
        let mut item = Self::new(account);
        match (&work, has_tag) {
            (ItemWork::AddTag(name), true) => {
                item.exclude(Decision::Same, format!("It has the tag {name}."));
            }
            (ItemWork::RemoveTag(name), false) => {
                item.exclude(Decision::Same, format!("It does not have the tag {name}."));
            }
            _ => {}
        }
        item.work = Some(work);
        item
    }

    /// Returns an item that will be changed, without its change.
    pub fn new(account: &Account) -> Self {
        Self {
            account: account.id.clone(),
            name: account.name().to_owned(),
            email: account.email.clone(),
            decision: Decision::Change,
            work: None,
            shown: PriorState::default(),
            undoes: None,
            message: String::new(),
        }
    }

    /// Excludes the item from the run, with the reason in a sentence.
    pub fn exclude(&mut self, decision: Decision, sentence: String) {
        self.decision = decision;
        self.message = sentence;
    }

    /// Returns the number of channels that the item needs; negative if it frees some.
    /// Returns 0 if the present limit is not known.
    pub fn needed_channels(&self) -> i64 {
        match (&self.work, self.shown.channel_limit) {
            (Some(ItemWork::Operation(Change::ChannelLimit { limit, .. })), Some(now)) => {
                i64::from(limit.get()) - i64::from(now.get())
            }
            _ => 0,
        }
    }
}

/// Decides about one account. `has_tag` tells if it has the action's tag.
pub(super) fn plan(action: &JobAction, account: &Account, has_tag: bool) -> PlannedItem {
    let id = || account.id.clone();
    match action {
        JobAction::Enable {
            reenable_all_connections,
        } => PlannedItem::of_change(
            account,
            Change::Enable {
                account: id(),
                reenable_all_connections: *reenable_all_connections,
            },
        ),
        JobAction::Disable => PlannedItem::of_change(account, Change::Disable { account: id() }),
        JobAction::ChannelLimit { limit } => plan_limit(*limit, account),
        JobAction::CustomPricing { allow } => PlannedItem::of_change(
            account,
            Change::CustomPricing {
                account: id(),
                allow: *allow,
            },
        ),
        JobAction::AddTag { name } => {
            PlannedItem::of_tag(account, ItemWork::AddTag(name.clone()), has_tag)
        }
        JobAction::RemoveTag { name } => {
            PlannedItem::of_tag(account, ItemWork::RemoveTag(name.clone()), has_tag)
        }
        // `undo` and `move_channels` plan these.
        JobAction::Undo { .. } | JobAction::MoveChannels { .. } => PlannedItem::new(account),
    }
}

fn plan_limit(rule: LimitRule, account: &Account) -> PlannedItem {
    let now = account.channel_limit.map(|fact| fact.value);
    let Some(limit) = rule.apply(now) else {
        let mut item = PlannedItem::new(account);
        let sentence = "Its channel limit is not known, so the new one cannot be calculated.";
        item.exclude(Decision::NotKnown, sentence.to_owned());
        return item;
    };
    let account_id = account.id.clone();
    let change = Change::ChannelLimit {
        account: account_id,
        limit,
    };
    PlannedItem::of_change(account, change)
}

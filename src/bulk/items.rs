//! Items of a plan: the change that an action makes to one account, and the decision about it.

use serde::{Deserialize, Serialize};

use crate::domain::account::AccountStatus;
use crate::domain::channels::ChannelLimit;
use crate::domain::ids::{AccountId, OperationId, StaffId};
use crate::domain::job::{Decision, ItemWork, JobAction};
use crate::domain::operation::{Change, PriorState};
use crate::operations::{self, Obstacle};

/// Planned item, before it has a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "StoredItem", into = "StoredItem")]
pub(super) struct PlannedItem {
    /// Account to change; `None` if the item creates one.
    pub account: Option<AccountId>,
    pub decision: Decision,
    /// Change to make. `None` if it cannot be determined, or follows from the action.
    pub work: Option<ItemWork>,
    /// Values that the plan depends on, to find later if they have changed.
    pub shown: PriorState,
    /// Phase from 1. Its items start when those of the phases before have a result.
    pub phase: i64,
    /// Operation that it undoes.
    pub undoes: Option<OperationId>,
    /// Reason of the decision; empty if it will be changed.
    pub message: String,
    /// Name and email address of an account that does not exist yet.
    pub label: Option<(String, String)>,
}

/// Stored form of an item. It has no names, because there may be 100,000 items.
type StoredItem = (
    Option<AccountId>,
    Decision,
    Option<AccountStatus>,
    Option<ChannelLimit>,
    Option<bool>,
    Option<StaffId>,
    i64,
    String,
    Option<RareFields>,
);

/// Fields that few kinds of job use: work, undone operation, and label.
type RareFields = (
    Option<ItemWork>,
    Option<OperationId>,
    Option<(String, String)>,
);

impl From<PlannedItem> for StoredItem {
    fn from(item: PlannedItem) -> Self {
        let has_rare = item.work.is_some() || item.undoes.is_some() || item.label.is_some();
        let rare = has_rare.then_some((item.work, item.undoes, item.label));
        (
            item.account,
            item.decision,
            item.shown.status,
            item.shown.channel_limit,
            item.shown.custom_pricing,
            item.shown.assignee,
            item.phase,
            item.message,
            rare,
        )
    }
}

impl From<StoredItem> for PlannedItem {
    fn from(stored: StoredItem) -> Self {
        let (
            account,
            decision,
            status,
            channel_limit,
            custom_pricing,
            assignee,
            phase,
            message,
            rare,
        ) = stored;
        let (work, undoes, label) = rare.unwrap_or_default();
        Self {
            account,
            decision,
            work,
            shown: PriorState {
                status,
                channel_limit,
                custom_pricing,
                assignee,
                namesakes: None,
            },
            phase,
            undoes,
            message,
            label,
        }
    }
}

impl PlannedItem {
    /// Decides about a change of an account. The pool is not considered.
    pub fn of_change(account: &AccountId, known: &PriorState, change: Change) -> Self {
        let mut item = Self::new(account);
        let plan = operations::plan_change(&change, known);
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
    pub fn of_tag(account: &AccountId, work: ItemWork, has_tag: bool) -> Self {
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

    /// Decides about assigning an account manager to an account with this one.
    pub fn of_assignment(
        account: &AccountId,
        now: Option<StaffId>,
        staff: Option<StaffId>,
        name: String,
    ) -> Self {
        let mut item = Self::new(account);
        item.shown.assignee = now;
        if now == staff {
            item.exclude(Decision::Same, assignee_sentence(staff, &name));
        }
        item.work = Some(ItemWork::Assign { staff, name });
        item
    }

    /// Returns an item that will be changed, without its change.
    pub fn new(account: &AccountId) -> Self {
        Self {
            account: Some(account.clone()),
            ..Self::without_account(None)
        }
    }

    /// Returns an item that creates an account. `label` is the name and email address of its row,
    /// and `change` is `None` if the row is invalid.
    pub fn of_row(change: Option<Change>, label: (String, String)) -> Self {
        Self {
            label: Some(label),
            ..Self::without_account(change.map(ItemWork::Operation))
        }
    }

    fn without_account(work: Option<ItemWork>) -> Self {
        Self {
            account: None,
            decision: Decision::Change,
            work,
            shown: PriorState::default(),
            phase: 1,
            undoes: None,
            message: String::new(),
            label: None,
        }
    }

    /// Excludes the item from the run, with the reason in a sentence.
    pub fn exclude(&mut self, decision: Decision, sentence: String) {
        self.decision = decision;
        self.message = sentence;
    }

    /// Returns `true` if the run includes the item at first.
    pub fn is_included(&self) -> bool {
        self.decision == Decision::Change
    }

    /// Returns the number of channels that the item needs; negative if it frees some.
    /// Returns 0 if the present limit is not known.
    pub fn needed_channels(&self) -> i64 {
        let Some(ItemWork::Operation(change)) = &self.work else {
            return 0;
        };
        match (change, self.shown.channel_limit) {
            (Change::ChannelLimit { limit, .. }, Some(now)) => {
                i64::from(limit.get()) - i64::from(now.get())
            }
            // The size of the default limit that Telnyx gives without one is not known.
            (Change::Create { channel_limit, .. }, _) => {
                channel_limit.map_or(0, |limit| i64::from(limit.get()))
            }
            _ => 0,
        }
    }
}

/// Returns a sentence about an account with this account manager.
pub(super) fn assignee_sentence(staff: Option<StaffId>, name: &str) -> String {
    if staff.is_some() {
        format!("Its account manager is {name}.")
    } else {
        "It has no account manager.".to_owned()
    }
}

/// Decides about one account. `has_tag` tells if it has the action's tag.
pub(super) fn plan(
    action: &JobAction,
    account: &AccountId,
    known: &PriorState,
    has_tag: bool,
) -> PlannedItem {
    match work(action, account, known) {
        Some(ItemWork::Operation(change)) => PlannedItem::of_change(account, known, change),
        Some(ItemWork::Assign { staff, name }) => {
            PlannedItem::of_assignment(account, known.assignee, staff, name)
        }
        Some(tag) => PlannedItem::of_tag(account, tag, has_tag),
        None => {
            let mut item = PlannedItem::new(account);
            let sentence = "Its channel limit is not known, so the new one cannot be calculated.";
            item.exclude(Decision::NotKnown, sentence.to_owned());
            item
        }
    }
}

/// Returns the change that an action makes to an account of which these values are known.
/// Returns `None` if it depends on a value that is not known, or if the plan stores it.
pub(super) fn work(
    action: &JobAction,
    account: &AccountId,
    known: &PriorState,
) -> Option<ItemWork> {
    let account = account.clone();
    let change = match action {
        JobAction::Enable {
            reenable_all_connections,
        } => Change::Enable {
            account,
            reenable_all_connections: *reenable_all_connections,
        },
        JobAction::Disable => Change::Disable { account },
        JobAction::ChannelLimit { limit } => Change::ChannelLimit {
            account,
            limit: limit.apply(known.channel_limit)?,
        },
        JobAction::CustomPricing { allow } => Change::CustomPricing {
            account,
            allow: *allow,
        },
        JobAction::AddTag { name } => return Some(ItemWork::AddTag(name.clone())),
        JobAction::RemoveTag { name } => return Some(ItemWork::RemoveTag(name.clone())),
        JobAction::Assign { staff, name } => {
            return Some(ItemWork::Assign {
                staff: *staff,
                name: name.clone(),
            });
        }
        JobAction::Undo { .. } | JobAction::MoveChannels { .. } | JobAction::Import { .. } => {
            return None;
        }
    };
    Some(ItemWork::Operation(change))
}

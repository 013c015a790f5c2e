//! Jobs: many changes under one heading. A preview stores the plan, and running applies it.

use serde::{Deserialize, Serialize};

use super::channels::ChannelLimit;
use super::ids::{JobId, StaffId};
use super::operation::Change;
use super::string_enum::string_enum;
use super::text::group_thousands;

string_enum! {
    /// State of a job.
    pub enum JobState {
        /// The plan is stored, and nothing was started.
        Preview = "preview", "Preview";
        /// Its items are sent, one after the other.
        Running = "running", "Running";
        /// A person paused it, or it reached the item up to which it was to run.
        Paused = "paused", "Paused";
        /// A person stopped it. Items that were not started stay so.
        Stopped = "stopped", "Stopped";
        /// Every item has a result.
        Ended = "ended", "Finished";
    }
}

string_enum! {
    /// State of one item of a job.
    pub enum ItemState {
        /// Its turn has not come.
        Waiting = "waiting", "Waiting";
        /// It is being sent.
        Running = "running", "Sending";
        /// The portal is checking if Telnyx made the change.
        Checking = "checking", "Checking";
        /// The portal could not find out if Telnyx made the change. A person has to look.
        Unknown = "unknown", "Unknown";
        /// The account is created, but a later part of the row failed.
        Incomplete = "incomplete", "Incomplete";
        /// It did not happen.
        Refused = "refused", "Failed";
        /// It happened.
        Done = "done", "Done";
        /// It is not part of the run: the preview excluded it, or a person did.
        LeftOut = "left_out", "Left out";
        /// The job was stopped before its turn.
        NotStarted = "not_started", "Not started";
    }
}

string_enum! {
    /// Decision of the preview about one item.
    pub enum Decision {
        /// It is changed.
        Change = "change", "Will change";
        /// The pool has too few channels for it.
        Pool = "pool", "Do not fit in the pool";
        /// It has the requested value.
        Same = "same", "Already so";
        /// Its status does not allow the change.
        Status = "status", "Status does not allow it";
        /// The change depends on a value that is not known.
        NotKnown = "not_known", "Current value not known";
        /// It was changed since, or was undone.
        Changed = "changed", "Changed since";
        /// It cannot be undone.
        NotUndoable = "not_undoable", "Cannot be undone";
        /// An account has its email address.
        Exists = "exists", "Exist already";
        /// An earlier row of the file has its email address.
        Duplicate = "duplicate", "Twice in the file";
        /// Another account has a similar name, and nobody said that this is another customer.
        Similar = "similar", "Look like another account";
        /// A cell of the row is invalid.
        Invalid = "invalid", "Have errors";
        /// A person left the row out before the preview.
        Excluded = "excluded", "Left out before";
    }
}

impl Decision {
    /// Returns `true` if the item may be sent. A person may leave it out or include it.
    #[must_use]
    pub const fn is_sendable(self) -> bool {
        matches!(self, Self::Change | Self::Pool)
    }
}

string_enum! {
    /// Step of a job that an event records.
    pub enum JobStep {
        /// A person started it.
        Started = "started";
        /// A person continued it after a pause.
        Continued = "continued";
        /// A person ran its failed part again.
        Retried = "retried";
        /// A person paused it.
        Paused = "paused";
        /// It came to the item up to which it was to run.
        BoundReached = "bound_reached";
        /// A person stopped it.
        Stopped = "stopped";
        /// Every item has a result.
        Ended = "ended";
    }
}

/// Rule from which each account's new channel limit follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", content = "channels", rename_all = "snake_case")]
pub enum LimitRule {
    /// The same limit for all.
    Set(ChannelLimit),
    /// So many more than now.
    RaiseBy(ChannelLimit),
    /// So many fewer than now, at least 0.
    LowerBy(ChannelLimit),
    /// Lowers only larger limits.
    AtMost(ChannelLimit),
}

impl LimitRule {
    /// Returns the new limit of an account with this limit. A sum above the maximum stays there.
    /// Returns `None` if the new limit depends on one that is not known.
    #[must_use]
    pub fn apply(self, now: Option<ChannelLimit>) -> Option<ChannelLimit> {
        let limit = |channels: u32| ChannelLimit::new(u64::from(channels.min(ChannelLimit::MAX)));
        match self {
            Self::Set(limit) => Some(limit),
            Self::RaiseBy(more) => limit(now?.get().saturating_add(more.get())).ok(),
            Self::LowerBy(fewer) => limit(now?.get().saturating_sub(fewer.get())).ok(),
            Self::AtMost(most) => Some(now?.min(most)),
        }
    }
}

/// Action of a job, the same for all of its items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum JobAction {
    /// Enable accounts.
    Enable {
        /// True if all connections of the accounts are enabled too.
        reenable_all_connections: bool,
    },
    /// Disable accounts.
    Disable,
    /// Change channel limits.
    ChannelLimit {
        /// Rule from which the new limits follow.
        limit: LimitRule,
    },
    /// Switch custom pricing.
    CustomPricing {
        /// True if the accounts are to have custom pricing.
        allow: bool,
    },
    /// Add a tag.
    AddTag {
        /// Name of the tag.
        name: String,
    },
    /// Remove a tag.
    RemoveTag {
        /// Name of the tag.
        name: String,
    },
    /// Assign an account manager, or remove it.
    Assign {
        /// Staff member to assign; `None` to remove the present one.
        staff: Option<StaffId>,
        /// Their name; empty if there is none.
        name: String,
    },
    /// Move channels from one account to another.
    MoveChannels {
        /// Number of channels.
        channels: ChannelLimit,
        /// Name of the account that gives them.
        from: String,
        /// Name of the account that gets them.
        to: String,
    },
    /// Create the accounts of a file.
    Import {
        /// Name of the file.
        file: String,
    },
    /// Undo a job.
    Undo {
        /// Job to undo.
        job: JobId,
        /// Action of that job.
        of: Box<JobAction>,
        /// True if connections of the accounts are enabled too, for undoing "Disable".
        reenable_all_connections: bool,
    },
}

impl JobAction {
    /// Returns the action as an order for these accounts: "Disable 3 accounts".
    #[must_use]
    pub fn title(&self, accounts: i64) -> String {
        let many = count_accounts(accounts);
        match self {
            Self::Enable { .. } => format!("Enable {many}"),
            Self::Disable => format!("Disable {many}"),
            Self::ChannelLimit {
                limit: LimitRule::Set(ChannelLimit::ZERO),
            } => format!("Block outbound calls of {many}"),
            Self::ChannelLimit { limit } => match limit {
                LimitRule::Set(limit) => format!("Set the channel limit of {many} to {limit}"),
                LimitRule::RaiseBy(by) => format!("Raise the channel limit of {many} by {by}"),
                LimitRule::LowerBy(by) => format!("Lower the channel limit of {many} by {by}"),
                LimitRule::AtMost(most) => {
                    format!("Lower the channel limit of {many} to at most {most}")
                }
            },
            Self::CustomPricing { allow: true } => format!("Use custom pricing for {many}"),
            Self::CustomPricing { allow: false } => format!("Use our rates for {many}"),
            Self::AddTag { name } => format!("Add the tag {name} to {many}"),
            Self::RemoveTag { name } => format!("Remove the tag {name} from {many}"),
            Self::Assign { staff: None, .. } => format!("Remove the account manager of {many}"),
            Self::Assign { name, .. } => format!("Make {name} the account manager of {many}"),
            Self::MoveChannels { channels, from, to } => {
                format!("Move {channels} channels from {from} to {to}")
            }
            Self::Import { file } => format!("Create {many} from {file}"),
            // Telnyx has no way to delete an account.
            Self::Undo { of, .. } if let Self::Import { file } = &**of => {
                format!("Disable {many} that {file} created")
            }
            Self::Undo { of, .. } => format!("Undo “{}”", of.title(accounts)),
        }
    }

    /// Returns `true` if the action stops calls or changes prices. It then needs a reason and the
    /// number of accounts, typed.
    #[must_use]
    pub fn is_disruptive(&self) -> bool {
        match self {
            Self::Disable | Self::CustomPricing { .. } => true,
            Self::ChannelLimit { limit } => matches!(
                limit,
                LimitRule::Set(ChannelLimit::ZERO)
                    | LimitRule::AtMost(ChannelLimit::ZERO)
                    | LimitRule::LowerBy(_)
            ),
            Self::Undo { of, .. } => match &**of {
                // It makes the first change again.
                Self::Undo { of: first, .. } => first.is_disruptive(),
                of => matches!(
                    of,
                    Self::Enable { .. } | Self::CustomPricing { .. } | Self::Import { .. }
                ),
            },
            Self::Enable { .. }
            | Self::AddTag { .. }
            | Self::RemoveTag { .. }
            | Self::Assign { .. }
            | Self::MoveChannels { .. }
            | Self::Import { .. } => false,
        }
    }
}

fn count_accounts(accounts: i64) -> String {
    let unit = if accounts == 1 { "account" } else { "accounts" };
    format!("{} {unit}", group_thousands(accounts))
}

/// Change that one item makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemWork {
    /// A change at Telnyx.
    Operation(Change),
    /// A tag to add, by name.
    AddTag(String),
    /// A tag to remove, by name.
    RemoveTag(String),
    /// An account manager to assign, or to remove.
    Assign {
        /// Staff member to assign; `None` to remove the present one.
        staff: Option<StaffId>,
        /// Their name; empty if there is none.
        name: String,
    },
}

/// Number of a job's items in each state. The numbers always add up to the total.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobCounts([i64; ItemState::ALL.len()]);

impl FromIterator<(ItemState, i64)> for JobCounts {
    fn from_iter<I: IntoIterator<Item = (ItemState, i64)>>(states: I) -> Self {
        let mut counts = Self::default();
        for (state, items) in states {
            counts.add(state, items);
        }
        counts
    }
}

impl JobCounts {
    /// Adds items of a state.
    pub fn add(&mut self, state: ItemState, items: i64) {
        self.0[state as usize] += items;
    }

    /// Returns the number of items in a state.
    #[must_use]
    pub const fn of(&self, state: ItemState) -> i64 {
        self.0[state as usize]
    }

    /// Returns the number of all items.
    #[must_use]
    pub fn all(&self) -> i64 {
        self.0.iter().sum()
    }

    /// Returns the number of items that the run includes, whatever their state.
    #[must_use]
    pub fn included(&self) -> i64 {
        self.all() - self.of(ItemState::LeftOut)
    }

    /// Returns the number of included items that have a result.
    #[must_use]
    pub const fn finished(&self) -> i64 {
        self.of(ItemState::Done)
            + self.of(ItemState::Refused)
            + self.of(ItemState::Incomplete)
            + self.of(ItemState::Unknown)
    }

    /// Returns the number of items that need a person: failed, incomplete or unknown.
    #[must_use]
    pub const fn problems(&self) -> i64 {
        self.finished() - self.of(ItemState::Done)
    }

    /// Returns the number of items that are being sent or checked.
    #[must_use]
    pub const fn under_way(&self) -> i64 {
        self.of(ItemState::Running) + self.of(ItemState::Checking)
    }

    /// Returns the result in one line, failures first: "2 failed, 497 done, 1 being checked".
    #[must_use]
    pub fn summary(&self) -> String {
        let parts = [
            (ItemState::Refused, "failed"),
            (ItemState::Incomplete, "incomplete"),
            (ItemState::Unknown, "unknown"),
            (ItemState::Done, "done"),
            (ItemState::Checking, "being checked"),
            (ItemState::Running, "being sent"),
            (ItemState::Waiting, "waiting"),
            (ItemState::NotStarted, "not started"),
        ];
        let parts = parts.into_iter().filter(|(state, _)| self.of(*state) > 0);
        let parts: Vec<String> = parts
            .map(|(state, words)| format!("{} {words}", group_thousands(self.of(state))))
            .collect();
        if parts.is_empty() {
            "Nothing to do".to_owned()
        } else {
            parts.join(", ")
        }
    }
}

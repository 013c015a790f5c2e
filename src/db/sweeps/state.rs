//! State of all accounts during a sweep, in a few bytes for each.
//! It is enough to tell if a list agrees with the directory, and to remember which accounts were
//! seen. It holds digests instead of IDs.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::checkpoint::{CheckpointAccount, IdDigest};
use crate::db::accounts::ComparisonRow;
use crate::domain::account::AccountStatus;
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;

/// Returns the digest of an ID: the bytes of a UUID, or else a hash.
pub(crate) fn id_digest(id: &AccountId) -> IdDigest {
    let text = id.as_str();
    if let Ok(uuid) = Uuid::try_parse(text)
        && text.len() == 36
        && !text.bytes().any(|byte| byte.is_ascii_uppercase())
    {
        return uuid.into_bytes();
    }
    let mut mark = IdDigest::default();
    for (to, from) in mark.iter_mut().zip(Sha256::digest(text)) {
        *to = from;
    }
    mark
}

/// Facts that a list can confirm or contradict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ComparedFacts {
    /// Hash of name and email address.
    name_hash: u64,
    updated_at: Option<Timestamp>,
    status: AccountStatus,
    custom_pricing: Option<bool>,
    rollup_billing: Option<bool>,
}

impl ComparedFacts {
    fn from_row(known: &ComparisonRow) -> Self {
        Self {
            name_hash: hash_names(&known.organization_name, &known.email),
            updated_at: known.updated_at,
            status: known.status,
            custom_pricing: known.custom_pricing,
            rollup_billing: known.rollup_billing,
        }
    }

    fn from_list(listed: &CheckpointAccount, status: AccountStatus) -> Self {
        let profile = &listed.profile;
        Self {
            name_hash: hash_names(&profile.organization_name, &profile.email),
            updated_at: profile.updated_at,
            status,
            custom_pricing: listed.custom_pricing,
            rollup_billing: profile.rollup_billing,
        }
    }

    /// Returns `true` if a list agrees.
    /// The list must state the pricing. Other facts that it leaves out do not contradict.
    fn agrees_with(self, listed: Self) -> bool {
        self.name_hash == listed.name_hash
            && self.status == listed.status
            && listed.custom_pricing.is_some()
            && self.custom_pricing == listed.custom_pricing
            && (listed.updated_at.is_none() || self.updated_at == listed.updated_at)
            && (listed.rollup_billing.is_none() || self.rollup_billing == listed.rollup_billing)
    }
}

fn hash_names(name: &str, email: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    email.hash(&mut hasher);
    hasher.finish()
}

/// State of one account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AccountState {
    facts: ComparedFacts,
    /// Time at which the row's profile was last seen.
    profile_at: Timestamp,
    /// Time of the request for the first page with it.
    /// In milliseconds since the sweep began.
    first_page_offset_ms: u32,
    flags: u16,
}

/// Yes-or-no fact about an account.
#[derive(Clone, Copy, Debug)]
#[repr(u16)]
pub(crate) enum Flag {
    /// It is gone, or was recently not found. A list that shows it must be examined.
    Absent = 1,
    /// Telnyx should have it. If no list shows it, the sweep requests it.
    Known = 1 << 1,
    /// The last complete sweep confirms it.
    ConfirmedBefore = 1 << 2,
    /// It was written after the first page was compared, so earlier pages no longer count.
    Revised = 1 << 3,
    /// The directory did not have it.
    New = 1 << 4,
    /// A page agrees with the directory about it.
    Unchanged = 1 << 5,
    /// A page differs from the directory about it.
    Differs = 1 << 6,
    /// More than one page differs from the directory about it.
    DiffersTwice = 1 << 7,
    /// Lists contradict each other about it.
    Contradictory = 1 << 8,
    /// A page shows it.
    Listed = 1 << 9,
    /// This sweep confirms it.
    Confirmed = 1 << 10,
    /// An operation is changing it, or finished after the page was requested.
    HeldByOperation = 1 << 11,
    /// Telnyx showed it before. If far too few of these are shown, the lists are not trusted.
    Expected = 1 << 12,
    /// The portal concluded that it is gone.
    Gone = 1 << 13,
}

/// Flags of a row that stay valid for the next sweep.
const ROW_FLAGS: u16 = Flag::Absent as u16 | Flag::Gone as u16 | Flag::ConfirmedBefore as u16;

impl AccountState {
    pub(crate) const fn is(&self, flag: Flag) -> bool {
        self.flags & flag as u16 != 0
    }

    pub(crate) fn set(&mut self, flag: Flag) {
        self.flags |= flag as u16;
    }

    pub(crate) const fn status(&self) -> AccountStatus {
        self.facts.status
    }

    pub(crate) const fn custom_pricing(&self) -> Option<bool> {
        self.facts.custom_pricing
    }

    /// Returns the time at which the first page with it was requested.
    pub(crate) fn first_listed_at(&self, started_at: Timestamp) -> Timestamp {
        started_at + std::time::Duration::from_millis(self.first_page_offset_ms.into())
    }

    fn mark_listed(&mut self, after: u32) {
        if !self.is(Flag::Listed) {
            self.first_page_offset_ms = after;
        }
        self.first_page_offset_ms = self.first_page_offset_ms.min(after);
        self.set(Flag::Listed);
    }

    /// Returns `true` if the row says what this sweep confirms.
    pub(crate) fn matches_row(&self, known: &ComparisonRow) -> bool {
        self.is(Flag::Confirmed)
            && !known.gone
            && !known.missing
            && self.facts == ComparedFacts::from_row(known)
    }

    /// Marks it as confirmed with the current facts of the row.
    pub(crate) fn confirm_as(&mut self, known: &ComparisonRow) {
        self.facts = ComparedFacts::from_row(known);
        self.set(Flag::Confirmed);
    }
}

/// Maximum number of accounts for which memory is reserved because a list says so.
const MAX_RESERVED: u64 = 1_000_000;

/// State of all accounts.
pub(crate) struct SweepState {
    entries: HashMap<IdDigest, AccountState>,
    started_at: Timestamp,
}

impl SweepState {
    pub(crate) fn new(started_at: Timestamp) -> Self {
        Self {
            entries: HashMap::new(),
            started_at,
        }
    }

    /// Returns the state for a new sweep that begins now.
    /// Rows that were written since must be inserted again.
    pub(crate) fn reset(mut self, started_at: Timestamp) -> Self {
        self.entries.retain(|_, entry| !entry.is(Flag::New));
        for entry in self.entries.values_mut() {
            entry.flags &= ROW_FLAGS;
            entry.first_page_offset_ms = 0;
        }
        Self {
            entries: self.entries,
            started_at,
        }
    }

    /// Reserves memory for this many accounts at once.
    /// Growing while it is filled would temporarily take twice as much.
    pub(crate) fn reserve(&mut self, accounts: u64) {
        let accounts = usize::try_from(accounts.min(MAX_RESERVED)).unwrap_or_default();
        self.entries
            .reserve(accounts.saturating_sub(self.entries.len()));
    }

    /// Inserts an account of the directory. Rows with the revision `horizon` or a later one count
    /// as revised.
    pub(crate) fn insert_row(&mut self, known: &ComparisonRow, horizon: i64) {
        let mut entry = AccountState {
            facts: ComparedFacts::from_row(known),
            profile_at: known.profile_at,
            first_page_offset_ms: 0,
            flags: 0,
        };
        for (flag, holds) in [
            (Flag::Absent, known.gone || known.missing),
            (Flag::Gone, known.gone),
            (Flag::ConfirmedBefore, known.swept),
            (Flag::Revised, known.revision >= horizon),
        ] {
            if holds {
                entry.set(flag);
            }
        }
        self.entries.insert(id_digest(&known.id), entry);
    }

    /// Marks the accounts that lists should show, after all rows were inserted.
    /// `swept_at` is the start of the last complete sweep that confirms rows. Accounts that were
    /// not seen since `shrunk_at` are not expected.
    pub(crate) fn finish_loading(
        &mut self,
        swept_at: Option<Timestamp>,
        shrunk_at: Option<Timestamp>,
    ) {
        for entry in self.entries.values_mut() {
            if entry.is(Flag::ConfirmedBefore) {
                entry.profile_at = entry.profile_at.max(swept_at.unwrap_or(entry.profile_at));
            }
            // Accounts inserted after the lists were requested need not be in them.
            if !entry.is(Flag::Gone) && entry.profile_at < self.started_at {
                entry.set(Flag::Known);
                if shrunk_at.is_none_or(|shrunk_at| entry.profile_at >= shrunk_at) {
                    entry.set(Flag::Expected);
                }
            }
        }
    }

    /// Records an account that a list shows. Returns `true` if it matches the directory.
    /// Then only its digest needs to be stored.
    pub(crate) fn record_listed(
        &mut self,
        mark: IdDigest,
        listed: &CheckpointAccount,
        status: AccountStatus,
        at: Timestamp,
    ) -> bool {
        let after = u32::try_from(self.started_at.until(at).as_millis()).unwrap_or(u32::MAX);
        let facts = ComparedFacts::from_list(listed, status);
        let entry = self.entries.entry(mark).or_insert(AccountState {
            facts,
            profile_at: at,
            first_page_offset_ms: after,
            flags: Flag::New as u16,
        });
        let first = !entry.is(Flag::Listed);
        entry.mark_listed(after);
        if !entry.is(Flag::New) && !entry.is(Flag::Absent) && entry.facts.agrees_with(facts) {
            entry.set(Flag::Unchanged);
            return true;
        }
        if entry.is(Flag::New) && !first && entry.facts.status != status {
            entry.set(Flag::Contradictory);
        }
        entry.set(if entry.is(Flag::Differs) {
            Flag::DiffersTwice
        } else {
            Flag::Differs
        });
        false
    }

    /// Records an account that matched the directory on an earlier page.
    pub(crate) fn record_unchanged(&mut self, mark: &IdDigest, at: Timestamp) {
        let after = u32::try_from(self.started_at.until(at).as_millis()).unwrap_or(u32::MAX);
        if let Some(entry) = self.entries.get_mut(mark) {
            entry.mark_listed(after);
            if !entry.is(Flag::Revised) {
                entry.set(Flag::Unchanged);
            }
        }
    }

    pub(crate) fn entry(&mut self, id: &AccountId) -> Option<&mut AccountState> {
        self.entries.get_mut(&id_digest(id))
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &AccountState> {
        self.entries.values()
    }

    pub(crate) fn entries_mut(&mut self) -> impl Iterator<Item = &mut AccountState> {
        self.entries.values_mut()
    }
}

/// State of all rows before a sweep.
pub(crate) struct Baseline {
    /// State of each account.
    pub state: SweepState,
    /// Rows with this revision or a later one may differ from the sweep state.
    pub loaded_revision: i64,
}

//! State of the directory, in a few bytes for each account. It is enough to tell if a list says the same, and to
//! remember which accounts were seen. It holds no IDs, only digests made from them.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::checkpoint::{CheckpointAccount, IdDigest};
use crate::db::accounts::ComparisonRow;
use crate::domain::account::AccountStatus;
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;

/// An id as a mark: a UUID as it is, anything else hashed.
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

/// The facts that a list can confirm or contradict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ComparedFacts {
    /// Name and e-mail address.
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

    /// Returns `true` if a list says the same. A fact that the list leaves out does not contradict, but it
    /// must state the pricing.
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

/// State that is remembered of one account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AccountState {
    facts: ComparedFacts,
    /// When the row's profile was last seen, as far as the row told.
    profile_at: Timestamp,
    /// When the first page that shows it was asked for, in milliseconds after the reading began.
    first_page_offset_ms: u32,
    flags: u16,
}

/// Something that holds of an account or not.
#[derive(Clone, Copy, Debug)]
#[repr(u16)]
pub(crate) enum Flag {
    /// Gone, or not found of late: a list that shows it is to be looked into.
    Absent = 1,
    /// Telnyx has it, as far as is known: where no list shows it, it is asked for.
    Known = 1 << 1,
    /// The last whole reading confirms it.
    ConfirmedBefore = 1 << 2,
    /// Written since the first page was compared: what pages of before said of it is not known any more.
    Revised = 1 << 3,
    /// The directory did not have it.
    New = 1 << 4,
    /// A page says of it what the directory has.
    Unchanged = 1 << 5,
    /// A page says something else.
    Differs = 1 << 6,
    /// More than one page says something else.
    DiffersTwice = 1 << 7,
    /// Lists contradict each other about it.
    Contradictory = 1 << 8,
    /// Some page shows it.
    Listed = 1 << 9,
    /// This reading confirms it.
    Confirmed = 1 << 10,
    /// An operation has it open, or closed it after the page was asked for.
    HeldByOperation = 1 << 11,
    /// Telnyx showed it before: where far too few of these are shown, the lists are not believed.
    Expected = 1 << 12,
    /// Concluded to be gone.
    Gone = 1 << 13,
}

/// Flags of a row that hold whichever sweep is under way.
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

    /// When the first page that shows it was asked for.
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

    /// This reading confirms it, as the row is now.
    pub(crate) fn confirm_as(&mut self, known: &ComparisonRow) {
        self.facts = ComparedFacts::from_row(known);
        self.set(Flag::Confirmed);
    }
}

/// For how many accounts room is made on the word of a list.
const MAX_RESERVED: u64 = 1_000_000;

/// All accounts.
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

    /// The same rows, for a reading that begins now. Those that were written since are to be entered again.
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

    /// Makes room for so many accounts at once: what grows as it is filled takes twice as much for a while.
    pub(crate) fn reserve(&mut self, accounts: u64) {
        let accounts = usize::try_from(accounts.min(MAX_RESERVED)).unwrap_or_default();
        self.entries
            .reserve(accounts.saturating_sub(self.entries.len()));
    }

    /// Enters an account of the directory's. `horizon`: of the reading.
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

    /// All rows are entered: which of them are to be in the lists? `swept_at`: how old the last whole reading is that
    /// confirms rows; `shrunk_at`: what was not seen since then is not expected to be shown.
    pub(crate) fn finish_loading(
        &mut self,
        swept_at: Option<Timestamp>,
        shrunk_at: Option<Timestamp>,
    ) {
        for entry in self.entries.values_mut() {
            if entry.is(Flag::ConfirmedBefore) {
                entry.profile_at = entry.profile_at.max(swept_at.unwrap_or(entry.profile_at));
            }
            // What was entered after the lists were asked for need not be in them.
            if !entry.is(Flag::Gone) && entry.profile_at < self.started_at {
                entry.set(Flag::Known);
                if shrunk_at.is_none_or(|shrunk_at| entry.profile_at >= shrunk_at) {
                    entry.set(Flag::Expected);
                }
            }
        }
    }

    /// Takes note of an account in a list. True: it is as the directory has it, and its mark is all that need be kept.
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

    /// Takes note of an account of which a page of before said what the directory had then.
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

/// All rows, as a reading knows them.
pub(crate) struct Baseline {
    /// State of each account.
    pub state: SweepState,
    /// Rows with this revision or a later one may differ from the sweep state.
    pub loaded_revision: i64,
}

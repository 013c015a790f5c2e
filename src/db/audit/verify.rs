//! Verification of the chain, which recomputes all hashes from the first event to the head.
//! This includes the stubs of pruned events. A [`Verification`] runs page by page, so that its
//! caller can report progress.

use super::keys::{self, KeyRing};
use super::prune_records::{self, StoredPruneRecord};
pub use super::verification_log::Verdict;
use super::{AuditKey, SealedEvent, hex, search_text, unhex};
use crate::db::{Db, Result};
use crate::domain::ids::{AccountId, JobId, OperationId, StaffId};
use crate::domain::time::Timestamp;

/// Number of events that are read and verified at a time.
const PAGE: i64 = 1_000;

/// Running verification.
pub struct Verification {
    /// Head at the start. Events that are appended meanwhile are not verified.
    last: i64,
    head: Vec<u8>,
    previous: Vec<u8>,
    next: i64,
    prune_records: usize,
    pruned: i64,
}

/// Stored columns of one event, with its searchable text.
type Row = (
    i64,
    Timestamp,
    String,
    String,
    Option<StaffId>,
    Option<String>,
    Option<OperationId>,
    Option<JobId>,
    String,
    Vec<u8>,
    Option<String>,
);

impl Verification {
    /// Begins a verification.
    pub async fn begin(db: &Db) -> Result<Self> {
        let head: Option<(i64, Vec<u8>)> = on!(db => query_as(
            "SELECT seq, hash FROM audit_head WHERE id = 1",
        ).fetch_optional);
        let (last, head) = head.unwrap_or_default();
        Ok(Self {
            last,
            head,
            previous: Vec::new(),
            next: 1,
            prune_records: 0,
            pruned: 0,
        })
    }

    /// Returns the number of the last verified event, and of the last event to verify.
    #[must_use]
    pub fn progress(&self) -> (i64, i64) {
        (self.next - 1, self.last)
    }

    /// Verifies the next events. Returns the verdict once it is known.
    pub async fn step(&mut self, db: &Db, key: &AuditKey) -> Result<Option<Verdict>> {
        let verdict = if self.next == 1 {
            self.skip_pruned(db, key, &prune_records::all_stored(db).await?)
                .await?
        } else {
            None
        };
        let verdict = match verdict {
            None if self.next <= self.last => match keys::key_ring(db, key).await? {
                Some(ring) => self.verify_page(db, &ring).await?,
                None => Some(broken(
                    self.next,
                    "a key from before a rotation cannot be decrypted",
                )),
            },
            None => Some(self.verify_head(db).await?),
            known => known,
        };
        if matches!(verdict, Some(Verdict::Broken { .. }))
            && prune_records::all_stored(db).await?.len() > self.prune_records
        {
            // Events were pruned meanwhile. The missing ones are under a new stub, so it starts
            // again.
            *self = Self::begin(db).await?;
            return Ok(None);
        }
        Ok(verdict)
    }

    /// Verifies the stubs and continues after them.
    /// No event may have a number that a stub covers.
    async fn skip_pruned(
        &mut self,
        db: &Db,
        key: &AuditKey,
        stubs: &[StoredPruneRecord],
    ) -> Result<Option<Verdict>> {
        self.prune_records = stubs.len();
        for stored in stubs {
            match stored.verify_after(key, self.next, &self.previous) {
                Ok(stub) => {
                    self.previous = unhex(&stub.hash_after).unwrap_or_default();
                    self.next = stub.last + 1;
                    self.pruned += stub.count;
                }
                Err(why) => return Ok(Some(broken(stored.first(), why))),
            }
        }
        let first: Option<i64> = on!(db => query_scalar(
            "SELECT MIN(seq) FROM audit_events",
        ).fetch_one);
        Ok(first
            .filter(|first| *first < self.next)
            .map(|first| broken(first, "an event stands before the first")))
    }

    async fn verify_page(&mut self, db: &Db, ring: &KeyRing) -> Result<Option<Verdict>> {
        let page: Vec<Row> = on!(db => query_as(
            "SELECT e.seq, e.at, e.kind, e.outcome, e.staff_id, e.account_id, e.operation_id, e.job_id, e.payload, e.hash,
                w.words FROM audit_events e LEFT JOIN audit_words w ON w.seq = e.seq
             WHERE e.seq >= $1 AND e.seq <= $2 ORDER BY e.seq LIMIT $3",
            self.next, self.last, PAGE,
        ).fetch_all);
        if page.is_empty() {
            return Ok(Some(broken(self.next, "the event is missing")));
        }
        for row in page {
            if row.0 != self.next {
                return Ok(Some(broken(self.next, "the event is missing")));
            }
            if let Some(why) = find_flaw(&row, ring.key_of(row.0), &self.previous) {
                return Ok(Some(broken(row.0, why)));
            }
            self.previous = row.9;
            self.next += 1;
        }
        Ok(None)
    }

    /// Compares the head with the last event, after all events were verified.
    async fn verify_head(&self, db: &Db) -> Result<Verdict> {
        if self.previous != self.head {
            return Ok(broken(self.last, "the head differs from the last event"));
        }
        // One statement sees both tables in one state. An event appended meanwhile is therefore not
        // beyond the head.
        let beyond: Option<i64> = on!(db => query_scalar(
            "SELECT MIN(seq) FROM audit_events WHERE seq > COALESCE((SELECT seq FROM audit_head WHERE id = 1), 0)",
        ).fetch_one);
        if let Some(seq) = beyond {
            return Ok(broken(seq, "an event stands after the head"));
        }
        Ok(Verdict::Holds {
            events: self.last,
            pruned: self.pruned,
            head: hex(&self.head),
        })
    }
}

/// Returns what is wrong with an event, if anything.
fn find_flaw(row: &Row, key: &AuditKey, previous: &[u8]) -> Option<&'static str> {
    let (seq, at, kind, outcome, staff, account, operation, job, payload, hash, words) = row;
    if key.seal(previous, *seq, payload) != *hash {
        return Some("the hash does not fit the event and the one before it");
    }
    let Ok(sealed) = serde_json::from_str::<SealedEvent>(payload) else {
        return Some("the event cannot be read");
    };
    let event = &sealed.event;
    let agrees = sealed.seq == *seq
        && sealed.at == *at
        && event.kind.as_str() == kind
        && event.outcome.as_str() == outcome
        && event.who.as_ref().map(|who| who.staff_id) == *staff
        && event.account.as_ref().map(AccountId::as_str) == account.as_deref()
        && event.operation == *operation
        && event.job == *job;
    if !agrees {
        return Some("what filters read differs from the sealed event");
    }
    let found = words.as_deref() == Some(search_text::of_event(event).as_str());
    (!found).then_some("what text searches read differs from the sealed event")
}

/// Verifies the whole chain.
pub async fn verify(db: &Db, key: &AuditKey) -> Result<Verdict> {
    let mut check = Verification::begin(db).await?;
    loop {
        if let Some(verdict) = check.step(db, key).await? {
            return Ok(verdict);
        }
    }
}

/// Returns the number of the event with this hash, given in hexadecimal.
/// Returns `None` if no event has it. Of pruned events, finds only the last one of each stub.
pub async fn by_hash(db: &Db, key: &AuditKey, hash: &str) -> Result<Option<i64>> {
    let Some(bytes) = unhex(hash) else {
        return Ok(None);
    };
    let event: Option<i64> = on!(db => query_scalar(
        "SELECT seq FROM audit_events WHERE hash = $1", &bytes,
    ).fetch_optional);
    if event.is_some() {
        return Ok(event);
    }
    let ends = prune_records::authentic(db, key).await?;
    Ok(ends
        .into_iter()
        .find(|stub| unhex(&stub.hash_after).is_some_and(|end| end == bytes))
        .map(|stub| stub.last))
}

fn broken(seq: i64, why: &str) -> Verdict {
    Verdict::Broken {
        seq,
        why: why.to_owned(),
    }
}

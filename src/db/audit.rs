//! The audit: append-only events, each of which seals the one before.
//!
//! An event is the last thing in the transaction of what it tells: take the next number from the head, insert, move
//! the head. Its hash is HMAC-SHA-256 over the hash before, its number and the payload's text as it is stored.

pub mod folded;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{Db, Error, Result, Tx};
use crate::domain::actor::Scope;
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::ids::{AccountId, OperationId, StaffId};
use crate::domain::time::Timestamp;

/// The key that seals the audit, derived from `PORTAL_SECRET_KEY`.
#[derive(Clone)]
pub struct AuditKey(Hmac<Sha256>);

impl AuditKey {
    /// From 32 derived bytes.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        // HMAC pads a shorter key to its block with zeros; done here, the length cannot be wrong.
        let mut block = [0; 64];
        block[..bytes.len()].copy_from_slice(bytes);
        Self(<Hmac<Sha256> as KeyInit>::new(&block.into()))
    }

    fn seal(&self, previous: &[u8], seq: i64, payload: &str) -> Vec<u8> {
        let mut mac = self.0.clone();
        mac.update(previous);
        mac.update(&seq.to_be_bytes());
        mac.update(payload.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }
}

impl std::fmt::Debug for AuditKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AuditKey(…)")
    }
}

/// What is stored and sealed: the event with its number and time.
#[derive(Serialize, Deserialize)]
struct Sealed {
    seq: i64,
    at: Timestamp,
    #[serde(flatten)]
    event: Event,
}

/// One event as it was stored.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its number, from 1 without gaps.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: Event,
}

/// Appends an event: the last step of the transaction of what it tells.
///
/// # Errors
/// When the database fails.
pub async fn append(tx: &mut Tx, key: &AuditKey, at: Timestamp, event: &Event) -> Result<i64> {
    let (seq, previous) = within!(tx, conn => {
        sqlx::query("INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, $1) ON CONFLICT (id) DO NOTHING")
            .bind(Vec::<u8>::new())
            .execute(&mut *conn)
            .await?;
        sqlx::query_as::<_, (i64, Vec<u8>)>("UPDATE audit_head SET seq = seq + 1 WHERE id = 1 RETURNING seq, hash")
            .fetch_one(&mut *conn)
            .await?
    });
    let sealed = Sealed {
        seq,
        at,
        event: event.clone(),
    };
    let payload = serde_json::to_string(&sealed).map_err(Error::stored)?;
    let hash = key.seal(&previous, seq, &payload);
    within!(tx, conn => {
        sqlx::query(
            "INSERT INTO audit_events (seq, at, kind, outcome, staff_id, account_id, operation_id, payload, hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(seq)
        .bind(at.as_millis())
        .bind(event.kind.as_str())
        .bind(event.outcome.as_str())
        .bind(event.who.as_ref().map(|who| who.staff_id.as_uuid()))
        .bind(event.account.as_ref().map(AccountId::as_str))
        .bind(event.operation.map(OperationId::as_uuid))
        .bind(&payload)
        .bind(&hash)
        .execute(&mut *conn)
        .await?;
        sqlx::query("UPDATE audit_head SET hash = $1 WHERE id = 1")
            .bind(&hash)
            .execute(&mut *conn)
            .await?;
    });
    Ok(seq)
}

/// How many events of this kind and of this account tell that it happened, within a transaction.
///
/// # Errors
/// When the database fails.
pub async fn count(tx: &mut Tx, account: &AccountId, kind: EventKind) -> Result<i64> {
    Ok(within!(tx, conn => {
        sqlx::query_scalar(
            "SELECT COUNT(*) FROM audit_events WHERE account_id = $1 AND kind = $2 AND outcome = 'done'",
        )
        .bind(account.as_str())
        .bind(kind.as_str())
        .fetch_one(&mut *conn)
        .await?
    }))
}

/// Appends one event in a transaction of its own, for what changes nothing else in the database.
///
/// # Errors
/// When the database fails.
pub async fn record(db: &Db, key: &AuditKey, at: Timestamp, event: &Event) -> Result<i64> {
    let mut tx = db.begin().await?;
    let seq = append(&mut tx, key, at, event).await?;
    tx.commit().await?;
    Ok(seq)
}

/// Which events to read.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this account.
    pub account: Option<AccountId>,
    /// By this person.
    pub staff: Option<StaffId>,
    /// Of these kinds; all where empty.
    pub kinds: Vec<EventKind>,
    /// With this outcome.
    pub outcome: Option<EventOutcome>,
    /// Of this operation.
    pub operation: Option<OperationId>,
    /// At or after.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// With a number below this one (for paging).
    pub below: Option<i64>,
    /// With a number above this one (for paging back, and for exports).
    pub above: Option<i64>,
}

type Row = (i64, i64, String);

fn entry((seq, at, payload): Row) -> Result<Entry> {
    let sealed: Sealed = serde_json::from_str(&payload).map_err(Error::stored)?;
    Ok(Entry {
        seq,
        at: Timestamp::from_millis(at),
        event: sealed.event,
    })
}

macro_rules! filtered {
    ($filter:expr, $query:ident) => {{
        let filter = $filter;
        if let Some(account) = &filter.account {
            $query.push(" AND account_id = ").push_bind(account.as_str().to_owned());
        }
        if let Some(staff) = filter.staff {
            $query.push(" AND staff_id = ").push_bind(staff.as_uuid());
        }
        if !filter.kinds.is_empty() {
            $query.push(" AND kind IN (");
            let mut kinds = $query.separated(", ");
            for kind in &filter.kinds {
                kinds.push_bind(kind.as_str());
            }
            $query.push(")");
        }
        if let Some(outcome) = filter.outcome {
            $query.push(" AND outcome = ").push_bind(outcome.as_str());
        }
        if let Some(operation) = filter.operation {
            $query.push(" AND operation_id = ").push_bind(operation.as_uuid());
        }
        if let Some(from) = filter.from {
            $query.push(" AND at >= ").push_bind(from.as_millis());
        }
        if let Some(to) = filter.to {
            $query.push(" AND at < ").push_bind(to.as_millis());
        }
        if let Some(below) = filter.below {
            $query.push(" AND seq < ").push_bind(below);
        }
        if let Some(above) = filter.above {
            $query.push(" AND seq > ").push_bind(above);
        }
    }};
}

/// The newest events that the filter lets through, newest first.
///
/// # Errors
/// When the database fails.
pub async fn latest(db: &Db, _scope: Scope, filter: &Filter, limit: i64) -> Result<Vec<Entry>> {
    let rows: Vec<Row> = on!(db, pool => {
        let mut query = QueryBuilder::new("SELECT seq, at, payload FROM audit_events WHERE TRUE");
        filtered!(filter, query);
        query.push(" ORDER BY seq DESC LIMIT ").push_bind(limit);
        query.build_query_as().fetch_all(pool).await?
    });
    rows.into_iter().map(entry).collect()
}

/// The oldest events that the filter lets through, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn oldest(db: &Db, _scope: Scope, filter: &Filter, limit: i64) -> Result<Vec<Entry>> {
    let rows: Vec<Row> = on!(db, pool => {
        let mut query = QueryBuilder::new("SELECT seq, at, payload FROM audit_events WHERE TRUE");
        filtered!(filter, query);
        query.push(" ORDER BY seq LIMIT ").push_bind(limit);
        query.build_query_as().fetch_all(pool).await?
    });
    rows.into_iter().map(entry).collect()
}

/// Whether the chain holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does: so many events, and the hash of the last as hexadecimal.
    Holds {
        /// How many events there are.
        events: i64,
        /// The head.
        head: String,
    },
    /// It breaks at this number, for this reason.
    Broken {
        /// The first event that does not fit.
        seq: i64,
        /// Why.
        why: String,
    },
}

/// Reads the whole chain and recomputes it.
///
/// # Errors
/// When the database fails.
pub async fn verify(db: &Db, key: &AuditKey) -> Result<Verdict> {
    type Stored = (
        i64,
        i64,
        String,
        String,
        Option<Uuid>,
        Option<String>,
        Option<Uuid>,
        String,
        Vec<u8>,
    );
    const PAGE: i64 = 1_000;
    // The head is read first: events appended meanwhile come after it and are not judged.
    let head: Option<(i64, Vec<u8>)> = on!(db, pool => {
        sqlx::query_as("SELECT seq, hash FROM audit_head WHERE id = 1").fetch_optional(pool).await?
    });
    let (last, head_hash) = head.unwrap_or((0, Vec::new()));
    let mut previous: Vec<u8> = Vec::new();
    let mut expected = 1;
    while expected <= last {
        let page: Vec<Stored> = on!(db, pool => {
            sqlx::query_as(
                "SELECT seq, at, kind, outcome, staff_id, account_id, operation_id, payload, hash
                 FROM audit_events WHERE seq >= $1 AND seq <= $2 ORDER BY seq LIMIT $3",
            )
            .bind(expected)
            .bind(last)
            .bind(PAGE)
            .fetch_all(pool)
            .await?
        });
        if page.is_empty() {
            return Ok(broken(expected, "the event is missing"));
        }
        for (seq, at, kind, outcome, staff, account, operation, payload, hash) in page {
            if seq != expected {
                return Ok(broken(expected, "the event is missing"));
            }
            if key.seal(&previous, seq, &payload) != hash {
                return Ok(broken(seq, "the hash does not fit the event and the one before it"));
            }
            let Ok(sealed) = serde_json::from_str::<Sealed>(&payload) else {
                return Ok(broken(seq, "the event cannot be read"));
            };
            let event = &sealed.event;
            let agrees = sealed.seq == seq
                && sealed.at.as_millis() == at
                && event.kind.as_str() == kind
                && event.outcome.as_str() == outcome
                && event.who.as_ref().map(|who| who.staff_id.as_uuid()) == staff
                && event.account.as_ref().map(AccountId::as_str) == account.as_deref()
                && event.operation.map(OperationId::as_uuid) == operation;
            if !agrees {
                return Ok(broken(seq, "what filters read differs from the sealed event"));
            }
            previous = hash;
            expected += 1;
        }
    }
    if previous != head_hash {
        return Ok(broken(last, "the head differs from the last event"));
    }
    let beyond: Option<i64> = on!(db, pool => {
        sqlx::query_scalar("SELECT MIN(seq) FROM audit_events WHERE seq < 1").fetch_one(pool).await?
    });
    if let Some(seq) = beyond {
        return Ok(broken(seq, "an event stands before the first"));
    }
    Ok(Verdict::Holds {
        events: last,
        head: hex(&head_hash),
    })
}

/// The number of the event whose hash this is, in hexadecimal; `None` where no event has it.
///
/// # Errors
/// When the database fails.
pub async fn by_hash(db: &Db, hash: &str) -> Result<Option<i64>> {
    let Some(bytes) = unhex(hash) else {
        return Ok(None);
    };
    Ok(on!(db, pool => {
        sqlx::query_scalar("SELECT seq FROM audit_events WHERE hash = $1").bind(&bytes).fetch_optional(pool).await?
    }))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.trim().chars().map(|c| c.to_digit(16)).collect();
    let pairs = digits.filter(|digits| digits.len() % 2 == 0)?;
    pairs
        .chunks(2)
        .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok())
        .collect()
}

fn broken(seq: i64, why: &str) -> Verdict {
    Verdict::Broken {
        seq,
        why: why.to_owned(),
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

//! Events as lines of JSON, which can be verified outside the database.
//! A line has the sealed text unchanged, its hash, and the hash before it.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sqlx::QueryBuilder;

use super::prune_records::PruneRecord;
use super::{AuditKey, hex, prune_records, unhex};
use crate::db::{Db, Error, Result, push_list};
use crate::domain::time::Timestamp;

/// Line of one event.
#[derive(Serialize, Deserialize)]
struct JsonLine<'a> {
    /// Number of the event.
    number: i64,
    /// Time of the event, readable for people.
    time: String,
    /// Hash of the previous event, as hexadecimal; empty for the first event.
    previous: String,
    /// Hash of the event: HMAC-SHA-256 over the previous hash, the number as 8 bytes, and the text.
    hash: String,
    /// Sealed text of the event, byte for byte.
    #[serde(borrow)]
    event: &'a RawValue,
}

type Row = (i64, Timestamp, String, Vec<u8>, Option<Vec<u8>>);

const COLUMNS: &str = "SELECT e.seq, e.at, e.payload, e.hash,
    (SELECT p.hash FROM audit_events p WHERE p.seq = e.seq - 1) FROM audit_events e WHERE ";

/// Returns the events with these numbers, one per line, in this order.
pub async fn by_numbers(db: &Db, numbers: &[i64]) -> Result<String> {
    if numbers.is_empty() {
        return Ok(String::new());
    }
    let rows: Vec<Row> = on!(db, pool => {
        let mut query = QueryBuilder::new(COLUMNS);
        query.push("e.seq IN (");
        push_list(&mut query, numbers);
        query.build_query_as().fetch_all(pool).await?
    });
    let mut found: std::collections::HashMap<i64, Row> =
        rows.into_iter().map(|row| (row.0, row)).collect();
    let rows = numbers
        .iter()
        .filter_map(|number| found.remove(number))
        .collect();
    to_jsonl(rows, prune_records::latest(db).await?.as_ref())
}

/// Returns at most `most` events from `first` to `last`, one per line.
/// Also returns the number of the last one, or `None` if there are none.
pub async fn from_number(
    db: &Db,
    first: i64,
    last: i64,
    most: i64,
) -> Result<(String, Option<i64>)> {
    let rows: Vec<Row> = on!(db, pool => {
        let mut query = QueryBuilder::new(COLUMNS);
        query.push("e.seq >= ").push_bind(first).push(" AND e.seq <= ").push_bind(last);
        query.push(" ORDER BY e.seq LIMIT ").push_bind(most);
        query.build_query_as().fetch_all(pool).await?
    });
    let end = rows.last().map(|row| row.0);
    Ok((
        to_jsonl(rows, prune_records::latest(db).await?.as_ref())?,
        end,
    ))
}

/// Formats events as lines. The first event after pruned ones takes its previous hash from their
/// stub.
fn to_jsonl(rows: Vec<Row>, pruned: Option<&PruneRecord>) -> Result<String> {
    let mut text = String::new();
    for (number, at, payload, hash, previous) in rows {
        let stub = pruned.filter(|stub| stub.last == number - 1);
        let previous = previous
            .map(|hash| hex(&hash))
            .or_else(|| stub.map(|stub| stub.hash_after.clone()));
        let line = JsonLine {
            number,
            time: at.to_string(),
            previous: previous.unwrap_or_default(),
            hash: hex(&hash),
            event: serde_json::from_str(&payload).map_err(Error::stored)?,
        };
        text.push_str(&serde_json::to_string(&line).map_err(Error::stored)?);
        text.push('\n');
    }
    Ok(text)
}

/// Facts that a genuine line proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedLine {
    /// Number of the event.
    pub number: i64,
    /// Hash of the previous event.
    pub previous: String,
    /// Hash of the event.
    pub hash: String,
}

/// Verifies a line with the key. Returns `None` if it is malformed or was changed.
#[must_use]
pub fn verify_line(key: &AuditKey, line: &str) -> Option<VerifiedLine> {
    let line: JsonLine<'_> = serde_json::from_str(line).ok()?;
    let hash = key.seal(&unhex(&line.previous)?, line.number, line.event.get());
    (hex(&hash) == line.hash).then_some(VerifiedLine {
        number: line.number,
        previous: line.previous,
        hash: line.hash,
    })
}

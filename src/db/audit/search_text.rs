//! Text that a search of the activity reads.
//! A table beside the events holds the folded text of each event.

use super::SealedEvent;
use crate::db::escape_like;
use crate::db::{Db, Result, Tx};
use crate::domain::audit::Event;
use crate::domain::text::{folded, search_words};

/// Number of events whose text is written at once by [`backfill`].
const PAGE: i64 = 5_000;

/// Returns an event's searchable text: all its fields, one per line.
/// No search word matches across two lines.
pub(super) fn of_event(event: &Event) -> String {
    let (name, email) = event
        .who
        .as_ref()
        .map(|who| (who.name.as_str(), who.email.as_str()))
        .unzip();
    let settler = event.settled_by.as_ref();
    let account = event.account.as_ref().map(ToString::to_string);
    let operation = event.operation.map(|id| id.to_string());
    let parts = [
        Some(event.target.as_str()),
        name,
        email,
        settler.map(|settler| settler.name.as_str()),
        settler.map(|settler| settler.email.as_str()),
        event.before.as_deref(),
        event.after.as_deref(),
        event.reason.as_deref(),
        Some(event.message.as_str()),
        event.address.as_deref(),
        event.request_id.as_deref(),
        event.telnyx_request_id.as_deref(),
        account.as_deref(),
        operation.as_deref(),
    ];
    let lines = parts.into_iter().flatten().filter(|part| !part.is_empty());
    lines.map(folded).collect::<Vec<_>>().join("\n")
}

/// Returns the `LIKE` patterns for a searched text, escaped with `\`.
/// An event's text must match all of them.
pub(super) fn like_patterns(text: &str) -> Vec<String> {
    let words = search_words(text);
    words
        .iter()
        .map(|word| format!("%{}%", escape_like(word)))
        .collect()
}

/// Stores an event's searchable text.
pub(super) async fn insert(tx: &mut Tx, seq: i64, words: &str) -> Result<()> {
    within!(tx => query(
        "INSERT INTO audit_words (seq, words) VALUES ($1, $2) ON CONFLICT (seq) DO NOTHING",
        seq, words,
    ).execute);
    Ok(())
}

/// Writes the missing searchable texts of events.
/// An older version of the portal recorded events without them.
pub(in crate::db) async fn backfill(db: &Db) -> Result<()> {
    loop {
        let missing: Vec<(i64, String)> = on!(db => query_as(
            "SELECT seq, payload FROM audit_events WHERE seq > (SELECT COALESCE(MAX(seq), 0) FROM audit_words)
             ORDER BY seq LIMIT $1",
            PAGE,
        ).fetch_all);
        if missing.is_empty() {
            return Ok(());
        }
        let mut tx = db.begin().await?;
        for (seq, payload) in missing {
            // An unreadable event must not stop the portal from starting; `audit verify` reports
            // it.
            let words =
                serde_json::from_str::<SealedEvent>(&payload).map(|sealed| of_event(&sealed.event));
            insert(&mut tx, seq, &words.unwrap_or_default()).await?;
        }
        tx.commit().await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::{EventKind, EventOutcome};

    #[test]
    fn words_are_folded_each_on_its_line_and_signs_of_a_pattern_stand_for_themselves() {
        let event = Event {
            reason: Some("Café\0 closed".to_owned()),
            ..Event::by_system(EventKind::Disable, EventOutcome::Done, "ACME GmbH")
        };
        assert_eq!(of_event(&event), "acme gmbh\ncafe closed");
        assert_eq!(like_patterns("b 50%_Ä\\"), ["%50\\%\\_a\\\\%", "%b%"]);
    }
}

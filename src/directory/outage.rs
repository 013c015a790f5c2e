//! Outages of Telnyx, of which the replicas tell each other, so that all pages show the same.
//!
//! Each replica learns of Telnyx from its own calls. Some make few, so an outage that one notices
//! is stored for the others, until one of them gets an answer.

use std::time::Duration;

use crate::app::App;
use crate::db::{self, settings};
use crate::domain::time::Timestamp;

/// Interval between requests that test if Telnyx answers again.
const PROBE_INTERVAL: Duration = Duration::from_secs(5);

/// Sends Telnyx a small request while it is down. This way, every replica soon notices that it
/// answers again.
pub async fn probe_if_due(app: &App) {
    let is_down = app.telnyx.health().is_down();
    if is_down && app.probe_gate.is_due(app.clock.now(), PROBE_INTERVAL) {
        probe(app).await;
    }
}

async fn probe(app: &App) {
    let client = app.telnyx.in_background();
    tokio::select! {
        () = app.shutdown.cancelled() => {}
        _ = client.pool() => {}
    }
}

/// Stores an outage for the other replicas, or adopts the one that they stored.
pub async fn share(app: &App) -> db::Result<()> {
    let stored = settings::value(&app.db, settings::TELNYX_OUTAGE).await?;
    let stored = stored
        .and_then(|since| since.parse().ok())
        .map(Timestamp::from_millis);
    let health = app.telnyx.health();
    match (health.down_since, stored) {
        (Some(_), None) => {
            // Perhaps another replica got an answer, and the outage is over.
            probe(app).await;
            if let Some(since) = app.telnyx.health().down_since {
                let mut tx = app.db.begin().await?;
                let since = since.as_millis().to_string();
                settings::set(&mut tx, settings::TELNYX_OUTAGE, &since).await?;
                tx.commit().await?;
            }
        }
        (None, Some(since)) if health.last_ok.is_none_or(|at| at < since) => {
            // The next probe tells if this replica gets an answer.
            app.telnyx.assume_outage(since);
        }
        (None, Some(since)) => {
            if !had_recent_answer(app) {
                probe(app).await;
            }
            if had_recent_answer(app) {
                let mut tx = app.db.begin().await?;
                settings::remove(&mut tx, settings::TELNYX_OUTAGE).await?;
                tx.commit().await?;
            } else {
                app.telnyx.assume_outage(since);
            }
        }
        (Some(_), Some(_)) | (None, None) => {}
    }
    Ok(())
}

fn had_recent_answer(app: &App) -> bool {
    let answered = app.telnyx.health().last_ok;
    answered.is_some_and(|at| at.until(app.clock.now()) < PROBE_INTERVAL)
}

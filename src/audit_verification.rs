//! Verification of the audit's chain by the portal itself, daily and on request.
//!
//! A verification reads all events page by page and stores its result, which tells where the chain
//! is broken.

use std::time::Duration;

use uuid::Uuid;

use crate::app::App;
use crate::db::audit::verification_log::{self, VerificationProgress, VerificationResult};
use crate::db::audit::verify::{Verdict, Verification};
use crate::db::{self, audit, leases};
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::time::Timestamp;

/// Lease that allows one verification at a time among all replicas.
const LEASE: &str = "audit chain";
/// Time without progress after which a verification counts as stopped.
const LEASE_DURATION: Duration = Duration::from_mins(1);
/// Number of events after which a verification reports its progress.
const EVENTS_PER_PROGRESS_UPDATE: i64 = 20_000;
/// Maximum age of the last verification before the portal runs another.
const VERIFICATION_INTERVAL: Duration = Duration::from_hours(24);

/// Verifies the chain if the last verification finished at least a day ago.
pub async fn verify_daily(app: &App) -> db::Result<()> {
    let last = verification_log::latest_result(&app.db, &app.audit_key).await?;
    if last.is_none_or(|last| last.finished_at.until(app.clock.now()) >= VERIFICATION_INTERVAL) {
        verify(app).await?;
    }
    Ok(())
}

/// Verifies the chain from its beginning. Returns `None` if another verification is running, or if
/// the portal shuts down.
pub async fn verify(app: &App) -> db::Result<Option<VerificationResult>> {
    let started_at = app.clock.now();
    let work = |holder| async move {
        match verify_events(app, holder, started_at).await? {
            Some(verdict) => record_result(app, started_at, verdict).await.map(Some),
            None => Ok(None),
        }
    };
    let verified = app.leases.run_alone(LEASE, LEASE_DURATION, work).await?;
    Ok(verified.flatten())
}

/// Returns the progress of the running verification, if there is one.
pub async fn progress(app: &App) -> db::Result<Option<VerificationProgress>> {
    let running = verification_log::progress(&app.db).await?;
    Ok(running.filter(|running| running.seen_at.until(app.clock.now()) < LEASE_DURATION))
}

async fn verify_events(
    app: &App,
    holder: Uuid,
    started_at: Timestamp,
) -> db::Result<Option<Verdict>> {
    let mut check = Verification::begin(&app.db).await?;
    let mut said = None;
    loop {
        if app.shutdown.is_cancelled() {
            return Ok(None);
        }
        let (judged, of) = check.progress();
        if said.is_none_or(|said| judged >= said + EVENTS_PER_PROGRESS_UPDATE) {
            let seen_at = app.clock.now();
            if !leases::acquire(&app.db, LEASE, holder, seen_at, seen_at + LEASE_DURATION).await? {
                return Ok(None);
            }
            let mut tx = app.db.begin().await?;
            let running = VerificationProgress {
                started_at,
                seen_at,
                judged,
                of,
            };
            verification_log::set_progress(&mut tx, Some(running)).await?;
            tx.commit().await?;
            said = Some(judged);
        }
        if let Some(verdict) = check.step(&app.db, &app.audit_key).await? {
            return Ok(Some(verdict));
        }
    }
}

/// Stores the verdict. A break that was not known before also becomes an event.
async fn record_result(
    app: &App,
    started_at: Timestamp,
    verdict: Verdict,
) -> db::Result<VerificationResult> {
    let before = verification_log::latest_result(&app.db, &app.audit_key).await?;
    let noted = before.as_ref().and_then(|before| before.noted.clone());
    let (verdict, noted) = match (verdict, find_truncation(app, noted.as_ref()).await?) {
        (Verdict::Holds { .. }, Some(broken)) => (broken, noted),
        (verdict @ Verdict::Broken { .. }, _) => (verdict, noted),
        (verdict, None) => {
            let noted = verdict.head();
            (verdict, noted)
        }
    };
    let finished_at = app.clock.now();
    let checked = VerificationResult {
        started_at,
        finished_at,
        verdict,
        noted,
    };
    let mut tx = app.db.begin().await?;
    verification_log::save_result(&mut tx, &app.audit_key, &checked).await?;
    verification_log::set_progress(&mut tx, None).await?;
    if let Verdict::Broken { seq, why } = &checked.verdict
        && before.is_none_or(|before| before.verdict != checked.verdict)
    {
        tracing::error!(seq, why, "the audit's chain is broken");
        let event = Event {
            message: format!("It breaks at event {seq}: {why}."),
            ..Event::by_system(EventKind::AuditBroken, EventOutcome::Done, "the activity")
        };
        audit::append(&mut tx, &app.audit_key, finished_at, &event).await?;
    }
    tx.commit().await?;
    Ok(checked)
}

/// Finds out if the end of the chain was removed since the last verification.
/// Someone can remove the newest events together with the chain's head. The remaining chain is
/// still consistent.
async fn find_truncation(app: &App, noted: Option<&(i64, String)>) -> db::Result<Option<Verdict>> {
    let Some((seq, hash)) = noted.filter(|(seq, _)| *seq > 0) else {
        return Ok(None);
    };
    if verification_log::is_still_in_chain(&app.db, &app.audit_key, *seq, hash).await? {
        return Ok(None);
    }
    Ok(Some(Verdict::Broken {
        seq: *seq,
        why: "the chain was longer when it was verified before: this event was removed or replaced"
            .to_owned(),
    }))
}

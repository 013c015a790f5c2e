//! Comparison of what people were told with Telnyx's truth and with the activity.

use std::time::{Duration, Instant};

use reseller_portal::db::{Db, audit, operations};
use reseller_portal::domain::audit::{Event, EventKind, EventOutcome};

use super::Stage;
use super::work::{Change, Told};

/// Longest time until every change has an outcome.
const PATIENCE: Duration = Duration::from_secs(100);

impl Stage {
    /// Checks that each change came to what its person was told, once, and that the audit trail is intact. Then prints
    /// the record, and fails if anything was wrong.
    pub async fn finish(&self, changes: &[Change]) {
        let db = Db::open(&self.database_url).await.unwrap();
        self.until_settled(&db).await;
        let truth = self.telnyx.accounts().await;
        let events = limit_events(&db).await;
        for change in changes {
            let id = change.account.id.as_str();
            let account = truth.iter().find(|account| account["id"] == id).unwrap();
            let made = account["channel_limit"] == change.wanted;
            let events = events
                .iter()
                .filter(|event| event.account.as_ref().is_some_and(|of| of.as_str() == id));
            let done = events.filter(|event| event.job.is_none()).count();
            let expected = match change.told {
                Told::Done | Told::Sent => true,
                Told::NotSent => false,
                Told::Later => made,
            };
            if made != expected || done != usize::from(made) {
                let limit = &account["channel_limit"];
                self.record.fault(format!(
                    "told {:?}, but the limit is {limit} with {done} events: {change:?}",
                    change.told
                ));
            }
        }
        let told = |told| changes.iter().filter(|change| change.told == told).count();
        self.record.note(format!(
            "{} changes: {} done, {} told as sent, {} as not sent, {} to be seen in the activity; each is as Telnyx has it, once",
            changes.len(), told(Told::Done), told(Told::Sent), told(Told::NotSent), told(Told::Later)
        ));
        db.close().await;
        self.verify_audit();
        self.record.finish();
    }

    async fn until_settled(&self, db: &Db) {
        let began = Instant::now();
        loop {
            let open = operations::open(db, 5).await.unwrap();
            if open.is_empty() {
                break;
            }
            if began.elapsed() > PATIENCE {
                self.record
                    .fault(format!("changes have no outcome: {open:?}"));
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        self.record.note(format!(
            "every change has its outcome {:.1} s later",
            began.elapsed().as_secs_f64()
        ));
    }

    fn verify_audit(&self) {
        let verified = self.portal.settings().run(&["audit", "verify"]);
        let text = String::from_utf8_lossy(&verified.stdout).into_owned()
            + &String::from_utf8_lossy(&verified.stderr);
        let first = text
            .lines()
            .find(|line| !line.trim().is_empty())
            .unwrap_or_default();
        self.record.note(format!("audit verify: {first}"));
        if !verified.status.success() {
            self.record
                .fault(format!("the audit trail is damaged: {text}"));
        }
    }
}

/// Returns the events of channel limits that were set.
async fn limit_events(db: &Db) -> Vec<Event> {
    let filter = audit::EventFilter {
        kinds: vec![EventKind::ChannelLimit],
        outcome: Some(EventOutcome::Done),
        ..audit::EventFilter::default()
    };
    let all = audit::oldest(db, &filter, 10_000).await.unwrap();
    all.into_iter().map(|entry| entry.event).collect()
}

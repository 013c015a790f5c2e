//! How well Telnyx answers, and how old what was read from it is.

use std::time::Duration;

use crate::app::App;
use crate::db::settings;
use crate::db::sweeps::{Outcome, Sweep};
use crate::directory::pace;
use crate::web::error::Error;
use crate::web::view::{Times, When, grouped, wait};

/// The card.
#[derive(Clone, Debug)]
pub(super) struct Health {
    /// `good`, `bad` or empty.
    pub kind: &'static str,
    pub label: &'static str,
    /// What that means, where it is no good; may be empty.
    pub words: String,
    pub last_answer: When,
    /// The accounts' last good reading.
    pub read: When,
    /// How many it saw, how long it took, when the next is due; may be empty.
    pub read_words: String,
    /// The last reading, where it came to nothing: when, and why.
    pub failure: Option<(When, String)>,
    /// How many requests Telnyx takes at the moment; may be empty.
    pub requests: String,
    /// The manager whose accounts these are: short, and in full.
    pub manager: Option<(String, String)>,
}

impl Health {
    /// As it is now, from the last reading and the last good one.
    pub(super) async fn of(
        app: &App,
        times: &Times,
        latest: Option<&Sweep>,
        done: Option<&Sweep>,
    ) -> Result<Self, Error> {
        let health = app.telnyx.health();
        let (kind, label, words) = match (health.refused_since, health.down_since, health.last_ok) {
            (Some(since), _, _) => {
                let words = format!(
                    "Since {}. What was known then can be read; Telnyx refuses changes. Waiting will not help: tell \
                     whoever runs the portal.",
                    times.clock(since)
                );
                ("bad", "Refuses the key", words)
            }
            (_, Some(since), _) => {
                let words = format!(
                    "Since {}. What was known then can be read; changes are not sent.",
                    times.clock(since)
                );
                ("bad", "Does not answer", words)
            }
            (None, None, Some(_)) => ("good", "Answers", String::new()),
            (None, None, None) => ("", "No answer yet", String::new()),
        };
        let failed = latest.filter(|sweep| sweep.outcome != Outcome::Done);
        let manager = settings::value(&app.db, settings::MANAGER_ACCOUNT_ID).await?;
        let requests = app.telnyx.rate().map(|rate| {
            let (left, all) = (grouped(rate.remaining.into()), grouped(rate.limit.into()));
            format!("{left} of {all}")
        });
        Ok(Self {
            kind,
            label,
            words,
            last_answer: times.at_or_never(health.last_ok),
            read: times.at_or_never(done.map(|sweep| sweep.started_at)),
            read_words: done.map(|sweep| read_words(sweep, latest, times)).unwrap_or_default(),
            failure: failed.map(|sweep| (times.at(sweep.finished_at), sweep.message.clone())),
            requests: requests.unwrap_or_default(),
            manager: manager.map(|id| (id.get(..8).unwrap_or(&id).to_owned(), id)),
        })
    }
}

fn read_words(done: &Sweep, latest: Option<&Sweep>, times: &Times) -> String {
    let seen = match done.seen {
        1 => "1 account".to_owned(),
        many => format!("{} accounts", grouped(many)),
    };
    let took = took(done.started_at.until(done.finished_at));
    match latest.map(pace::due).filter(|due| *due > times.now()) {
        Some(due) => format!("{seen} in {took}; next in {}", wait(times.now().until(due))),
        None => format!("{seen} in {took}; the next is due"),
    }
}

/// `under a second`, `3.1 s`, `2 minutes`
fn took(span: Duration) -> String {
    if span < Duration::from_secs(1) {
        "under a second".to_owned()
    } else if span < Duration::from_mins(1) {
        format!("{:.1} s", span.as_secs_f64())
    } else {
        wait(span)
    }
}

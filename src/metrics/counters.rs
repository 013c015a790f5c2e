//! Instruments of what people and background work did: sign-ins, notifications, jobs, readings.

use std::sync::atomic::AtomicI64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::{Buckets, FAILED, Metrics, OutcomeLabels, SENT, outcome};
use crate::domain::job::ItemState;
use crate::domain::notification::NotificationChannel;
use crate::domain::sign_in_outcome::SignInOutcome;

/// Upper bounds of the durations of complete readings of Telnyx, in seconds.
const SWEEP_BUCKETS: [f64; 8] = [1.0, 5.0, 15.0, 60.0, 180.0, 600.0, 1_800.0, 3_600.0];
/// Outcomes of a reading, as the database has them.
const SWEEP_OUTCOMES: [&str; 5] = ["done", "failed", "partial", "too_few", "other_manager"];
/// States in which an item of a job ends.
const FINAL_STATES: [ItemState; 4] = [
    ItemState::Done,
    ItemState::Refused,
    ItemState::Incomplete,
    ItemState::Unknown,
];
const MADE: &str = "made";

#[derive(Debug)]
pub(super) struct Counters {
    sign_ins: Family<OutcomeLabels, Counter>,
    notifications: Family<NotificationLabels, Counter>,
    job_items: Family<OutcomeLabels, Counter>,
    sweeps: Family<OutcomeLabels, Histogram, Buckets>,
    event_streams: Gauge<i64, AtomicI64>,
    trace_exports: Family<OutcomeLabels, Counter>,
    left_out_lines: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct NotificationLabels {
    channel: &'static str,
    outcome: &'static str,
}

impl Counters {
    /// Registers the instruments. They are there from the start, so that an increase from 0 is seen.
    pub(super) fn register(registry: &mut Registry) -> Self {
        let counters = Self {
            sign_ins: Family::default(),
            notifications: Family::default(),
            job_items: Family::default(),
            sweeps: Family::new_with_constructor(Buckets(&SWEEP_BUCKETS)),
            event_streams: Gauge::default(),
            trace_exports: Family::default(),
            left_out_lines: Counter::default(),
        };
        registry.register(
            "sign_ins",
            "Attempts to sign in or to confirm an identity, by outcome",
            counters.sign_ins.clone(),
        );
        registry.register(
            "notifications",
            "Notifications made, sent and failed, by channel",
            counters.notifications.clone(),
        );
        registry.register(
            "job_items",
            "Items of jobs that ended, by outcome",
            counters.job_items.clone(),
        );
        registry.register(
            "sweep_duration_seconds",
            "Time of a reading of all accounts, by outcome",
            counters.sweeps.clone(),
        );
        registry.register(
            "event_streams",
            "Open streams of events to pages",
            counters.event_streams.clone(),
        );
        registry.register(
            "trace_exports",
            "Requests with traces to the collector, by outcome",
            counters.trace_exports.clone(),
        );
        registry.register(
            "log_lines_left_out",
            "Lines of the log that were left out because there were too many of their kind",
            counters.left_out_lines.clone(),
        );
        counters.create_all();
        counters
    }

    fn create_all(&self) {
        for outcome in SignInOutcome::ALL {
            drop(self.sign_ins.get_or_create(&of(outcome.as_str())));
        }
        for channel in NotificationChannel::ALL {
            let channel = channel.as_str();
            for outcome in [MADE, SENT, FAILED] {
                let labels = NotificationLabels { channel, outcome };
                drop(self.notifications.get_or_create(&labels));
            }
        }
        for state in FINAL_STATES {
            drop(self.job_items.get_or_create(&of(state.as_str())));
        }
        for outcome in SWEEP_OUTCOMES {
            drop(self.sweeps.get_or_create(&of(outcome)));
        }
        for outcome in [SENT, FAILED] {
            drop(self.trace_exports.get_or_create(&of(outcome)));
        }
    }
}

const fn of(outcome: &'static str) -> OutcomeLabels {
    OutcomeLabels { outcome }
}

impl Metrics {
    /// Records an attempt to sign in or to confirm an identity.
    pub fn record_sign_in(&self, outcome: SignInOutcome) {
        let counter = &self.0.counters.sign_ins;
        counter.get_or_create(&of(outcome.as_str())).inc();
    }

    /// Records notifications that were made for this channel.
    pub fn record_notifications_made(&self, channel: NotificationChannel, number: usize) {
        self.count_notifications(channel, MADE, number);
    }

    /// Records notifications that were sent on this channel, or given up.
    pub fn record_notifications_sent(
        &self,
        channel: NotificationChannel,
        succeeded: bool,
        number: usize,
    ) {
        self.count_notifications(channel, outcome(succeeded).outcome, number);
    }

    fn count_notifications(&self, on: NotificationChannel, outcome: &'static str, number: usize) {
        let channel = on.as_str();
        let labels = NotificationLabels { channel, outcome };
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        let counter = &self.0.counters.notifications;
        counter.get_or_create(&labels).inc_by(number);
    }

    /// Records an item of a job that came to this state. Only states in which it ends count.
    pub fn record_job_item(&self, state: ItemState) {
        if FINAL_STATES.contains(&state) {
            let counter = &self.0.counters.job_items;
            counter.get_or_create(&of(state.as_str())).inc();
        }
    }

    /// Records a reading of all accounts.
    pub fn record_sweep(&self, outcome: &'static str, took: Duration) {
        let duration = self.0.counters.sweeps.get_or_create(&of(outcome));
        duration.observe(took.as_secs_f64());
    }

    /// Counts an open stream of events until the returned guard is dropped.
    #[must_use]
    pub fn open_event_stream(&self) -> OpenEventStream {
        self.0.counters.event_streams.inc();
        OpenEventStream(self.clone())
    }

    /// Records a request with traces that the collector accepted, or did not.
    pub fn record_trace_export(&self, accepted: bool) {
        let counter = &self.0.counters.trace_exports;
        counter.get_or_create(&outcome(accepted)).inc();
    }

    /// Records a line of the log that was left out.
    pub fn record_left_out_line(&self) {
        self.0.counters.left_out_lines.inc();
    }
}

/// Open stream of events. It is counted until it is dropped.
#[derive(Debug)]
pub struct OpenEventStream(Metrics);

impl Drop for OpenEventStream {
    fn drop(&mut self) {
        self.0.0.counters.event_streams.dec();
    }
}

//! Figures that are read when Prometheus asks: from the database, the client of Telnyx, and the
//! process.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use tokio::time::timeout;

use crate::app::App;
use crate::backup;
use crate::db::figures::{self, Figures};
use crate::db::sweeps::{self, SweepKind};
use crate::db::{self, accounts, channel_pool, schema_version};
use crate::domain::time::Timestamp;

/// Longest time for reading the database. Without an answer, its figures are left out.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(2);

type Labels = Vec<(&'static str, &'static str)>;

/// Returns a registry with all figures as they are now.
pub async fn registry(app: &App) -> Registry {
    let mut registry = Registry::with_prefix("portal");
    let version = vec![
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ("commit", env!("PORTAL_COMMIT").to_owned()),
        ("schema", schema_version().to_string()),
    ];
    registry.register("build", "Version of the program", Info::new(version));
    let read = timeout(DATABASE_TIMEOUT, add_stored(app, &mut registry)).await;
    let answers = match read {
        Ok(Ok(())) => 1,
        Ok(Err(error)) => {
            tracing::warn!(%error, "the figures of the database could not be read");
            0
        }
        Err(_) => 0,
    };
    add(
        &mut registry,
        "database_up",
        "1 if the database answers",
        answers,
    );
    let connections = app.db.connections();
    let in_use = connections.open.saturating_sub(connections.idle);
    add_labeled(
        &mut registry,
        "database_connections",
        "Connections to the database",
        "state",
        &[("idle", count(connections.idle)), ("used", count(in_use))],
    );
    add(
        &mut registry,
        "index_rows",
        "Accounts in the index in memory",
        count(accounts::indexed(&app.db)),
    );
    let down = i64::from(app.telnyx.health().is_down());
    add(&mut registry, "telnyx_up", "1 if Telnyx answers", 1 - down);
    if let Some(rate) = app.telnyx.rate() {
        add(
            &mut registry,
            "telnyx_rate_limit",
            "Requests that Telnyx allows in a window",
            i64::from(rate.limit),
        );
        add(
            &mut registry,
            "telnyx_rate_remaining",
            "Requests left in the window",
            i64::from(rate.remaining),
        );
    }
    if let Some(bytes) = resident_bytes() {
        add_bytes(
            &mut registry,
            "resident_memory",
            "Memory of the process",
            bytes,
        );
    }
    registry
}

/// Adds what the database has.
async fn add_stored(app: &App, registry: &mut Registry) -> db::Result<()> {
    let now = app.clock.now();
    let Figures {
        open_operations,
        unknown_operations,
        running_jobs,
        sessions,
        audit_events,
        waiting_notification_emails,
        waiting_welcome_emails,
        waiting_webhook_events,
    } = figures::read(&app.db, now).await?;
    add_labeled(
        registry,
        "operations",
        "Changes that are not settled",
        "state",
        &[("open", open_operations), ("unknown", unknown_operations)],
    );
    add(
        registry,
        "jobs_running",
        "Jobs that are running",
        running_jobs,
    );
    add(
        registry,
        "sessions",
        "Sessions of signed-in people",
        sessions,
    );
    add(
        registry,
        "audit_head",
        "Number of the newest event of the activity",
        audit_events,
    );
    add_labeled(
        registry,
        "waiting",
        "What waits to be sent",
        "kind",
        &[
            ("notification_email", waiting_notification_emails),
            ("welcome_email", waiting_welcome_emails),
            ("webhook_event", waiting_webhook_events),
        ],
    );
    add_directory(app, registry, now).await?;
    add_backup(app, registry, now).await
}

/// Adds accounts and channels, and the age of what is known about them.
async fn add_directory(app: &App, registry: &mut Registry, now: Timestamp) -> db::Result<()> {
    let accounts: Vec<_> = accounts::counts(&app.db)
        .await?
        .into_iter()
        .map(|counted| (counted.status.as_str(), counted.accounts))
        .collect();
    add_labeled(
        registry,
        "accounts",
        "Accounts of the directory",
        "status",
        &accounts,
    );
    if let Some((pool, read_at)) = channel_pool::latest(&app.db).await? {
        add_labeled(
            registry,
            "pool_channels",
            "Channels of the pool",
            "kind",
            &[
                ("total", i64::from(pool.total)),
                ("allocated", i64::from(pool.allocated)),
            ],
        );
        add_seconds(
            registry,
            "pool_age",
            "Age of the channel pool",
            read_at,
            now,
        );
    }
    if let Some(swept) = sweeps::latest_done(&app.db, SweepKind::Accounts).await? {
        add_seconds(
            registry,
            "directory_age",
            "Age of the directory",
            swept.started_at,
            now,
        );
    }
    Ok(())
}

/// Adds the newest daily backup, as long as there are daily ones: a database that was moved to
/// PostgreSQL still has the report of the last one.
async fn add_backup(app: &App, registry: &mut Registry, now: Timestamp) -> db::Result<()> {
    if app.settings.backup.is_none() {
        return Ok(());
    }
    if let Some(report) = backup::latest_report(&app.db).await? {
        let failed = i64::from(!report.error.is_empty());
        add(
            registry,
            "backup_failed",
            "1 if the last daily backup failed",
            failed,
        );
        if let Some(at) = report.succeeded_at {
            add_seconds(
                registry,
                "backup_age",
                "Age of the newest daily backup",
                at,
                now,
            );
            add_bytes(
                registry,
                "backup_size",
                "Size of the newest daily backup",
                report.bytes,
            );
        }
    }
    Ok(())
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn add(registry: &mut Registry, name: &str, help: &str, value: i64) {
    let gauge: Gauge = Gauge::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

fn add_bytes(registry: &mut Registry, name: &str, help: &str, bytes: u64) {
    let gauge: Gauge = Gauge::default();
    gauge.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    registry.register_with_unit(name, help, Unit::Bytes, gauge);
}

/// Adds an age in seconds.
fn add_seconds(registry: &mut Registry, name: &str, help: &str, since: Timestamp, now: Timestamp) {
    let gauge: Gauge<f64, AtomicU64> = Gauge::default();
    gauge.set(since.until(now).as_secs_f64());
    registry.register_with_unit(name, help, Unit::Seconds, gauge);
}

fn add_labeled(
    registry: &mut Registry,
    name: &str,
    help: &str,
    label: &'static str,
    values: &[(&'static str, i64)],
) {
    let family = Family::<Labels, Gauge>::default();
    for (value, number) in values {
        family.get_or_create(&vec![(label, *value)]).set(*number);
    }
    registry.register(name, help, family);
}

/// Returns the memory that the process uses, on Linux.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1_024)
}

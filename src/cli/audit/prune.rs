//! `audit prune`: writes the oldest events to a file and replaces them with a sealed stub.
//! The activity records who did that, when and why.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use crate::app::App;
use crate::db::audit::prune::{self, BATCH_SIZE, PruneOrder, PruneRange};
use crate::db::audit::verify::{Verdict, verify};
use crate::db::audit::{self, jsonl};
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::text;
use crate::domain::time::Timestamp;
use anyhow::{Context, bail};
use clap::Args;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use super::{database, environment, output, portal};

/// Minimum age of events that may be pruned. Pages and rules only read younger ones.
const MIN_AGE: Duration = Duration::from_hours(24 * 30);
/// Number of events written to the file at a time.
const EXPORT_BATCH: i64 = 1_000;

/// Options of `audit prune`.
#[derive(Args, Debug)]
pub struct PruneOptions {
    /// Events from before this day (UTC) go, such as 2025-01-01; at least 30 days ago
    #[arg(long, value_name = "DATE")]
    before: Date,
    /// The file that gets them first, as lines of JSON; it must not be there yet
    #[arg(long, value_name = "FILE")]
    export: PathBuf,
    /// Name of the person doing this; it appears in the activity and in the stub
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Why; it stands in the activity and in the stub
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Do it; without this only what would go is said
    #[arg(long)]
    yes: bool,
}

/// Prunes the events, or only prints which ones it would prune.
pub async fn run(options: PruneOptions) -> anyhow::Result<ExitCode> {
    let by = text::parse_line(&options.by, 200).context("--by")?;
    let reason = text::parse_line(&options.reason, 1_000).context("--reason")?;
    let settings = environment::settings_without_telnyx()?;
    let app = portal::build_app(database::open_existing(&settings).await?, settings).await?;
    let before = midnight(options.before)?;
    if before + MIN_AGE > app.clock.now() {
        bail!(
            "--before {}: events of the last 30 days stay; name an earlier day",
            options.before
        );
    }
    if let Verdict::Broken { seq, why } = verify(&app.db, &app.audit_key).await? {
        bail!(
            "nothing was pruned: the audit breaks at event {seq}: {why}; a broken chain is not pruned"
        );
    }
    let Some(range) = prune::range(&app.db, before).await? else {
        output::print_line(format_args!(
            "There is nothing to prune from before {}.",
            options.before
        ));
        return Ok(ExitCode::SUCCESS);
    };
    let PruneRange {
        first,
        last,
        held_back,
    } = range;
    output::print_line(format_args!(
        "Events {first} to {last}, from before {}: {} of them.",
        options.before,
        last - first + 1
    ));
    if held_back {
        output::print_line(
            "Later ones from before that day stay: they belong to a change whose outcome is still open.",
        );
    }
    if !options.yes {
        bail!(
            "nothing was pruned: add --yes to write these events to the file and take them out for good"
        );
    }
    let file_sha256 = export(&app, &range, &options.export).await?;
    let order = PruneOrder {
        before,
        at: app.clock.now(),
        by,
        reason,
        file: options.export.display().to_string(),
        file_sha256,
    };
    record_event(&app, &order, &range, EventOutcome::Started).await?;
    let mut next = first;
    while next <= last {
        let end = last.min(next + BATCH_SIZE - 1);
        prune::prune_batch(&app.db, &app.audit_key, &order, next, end).await?;
        next = end + 1;
    }
    record_event(&app, &order, &range, EventOutcome::Done).await?;
    output::print_line(format_args!(
        "Pruned. They are in {} (SHA-256 {}); keep it: audit check-file tells whether it is unchanged.",
        order.file, order.file_sha256
    ));
    app.db.close().await;
    Ok(ExitCode::SUCCESS)
}

fn midnight(day: Date) -> anyhow::Result<Timestamp> {
    let at = day
        .to_zoned_datetime(TimeZone::UTC)
        .context("--before names no day that the calendar has")?;
    Ok(Timestamp::from_millis(at.timestamp().as_millisecond()))
}

/// Writes the events to the file and returns its SHA-256.
/// Removes the file if not all of them could be written.
async fn export(app: &App, range: &PruneRange, path: &Path) -> anyhow::Result<String> {
    let named = || format!("--export {}", path.display());
    let file = std::fs::File::create_new(path).with_context(named)?;
    let written = write_events(app, range, BufWriter::new(file)).await;
    if written.is_err() {
        // An incomplete file would look like a complete one.
        std::fs::remove_file(path).with_context(named)?;
    }
    written.with_context(named)
}

async fn write_events(
    app: &App,
    range: &PruneRange,
    mut file: BufWriter<std::fs::File>,
) -> anyhow::Result<String> {
    let mut digest = Sha256::new();
    let mut next = range.first;
    while next <= range.last {
        let (text, end) = jsonl::from_number(&app.db, next, range.last, EXPORT_BATCH).await?;
        let Some(end) = end else {
            bail!("event {next} went away meanwhile");
        };
        digest.update(text.as_bytes());
        file.write_all(text.as_bytes())?;
        next = end + 1;
    }
    file.flush()?;
    file.get_ref().sync_all()?;
    Ok(audit::hex(&digest.finalize()))
}

async fn record_event(
    app: &App,
    order: &PruneOrder,
    range: &PruneRange,
    outcome: EventOutcome,
) -> anyhow::Result<()> {
    let event = Event {
        before: Some(format!("{} events", range.last - range.first + 1)),
        after: Some(format!(
            "kept in {} (SHA-256 {})",
            order.file, order.file_sha256
        )),
        reason: Some(order.reason.clone()),
        message: format!("By {}, from the server's command line.", order.by),
        ..Event::by_system(
            EventKind::AuditPruned,
            outcome,
            format!("events {} to {}", range.first, range.last),
        )
    };
    audit::record(&app.db, &app.audit_key, app.clock.now(), &event).await?;
    Ok(())
}

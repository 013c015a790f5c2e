//! `audit verify`: checks the chain of events. The other commands have their own files.

use std::process::ExitCode;
use std::time::Duration;

use crate::db::audit::verify::{self, Verdict};
use crate::db::audit::{self, EventFilter, prune_records};
use anyhow::bail;

use super::{database, environment, output, portal};

mod check_file;
mod prune;

pub use check_file::run as check_file;
pub use prune::{PruneOptions, run as prune};

/// Recomputes the chain and prints its head.
/// Also says if a head that was noted earlier is still part of it.
pub async fn verify(expected: Option<String>) -> anyhow::Result<ExitCode> {
    let settings = environment::settings_without_telnyx()?;
    let db = database::open_existing(&settings).await?;
    let app = portal::build_app(db, settings).await?;
    let (events, pruned, head) = match verify::verify(&app.db, &app.audit_key).await? {
        Verdict::Holds {
            events,
            pruned,
            head,
        } => (events, pruned, head),
        Verdict::Broken { seq, why } => {
            bail!(
                "the audit breaks at event {seq}: {why}; if every event is said to break, check PORTAL_SECRET_KEY"
            )
        }
    };
    output::print_line(format_args!(
        "The audit holds: {events} events.\nHead: {head}"
    ));
    let newest = audit::latest(&app.db, &EventFilter::default(), 1).await?;
    if let Some(newest) = newest.first() {
        let age = newest.at.until(app.clock.now()).as_secs();
        output::print_line(format_args!(
            "Newest event: {}, {} ago.",
            newest.at.to_jiff(),
            humantime::format_duration(Duration::from_secs(age))
        ));
    }
    if pruned > 0 {
        output::print_line(format_args!(
            "Of them, {pruned} were pruned, under sealed stubs:"
        ));
    }
    for stub in prune_records::authentic(&app.db, &app.audit_key).await? {
        output::print_line(format_args!(
            "  {} to {}, recorded {} to {}; pruned {} by {}: {}; kept in {} (SHA-256 {})",
            stub.first,
            stub.last,
            stub.from,
            stub.to,
            stub.pruned_at,
            stub.by,
            stub.reason,
            stub.file,
            stub.file_sha256
        ));
    }
    if let Some(expected) = expected.filter(|expected| !expected.trim().eq_ignore_ascii_case(&head))
    {
        match verify::by_hash(&app.db, &app.audit_key, &expected).await? {
            Some(seq) => output::print_line(format_args!(
                "The expected head is event {seq}; {} came after it.",
                events - seq
            )),
            None if pruned > 0 => bail!(
                "the expected head is not in what remains of the chain; look for it in the files that have the pruned \
                 events, and if it is in none of them, restore a backup"
            ),
            None => bail!(
                "the expected head is not in the chain: events were removed or replaced; restore a backup"
            ),
        }
    }
    app.db.close().await;
    Ok(ExitCode::SUCCESS)
}

//! `audit verify`: whether the chain of events holds.

use std::process::ExitCode;

use anyhow::bail;
use reseller_portal::db::audit::{self, Verdict};

use super::{environment, out, portal};

/// Recomputes the chain, prints its head, and says whether a head that was noted before is still part of it.
pub async fn verify(expected: Option<String>) -> anyhow::Result<ExitCode> {
    let settings = environment::settings_without_telnyx()?;
    let db = portal::existing_database(&settings).await?;
    let app = portal::assemble(db, settings)?;
    let (events, head) = match audit::verify(&app.db, &app.audit_key).await? {
        Verdict::Holds { events, head } => (events, head),
        Verdict::Broken { seq, why } => {
            bail!("the audit breaks at event {seq}: {why}; if every event is said to break, check PORTAL_SECRET_KEY")
        }
    };
    out::line(format_args!("The audit holds: {events} events.\nHead: {head}"));
    if let Some(expected) = expected.filter(|expected| !expected.trim().eq_ignore_ascii_case(&head)) {
        match audit::by_hash(&app.db, &expected).await? {
            Some(seq) => out::line(format_args!(
                "The expected head is event {seq}; {} came after it.",
                events - seq
            )),
            None => bail!("the expected head is not in the chain: events were removed or replaced; restore a backup"),
        }
    }
    app.db.close().await;
    Ok(ExitCode::SUCCESS)
}

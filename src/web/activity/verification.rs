//! `/activity/verification`: the state of the events' chain, its break if there is one, the pruned
//! events, and the last hash, to be noted elsewhere. A verification runs in a task of its own, and
//! the page shows its progress.

use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::app::App;
use crate::audit_verification;
use crate::db::audit::prune_records::{self, PruneRecord};
use crate::db::audit::verification_log::{self, VerificationResult};
use crate::db::audit::verify::Verdict;
use crate::web::access::{Authorized, Read, Viewer};
use crate::web::error::Error;
use crate::web::format::{FormattedTime, TimeFormatter, group_thousands};
use crate::web::htmx::Htmx;
use crate::web::layout::{Layout, Section, Toast};
use crate::web::render;

/// Time that the page waits for a verification.
const VERIFICATION_WAIT: Duration = Duration::from_secs(2);

#[derive(Template)]
#[template(path = "activity/verification.html", blocks = ["chain"])]
struct VerificationPage {
    layout: Layout,
    /// Color of the verdict.
    tone: &'static str,
    icon: &'static str,
    headline: String,
    explanation: String,
    /// Time of the last verification, and its duration.
    checked: Option<(FormattedTime, String)>,
    /// Number of all events ever recorded, as that verification counted them.
    events: String,
    /// Hash of the last event; empty if there is none to note.
    head: String,
    /// Position at which the chain breaks.
    broken_at: Option<i64>,
    /// Number of events recorded since that verification.
    since: String,
    /// Progress of the running verification.
    progress: Option<Progress>,
    pruned: Vec<PrunedRange>,
}

/// Progress of a verification.
struct Progress {
    judged: i64,
    of: i64,
}

impl Progress {
    fn text(&self) -> String {
        format!(
            "{} of {} events verified.",
            group_thousands(self.judged),
            group_thousands(self.of)
        )
    }
}

/// Events that were pruned together.
struct PrunedRange {
    first: i64,
    last: i64,
    from: String,
    to: String,
    at: FormattedTime,
    by: String,
    reason: String,
    file: String,
    sha256: String,
}

impl PrunedRange {
    fn numbers(&self) -> String {
        format!(
            "{} to {}",
            group_thousands(self.first),
            group_thousands(self.last)
        )
    }

    /// Combines the stubs of one pruning into one range.
    fn from_stubs(stubs: Vec<PruneRecord>, times: &TimeFormatter) -> Vec<Self> {
        let mut all: Vec<(PruneRecord, PruneRecord)> = Vec::new();
        for stub in stubs {
            match all.last_mut() {
                Some((_, last)) if last.pruned_at == stub.pruned_at => *last = stub,
                _ => all.push((stub.clone(), stub)),
            }
        }
        let pruned = |(first, last): (PruneRecord, PruneRecord)| Self {
            first: first.first,
            last: last.last,
            from: times.short(first.from),
            to: times.short(last.to),
            at: times.format(last.pruned_at),
            by: last.by,
            reason: last.reason,
            file: last.file,
            sha256: last.file_sha256,
        };
        all.into_iter().rev().map(pruned).collect()
    }
}

/// `GET /activity/verification`
pub(super) async fn show(
    may: Authorized<Read>,
    State(app): State<App>,
    htmx: Htmx,
) -> Result<Response, Error> {
    let times = may.times();
    let running = audit_verification::progress(&app).await?;
    let last = verification_log::latest_result(&app.db, &app.audit_key).await?;
    let newest = verification_log::newest_seq(&app.db).await?;
    let stubs = prune_records::authentic(&app.db, &app.audit_key).await?;
    let mut layout = may.layout("Audit trail", Section::Activity).await?;
    layout.refresh = running.map(|_| "/activity/verification".to_owned());
    let (tone, icon, headline, words) = summary(last.as_ref());
    let (events, head, broken_at) = match last.as_ref().map(|last| &last.verdict) {
        Some(Verdict::Holds { events, head, .. }) => (Some(*events), head.clone(), None),
        Some(Verdict::Broken { seq, .. }) => (None, String::new(), Some(*seq)),
        None => (None, String::new(), None),
    };
    let page = VerificationPage {
        layout,
        tone,
        icon,
        headline,
        explanation: words,
        checked: last
            .as_ref()
            .map(|last| (times.format(last.finished_at), duration(last))),
        since: group_thousands(newest - events.unwrap_or_default().min(newest)),
        events: events.map(group_thousands).unwrap_or_default(),
        head,
        broken_at,
        progress: running.map(|running| Progress {
            judged: running.judged,
            of: running.of,
        }),
        pruned: PrunedRange::from_stubs(stubs, times),
    };
    render::page_or_fragment(&htmx, &page, &page.as_chain())
}

fn summary(last: Option<&VerificationResult>) -> (&'static str, &'static str, String, String) {
    match last.map(|last| &last.verdict) {
        None => (
            "info",
            "info",
            "Not verified yet".to_owned(),
            "The portal verifies the audit trail every day.".to_owned(),
        ),
        Some(Verdict::Holds { .. }) => (
            "good",
            "circle-check",
            "Verified: nothing was altered".to_owned(),
            "No event was changed, removed or inserted since it was recorded.".to_owned(),
        ),
        Some(Verdict::Broken { seq, why }) => (
            "bad",
            "circle-alert",
            format!("Tampered with at event {}", group_thousands(*seq)),
            format!(
                "{}. Later events cannot be trusted: someone changed the database, or the \
                 portal’s secret key is another one. Tell the operator of this portal, and \
                 compare with a backup.",
                capitalize(why)
            ),
        ),
    }
}

/// Returns a text with a capital first letter.
fn capitalize(words: &str) -> String {
    let mut rest = words.chars();
    rest.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(rest).collect()
    })
}

fn duration(last: &VerificationResult) -> String {
    match last.started_at.until(last.finished_at).as_secs() {
        0 => "less than a second".to_owned(),
        1 => "1 second".to_owned(),
        many => format!("{many} seconds"),
    }
}

/// Describes the fault that the latest verification found, for pages that only warn.
pub(super) async fn warning(app: &App, viewer: &Viewer) -> Result<Option<String>, Error> {
    let last = verification_log::latest_result(&app.db, &app.audit_key).await?;
    Ok(last.and_then(|last| match last.verdict {
        Verdict::Holds { .. } => None,
        Verdict::Broken { seq, .. } => Some(format!(
            "Tampered with at event {}, found {}.",
            group_thousands(seq),
            viewer.times().relative(last.finished_at)
        )),
    }))
}

/// `POST /activity/verification`
pub(super) async fn verify(
    may: Authorized<Read>,
    State(app): State<App>,
) -> Result<Response, Error> {
    let running = app.clone();
    let task = app
        .tasks
        .spawn(async move { audit_verification::verify(&running).await });
    let toast = match tokio::time::timeout(VERIFICATION_WAIT, task).await {
        Ok(Ok(Ok(Some(VerificationResult {
            verdict: Verdict::Holds { .. },
            ..
        })))) => ("success", "Verified: nothing was altered."),
        Ok(Ok(Ok(Some(_)))) => ("danger", "Verified: the audit trail was tampered with."),
        Ok(Ok(Err(error))) => return Err(error.into()),
        Ok(Err(error)) => {
            return Err(Error::Internal(format!(
                "a verification ended early: {error}"
            )));
        }
        Ok(Ok(Ok(None))) | Err(_) => ("info", "The audit trail is being verified."),
    };
    may.toast(Toast::new(toast.0, toast.1)).await?;
    Ok(render::redirect("/activity/verification"))
}

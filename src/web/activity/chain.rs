//! `/activity/chain`: whether the chain of events holds, where it breaks if it does not, what was pruned, and the head to
//! note elsewhere. Verifying goes on in a task of its own; the page tells how far it is.

use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::app::App;
use crate::chain;
use crate::db::audit::checks::{self, Checked};
use crate::db::audit::stubs::{self, Stub};
use crate::db::audit::verify::Verdict;
use crate::web::access::{May, Read, Viewer};
use crate::web::error::Error;
use crate::web::htmx::Htmx;
use crate::web::page;
use crate::web::shell::{Section, Shell, Toast};
use crate::web::view::{Times, When, grouped};

/// How long the page waits for a verification before it goes on without it.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Template)]
#[template(path = "activity/chain.html", blocks = ["chain"])]
struct ChainPage {
    shell: Shell,
    /// Color, symbol, and what is to be said first.
    tone: &'static str,
    icon: &'static str,
    headline: String,
    words: String,
    /// When the chain was last verified, and how long that took.
    checked: Option<(When, String)>,
    /// How many events were ever recorded, as that verification counted them.
    events: String,
    /// The hash of the last of them; empty where there is none to note.
    head: String,
    /// Where it breaks.
    broken_at: Option<i64>,
    /// How many events came since.
    since: String,
    /// How far the verification is that runs now.
    progress: Option<Progress>,
    pruned: Vec<Pruned>,
}

/// A verification under way.
struct Progress {
    judged: i64,
    of: i64,
}

impl Progress {
    fn words(&self) -> String {
        format!("{} of {} events fit so far.", grouped(self.judged), grouped(self.of))
    }
}

/// Events that were pruned together.
struct Pruned {
    first: i64,
    last: i64,
    from: String,
    to: String,
    at: When,
    by: String,
    reason: String,
    file: String,
    sha256: String,
}

impl Pruned {
    fn numbers(&self) -> String {
        format!("{} to {}", grouped(self.first), grouped(self.last))
    }

    /// Stubs of one pruning are told as one.
    fn all(stubs: Vec<Stub>, times: &Times) -> Vec<Self> {
        let mut all: Vec<(Stub, Stub)> = Vec::new();
        for stub in stubs {
            match all.last_mut() {
                Some((_, last)) if last.pruned_at == stub.pruned_at => *last = stub,
                _ => all.push((stub.clone(), stub)),
            }
        }
        let pruned = |(first, last): (Stub, Stub)| Self {
            first: first.first,
            last: last.last,
            from: times.clock(first.from),
            to: times.clock(last.to),
            at: times.at(last.pruned_at),
            by: last.by,
            reason: last.reason,
            file: last.file,
            sha256: last.file_sha256,
        };
        all.into_iter().rev().map(pruned).collect()
    }
}

/// `GET /activity/chain`
pub(super) async fn show(may: May<Read>, State(app): State<App>, htmx: Htmx) -> Result<Response, Error> {
    let times = may.times();
    let running = chain::running(&app).await?;
    let last = checks::last(&app.db, &app.audit_key).await?;
    let newest = checks::newest(&app.db).await?;
    let stubs = stubs::genuine(&app.db, &app.audit_key).await?;
    let mut shell = may.shell("The activity’s chain", Section::Activity).await?;
    shell.refresh = running.map(|_| "/activity/chain".to_owned());
    let (tone, icon, headline, words) = told(last.as_ref());
    let (events, head, broken_at) = match last.as_ref().map(|last| &last.verdict) {
        Some(Verdict::Holds { events, head, .. }) => (Some(*events), head.clone(), None),
        Some(Verdict::Broken { seq, .. }) => (None, String::new(), Some(*seq)),
        None => (None, String::new(), None),
    };
    let page = ChainPage {
        shell,
        tone,
        icon,
        headline,
        words,
        checked: last.as_ref().map(|last| (times.at(last.finished_at), took(last))),
        since: grouped(newest - events.unwrap_or_default().min(newest)),
        events: events.map(grouped).unwrap_or_default(),
        head,
        broken_at,
        progress: running.map(|running| Progress {
            judged: running.judged,
            of: running.of,
        }),
        pruned: Pruned::all(stubs, times),
    };
    page::render(&htmx, &page, &page.as_chain())
}

fn told(last: Option<&Checked>) -> (&'static str, &'static str, String, String) {
    match last.map(|last| &last.verdict) {
        None => (
            "info",
            "info",
            "Not verified yet".to_owned(),
            "The portal verifies the chain once a day by itself.".to_owned(),
        ),
        Some(Verdict::Holds { .. }) => (
            "good",
            "circle-check",
            "The chain holds".to_owned(),
            "No event was changed, removed, inserted or moved since it was recorded.".to_owned(),
        ),
        Some(Verdict::Broken { seq, why }) => (
            "bad",
            "circle-alert",
            format!("The chain breaks at event {}", grouped(*seq)),
            format!(
                "{}. Events from there on prove nothing: somebody changed the database, or the portal’s secret key is \
                 another one. Tell whoever runs the portal; compare with a backup.",
                sentence(why)
            ),
        ),
    }
}

/// With a capital.
fn sentence(words: &str) -> String {
    let mut rest = words.chars();
    rest.next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

fn took(last: &Checked) -> String {
    match last.started_at.until(last.finished_at).as_secs() {
        0 => "less than a second".to_owned(),
        1 => "1 second".to_owned(),
        many => format!("{many} seconds"),
    }
}

/// What the latest verification found wrong, for pages that only warn.
pub(super) async fn warning(app: &App, viewer: &Viewer) -> Result<Option<String>, Error> {
    let last = checks::last(&app.db, &app.audit_key).await?;
    Ok(last.and_then(|last| match last.verdict {
        Verdict::Holds { .. } => None,
        Verdict::Broken { seq, .. } => Some(format!(
            "It breaks at event {}, as was found {}.",
            grouped(seq),
            viewer.times().relative(last.finished_at)
        )),
    }))
}

/// `POST /activity/chain`
pub(super) async fn verify(may: May<Read>, State(app): State<App>) -> Result<Response, Error> {
    let running = app.clone();
    let task = app.tasks.spawn(async move { chain::verify(&running).await });
    let toast = match tokio::time::timeout(PATIENCE, task).await {
        Ok(Ok(Ok(Some(Checked {
            verdict: Verdict::Holds { .. },
            ..
        })))) => ("success", "Verified: the chain holds."),
        Ok(Ok(Ok(Some(_)))) => ("danger", "Verified: the chain is broken."),
        Ok(Ok(Err(error))) => return Err(error.into()),
        Ok(Err(error)) => return Err(Error::Internal(format!("a verification ended early: {error}"))),
        Ok(Ok(Ok(None))) | Err(_) => ("info", "The chain is being verified."),
    };
    may.toast(Toast {
        kind: toast.0,
        text: toast.1.to_owned(),
        undo: None,
    })
    .await?;
    Ok(page::redirect("/activity/chain"))
}

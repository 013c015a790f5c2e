//! Search for secrets in everything that the portals of a test write.
//!
//! The support code registers each secret where a test uses it: settings, typed passwords, cookies of
//! sessions, one-time links, seeds of apps. It records what is written where it arrives: logs, pages,
//! metrics, mails, webhooks, traces, output of programs. When a test's folder or database goes, no
//! secret may be in what was recorded, or in a database or export in the folder, except in places
//! where people are meant to read it.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use memchr::memmem;
use reseller_portal::config::{PREVIOUS_SECRET_KEY, Settings, VARIABLES};
use reseller_portal::web::EXCLUDED_LOG_TARGETS;
use secrecy::ExposeSecret;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use url::{Url, form_urlencoded};

/// Place in which something is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Log, as text or JSON.
    Log,
    /// Page, part of one, download or stream of events.
    Page,
    /// Metrics for Prometheus.
    Metrics,
    /// Email.
    Mail,
    /// Request to the team's webhook.
    Webhook,
    /// Spans for a collector.
    Trace,
    /// Output of a program that people read.
    Output,
    /// Database, backup or export.
    File,
}

/// Places in which people are meant to read a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Nowhere,
    /// Once, on a page.
    OnPages,
    /// A link is on a page, in an email or in a program's output.
    AsLink,
}

impl Shown {
    fn allows(self, place: Place) -> bool {
        match self {
            Self::Nowhere => false,
            Self::OnPages => place == Place::Page,
            Self::AsLink => matches!(place, Place::Page | Place::Mail | Place::Output),
        }
    }
}

#[derive(Default)]
struct Seen {
    secrets: BTreeMap<String, Shown>,
    recorded: Vec<(Place, Vec<u8>)>,
    bytes: usize,
    leaks: Vec<String>,
}

/// Length from which a text is a secret that can be searched. Shorter ones are in any text.
const MIN_LENGTH: usize = 12;
/// Number of recorded bytes that are searched at once.
const MAX_BYTES: usize = 16 << 20;
/// Maximum number of secrets. A flood of wrong passwords has thousands.
const MAX_SECRETS: usize = 300;

static SEEN: Mutex<Option<Seen>> = Mutex::new(None);

fn with<T>(work: impl FnOnce(&mut Seen) -> T) -> T {
    let mut seen: MutexGuard<'_, _> = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    work(seen.get_or_insert_default())
}

fn register(secret: &str, shown: Shown) {
    if secret.len() >= MIN_LENGTH {
        with(|seen| {
            if seen.secrets.len() < MAX_SECRETS {
                seen.secrets.entry(secret.to_owned()).or_insert(shown);
            }
        });
    }
}

/// Registers a secret that is written nowhere, such as a password or a key.
pub fn hide(secret: &str) {
    register(secret, Shown::Nowhere);
}

/// Registers a secret that a page shows once.
pub fn hide_but_on_pages(secret: &str) {
    register(secret, Shown::OnPages);
}

/// Registers the secrets of the settings.
pub fn of_settings(settings: &Settings) {
    hide(settings.secret_key.expose_secret());
    hide(settings.telnyx_key.expose_secret());
    hide_password(settings.database_url.expose_secret());
    if let Some(sso) = &settings.sso {
        hide(sso.client_secret.expose_secret());
    }
    if let Some((_, password)) = settings.mail.as_ref().and_then(|mail| mail.login.as_ref()) {
        hide(password.expose_secret());
    }
    for (_, value) in settings.collector.iter().flat_map(|to| &to.headers) {
        hide(value.expose_secret());
    }
}

/// Registers the value of a variable if it is a secret. Of an address, only the password is one.
pub fn of_variable(name: &str, value: &str) {
    let is_secret = VARIABLES
        .iter()
        .any(|variable| variable.is_secret && variable.name == name);
    if value.contains("://") || value.starts_with("sqlite:") {
        hide_password(value);
    } else if is_secret || name == PREVIOUS_SECRET_KEY {
        hide(value);
    }
}

fn hide_password(url: &str) {
    if let Some(password) = Url::parse(url).ok().as_ref().and_then(Url::password) {
        hide(password);
    }
}

/// Registers the passwords of a form. A password that repeats another field is none.
pub fn of_form(fields: &[(&str, &str)]) {
    for (name, value) in fields {
        let is_repeated = fields
            .iter()
            .any(|(other, text)| !other.contains("password") && text.contains(value));
        if name.contains("password") && !value.contains('@') && !is_repeated {
            hide(value);
        }
    }
}

/// Registers the token of a one-time link.
pub fn of_path(path: &str) {
    const STARTS: [&str; 4] = ["/invite/", "/reset/", "/setup?token=", "/profile/email/"];
    let token = STARTS.iter().find_map(|start| path.strip_prefix(start));
    // Shorter ones are made up by a test.
    if let Some(token) = token.filter(|token| token.len() > 40) {
        register(token, Shown::AsLink);
    }
}

/// Registers a cookie of a session or of a half-finished sign-in.
pub fn of_cookie(name: &str, value: &str) {
    if name.contains("portal") && value.len() > 20 {
        hide(value);
    }
}

/// Records what was written in a place.
pub fn record(place: Place, written: impl AsRef<[u8]>) {
    let written = written.as_ref();
    with(|seen| {
        seen.bytes += written.len();
        match seen.recorded.last_mut() {
            Some((last, bytes)) if *last == place => bytes.extend_from_slice(written),
            _ => seen.recorded.push((place, written.to_vec())),
        }
        if seen.bytes > MAX_BYTES {
            seen.search();
        }
    });
}

/// Records databases and exports in a folder.
pub fn record_folder(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            record_folder(&path);
            continue;
        }
        let Ok(bytes) = std::fs::read(&path) else {
            continue;
        };
        let name = path.to_string_lossy();
        let is_export = [".csv", ".jsonl", ".json", "-wal"]
            .iter()
            .any(|end| name.ends_with(end));
        if is_export || bytes.starts_with(b"SQLite format 3\0") {
            record(Place::File, bytes);
        }
    }
}

/// Searches what was recorded. Returns a line for each secret that was found where it must not be.
pub fn take_leaks() -> Vec<String> {
    with(|seen| {
        seen.search();
        seen.secrets.clear();
        std::mem::take(&mut seen.leaks)
    })
}

/// Fails if a secret was written.
pub fn assert_none_written() {
    let leaks = take_leaks();
    assert!(
        leaks.is_empty() || std::thread::panicking(),
        "a secret was written: {leaks:#?}"
    );
}

impl Seen {
    fn search(&mut self) {
        let recorded = std::mem::take(&mut self.recorded);
        self.bytes = 0;
        for (place, bytes) in &recorded {
            for (secret, shown) in &self.secrets {
                if !shown.allows(*place) {
                    let found = forms(secret, *place)
                        .iter()
                        .find_map(|form| memmem::find(bytes, form.as_bytes()));
                    self.leaks
                        .extend(found.map(|at| describe(*place, bytes, at)));
                }
            }
            if *place != Place::Page {
                let found = account_key(bytes);
                self.leaks
                    .extend(found.map(|at| describe(*place, bytes, at)));
            }
        }
    }
}

/// Returns the ways in which a secret may be written.
fn forms(secret: &str, place: Place) -> Vec<String> {
    let mut forms = vec![secret.to_owned()];
    let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    if encoded != secret {
        forms.push(encoded);
    }
    if place != Place::Page {
        let hex: Vec<String> = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        forms.push(hex.concat());
    }
    forms
}

/// Returns the position of an account's API key, which the simulated Telnyx makes of `KEY`, 32
/// hexadecimal digits and a text.
fn account_key(bytes: &[u8]) -> Option<usize> {
    memmem::find_iter(bytes, b"KEY").find(|at| {
        let digits = bytes.get(at + 3..at + 35);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

/// Returns the place and the text around a secret.
fn describe(place: Place, bytes: &[u8], at: usize) -> String {
    let around = &bytes[at.saturating_sub(100)..bytes.len().min(at + 60)];
    format!("{place:?}: {}", String::from_utf8_lossy(around))
}

/// Subscriber that records the fields of every span and event, which text and JSON show alike.
///
/// It accepts spans that it does not know: other threads close spans of a test's own log here.
#[derive(Default)]
struct Recorder(AtomicU64);

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let is_excluded = EXCLUDED_LOG_TARGETS
            .iter()
            .any(|excluded| excluded.starts_with(metadata.target()));
        let is_own = metadata.target().starts_with("reseller_portal");
        !is_excluded && (is_own || *metadata.level() <= Level::INFO)
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut line = Line::default();
        span.record(&mut line);
        line.end();
        Id::from_u64(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn record(&self, _span: &Id, values: &Record<'_>) {
        let mut line = Line::default();
        values.record(&mut line);
        line.end();
    }

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        line.end();
    }

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

#[derive(Default)]
struct Line(String);

impl Line {
    fn end(mut self) {
        self.0.push('\n');
        record(Place::Log, self.0);
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = write!(self.0, "{field}={value} ");
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, "{field}={value:?} ");
    }
}

/// Records what this process logs, unless a test has a log of its own.
pub fn record_log() {
    static STARTED: OnceLock<()> = OnceLock::new();
    STARTED.get_or_init(|| {
        let _ = tracing::subscriber::set_global_default(Recorder::default());
    });
}

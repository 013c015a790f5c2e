//! Limits that people saw in Mission Control, pasted as lines and recorded under their name.

use std::collections::{HashMap, HashSet};

use crate::app::App;
use crate::db::accounts::{self, Account};
use crate::db::{self, Db, audit, sweeps};
use crate::domain::account::shown_name;
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::channels::ChannelLimit;
use crate::domain::email;
use crate::domain::fact::{Fact, FactSource};
use crate::domain::ids::AccountId;
use crate::domain::role::Permission;
use crate::domain::text::trim_invisible;
use crate::domain::time::Timestamp;

mod line;

/// Maximum number of lines accepted at a time.
pub const MAX_LINES: usize = 2_000;
/// Maximum number of rows that one transaction writes.
const BATCH_SIZE: usize = 200;
/// Maximum length of a faulty line repeated in an error, in characters.
const MAX_ECHOED_CHARS: usize = 80;

/// Limit that a person saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitEntry {
    /// Line number, from 1.
    pub line: usize,
    /// Account that has the limit.
    pub account: AccountId,
    /// Organization name of the account.
    pub organization_name: String,
    /// Email address of the account.
    pub email: String,
    /// Limit that was seen.
    pub limit: ChannelLimit,
    /// Limit in the directory, if it has one.
    pub known: Option<Fact<ChannelLimit>>,
    /// Time at which the form was shown, which counts as the time of the observation.
    /// A newer fact is not overwritten.
    pub seen_at: Timestamp,
}

/// Line that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError {
    /// Line number, from 1.
    pub line: usize,
    /// Beginning of the line.
    pub text: String,
    /// Message that says what is wrong with the line.
    pub message: String,
}

/// Result of parsing pasted lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParsedLines {
    /// Usable lines.
    pub entries: Vec<LimitEntry>,
    /// Unusable lines.
    pub errors: Vec<LineError>,
}

/// Reason why nothing was recorded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The role does not allow it.
    #[error("this role cannot record limits")]
    Forbidden,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Result of recording limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordResult {
    /// Entries that were recorded.
    pub recorded: Vec<LimitEntry>,
    /// Entries that were not recorded, each with the reason in a sentence.
    pub skipped: Vec<(LimitEntry, String)>,
}

/// Parts of a line: the account and the limit.
struct Line<'a> {
    number: usize,
    text: &'a str,
    id_or_email: String,
    limit: ChannelLimit,
}

/// Parses lines of `id or email, limit`.
///
/// A comma, a semicolon, a tab or spaces separate the two. Blank lines are skipped, but count in
/// the line numbers. `seen_at` is the time at which the form was shown.
///
/// # Errors
/// Fails if the database fails. Faulty lines are reported in [`ParsedLines::errors`].
pub async fn parse(db: &Db, text: &str, seen_at: Timestamp) -> db::Result<ParsedLines> {
    let mut parsed = ParsedLines::default();
    let filled = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !trim_invisible(line).is_empty());
    let mut lines: Vec<Line<'_>> = Vec::new();
    for (count, (index, text)) in filled.enumerate() {
        if count == MAX_LINES {
            let message = format!(
                "At most {} lines at a time.",
                crate::domain::text::group_thousands(2_000)
            );
            return Ok(ParsedLines {
                entries: Vec::new(),
                errors: vec![line_error(index + 1, text, message)],
            });
        }
        match line::split(text) {
            Ok((who, limit)) => lines.push(Line {
                number: index + 1,
                text,
                id_or_email: who,
                limit,
            }),
            Err(message) => parsed.errors.push(line_error(index + 1, text, message)),
        }
    }
    let known = AccountLookup::read(db, &lines).await?;
    let mut taken: HashMap<AccountId, usize> = HashMap::new();
    for line in lines {
        let account = match known.find(&line.id_or_email) {
            Ok(account) => account,
            Err(message) => {
                parsed
                    .errors
                    .push(line_error(line.number, line.text, message));
                continue;
            }
        };
        if let Some(earlier) = taken.insert(account.id.clone(), line.number) {
            let message = format!("Duplicate of line {earlier}.");
            parsed
                .errors
                .push(line_error(line.number, line.text, message));
            continue;
        }
        parsed.entries.push(LimitEntry {
            line: line.number,
            account: account.id.clone(),
            organization_name: account.organization_name.clone(),
            email: account.email.clone(),
            limit: line.limit,
            known: account.channel_limit,
            seen_at,
        });
    }
    parsed.errors.sort_by_key(|error| error.line);
    Ok(parsed)
}

fn line_error(line: usize, text: &str, message: String) -> LineError {
    LineError {
        line,
        text: trim_invisible(text)
            .chars()
            .take(MAX_ECHOED_CHARS)
            .collect(),
        message,
    }
}

/// Accounts that the lines name.
struct AccountLookup {
    by_id: HashMap<AccountId, Account>,
    by_email: HashMap<String, Vec<AccountId>>,
}

impl AccountLookup {
    async fn read(db: &Db, lines: &[Line<'_>]) -> db::Result<Self> {
        let ids: HashSet<AccountId> = lines
            .iter()
            .flat_map(|line| candidate_ids(&line.id_or_email))
            .collect();
        let emails: HashSet<String> = lines
            .iter()
            .filter(|line| line.id_or_email.contains('@'))
            .map(|line| email::key(&line.id_or_email))
            .collect();
        let ids: Vec<AccountId> = ids.into_iter().collect();
        let emails: Vec<String> = emails.into_iter().collect();
        let mut found = Self {
            by_id: HashMap::new(),
            by_email: HashMap::new(),
        };
        for account in accounts::with_emails(db, &emails).await? {
            found
                .by_email
                .entry(email::key(&account.email))
                .or_default()
                .push(account.id.clone());
            found.by_id.insert(account.id.clone(), account);
        }
        for account in accounts::by_ids(db, &ids).await? {
            found.by_id.insert(account.id.clone(), account);
        }
        Ok(found)
    }

    fn find(&self, who: &str) -> Result<&Account, String> {
        let found = if who.contains('@') {
            let ids = self
                .by_email
                .get(&email::key(who))
                .map(Vec::as_slice)
                .unwrap_or_default();
            if ids.len() > 1 {
                return Err(format!(
                    "{} accounts have this email. Enter the ID.",
                    ids.len()
                ));
            }
            ids.first().and_then(|id| self.by_id.get(id))
        } else {
            candidate_ids(who).iter().find_map(|id| self.by_id.get(id))
        };
        match found {
            Some(account) if account.gone_at.is_some() => {
                Err("This account is gone from Telnyx.".to_owned())
            }
            Some(account) => Ok(account),
            None => Err("No such account.".to_owned()),
        }
    }
}

/// Returns an ID as typed, and in lower case, as Telnyx writes its own.
fn candidate_ids(who: &str) -> Vec<AccountId> {
    [who.to_owned(), who.to_lowercase()]
        .iter()
        .filter_map(|id| id.parse().ok())
        .collect()
}

/// Records limits as seen by the actor, with one audit event each.
///
/// Skips accounts with an open operation, and those with a newer limit.
///
/// # Errors
/// Fails with [`Error::Forbidden`] without [`Permission::ChangeLimits`], or if the database fails.
/// Limits recorded before a failure stay recorded.
pub async fn apply(
    app: &App,
    actor: &Actor,
    entries: Vec<LimitEntry>,
) -> Result<RecordResult, Error> {
    if !actor.may(Permission::ChangeLimits) {
        return Err(Error::Forbidden);
    }
    let mut applied = RecordResult::default();
    let mut entries = entries.into_iter().peekable();
    while entries.peek().is_some() {
        let batch: Vec<LimitEntry> = entries.by_ref().take(BATCH_SIZE).collect();
        record_batch(app, actor, batch, &mut applied).await?;
    }
    Ok(applied)
}

async fn record_batch(
    app: &App,
    actor: &Actor,
    entries: Vec<LimitEntry>,
    applied: &mut RecordResult,
) -> db::Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    accounts::lock_bulk_writes(&mut tx).await?;
    let touched = sweeps::pending_changes(&mut tx, now).await?;
    let mut batch = RecordResult::default();
    let mut events: Vec<Event> = Vec::new();
    for entry in entries {
        if touched.is_open(&entry.account) {
            batch.skipped.push((
                entry,
                "Another change of this account is in progress.".to_owned(),
            ));
            continue;
        }
        let Some(held) = accounts::by_id_in_tx(&mut tx, &entry.account).await? else {
            batch.skipped.push((entry, "No such account.".to_owned()));
            continue;
        };
        let seen = Fact {
            value: entry.limit,
            source: FactSource::Person,
            // The observation cannot be in the future.
            observed_at: entry.seen_at.min(now),
        };
        let by = Some((actor.staff_id, actor.name.as_str()));
        if accounts::set_limit(&mut tx, &entry.account, seen, by).await? {
            events.push(recorded_event(actor, &entry, held.channel_limit));
            batch.recorded.push(entry);
        } else {
            let newer = held.channel_limit.map_or_else(
                || "A newer value is known.".to_owned(),
                |limit| {
                    format!(
                        "A newer value is known: {}, {}.",
                        limit.value,
                        limit.source.label()
                    )
                },
            );
            batch.skipped.push((entry, newer));
        }
    }
    for event in &events {
        audit::append(&mut tx, &app.audit_key, now, event).await?;
    }
    tx.commit().await?;
    applied.recorded.append(&mut batch.recorded);
    applied.skipped.append(&mut batch.skipped);
    Ok(())
}

fn recorded_event(actor: &Actor, entry: &LimitEntry, before: Option<Fact<ChannelLimit>>) -> Event {
    let target = shown_name(&entry.organization_name).replace('\0', "\u{fffd}");
    let mut event = Event::by_actor(actor, EventKind::LimitRecorded, EventOutcome::Done, target);
    event.account = Some(entry.account.clone());
    event.before = Some(before.map_or_else(
        || "not known".to_owned(),
        |before| format!("{}, {}", before.value, before.source.label()),
    ));
    event.after = Some(entry.limit.to_string());
    "As seen in Mission Control, not confirmed by Telnyx.".clone_into(&mut event.message);
    event
}

//! Limits that people saw in Mission Control: pasted as lines, checked, and recorded as theirs, with their name.

use std::collections::{HashMap, HashSet};

use crate::app::App;
use crate::db::accounts::{self, Account};
use crate::db::{self, Db, audit, sweeps};
use crate::domain::account::shown_name;
use crate::domain::actor::{Actor, Scope};
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::channels::ChannelLimit;
use crate::domain::email;
use crate::domain::fact::{Fact, Source};
use crate::domain::ids::AccountId;
use crate::domain::role::Permission;
use crate::domain::text::bare;
use crate::domain::time::Timestamp;

mod line;

/// How many lines are taken at a time.
pub const MOST_LINES: usize = 2_000;
/// How many rows one transaction writes.
const BATCH: usize = 200;
/// How much of a faulty line is shown again, in characters.
const SHOWN: usize = 80;

/// A limit that somebody saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The line that it stood in, from 1.
    pub line: usize,
    /// The account.
    pub account: AccountId,
    /// Its organization name.
    pub organization_name: String,
    /// Its e-mail address.
    pub email: String,
    /// The limit that was seen.
    pub limit: ChannelLimit,
    /// What the directory has, where it has any.
    pub known: Option<Fact<ChannelLimit>>,
    /// When it was seen, as far as the portal knows: when the form was shown. Anything newer stays.
    pub seen_at: Timestamp,
}

/// A line that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError {
    /// Its number, from 1.
    pub line: usize,
    /// How it begins.
    pub text: String,
    /// What is wrong with it, in words.
    pub message: String,
}

/// What pasted lines say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// The lines that can be used.
    pub entries: Vec<Entry>,
    /// The lines that cannot.
    pub errors: Vec<LineError>,
}

/// Why nothing was recorded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The role does not allow it.
    #[error("this role cannot record limits")]
    Forbidden,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// What came of recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// What was recorded.
    pub recorded: Vec<Entry>,
    /// What was not, and why, in a sentence.
    pub skipped: Vec<(Entry, String)>,
}

/// A line's two parts: who, and the limit.
struct Line<'a> {
    number: usize,
    text: &'a str,
    who: String,
    limit: ChannelLimit,
}

/// Reads lines of `id or e-mail, limit`, separated by a comma, a semicolon, a tab or spaces. Blank lines count for
/// nothing but the numbers. `seen_at`: when the form was shown.
///
/// # Errors
/// When the database fails. What is wrong with lines is told in [`Parsed::errors`].
pub async fn parse(db: &Db, scope: Scope, text: &str, seen_at: Timestamp) -> db::Result<Parsed> {
    let mut parsed = Parsed::default();
    let filled = text.lines().enumerate().filter(|(_, line)| !bare(line).is_empty());
    let mut lines: Vec<Line<'_>> = Vec::new();
    for (count, (index, text)) in filled.enumerate() {
        if count == MOST_LINES {
            let message = format!("At most {} lines at a time.", crate::domain::text::grouped(2_000));
            return Ok(Parsed {
                entries: Vec::new(),
                errors: vec![wrong(index + 1, text, message)],
            });
        }
        match line::split(text) {
            Ok((who, limit)) => lines.push(Line {
                number: index + 1,
                text,
                who,
                limit,
            }),
            Err(message) => parsed.errors.push(wrong(index + 1, text, message)),
        }
    }
    let known = Lookup::read(db, scope, &lines).await?;
    let mut taken: HashMap<AccountId, usize> = HashMap::new();
    for line in lines {
        let account = match known.find(&line.who) {
            Ok(account) => account,
            Err(message) => {
                parsed.errors.push(wrong(line.number, line.text, message));
                continue;
            }
        };
        if let Some(earlier) = taken.insert(account.id.clone(), line.number) {
            let message = format!("This account stands in line {earlier} already.");
            parsed.errors.push(wrong(line.number, line.text, message));
            continue;
        }
        parsed.entries.push(Entry {
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

fn wrong(line: usize, text: &str, message: String) -> LineError {
    LineError {
        line,
        text: bare(text).chars().take(SHOWN).collect(),
        message,
    }
}

/// The accounts that lines name.
struct Lookup {
    by_id: HashMap<AccountId, Account>,
    by_email: HashMap<String, Vec<AccountId>>,
}

impl Lookup {
    async fn read(db: &Db, scope: Scope, lines: &[Line<'_>]) -> db::Result<Self> {
        let ids: HashSet<AccountId> = lines.iter().flat_map(|line| ids(&line.who)).collect();
        let emails: HashSet<String> = lines
            .iter()
            .filter(|line| line.who.contains('@'))
            .map(|line| email::key(&line.who))
            .collect();
        let ids: Vec<AccountId> = ids.into_iter().collect();
        let emails: Vec<String> = emails.into_iter().collect();
        let mut found = Self {
            by_id: HashMap::new(),
            by_email: HashMap::new(),
        };
        for account in accounts::with_emails(db, scope, &emails).await? {
            found
                .by_email
                .entry(email::key(&account.email))
                .or_default()
                .push(account.id.clone());
            found.by_id.insert(account.id.clone(), account);
        }
        for account in accounts::many_by_ids(db, scope, &ids).await? {
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
                return Err(format!("{} accounts have this e-mail address: give the id.", ids.len()));
            }
            ids.first().and_then(|id| self.by_id.get(id))
        } else {
            ids(who).iter().find_map(|id| self.by_id.get(id))
        };
        match found {
            Some(account) if account.gone_at.is_some() => Err("This account is gone from Telnyx.".to_owned()),
            Some(account) => Ok(account),
            None => Err("The directory has no such account.".to_owned()),
        }
    }
}

/// An id as it was typed, and in lower case, as Telnyx writes its own.
fn ids(who: &str) -> Vec<AccountId> {
    [who.to_owned(), who.to_lowercase()]
        .iter()
        .filter_map(|id| id.parse().ok())
        .collect()
}

/// Records limits as seen by the actor, one audit event each. Left out, with the reason, is what an operation has open,
/// and where something newer is known.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ChangeLimits`], or when the database fails; what was recorded before the
/// failure stands.
pub async fn apply(app: &App, actor: &Actor, entries: Vec<Entry>) -> Result<Applied, Error> {
    if !actor.may(Permission::ChangeLimits) {
        return Err(Error::Forbidden);
    }
    let mut applied = Applied::default();
    let mut entries = entries.into_iter().peekable();
    while entries.peek().is_some() {
        let batch: Vec<Entry> = entries.by_ref().take(BATCH).collect();
        record(app, actor, batch, &mut applied).await?;
    }
    Ok(applied)
}

async fn record(app: &App, actor: &Actor, entries: Vec<Entry>, applied: &mut Applied) -> db::Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    accounts::write_many(&mut tx).await?;
    let touched = sweeps::touched(&mut tx, now).await?;
    let mut batch = Applied::default();
    let mut events: Vec<Event> = Vec::new();
    for entry in entries {
        if touched.is_open(&entry.account) {
            batch
                .skipped
                .push((entry, "A change of this account is under way.".to_owned()));
            continue;
        }
        let Some(held) = accounts::current(&mut tx, &entry.account).await? else {
            batch
                .skipped
                .push((entry, "The directory has no such account.".to_owned()));
            continue;
        };
        let seen = Fact {
            value: entry.limit,
            source: Source::Person,
            // Nobody saw anything later than now.
            observed_at: entry.seen_at.min(now),
        };
        let by = Some((actor.staff_id, actor.name.as_str()));
        if accounts::set_limit(&mut tx, &entry.account, seen, by).await? {
            events.push(recorded(actor, &entry, held.channel_limit));
            batch.recorded.push(entry);
        } else {
            let newer = held.channel_limit.map_or_else(
                || "Something newer is known.".to_owned(),
                |limit| format!("{} is known since, {}.", limit.value, limit.source.label()),
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

fn recorded(actor: &Actor, entry: &Entry, before: Option<Fact<ChannelLimit>>) -> Event {
    let target = shown_name(&entry.organization_name).replace('\0', "\u{fffd}");
    let mut event = Event::by(actor, EventKind::LimitRecorded, EventOutcome::Done, target);
    event.account = Some(entry.account.clone());
    event.before = Some(before.map_or_else(
        || "not known".to_owned(),
        |before| format!("{}, {}", before.value, before.source.label()),
    ));
    event.after = Some(entry.limit.to_string());
    "As seen in Mission Control, not confirmed by Telnyx.".clone_into(&mut event.message);
    event
}

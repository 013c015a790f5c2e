//! People at work during a drill: one reads pages, one changes channel limits, each account once.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::record::seen;
use super::{Person, Record, Response, Stage};

/// Pages that the reader opens in turn.
const PAGES: [&str; 5] = ["/", "/accounts", "/channels", "/activity", "/jobs"];

/// Account at Telnyx, before it is changed.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its ID.
    pub id: String,
    /// Its channel limit.
    pub limit: u64,
}

/// What a person was told about a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It was made.
    Done,
    /// It was sent, and the portal finds out what came of it.
    Sent,
    /// Nothing was sent.
    NotSent,
    /// The activity will show it.
    Later,
}

/// Change as the person knows it.
#[derive(Clone, Debug)]
pub struct Change {
    /// Account as it was before.
    pub account: Account,
    /// Limit that was asked for.
    pub wanted: u64,
    /// What the person was told last.
    pub told: Told,
}

/// People at work.
pub struct Work {
    end: CancellationToken,
    reader: JoinHandle<()>,
    changer: JoinHandle<Vec<Change>>,
}

impl Told {
    /// Reads the answer to a form. Returns `None` if it says nothing about the change.
    fn by(answer: &Response) -> Option<Self> {
        let to = answer.leads_to().unwrap_or_default();
        match answer.status.as_u16() {
            303 if to.starts_with("/operations/") => Some(Self::Sent),
            303 => Some(Self::Done),
            _ if answer.says("Your change was sent to Telnyx") => Some(Self::Sent),
            _ if answer.says("while your change was recorded") => Some(Self::Later),
            _ if answer.says("Nothing was sent to Telnyx") || answer.says("Not sent") => {
                Some(Self::NotSent)
            }
            _ => None,
        }
    }
}

impl Change {
    /// Changes a channel limit through its form. Returns `None` if the form does not open. If `again`, a form that
    /// was not sent is sent once more, as a browser does that reloads the answer.
    pub async fn make(
        person: &Person,
        record: &Record,
        account: &Account,
        again: bool,
    ) -> Option<Self> {
        let form = person
            .get(&format!("/accounts/{}/channel-limit", account.id))
            .await;
        if form.status != 200 {
            return None;
        }
        let wanted = if account.limit == 7 { 8 } else { 7 };
        let typed = wanted.to_string();
        let mut told;
        loop {
            let answer = person
                .submit(&form, "form.confirm", &[("channel_limit", &typed)])
                .await;
            told = Told::by(&answer);
            let unclear = matches!(told, Some(Told::NotSent | Told::Later)) && answer.status == 503;
            if !(again && unclear) {
                if told.is_none() {
                    let status = answer.status;
                    record.fault(format!(
                        "an answer does not say if it was sent: {status} {}",
                        seen(&answer)
                    ));
                }
                break;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        Some(Self {
            account: account.clone(),
            wanted,
            told: told.unwrap_or(Told::Later),
        })
    }
}

impl Work {
    /// Lets people work: they read pages and change these accounts.
    pub fn start(stage: &Stage, accounts: &[Account]) -> Self {
        let end = CancellationToken::new();
        let reader = tokio::spawn(read(stage.owner.unseen(), end.clone()));
        let record = stage.record.clone();
        let changer = tokio::spawn(change(
            stage.owner.unseen(),
            record,
            accounts.to_vec(),
            end.clone(),
        ));
        stage
            .record
            .note("people read pages and change channel limits from now on");
        Self {
            end,
            reader,
            changer,
        }
    }

    /// Ends the work, and returns the changes.
    pub async fn end(self) -> Vec<Change> {
        self.end.cancel();
        self.reader.await.unwrap();
        self.changer.await.unwrap()
    }
}

async fn read(person: Person, end: CancellationToken) {
    for page in PAGES.iter().cycle() {
        person.get(page).await;
        tokio::select! {
            () = end.cancelled() => return,
            () = tokio::time::sleep(Duration::from_millis(150)) => {}
        }
    }
}

async fn change(
    person: Person,
    record: Record,
    accounts: Vec<Account>,
    end: CancellationToken,
) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut accounts = accounts.iter().peekable();
    while let Some(account) = accounts.peek() {
        let change = Change::make(&person, &record, account, changes.len() % 2 == 0).await;
        if let Some(change) = change {
            changes.push(change);
            accounts.next();
        }
        tokio::select! {
            () = end.cancelled() => return changes,
            () = tokio::time::sleep(Duration::from_millis(250)) => {}
        }
    }
    end.cancelled().await;
    changes
}

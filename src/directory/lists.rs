//! Reading all accounts by status: up to four pages at once, each compared with the directory as it comes and kept, so
//! that whoever is stopped goes on where they were. Nothing is concluded here but whether all of it came.

use std::collections::BTreeMap;
use std::mem;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::task::JoinHandle;

use super::book::{Book, mark};
use super::profile;
use super::rows::{self, Rows};
use super::skipped::{MOST_SKIPPED, Skipped};
use super::sweep::{Halt, Run};
use super::whole::{Extent, whole};
use crate::db::sweeps::Outcome;
use crate::db::sweeps::stage::{self, Listed, Stage, Staged};
use crate::db::{self, settings};
use crate::domain::account::AccountStatus;
use crate::domain::time::Timestamp;
use crate::telnyx::{Account, AccountFilter, Client, Error, LARGEST_PAGE, Page, Sort, Trouble};

/// How many pages are asked for at once.
pub const AT_ONCE: usize = 4;
/// So many pages are written at a time,
const KEPT_AT_ONCE: usize = 64;
/// or so many accounts that are not as the directory has them, which are kept whole,
const OTHERS_AT_ONCE: usize = 4_000;
/// or what has come after this.
const KEPT_AFTER: Duration = Duration::from_secs(2);
/// How long a portal that is to stop waits for pages that it has asked for.
const PATIENCE: Duration = Duration::from_secs(5);

/// A reading under way: what the directory has, and what has come.
pub(super) struct Reading<'a> {
    run: &'a Run<'a>,
    /// What it is, as the database has it.
    pub stage: Stage,
    /// What the directory has of each account, and what the pages say of it.
    pub book: Book,
    /// Revision from which on rows may be other than the book has them.
    pub loaded_at: i64,
    /// The manager that the portal belongs to, where it is bound to one.
    bound: Option<String>,
    extents: BTreeMap<AccountStatus, BTreeMap<u32, Extent>>,
    /// Items of the lists that could not be read.
    pub skipped: Vec<Skipped>,
    unkept: Vec<Staged>,
    keeping: Option<JoinHandle<db::Result<bool>>>,
    kept_at: Timestamp,
}

impl<'a> Reading<'a> {
    /// Goes on with what was kept of the reading, if anything was.
    pub async fn open(run: &'a Run<'a>, stage: Stage) -> Result<Self, Halt> {
        let db = &run.app.db;
        let bound = settings::value(db, settings::MANAGER_ACCOUNT_ID).await?;
        let shrunk_at = super::fewer::shrunk_at(db).await?;
        let Rows { book, loaded_at } = rows::load(run.app, &stage, shrunk_at).await?;
        let mut reading = Self {
            run,
            stage,
            book,
            loaded_at,
            bound,
            extents: BTreeMap::new(),
            skipped: Vec::new(),
            unkept: Vec::new(),
            keeping: None,
            kept_at: run.app.clock.now(),
        };
        reading.replay().await?;
        Ok(reading)
    }

    async fn replay(&mut self) -> Result<(), Halt> {
        let mut after = None;
        loop {
            let pages = stage::after(&self.run.app.db, after).await?;
            let Some(last) = pages.last() else { return Ok(()) };
            after = Some((last.status, last.number));
            for page in &pages {
                for mark in &page.same {
                    self.book.note_same(mark, page.at);
                }
                for listed in &page.other {
                    self.book.note(mark(&listed.profile.id), listed, page.status, page.at);
                }
                let extents = self.extents.entry(page.status).or_default();
                extents.insert(page.number, Extent::of(page));
            }
        }
    }

    /// The reading is over and taken over: what it knows of the rows is of use to the next one.
    pub fn leave(self) {
        let (book, loaded_at) = (self.book, self.loaded_at);
        self.run.app.sweep.put(Rows { book, loaded_at });
    }

    /// How many pages have come.
    pub fn pages(&self) -> usize {
        self.extents.values().map(BTreeMap::len).sum()
    }

    /// Reads what is not read yet. What came is kept whatever ends it.
    pub async fn read(&mut self) -> Result<(), Halt> {
        let read = self.read_lists().await;
        self.keep_rest().await?;
        read
    }

    async fn read_lists(&mut self) -> Result<(), Halt> {
        for status in AccountStatus::LISTED {
            self.read_list(status).await?;
            let extents = self.extents.entry(status).or_default();
            whole(&extents.values().copied().collect::<Vec<_>>()).map_err(|why| {
                Halt::Unusable(
                    Outcome::Partial,
                    format!("The list of {} accounts did not come whole: {why}.", status.as_str()),
                )
            })?;
        }
        Ok(())
    }

    async fn read_list(&mut self, status: AccountStatus) -> Result<(), Halt> {
        let run = self.run;
        let have = self.extents.entry(status).or_default();
        let mut end = have
            .iter()
            .next_back()
            .map_or(1, |(number, extent)| extent.end(*number));
        let mut next = 1;
        let mut asked = FuturesUnordered::new();
        let mut trouble = None;
        loop {
            while trouble.is_none() && !run.stopped() && next <= end && asked.len() < AT_ONCE {
                if !self.extents.get(&status).is_some_and(|have| have.contains_key(&next)) {
                    asked.push(ask(run, status, next));
                }
                next += 1;
            }
            // Pages that were asked for are waited for even then: asked for again they would cost as much again.
            let answer = if run.stopped() {
                tokio::time::timeout(PATIENCE, asked.next()).await.unwrap_or_default()
            } else {
                tokio::select! {
                    biased;
                    answer = asked.next() => answer,
                    () = run.app.shutdown.cancelled() => continue,
                }
            };
            match answer {
                Some(Ok(Some(page))) => {
                    let number = page.number;
                    end = self.take(status, page)?.end(number);
                    self.keep().await?;
                }
                Some(Ok(None)) => {}
                Some(Err(error)) => trouble = trouble.or(Some(error)),
                None => break,
            }
        }
        match trouble {
            _ if run.stopped() => Err(Halt::Stopped),
            Some(error) => Err(Halt::Unusable(
                Outcome::Failed,
                format!(
                    "The list of {} accounts could not be read: {}.",
                    status.as_str(),
                    Trouble::from(&error).clause()
                ),
            )),
            None => Ok(()),
        }
    }

    fn take(&mut self, status: AccountStatus, page: Page<Account>) -> Result<Extent, Halt> {
        let at = page.started_at;
        self.book.make_room(page.total_results.unwrap_or_default());
        let mut staged = Staged {
            status,
            number: page.number,
            at,
            items: u32::try_from(page.count()).unwrap_or(u32::MAX),
            total_pages: page.total_pages,
            total_results: page.total_results,
            same: Vec::with_capacity(page.items.len()),
            other: Vec::new(),
        };
        let unreadable = page.unreadable.iter();
        let skipped = unreadable.map(|item| Skipped::new(status, page.number, page.size, item));
        self.skipped
            .extend(skipped.take(MOST_SKIPPED.saturating_sub(self.skipped.len())));
        for account in page.items {
            self.same_manager(&account)?;
            let mark = mark(&account.id);
            let listed = Listed {
                custom_pricing: account.custom_pricing,
                profile: profile(account),
            };
            if self.book.note(mark, &listed, status, at) {
                staged.same.push(mark);
            } else {
                staged.other.push(listed);
            }
        }
        let extent = Extent::of(&staged);
        self.extents.entry(status).or_default().insert(page.number, extent);
        self.unkept.push(staged);
        Ok(extent)
    }

    fn same_manager(&mut self, account: &Account) -> Result<(), Halt> {
        let Some(manager) = account.manager_account_id.as_deref() else {
            return Ok(());
        };
        if self.bound.as_deref().is_some_and(|bound| bound != manager) {
            return Err(Halt::OtherManager(manager.to_owned()));
        }
        if self.stage.manager.get_or_insert_with(|| manager.to_owned()) != manager {
            return Err(Halt::Unusable(
                Outcome::Partial,
                "The lists hold accounts of two managers.".to_owned(),
            ));
        }
        Ok(())
    }

    /// Keeps the lease, and the pages where there are enough of them; they are written while others are fetched.
    async fn keep(&mut self) -> Result<(), Halt> {
        self.run.keep_lease().await?;
        let now = self.run.app.clock.now();
        let others: usize = self.unkept.iter().map(|page| page.other.len()).sum();
        if self.unkept.len() < KEPT_AT_ONCE && others < OTHERS_AT_ONCE && self.kept_at.until(now) < KEPT_AFTER {
            return Ok(());
        }
        self.kept_at = now;
        self.kept().await?;
        let pages = mem::take(&mut self.unkept);
        let (db, holder, manager) = (self.run.app.db.clone(), self.run.holder, self.stage.manager.clone());
        self.keeping = Some(tokio::spawn(async move {
            stage::keep(&db, holder, manager.as_deref(), &pages).await
        }));
        Ok(())
    }

    async fn kept(&mut self) -> Result<(), Halt> {
        match self.keeping.take() {
            None => Ok(()),
            Some(keeping) => match keeping.await {
                Ok(Ok(true)) => Ok(()),
                Ok(Err(error)) => Err(error.into()),
                // Somebody else has the reading by now.
                Ok(Ok(false)) | Err(_) => Err(Halt::LeaseLost),
            },
        }
    }

    async fn keep_rest(&mut self) -> Result<(), Halt> {
        self.kept().await?;
        let pages = mem::take(&mut self.unkept);
        let manager = self.stage.manager.as_deref();
        if pages.is_empty() || stage::keep(&self.run.app.db, self.run.holder, manager, &pages).await? {
            Ok(())
        } else {
            Err(Halt::LeaseLost)
        }
    }
}

/// One page, in its turn; none where the portal is to stop.
async fn ask(run: &Run<'_>, status: AccountStatus, number: u32) -> Result<Option<Page<Account>>, Error> {
    if !run.turn().await {
        return Ok(None);
    }
    page(&run.client, status, number).await.map(Some)
}

/// One page of the accounts with this status, as a whole reading asks for it.
///
/// # Errors
/// Where the call did not end with a list that can be read.
pub async fn page(client: &Client, status: AccountStatus, number: u32) -> Result<Page<Account>, Error> {
    let filter = AccountFilter {
        status: Some(status),
        sort: Some(Sort::Email),
        include_cancelled: status == AccountStatus::Cancelled,
        ..AccountFilter::default()
    };
    client.list_accounts(&filter, number, LARGEST_PAGE).await
}

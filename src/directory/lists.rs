//! Reads all accounts by status, with up to four pages requested at once.
//! Each page is compared with the directory when it arrives, and saved, so that an interrupted
//! reading can be resumed. The only conclusion drawn here is whether the lists are complete.

use std::collections::BTreeMap;
use std::mem;
use std::sync::PoisonError;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::task::JoinHandle;

use super::baseline;
use super::completeness::{PageTotals, check_complete};
use super::skipped_accounts::{MAX_SKIPPED, SkippedAccount};
use super::sweep_run::{SweepAborted, SweepRun};
use super::to_profile;
use crate::db::sweeps::SweepOutcome;
use crate::db::sweeps::checkpoint::{self, Checkpoint, CheckpointAccount, CheckpointPage};
use crate::db::sweeps::state::{Baseline, SweepState, id_digest};
use crate::db::{self, settings};
use crate::domain::account::AccountStatus;
use crate::domain::time::Timestamp;
use crate::telnyx::{
    Account, AccountFilter, Client, Error, ErrorSummary, MAX_PAGE_SIZE, Page, Sort,
};

/// Maximum number of pages requested at once.
pub const MAX_CONCURRENT_PAGES: usize = 4;
/// Number of unsaved pages at which they are saved.
const SAVE_AFTER_PAGES: usize = 64;
/// Number of unsaved differing accounts at which they are saved. Such accounts are stored in full.
const SAVE_AFTER_DIFFERENCES: usize = 4_000;
/// Time after which unsaved pages are saved.
const SAVE_INTERVAL: Duration = Duration::from_secs(2);
/// Time that a stopping portal waits for pages that it has requested.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// Reading in progress: the directory's state, and the pages that have arrived.
pub(super) struct ListReader<'a> {
    run: &'a SweepRun<'a>,
    /// Checkpoint as the database holds it.
    pub checkpoint: Checkpoint,
    /// The directory's data on each account, and what the pages say about it.
    pub state: SweepState,
    /// Rows with this revision or a later one may differ from the sweep state.
    pub loaded_revision: i64,
    /// Manager that the portal is bound to, if it is.
    bound_manager: Option<String>,
    page_totals: BTreeMap<AccountStatus, BTreeMap<u32, PageTotals>>,
    /// Items of the lists that could not be read.
    pub skipped: Vec<SkippedAccount>,
    unsaved: Vec<CheckpointPage>,
    save_task: Option<JoinHandle<db::Result<bool>>>,
    saved_at: Timestamp,
}

impl<'a> ListReader<'a> {
    /// Opens a reading and resumes it from the saved pages, if there are any.
    pub async fn open(run: &'a SweepRun<'a>, checkpoint: Checkpoint) -> Result<Self, SweepAborted> {
        let db = &run.app.db;
        let bound = settings::value(db, settings::MANAGER_ACCOUNT_ID).await?;
        let shrunk_at = super::shrink_guard::shrunk_at(db).await?;
        let Baseline {
            state,
            loaded_revision,
        } = baseline::load(run.app, &checkpoint, shrunk_at).await?;
        let mut reading = Self {
            run,
            checkpoint,
            state,
            loaded_revision,
            bound_manager: bound,
            page_totals: BTreeMap::new(),
            skipped: Vec::new(),
            unsaved: Vec::new(),
            save_task: None,
            saved_at: run.app.clock.now(),
        };
        reading.replay_saved().await?;
        Ok(reading)
    }

    async fn replay_saved(&mut self) -> Result<(), SweepAborted> {
        let mut after = None;
        loop {
            let pages = checkpoint::pages_after(&self.run.app.db, after).await?;
            let Some(last) = pages.last() else {
                return Ok(());
            };
            after = Some((last.status, last.number));
            for page in &pages {
                for mark in &page.unchanged {
                    self.state.record_unchanged(mark, page.at);
                }
                for listed in &page.differing {
                    self.state.record_listed(
                        id_digest(&listed.profile.id),
                        listed,
                        page.status,
                        page.at,
                    );
                }
                let extents = self.page_totals.entry(page.status).or_default();
                extents.insert(page.number, PageTotals::from_page(page));
            }
        }
    }

    /// Keeps the state of a completed reading in memory for the next one.
    pub fn cache_baseline(self) {
        let (state, loaded_revision) = (self.state, self.loaded_revision);
        let mut left = self
            .run
            .app
            .sweep_baseline
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *left = Some(Baseline {
            state,
            loaded_revision,
        });
    }

    /// Returns the number of pages that have arrived.
    pub fn page_count(&self) -> usize {
        self.page_totals.values().map(BTreeMap::len).sum()
    }

    /// Reads the missing pages. Saves those that arrived, even if the reading fails.
    pub async fn read(&mut self) -> Result<(), SweepAborted> {
        let read = self.read_lists().await;
        self.save_remaining().await?;
        read
    }

    async fn read_lists(&mut self) -> Result<(), SweepAborted> {
        for status in AccountStatus::LISTED {
            self.read_list(status).await?;
            let extents = self.page_totals.entry(status).or_default();
            check_complete(&extents.values().copied().collect::<Vec<_>>()).map_err(|why| {
                SweepAborted::Unusable(
                    SweepOutcome::Partial,
                    format!(
                        "The list of {} accounts did not come whole: {why}.",
                        status.as_str()
                    ),
                )
            })?;
        }
        Ok(())
    }

    async fn read_list(&mut self, status: AccountStatus) -> Result<(), SweepAborted> {
        let run = self.run;
        let have = self.page_totals.entry(status).or_default();
        let mut end = have
            .iter()
            .next_back()
            .map_or(1, |(number, extent)| extent.last_page(*number));
        let mut next = 1;
        let mut asked = FuturesUnordered::new();
        let mut trouble = None;
        loop {
            while trouble.is_none()
                && !run.is_shutting_down()
                && next <= end
                && asked.len() < MAX_CONCURRENT_PAGES
            {
                if !self
                    .page_totals
                    .get(&status)
                    .is_some_and(|have| have.contains_key(&next))
                {
                    asked.push(fetch_in_turn(run, status, next));
                }
                next += 1;
            }
            // On shutdown, wait for pages that were already requested. To request them again
            // would cost as much.
            let answer = if run.is_shutting_down() {
                tokio::time::timeout(SHUTDOWN_TIMEOUT, asked.next())
                    .await
                    .unwrap_or_default()
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
                    end = self.add_page(status, page)?.last_page(number);
                    self.save_if_due().await?;
                }
                Some(Ok(None)) => {}
                Some(Err(error)) => trouble = trouble.or(Some(error)),
                None => break,
            }
        }
        match trouble {
            _ if run.is_shutting_down() => Err(SweepAborted::Stopped),
            Some(error) => Err(SweepAborted::Unusable(
                SweepOutcome::Failed,
                format!(
                    "The list of {} accounts could not be read: {}.",
                    status.as_str(),
                    ErrorSummary::from(&error).clause()
                ),
            )),
            None => Ok(()),
        }
    }

    fn add_page(
        &mut self,
        status: AccountStatus,
        page: Page<Account>,
    ) -> Result<PageTotals, SweepAborted> {
        let at = page.started_at;
        self.state.reserve(page.total_results.unwrap_or_default());
        let mut staged = CheckpointPage {
            status,
            number: page.number,
            at,
            items: u32::try_from(page.count()).unwrap_or(u32::MAX),
            total_pages: page.total_pages,
            total_results: page.total_results,
            unchanged: Vec::with_capacity(page.items.len()),
            differing: Vec::new(),
        };
        let unreadable = page.unreadable.iter();
        let skipped =
            unreadable.map(|item| SkippedAccount::new(status, page.number, page.size, item));
        self.skipped
            .extend(skipped.take(MAX_SKIPPED.saturating_sub(self.skipped.len())));
        for account in page.items {
            self.check_manager(&account)?;
            let mark = id_digest(&account.id);
            let listed = CheckpointAccount {
                custom_pricing: account.custom_pricing,
                profile: to_profile(account),
            };
            if self.state.record_listed(mark, &listed, status, at) {
                staged.unchanged.push(mark);
            } else {
                staged.differing.push(listed);
            }
        }
        let extent = PageTotals::from_page(&staged);
        self.page_totals
            .entry(status)
            .or_default()
            .insert(page.number, extent);
        self.unsaved.push(staged);
        Ok(extent)
    }

    fn check_manager(&mut self, account: &Account) -> Result<(), SweepAborted> {
        let Some(manager) = account.manager_account_id.as_deref() else {
            return Ok(());
        };
        if self
            .bound_manager
            .as_deref()
            .is_some_and(|bound| bound != manager)
        {
            return Err(SweepAborted::OtherManager(manager.to_owned()));
        }
        if self
            .checkpoint
            .manager
            .get_or_insert_with(|| manager.to_owned())
            != manager
        {
            return Err(SweepAborted::Unusable(
                SweepOutcome::Partial,
                "The lists hold accounts of two managers.".to_owned(),
            ));
        }
        Ok(())
    }

    /// Renews the lease, and saves the pages if there are enough of them.
    /// They are written while other pages are fetched.
    async fn save_if_due(&mut self) -> Result<(), SweepAborted> {
        self.run.renew_lease().await?;
        let now = self.run.app.clock.now();
        let others: usize = self.unsaved.iter().map(|page| page.differing.len()).sum();
        if self.unsaved.len() < SAVE_AFTER_PAGES
            && others < SAVE_AFTER_DIFFERENCES
            && self.saved_at.until(now) < SAVE_INTERVAL
        {
            return Ok(());
        }
        self.saved_at = now;
        self.wait_for_save().await?;
        let pages = mem::take(&mut self.unsaved);
        let (db, holder, manager) = (
            self.run.app.db.clone(),
            self.run.holder,
            self.checkpoint.manager.clone(),
        );
        self.save_task = Some(tokio::spawn(async move {
            checkpoint::save_pages(&db, holder, manager.as_deref(), &pages).await
        }));
        Ok(())
    }

    async fn wait_for_save(&mut self) -> Result<(), SweepAborted> {
        match self.save_task.take() {
            None => Ok(()),
            Some(keeping) => match keeping.await {
                Ok(Ok(true)) => Ok(()),
                Ok(Err(error)) => Err(error.into()),
                // Another replica has taken over the reading.
                Ok(Ok(false)) | Err(_) => Err(SweepAborted::LeaseLost),
            },
        }
    }

    async fn save_remaining(&mut self) -> Result<(), SweepAborted> {
        self.wait_for_save().await?;
        let pages = mem::take(&mut self.unsaved);
        let manager = self.checkpoint.manager.as_deref();
        if pages.is_empty()
            || checkpoint::save_pages(&self.run.app.db, self.run.holder, manager, &pages).await?
        {
            Ok(())
        } else {
            Err(SweepAborted::LeaseLost)
        }
    }
}

/// Fetches one page when its turn comes. Returns `None` if the portal is stopping.
async fn fetch_in_turn(
    run: &SweepRun<'_>,
    status: AccountStatus,
    number: u32,
) -> Result<Option<Page<Account>>, Error> {
    if !run.wait_for_turn().await {
        return Ok(None);
    }
    fetch_page(&run.client, status, number).await.map(Some)
}

/// Fetches one page of the accounts with this status, as a sweep does.
///
/// # Errors
/// Fails if the call does not end with a readable list.
pub async fn fetch_page(
    client: &Client,
    status: AccountStatus,
    number: u32,
) -> Result<Page<Account>, Error> {
    let filter = AccountFilter {
        status: Some(status),
        sort: Some(Sort::Email),
        include_cancelled: status == AccountStatus::Cancelled,
        ..AccountFilter::default()
    };
    client.list_accounts(&filter, number, MAX_PAGE_SIZE).await
}

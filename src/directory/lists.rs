//! Reading all accounts by status, page by page, and telling whether all of it came. Nothing is concluded here.

use std::pin::pin;

use futures::StreamExt;

use super::sweep::Run;
use crate::db::sweeps::Outcome;
use crate::domain::account::AccountStatus;
use crate::domain::time::Timestamp;
use crate::telnyx::{Account, AccountFilter, LARGEST_PAGE, Page, Sort};

/// An account in one of the lists.
pub(super) struct Sighting {
    /// As the list shows it.
    pub account: Account,
    /// Whose list it is.
    pub status: AccountStatus,
    /// When the page's request started.
    pub at: Timestamp,
}

/// Why a sweep ends without changing anything.
pub(super) enum Halt {
    /// What was read cannot be used; with a sentence.
    Unusable(Outcome, String),
    /// The accounts are this other manager's.
    OtherManager(String),
    /// Somebody else sweeps by now.
    LeaseLost,
    /// The database failed.
    Db(crate::db::Error),
}

impl From<crate::db::Error> for Halt {
    fn from(error: crate::db::Error) -> Self {
        Self::Db(error)
    }
}

/// All lists, and the manager that their accounts name.
pub(super) struct Lists {
    /// Each account as often as it was seen.
    pub sightings: Vec<Sighting>,
    /// The manager that all of them name, where any does.
    pub manager: Option<String>,
}

/// Reads the four lists. `bound` is the manager that the portal belongs to; the first account of another one ends it.
pub(super) async fn read(run: &mut Run<'_>, bound: Option<&str>) -> Result<Lists, Halt> {
    let mut lists = Lists {
        sightings: Vec::new(),
        manager: None,
    };
    for status in AccountStatus::LISTED {
        let filter = AccountFilter {
            status: Some(status),
            sort: Some(Sort::Email),
            include_cancelled: status == AccountStatus::Cancelled,
            ..AccountFilter::default()
        };
        let mut pages = pin!(run.client.account_pages(filter));
        let mut seen: Vec<Extent> = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| {
                Halt::Unusable(
                    Outcome::Failed,
                    format!("The list of {} accounts could not be read: {error}.", status.as_str()),
                )
            })?;
            seen.push(Extent::of(&page));
            for account in page.items {
                same_manager(&account, bound, &mut lists.manager)?;
                lists.sightings.push(Sighting {
                    account,
                    status,
                    at: page.started_at,
                });
            }
            run.breathe().await?;
        }
        whole(&seen).map_err(|why| {
            Halt::Unusable(
                Outcome::Partial,
                format!("The list of {} accounts did not come whole: {why}.", status.as_str()),
            )
        })?;
    }
    Ok(lists)
}

fn same_manager(account: &Account, bound: Option<&str>, seen: &mut Option<String>) -> Result<(), Halt> {
    let Some(manager) = account.manager_account_id.as_deref() else {
        return Ok(());
    };
    if bound.is_some_and(|bound| bound != manager) {
        return Err(Halt::OtherManager(manager.to_owned()));
    }
    if seen.get_or_insert_with(|| manager.to_owned()) != manager {
        return Err(Halt::Unusable(
            Outcome::Partial,
            "The lists hold accounts of two managers.".to_owned(),
        ));
    }
    Ok(())
}

/// What one page says of the whole.
#[derive(Clone, Copy, Debug)]
struct Extent {
    items: u64,
    total_pages: Option<u32>,
    total_results: Option<u64>,
}

impl Extent {
    fn of<T>(page: &Page<T>) -> Self {
        Self {
            items: page.items.len() as u64,
            total_pages: page.total_pages,
            total_results: page.total_results,
        }
    }
}

/// Whether the pages make up the list that the last of them speaks of. Lists shift while they are paged, which moves
/// accounts from page to page and changes the totals; but each page before the last is full, and all pages together
/// hold as many as the last one says.
fn whole(pages: &[Extent]) -> Result<(), String> {
    let full = u64::from(LARGEST_PAGE);
    let Some((last, before)) = pages.split_last() else {
        return Err("no page came".to_owned());
    };
    if let Some(at) = before.iter().position(|page| page.items != full) {
        return Err(format!("page {} of {} is not full", at + 1, pages.len()));
    }
    if last.items >= full && last.total_pages.is_none() {
        return Err("Telnyx does not say whether there are more pages".to_owned());
    }
    let read: u64 = pages.iter().map(|page| page.items).sum();
    let Some(total) = last.total_results else {
        return Ok(());
    };
    let number = u32::try_from(pages.len()).unwrap_or(u32::MAX);
    // The list became shorter while it was read: the page that was last is no more.
    let shrunk = last.items == 0 && read > total && last.total_pages.is_none_or(|pages| pages < number);
    if read == total || shrunk {
        Ok(())
    } else {
        Err(format!("it holds {read} accounts and should hold {total}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(items: u64, total_pages: u32, total_results: u64) -> Extent {
        Extent {
            items,
            total_pages: Some(total_pages),
            total_results: Some(total_results),
        }
    }

    #[test]
    fn a_list_is_whole_where_its_pages_hold_what_the_last_one_says() {
        assert!(whole(&[page(0, 0, 0)]).is_ok());
        assert!(whole(&[page(0, 1, 0)]).is_ok());
        assert!(whole(&[page(20, 1, 20)]).is_ok());
        assert!(whole(&[page(250, 2, 260), page(10, 2, 260)]).is_ok());
        // One left the first page while it was read, so another was missed: noticed account by account, not here.
        assert!(whole(&[page(250, 2, 260), page(9, 2, 259)]).is_ok());
        // The last page emptied meanwhile.
        assert!(whole(&[page(250, 2, 251), page(0, 1, 249)]).is_ok());
    }

    #[test]
    fn totals_that_contradict_the_pages_make_a_list_partial() {
        assert!(whole(&[]).is_err());
        assert!(whole(&[page(0, 1, 20)]).is_err());
        assert!(whole(&[page(20, 1, 1_000)]).is_err());
        assert!(whole(&[page(20, 1, 10)]).is_err());
        assert!(whole(&[page(100, 2, 260), page(10, 2, 260)]).is_err());
        assert!(whole(&[page(250, 2, 260), page(0, 2, 260)]).is_err());
        let untold = Extent {
            items: 250,
            total_pages: None,
            total_results: None,
        };
        assert!(whole(&[untold]).is_err());
        assert!(whole(&[Extent { items: 249, ..untold }]).is_ok());
    }
}

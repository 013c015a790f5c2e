//! Checks that the pages of a list form the complete list.

use crate::db::sweeps::checkpoint::CheckpointPage;
use crate::telnyx::{MAX_PAGE_SIZE, MAX_PAGES};

/// Totals of the whole list, as one page reports them.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageTotals {
    items: u64,
    total_pages: Option<u32>,
    total_results: Option<u64>,
}

impl PageTotals {
    pub(super) fn from_page(page: &CheckpointPage) -> Self {
        Self {
            items: page.items.into(),
            total_pages: page.total_pages,
            total_results: page.total_results,
        }
    }

    /// Returns the number of the last page, according to the page with this `number`.
    /// No page follows an empty one. If Telnyx states no total, another page follows a full one.
    pub(super) fn last_page(&self, number: u32) -> u32 {
        match self.total_pages {
            Some(total) if self.items > 0 => total,
            Some(total) => total.min(number),
            None if self.items >= MAX_PAGE_SIZE.into() && number < MAX_PAGES => number + 1,
            None => number,
        }
    }
}

/// Checks that the pages form the list that the last of them describes.
///
/// Lists shift while they are paged, which moves accounts from page to page and changes the totals.
/// However, each page before the last is full, and all pages together hold as many accounts as the
/// last one states. Pages that no longer existed when they were requested do not count, because the
/// list became shorter in the meantime.
pub(super) fn check_complete(pages: &[PageTotals]) -> Result<(), String> {
    let full = u64::from(MAX_PAGE_SIZE);
    let mut pages = pages;
    let mut shorter = None;
    while let [before @ .., last] = pages
        && !before.is_empty()
        && last.items == 0
        && last
            .total_pages
            .is_none_or(|total| u64::from(total) < pages.len() as u64)
        && let Some(total) = last.total_results
    {
        shorter = Some(shorter.map_or(total, |other: u64| other.min(total)));
        pages = before;
    }
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
    if read == total || shorter.is_some_and(|shorter| read >= shorter) {
        Ok(())
    } else {
        Err(format!("it holds {read} accounts and should hold {total}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(items: u64, total_pages: u32, total_results: u64) -> PageTotals {
        PageTotals {
            items,
            total_pages: Some(total_pages),
            total_results: Some(total_results),
        }
    }

    #[test]
    fn a_list_is_whole_where_its_pages_hold_what_the_last_one_says() {
        assert!(check_complete(&[page(0, 0, 0)]).is_ok());
        assert!(check_complete(&[page(0, 1, 0)]).is_ok());
        assert!(check_complete(&[page(20, 1, 20)]).is_ok());
        assert!(check_complete(&[page(250, 2, 260), page(10, 2, 260)]).is_ok());
        // One account left the first page while it was read, so another was missed.
        // The check of single accounts notices that, not this one.
        assert!(check_complete(&[page(250, 2, 260), page(9, 2, 259)]).is_ok());
        // The last page became empty in the meantime.
        assert!(check_complete(&[page(250, 2, 251), page(0, 1, 249)]).is_ok());
        // Two pages were requested at once when the list became shorter.
        assert!(check_complete(&[page(250, 3, 600), page(120, 2, 370), page(0, 2, 370)]).is_ok());
    }

    #[test]
    fn totals_that_contradict_the_pages_make_a_list_partial() {
        assert!(check_complete(&[]).is_err());
        assert!(check_complete(&[page(0, 1, 20)]).is_err());
        assert!(check_complete(&[page(20, 1, 1_000)]).is_err());
        assert!(check_complete(&[page(20, 1, 10)]).is_err());
        assert!(check_complete(&[page(100, 2, 260), page(10, 2, 260)]).is_err());
        assert!(check_complete(&[page(250, 2, 260), page(0, 2, 260)]).is_err());
        assert!(check_complete(&[page(250, 3, 600), page(0, 2, 370)]).is_err());
        let untold = PageTotals {
            items: 250,
            total_pages: None,
            total_results: None,
        };
        assert!(check_complete(&[untold]).is_err());
        assert!(
            check_complete(&[PageTotals {
                items: 249,
                ..untold
            }])
            .is_ok()
        );
    }
}

//! Lists: one page, a stream of all pages, and complete lists with proof.

use std::collections::HashSet;
use std::future::Future;

use futures::stream::{self, Stream, TryStreamExt};

use crate::domain::time::Timestamp;

use super::client::ApiResponse;
use super::error::{Cause, Error};
use super::wire::{Envelope, Items, Meta, UnreadableItem};

/// Maximum page size at Telnyx.
pub const MAX_PAGE_SIZE: u32 = 250;
/// Maximum number of pages that are read if no page states the total.
pub const MAX_PAGES: u32 = 10_000;
/// Maximum number of times a list is read until two readings agree.
const MAX_READS: usize = 3;

/// Page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// Readable items, in Telnyx's order.
    pub items: Vec<T>,
    /// Items that cannot be read.
    pub unreadable: Vec<UnreadableItem>,
    /// Requested page number, from 1.
    pub number: u32,
    /// Requested number of items.
    pub size: u32,
    /// Total number of pages; `None` if Telnyx did not say.
    pub total_pages: Option<u32>,
    /// Total number of items on all pages; `None` if Telnyx did not say.
    pub total_results: Option<u64>,
    /// Time at which the request started. The page describes the state at that time, not later.
    pub started_at: Timestamp,
}

impl<T> Page<T> {
    pub(super) fn new(answer: ApiResponse<Envelope<Items<T>>>, number: u32, size: u32) -> Self {
        let meta: Option<Meta> = answer.value.meta;
        Self {
            items: answer.value.data.read,
            unreadable: answer.value.data.unreadable,
            number,
            size,
            total_pages: meta.and_then(|meta| meta.total_pages),
            total_results: meta.and_then(|meta| meta.total_results),
            started_at: answer.started_at,
        }
    }

    /// Returns the number of items, including unreadable ones.
    #[must_use]
    pub fn count(&self) -> usize {
        self.items.len() + self.unreadable.len()
    }

    /// Returns `true` if the page has as many items as requested.
    fn is_full(&self) -> bool {
        u32::try_from(self.count()).is_ok_and(|count| count >= self.size)
    }

    /// Returns the number of the next page; `None` after the last or an empty one.
    /// If Telnyx does not state the number of pages, a page that is not full is the last one.
    #[must_use]
    pub fn next(&self) -> Option<u32> {
        let more = match self.total_pages {
            Some(total) => self.count() > 0 && self.number < total,
            None => self.is_full() && self.number < MAX_PAGES,
        };
        if more {
            self.number.checked_add(1)
        } else {
            None
        }
    }

    /// Returns the items, for callers that must not miss one.
    ///
    /// # Errors
    /// Fails if one of the items cannot be read.
    pub fn all_items(self) -> Result<Vec<T>, Error> {
        if self.unreadable.is_empty() {
            Ok(self.items)
        } else {
            Err(Error::new(Cause::Unreadable(200)))
        }
    }
}

/// List that was read to its end.
#[derive(Clone, Debug)]
pub struct FullList<T> {
    /// Readable items of the list.
    pub items: Vec<T>,
    /// Items of the list that cannot be read.
    pub unreadable: Vec<UnreadableItem>,
    /// True if it is proven that no item is missing.
    pub is_complete: bool,
}

/// Reads a list until it is proven complete, at most three times.
///
/// Proof is one page that contains everything, or two readings of several pages that agree. A
/// single reading is not enough: if an item leaves the list between two pages, the later items move
/// up and one of them appears on no page. `key` identifies an item; it returns `None` if the item
/// has no ID.
pub(super) async fn read_full_list<T, F, R>(
    fetch: F,
    key: impl Fn(&T) -> Option<String>,
) -> Result<FullList<T>, Error>
where
    F: Fn(u32) -> R,
    R: Future<Output = Result<Page<T>, Error>>,
{
    let mut known = FullList {
        items: Vec::new(),
        unreadable: Vec::new(),
        is_complete: false,
    };
    let (mut seen, mut before) = (HashSet::new(), None);
    for _ in 0..MAX_READS {
        let read: Result<Vec<Page<T>>, Error> = pages(&fetch).try_collect().await;
        let pages = match (read, &before) {
            (Ok(pages), _) => pages,
            (Err(error), None) => return Err(error),
            (Err(_), Some(_)) => break,
        };
        let keys: Vec<Option<String>> = pages
            .iter()
            .flat_map(|page| &page.items)
            .map(&key)
            .collect();
        let mut distinct = HashSet::new();
        let is_distinct = keys.iter().flatten().all(|key| distinct.insert(key));
        let agrees = pages.len() == 1 || before.as_ref() == Some(&keys);
        let is_whole = is_complete(&pages) && is_distinct && agrees;
        if is_whole {
            known.items.clear();
            seen.clear();
        }
        // Each reading brings the items without a key again, so drop the earlier ones.
        known.items.retain(|item| key(item).is_some());
        known.unreadable.clear();
        for page in pages {
            known.unreadable.extend(page.unreadable);
            let new = page
                .items
                .into_iter()
                .filter(|item| key(item).is_none_or(|key| seen.insert(key)));
            known.items.extend(new);
        }
        known.is_complete = is_whole;
        if is_whole {
            break;
        }
        before = Some(keys);
    }
    Ok(known)
}

/// Returns `true` if the pages hold as many items as each page states.
/// If no page states a total, returns `true` if the last page ends the list.
fn is_complete<T>(pages: &[Page<T>]) -> bool {
    let Some((last, before)) = pages.split_last() else {
        return false;
    };
    let total = last.total_results;
    if before.iter().any(|page| page.total_results != total) {
        return false;
    }
    let count: usize = pages.iter().map(Page::count).sum();
    if let Some(total) = total {
        return u64::try_from(count).is_ok_and(|count| count == total);
    }
    let told = last
        .total_pages
        .and_then(|total| usize::try_from(total).ok());
    told == Some(pages.len()) || (before.iter().all(Page::is_full) && !last.is_full())
}

/// Returns all pages, each fetched when it is polled for. Ends after the first error.
pub(super) fn pages<T, F, R>(fetch: F) -> impl Stream<Item = Result<Page<T>, Error>>
where
    F: Fn(u32) -> R,
    R: Future<Output = Result<Page<T>, Error>>,
{
    stream::try_unfold((fetch, Some(1)), |(fetch, number)| async move {
        let Some(number) = number else {
            return Ok(None);
        };
        let page = fetch(number).await?;
        let next = page.next();
        Ok(Some((page, (fetch, next))))
    })
}

/// Returns the items of all pages. Ends with an error at a page with an unreadable item.
pub(super) fn items<T>(
    pages: impl Stream<Item = Result<Page<T>, Error>>,
) -> impl Stream<Item = Result<T, Error>> {
    pages
        .and_then(|page| std::future::ready(page.all_items()))
        .map_ok(|items| stream::iter(items.into_iter().map(Ok)))
        .try_flatten()
}

//! Lists: one page, all of them as a stream, and whole lists with the proof that they are whole.

use std::collections::HashSet;
use std::future::Future;

use futures::stream::{self, Stream, TryStreamExt};

use crate::domain::time::Timestamp;

use super::client::ApiResponse;
use super::error::{Cause, Error};
use super::wire::{Envelope, Items, Meta, UnreadableItem};

/// The largest page that Telnyx gives.
pub const MAX_PAGE_SIZE: u32 = 250;
/// More pages than any list has: where every page is full and none says how many there are.
pub const MAX_PAGES: u32 = 10_000;
/// Maximum number of times a list is read until two readings agree.
const MAX_READS: usize = 3;

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// Items of the page, in Telnyx's order.
    pub items: Vec<T>,
    /// Items of the page that cannot be read.
    pub unreadable: Vec<UnreadableItem>,
    /// Its number, from 1, as asked for.
    pub number: u32,
    /// Number of items that were asked for.
    pub size: u32,
    /// Total number of pages; `None` if Telnyx did not say.
    pub total_pages: Option<u32>,
    /// Total number of items on all pages; `None` if Telnyx did not say.
    pub total_results: Option<u64>,
    /// When the request that brought it started: what it says was true then, not later.
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

    /// Returns the number of items, unreadable ones included.
    #[must_use]
    pub fn count(&self) -> usize {
        self.items.len() + self.unreadable.len()
    }

    /// Returns `true` if it has as many items as were asked for.
    fn is_full(&self) -> bool {
        u32::try_from(self.count()).is_ok_and(|count| count >= self.size)
    }

    /// The number of the next page; none after the last one and after an empty one. Where Telnyx does not say how many
    /// there are, a page that is not full is the last one.
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

    /// Its items, for callers that must not miss one.
    ///
    /// # Errors
    /// Where one of them cannot be read.
    pub fn all_items(self) -> Result<Vec<T>, Error> {
        if self.unreadable.is_empty() {
            Ok(self.items)
        } else {
            Err(Error::new(Cause::Unreadable(200)))
        }
    }
}

/// A list that was read to its end.
#[derive(Clone, Debug)]
pub struct FullList<T> {
    /// Items of the list.
    pub items: Vec<T>,
    /// Items of the list that cannot be read.
    pub unreadable: Vec<UnreadableItem>,
    /// True if it is proven that nothing is missing.
    pub is_complete: bool,
}

/// Reads a list until it is proven whole: one page that holds all, or two readings of several pages that agree. If an
/// item leaves the list while it is paged, those after it move up, and one is in no page. `key` tells items apart, as
/// far as they have one.
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
        // Those without a key come with each reading.
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

/// Returns `true` if the pages hold as many items as each of them says.
/// If none says, returns `true` if the last one ends the list.
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

/// All pages, one after the other, each fetched when it is asked for. Ends after the first error.
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

/// The items of all pages. Ends with an error at a page that has an unreadable one.
pub(super) fn items<T>(
    pages: impl Stream<Item = Result<Page<T>, Error>>,
) -> impl Stream<Item = Result<T, Error>> {
    pages
        .and_then(|page| std::future::ready(page.all_items()))
        .map_ok(|items| stream::iter(items.into_iter().map(Ok)))
        .try_flatten()
}

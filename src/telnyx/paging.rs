//! Lists: one page, and all of them as a stream.

use std::future::Future;

use futures::stream::{self, Stream, TryStreamExt};

use crate::domain::time::Timestamp;

use super::client::Answer;
use super::error::Error;
use super::wire::{Envelope, Meta};

/// The largest page that Telnyx gives.
pub const LARGEST_PAGE: u32 = 250;

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// What is on it, in Telnyx's order.
    pub items: Vec<T>,
    /// Its number, from 1, as asked for.
    pub number: u32,
    /// How many pages there are; none where Telnyx did not say, and then there is no next.
    pub total_pages: Option<u32>,
    /// How many items all pages have together, where Telnyx said so.
    pub total_results: Option<u64>,
    /// When the request that brought it started: what it says was true then, not later.
    pub started_at: Timestamp,
}

impl<T> Page<T> {
    pub(super) fn new(answer: Answer<Envelope<Vec<T>>>, number: u32) -> Self {
        let meta: Option<Meta> = answer.value.meta;
        Self {
            items: answer.value.data,
            number,
            total_pages: meta.and_then(|meta| meta.total_pages),
            total_results: meta.and_then(|meta| meta.total_results),
            started_at: answer.started_at,
        }
    }

    /// The number of the next page; none on the last one, on an empty one, and where Telnyx did not say how many there are.
    #[must_use]
    pub fn next(&self) -> Option<u32> {
        let more = !self.items.is_empty() && self.total_pages.is_some_and(|total| self.number < total);
        if more { self.number.checked_add(1) } else { None }
    }
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

/// The items of all pages.
pub(super) fn items<T>(pages: impl Stream<Item = Result<Page<T>, Error>>) -> impl Stream<Item = Result<T, Error>> {
    pages
        .map_ok(|page| stream::iter(page.items.into_iter().map(Ok)))
        .try_flatten()
}

//! Accounts that best match a typed text, for the search of the whole portal.
//! Also explains the results that only tags or notes contain.

use std::cmp::Reverse;

use fixedbitset::FixedBitSet;
use uuid::Uuid;

use super::Index;
use super::columns::Columns;
use super::row::RowId;
use super::search::Search;
use super::sort_orders::SortKey;
use crate::db::{Db, Result};
use crate::domain::text::{MatchRank, TextSearch, WHOLE_WORD_SCORE};

/// Account that was found.
pub(in crate::db::accounts) struct Hit {
    pub id: String,
    pub rank: MatchRank,
    /// Tags with those searched words that its name, email and ID lack.
    pub tags: Vec<Uuid>,
    /// True if only a note explains why it was found.
    pub note: bool,
}

/// Kinds of results, the best first. Accounts found by tags and notes come after those found by
/// their names.
const BUCKETS: [MatchRank; 6] = [
    MatchRank::Exact,
    MatchRank::Prefix,
    MatchRank::Prefix,
    MatchRank::WordPrefix,
    MatchRank::Substring,
    MatchRank::Substring,
];
const NAME_PREFIX: usize = 1;
const OTHER_PREFIX: usize = 2;
const WORD_PREFIX: usize = 3;
const SUBSTRING: usize = 4;
const ANNOTATED: usize = 5;

impl Index {
    /// Finds the `most` accounts that match best. Each kind of match is sorted by name.
    ///
    /// `fuzzy` is the same search, in which each word also has the tags that match it with left-out
    /// letters or a typo. Such matches only fill up the results.
    pub(in crate::db::accounts) async fn best_matches(
        &self,
        db: &Db,
        wanted: &Search<'_>,
        fuzzy: &Search<'_>,
        text: &mut TextSearch,
        most: usize,
    ) -> Result<Vec<Hit>> {
        self.query(db, |accounts| {
            let found = accounts.search(wanted);
            let named: Vec<FixedBitSet> = wanted
                .words
                .iter()
                .map(|word| accounts.rows_with_text(&word.text))
                .collect();
            let ranked = accounts.ranked(text, &named, most, |slot| found.contains(slot));
            let mut hits: Vec<Hit> = ranked
                .into_iter()
                .map(|(slot, rank)| accounts.hit(slot, rank, wanted, &named))
                .collect();
            let room = most - hits.len();
            if room > 0 {
                let slots =
                    accounts.fuzzy_matches(fuzzy, text, &named, room, |slot| found.contains(slot));
                let slots = slots.into_iter();
                hits.extend(slots.map(|slot| accounts.fuzzy_hit(slot, fuzzy, text)));
            }
            hits
        })
        .await
    }
}

/// Returns the texts to compare letter by letter. An ID, the last one, is only like another ID.
fn compared_texts<'a, 'b>(texts: &'a [&'b str], is_hexadecimal: bool) -> &'a [&'b str] {
    if is_hexadecimal {
        texts
    } else {
        texts.split_last().map_or(texts, |(_, others)| others)
    }
}

impl Columns {
    /// Returns the best of the rows that were found, and how well they match.
    fn ranked(
        &self,
        text: &TextSearch,
        named: &[FixedBitSet],
        most: usize,
        is_found: impl Fn(RowId) -> bool,
    ) -> Vec<(RowId, MatchRank)> {
        let is_named = |slot: RowId| named.iter().all(|named| named.contains(slot as usize));
        let mut buckets: [Vec<RowId>; BUCKETS.len()] = Default::default();
        let by_name = self.sort_orders.sorted_by(SortKey::Name).iter().copied();
        for slot in by_name.filter(|slot| is_found(*slot)) {
            let texts = self.texts_of(slot);
            let bucket = if texts.contains(&text.text()) {
                0
            } else if texts[0].starts_with(text.text()) {
                NAME_PREFIX
            } else if texts.iter().any(|other| other.starts_with(text.text())) {
                OTHER_PREFIX
            // A full bucket needs no more rows, and this is the slowest comparison.
            } else if buckets[WORD_PREFIX].len() < most && text.starts_words_of(&texts) {
                WORD_PREFIX
            } else if is_named(slot) {
                SUBSTRING
            } else {
                ANNOTATED
            };
            if buckets[bucket].len() < most {
                buckets[bucket].push(slot);
            }
        }
        let ranked = buckets.iter().zip(BUCKETS);
        let ranked = ranked.flat_map(|(slots, rank)| slots.iter().map(move |slot| (*slot, rank)));
        ranked.take(most).collect()
    }

    /// Returns the rows that match with left-out letters or a typo, the best first.
    fn fuzzy_matches(
        &self,
        wanted: &Search<'_>,
        text: &mut TextSearch,
        named: &[FixedBitSet],
        most: usize,
        is_found: impl Fn(RowId) -> bool,
    ) -> Vec<RowId> {
        let mut scored: Vec<(Reverse<u32>, RowId)> = Vec::new();
        let by_name = self.sort_orders.sorted_by(SortKey::Name).iter().copied();
        for slot in by_name.filter(|slot| !is_found(*slot)) {
            let texts = self.texts_of(slot);
            let mut total = 0;
            let is_match = (0..text.len()).all(|number| {
                let score = if named[number].contains(slot as usize) {
                    Some(WHOLE_WORD_SCORE)
                } else {
                    let compared = compared_texts(&texts, text.is_hexadecimal(number));
                    text.fuzzy_score(number, compared).or_else(|| {
                        let word = wanted.words.get(number)?;
                        self.matching_tags(slot, word).next().map(|_| 1)
                    })
                };
                total += score.unwrap_or_default();
                score.is_some()
            });
            if is_match {
                scored.push((Reverse(total), slot));
            }
        }
        // The sort is stable, so equal scores stay sorted by name.
        scored.sort_by_key(|(score, _)| *score);
        let slots = scored.into_iter().map(|(_, slot)| slot);
        slots.take(most).collect()
    }

    fn hit(&self, slot: RowId, rank: MatchRank, wanted: &Search<'_>, named: &[FixedBitSet]) -> Hit {
        let mut hit = Hit {
            id: self.id(slot).to_owned(),
            rank,
            tags: Vec::new(),
            note: false,
        };
        let words = wanted.words.iter().zip(named);
        for (word, _) in words.filter(|(_, named)| !named.contains(slot as usize)) {
            let before = hit.tags.len();
            hit.tags.extend(self.matching_tags(slot, word));
            hit.note |= hit.tags.len() == before;
        }
        hit.tags.sort_unstable();
        hit.tags.dedup();
        hit
    }

    fn fuzzy_hit(&self, slot: RowId, wanted: &Search<'_>, text: &mut TextSearch) -> Hit {
        let texts = self.texts_of(slot);
        let words = wanted.words.iter().enumerate();
        let unnamed = words.filter(|(number, _)| text.word_score(*number, &texts).is_none());
        let mut tags: Vec<Uuid> = unnamed
            .flat_map(|(_, word)| self.matching_tags(slot, word))
            .collect();
        tags.sort_unstable();
        tags.dedup();
        Hit {
            id: self.id(slot).to_owned(),
            rank: MatchRank::Fuzzy,
            tags,
            note: false,
        }
    }
}

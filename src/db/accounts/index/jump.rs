//! Results of the jump box, the closest accounts first.
//! Also explains the results that only tags or notes contain.

use fixedbitset::FixedBitSet;
use uuid::Uuid;

use super::Index;
use super::columns::Columns;
use super::row::RowId;
use super::search::Search;
use super::sort_orders::SortKey;
use crate::db::{Db, Result};

/// Account that the jump box found.
pub(in crate::db::accounts) struct Hit {
    pub id: String,
    /// Tags with those searched words that its name, email and ID lack.
    pub tags: Vec<Uuid>,
    /// True if only a note explains why it was found.
    pub note: bool,
}

impl Index {
    /// Finds accounts for the jump box, in this order:
    /// the account with exactly this email or ID, accounts whose name starts with the text,
    /// accounts with all words in name, email or ID, then accounts found by tags and notes. Each
    /// group is sorted by name.
    pub(in crate::db::accounts) async fn jump(
        &self,
        db: &Db,
        wanted: &Search<'_>,
        most: usize,
    ) -> Result<Vec<Hit>> {
        self.query(db, |accounts| {
            let found = accounts.search(wanted);
            let named: Vec<FixedBitSet> = wanted
                .words
                .iter()
                .map(|word| accounts.rows_with_text(&word.text))
                .collect();
            let is_named = |slot: RowId| named.iter().all(|named| named.contains(slot as usize));
            let mut ranked: [Vec<RowId>; 4] = Default::default();
            for slot in accounts
                .sort_orders
                .sorted_by(SortKey::Name)
                .iter()
                .copied()
                .filter(|slot| found.contains(*slot))
            {
                let rank = if !is_named(slot) {
                    3
                } else if accounts.is_exactly(slot, &wanted.needle) {
                    0
                } else if accounts.name(slot).starts_with(&wanted.needle) {
                    1
                } else {
                    2
                };
                if ranked[rank].len() < most {
                    ranked[rank].push(slot);
                }
            }
            let slots = ranked.iter().flatten().copied().take(most);
            slots
                .map(|slot| accounts.hit(slot, wanted, &named))
                .collect()
        })
        .await
    }
}

impl Columns {
    /// Returns `true` if the text is the account's whole email or ID.
    fn is_exactly(&self, slot: RowId, needle: &str) -> bool {
        self.email(slot) == needle || self.id(slot).eq_ignore_ascii_case(needle)
    }

    fn hit(&self, slot: RowId, wanted: &Search<'_>, named: &[FixedBitSet]) -> Hit {
        let mut hit = Hit {
            id: self.id(slot).to_owned(),
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
}

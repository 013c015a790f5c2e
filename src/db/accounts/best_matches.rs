//! Accounts that best match a typed text, for the search of the whole portal.

use uuid::Uuid;

use super::list::{resolve_search_with, tag_names};
use super::{Account, load_owned_in_order};
use crate::db::{Db, Result, replace_nul, tags};
use crate::domain::account_filter::AccountFilter;
use crate::domain::text::{MatchRank, TextSearch};

/// Account that matches a typed text.
#[derive(Clone, Debug)]
pub struct AccountMatch {
    /// Account that was found.
    pub account: Account,
    /// Rank of the match.
    pub rank: MatchRank,
    /// Names of the tags with those searched words that its name, email and ID lack.
    pub tags: Vec<String>,
    /// True if only a note explains why it was found.
    pub note: bool,
}

/// Returns the `most` accounts that match best, at most 100.
///
/// The order is: exactly this email or ID, names that start with the text, words that start with
/// the words of the text, texts that contain them, tags and notes that contain them. If there is
/// room, accounts follow that have letters more than the text, or one other letter.
pub async fn best_matches(db: &Db, q: &str, most: usize) -> Result<Vec<AccountMatch>> {
    let q = replace_nul(q);
    let mut text = TextSearch::new(&q);
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let criteria = AccountFilter::text_search(&q).into();
    let all_tags = tag_names(db).await?;
    let wanted = resolve_search_with(&criteria, &all_tags);
    let mut fuzzy = resolve_search_with(&criteria, &all_tags);
    for (number, word) in fuzzy.words.iter_mut().enumerate() {
        let tags = all_tags.iter();
        let tags = tags.filter(|(.., folded)| text.word_score(number, &[folded]).is_some());
        word.tags = tags.map(|(id, ..)| *id).collect();
    }
    let most = most.clamp(1, 100);
    let index = db.index();
    let hits = index
        .best_matches(db, &wanted, &fuzzy, &mut text, most)
        .await?;
    let tagged: Vec<Uuid> = hits
        .iter()
        .flat_map(|hit| hit.tags.iter().copied())
        .collect();
    let names = tags::names_of(db, &tagged).await?;
    let accounts = load_owned_in_order(db, hits.iter().map(|hit| hit.id.clone()).collect()).await?;
    let found = accounts.into_iter().filter_map(|account| {
        let hit = hits.iter().find(|hit| hit.id == account.id.as_str())?;
        let tags = hit.tags.iter().filter_map(|tag| names.get(tag).cloned());
        Some(AccountMatch {
            account,
            rank: hit.rank,
            tags: tags.collect(),
            note: hit.note,
        })
    });
    Ok(found.collect())
}

//! Rows of an import on its page: the query of the address, and the rows.

use std::collections::HashMap;

use super::ImportContext;
use crate::bulk::import::{Review, ReviewedRow, RowStatus, SimilarTo};
use crate::db::accounts::{self, Account};
use crate::domain::ids::AccountId;
use crate::domain::text::folded;
use crate::import::Column;
use crate::web::error::Error;
use crate::web::listing::{Filter, Pager, Param, Query, Value, choice_param, read};

/// Parsed address of an import's page.
pub(super) type RowsQuery = Query<RowsFilter>;

/// Filter of an import's rows, as the address gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RowsFilter {
    pub status: Option<RowStatus>,
    pub q: String,
}

impl Filter for RowsFilter {
    type Order = ();

    const PATH: &'static str = super::PATH;
    const PARAMS: &'static [Param<Self>] = &[
        Param::new(
            "q",
            |filter, value| read::search(&mut filter.q, value),
            |filter| Value::of_text(&filter.q, "Search"),
        ),
        choice_param!("status", status, "status", "Rows: {}"),
    ];
}

/// Page of an import's rows.
pub(super) struct RowsPage {
    pub rows: Vec<RowView>,
    pub pager: Pager,
}

/// Row of the table.
pub(super) struct RowView {
    pub number: usize,
    pub line: u64,
    pub cells: Vec<CellView>,
    pub is_edited: bool,
    pub status: RowStatus,
    /// Account or row that the row looks like, with the address of the account.
    pub alike: Vec<Alike>,
    pub edit_href: String,
}

/// Cell of an imported column.
pub(super) struct CellView {
    pub column: &'static str,
    pub value: String,
    pub error: String,
}

impl CellView {
    /// Returns `true` if the cell has neither a value nor an error.
    pub fn is_empty(&self) -> bool {
        self.value.is_empty() && self.error.is_empty()
    }
}

/// Account or row that a row looks like.
pub(super) struct Alike {
    pub text: String,
    /// Empty for a row.
    pub href: String,
    /// Status of the account; empty for a row.
    pub status_key: &'static str,
    pub status: &'static str,
}

impl RowView {
    /// Returns the color of the status.
    pub fn badge(&self) -> &'static str {
        match self.status {
            RowStatus::Ready => "good",
            RowStatus::Invalid => "bad",
            RowStatus::Unanswered
            | RowStatus::Similar
            | RowStatus::Exists
            | RowStatus::Duplicate => "warn",
            RowStatus::LeftOut => "",
        }
    }

    /// Returns the status of one row in words.
    pub fn status_label(&self) -> &'static str {
        match self.status {
            RowStatus::Ready => "Ready",
            RowStatus::Invalid => "Has errors",
            RowStatus::Unanswered => "Needs an answer",
            RowStatus::Similar => "Decide",
            RowStatus::Exists => "Exists already",
            RowStatus::Duplicate => "Twice in the file",
            RowStatus::LeftOut => "Left out",
        }
    }

    /// Returns `true` if a person may say that this is another customer.
    pub fn may_create(&self) -> bool {
        self.status == RowStatus::Similar
    }

    pub fn is_left_out(&self) -> bool {
        self.status == RowStatus::LeftOut
    }
}

/// Returns the columns that the table shows.
pub(super) fn shown_columns(review: &Review) -> Vec<Column> {
    let mapping = &review.decisions.mapping;
    let always = [Column::OrganizationName, Column::Email];
    Column::ALL
        .into_iter()
        .filter(|column| always.contains(column) || mapping.position(*column).is_some())
        .collect()
}

/// Returns the rows that an address asks for. Moves the query to the last page if needed.
pub(super) async fn load(
    context: &ImportContext,
    review: &Review,
    query: &mut RowsQuery,
) -> Result<RowsPage, Error> {
    let needle = folded(&query.filter.q);
    let matches = |row: &&ReviewedRow| {
        query
            .filter
            .status
            .is_none_or(|status| row.status == status)
            && (needle.is_empty() || row.cells.iter().any(|cell| folded(cell).contains(&needle)))
    };
    let found: Vec<&ReviewedRow> = review.rows.iter().filter(matches).collect();
    let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
    query.clamp_page(total);
    let per = usize::try_from(query.page_size).unwrap_or(usize::MAX);
    let skip = usize::try_from(query.page.saturating_sub(1)).unwrap_or(0) * per;
    let shown: Vec<&ReviewedRow> = found.into_iter().skip(skip).take(per).collect();
    let similar = similar_accounts(context, &shown).await?;
    let columns = shown_columns(review);
    let path = context.path();
    let href = query.href();
    let back = href.split_once('?').map_or("", |(_, back)| back);
    let rows = shown.into_iter().map(|row| RowView {
        number: row.number,
        line: row.line,
        cells: cells(review, row, &columns),
        is_edited: row.is_edited,
        status: row.status,
        alike: alike(row, &similar),
        edit_href: format!("{path}/rows/{}?{back}", row.number),
    });
    Ok(RowsPage {
        rows: rows.collect(),
        pager: query.pager(total),
    })
}

/// Returns the cells of a row, each with its error.
pub(super) fn cells(review: &Review, row: &ReviewedRow, columns: &[Column]) -> Vec<CellView> {
    let cell = |column: Column| {
        let at = review.decisions.mapping.position(column)?;
        row.cells.get(at).cloned()
    };
    columns
        .iter()
        .map(|column| {
            let errors = row.errors.iter().filter(|error| error.column == *column);
            let errors: Vec<&str> = errors.map(|error| error.message.as_str()).collect();
            CellView {
                column: column.label(),
                value: cell(*column).unwrap_or_default(),
                error: errors.join(" "),
            }
        })
        .collect()
}

async fn similar_accounts(
    context: &ImportContext,
    rows: &[&ReviewedRow],
) -> Result<HashMap<AccountId, Account>, Error> {
    let mut ids = Vec::new();
    for row in rows {
        if let Some(SimilarTo::Accounts(similar)) = &row.similar_to {
            ids.extend(similar.iter().cloned());
        }
    }
    let found = accounts::by_ids(&context.app.db, &ids).await?;
    Ok(found
        .into_iter()
        .map(|account| (account.id.clone(), account))
        .collect())
}

fn alike(row: &ReviewedRow, similar: &HashMap<AccountId, Account>) -> Vec<Alike> {
    let of_account = |what: &str, account: &Account| Alike {
        text: format!("{what}: {}", account.name()),
        href: format!("/accounts/{}", account.id),
        status_key: account.status.value.as_str(),
        status: account.status.value.label(),
    };
    let of_row = |text: String| Alike {
        text,
        href: String::new(),
        status_key: "",
        status: "",
    };
    if let Some(existing) = &row.existing {
        return vec![of_account("Same email", existing)];
    }
    if let Some(other) = row.duplicate_of {
        return vec![of_row(format!("Same email as row {other}"))];
    }
    match &row.similar_to {
        Some(SimilarTo::Accounts(ids)) => ids
            .iter()
            .filter_map(|id| similar.get(id))
            .map(|account| of_account("Similar name", account))
            .collect(),
        Some(SimilarTo::Row(other)) => vec![of_row(format!("Same name as row {other}"))],
        None => Vec::new(),
    }
}

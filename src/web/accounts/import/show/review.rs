//! The part of an import's page about its rows: columns, answers, findings, and channels.

use std::collections::BTreeMap;

use crate::bulk::import::{Review, RowStatus};
use crate::db::channel_pool;
use crate::domain::operation::Change;
use crate::domain::text::group_thousands;
use crate::import::{Column, error_kind};
use crate::web::accounts::import::ImportContext;
use crate::web::accounts::import::rows::{self, RowsPage, RowsQuery};
use crate::web::error::Error;
use crate::web::help::{self, Help};
use crate::web::listing::Tab;

/// Maximum number of kinds of errors that are listed.
const MAX_ERROR_KINDS: usize = 20;

/// Columns, answers and rows of an import, as the page shows them.
pub(super) struct ReviewView {
    pub columns: Vec<ColumnView>,
    pub answers: [AnswerView; 2],
    pub welcome_email: bool,
    pub is_mapped: bool,
    /// Labels of the required columns that no column is mapped to.
    pub missing: Vec<&'static str>,
    pub tabs: Vec<Tab>,
    pub error_kinds: Vec<(String, String)>,
    pub kinds: Vec<KindView>,
    pub channels: String,
    pub headings: Vec<&'static str>,
    pub rows: RowsPage,
    pub ready: usize,
    pub total: String,
}

/// Question whose answer counts for all rows that do not give their own.
pub(super) struct AnswerView {
    pub name: &'static str,
    pub label: &'static str,
    /// `yes`, `no`, or empty.
    pub chosen: &'static str,
    /// True if a column of the file gives the answers.
    pub has_column: bool,
    pub yes: &'static str,
    pub no: &'static str,
    pub hint: &'static str,
    pub help: &'static Help,
}

/// Column of the file, as it was read.
pub(super) struct ColumnView {
    pub name: String,
    pub header: String,
    pub samples: Vec<String>,
    /// Value, label, and mark of the present choice.
    pub options: Vec<(&'static str, &'static str, bool)>,
}

/// Rows with the same status, which a person can decide about together.
pub(super) struct KindView {
    pub status: &'static str,
    pub sentence: String,
    pub may_create: bool,
    pub may_leave_out: bool,
    pub may_undo: bool,
}

impl ReviewView {
    /// Returns `true` if the form of the columns is open: until it is saved, and while it is
    /// incomplete.
    pub fn is_open(&self) -> bool {
        !self.is_mapped || !self.missing.is_empty()
    }

    /// Returns the label of the button that makes the preview.
    pub fn preview_label(&self) -> String {
        let unit = if self.ready == 1 {
            "account"
        } else {
            "accounts"
        };
        format!("Preview {} {unit}", count(self.ready))
    }
}

/// Returns everything about the rows that the page shows.
/// Moves the query to the last page if needed.
pub(super) async fn view(
    context: &ImportContext,
    review: &Review,
    query: &mut RowsQuery,
) -> Result<ReviewView, Error> {
    // The forms show what was typed, also if it was refused.
    let decisions = &context.decisions;
    let rows = rows::load(context, review, query).await?;
    let answer = |answer: Option<bool>| match answer {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    };
    let is_mapped = |column: &Column| decisions.mapping.position(*column).is_some();
    let required = [Column::OrganizationName, Column::Email];
    let missing = required.iter().filter(|column| !is_mapped(column));
    Ok(ReviewView {
        columns: columns(review, decisions.mapping.columns()),
        answers: [
            AnswerView {
                name: "rollup_billing",
                label: "Rollup billing",
                chosen: answer(decisions.defaults.rollup_billing),
                has_column: is_mapped(&Column::RollupBilling),
                yes: "Yes: they use our shared balance",
                no: "No: each has its own balance",
                hint: "It cannot be changed once an account exists.",
                help: &help::ROLLUP_BILLING,
            },
            AnswerView {
                name: "custom_pricing",
                label: "Custom pricing",
                chosen: answer(decisions.defaults.custom_pricing),
                has_column: is_mapped(&Column::CustomPricing),
                yes: "Yes: Telnyx sets their own rates",
                no: "No: they use our rates",
                hint: "",
                help: &help::CUSTOM_PRICING,
            },
        ],
        welcome_email: decisions.welcome_email,
        is_mapped: decisions.is_mapped,
        missing: missing.map(|column| column.label()).collect(),
        tabs: tabs(review, query),
        error_kinds: error_kinds(review),
        kinds: kinds(review),
        channels: channels(context, review).await?,
        headings: rows::shown_columns(review)
            .into_iter()
            .map(Column::label)
            .collect(),
        rows,
        ready: review.count(RowStatus::Ready),
        total: count(review.rows.len()),
    })
}

fn columns(review: &Review, mapping: &[Option<Column>]) -> Vec<ColumnView> {
    let columns = review.table.header.iter().enumerate().map(|(at, header)| {
        let chosen = mapping.get(at).copied().flatten();
        let none = ("", "Do not import", chosen.is_none());
        let options = Column::ALL
            .into_iter()
            .map(|column| (column.as_str(), column.label(), chosen == Some(column)));
        let samples = review.table.rows.iter();
        ColumnView {
            name: format!("column-{at}"),
            header: header.clone(),
            samples: samples
                .map(|row| row.cells.get(at).cloned().unwrap_or_default())
                .collect(),
            options: std::iter::once(none).chain(options).collect(),
        }
    });
    columns.collect()
}

fn tabs(review: &Review, query: &RowsQuery) -> Vec<Tab> {
    let number = |rows: usize| i64::try_from(rows).unwrap_or(i64::MAX);
    let mut tabs = vec![query.tab("All", number(review.rows.len()), |filter| {
        filter.status = None;
    })];
    for status in RowStatus::ALL {
        let rows = review.count(status);
        if rows > 0 || query.filter.status == Some(status) {
            tabs.push(query.tab(status.label(), number(rows), |filter| {
                filter.status = Some(status);
            }));
        }
    }
    tabs
}

/// Returns the number of errors of each kind, the most frequent first.
fn error_kinds(review: &Review) -> Vec<(String, String)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let invalid = review
        .rows
        .iter()
        .filter(|row| row.status == RowStatus::Invalid);
    for error in invalid.flat_map(|row| &row.errors) {
        *counts.entry(error_kind(error)).or_default() += 1;
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
    counts.truncate(MAX_ERROR_KINDS);
    counts
        .into_iter()
        .map(|(kind, rows)| (row_count(rows), kind))
        .collect()
}

fn kinds(review: &Review) -> Vec<KindView> {
    let kind = |status: RowStatus, words: &str| {
        let rows = review.count(status);
        (rows > 0).then(|| KindView {
            status: status.as_str(),
            sentence: format!("{} {words}", row_count(rows)),
            may_create: status == RowStatus::Similar,
            may_leave_out: matches!(
                status,
                RowStatus::Unanswered
                    | RowStatus::Similar
                    | RowStatus::Exists
                    | RowStatus::Duplicate
            ),
            may_undo: status == RowStatus::LeftOut,
        })
    };
    [
        kind(
            RowStatus::Unanswered,
            "without an answer about rollup billing or custom pricing. Answer for all rows above, \
             or edit them.",
        ),
        kind(
            RowStatus::Similar,
            "with a name like another account. Decide if each is another customer.",
        ),
        kind(
            RowStatus::Exists,
            "with the email address of an account. These are not created.",
        ),
        kind(
            RowStatus::Duplicate,
            "with the email address of an earlier row. These are not created.",
        ),
        kind(RowStatus::LeftOut, "left out."),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Returns a sentence about the channels that the ready rows need.
async fn channels(context: &ImportContext, review: &Review) -> Result<String, Error> {
    let (mut needed, mut defaults) = (0_i64, 0_usize);
    for row in review
        .rows
        .iter()
        .filter(|row| row.status == RowStatus::Ready)
    {
        match &row.change {
            Some(Change::Create {
                channel_limit: Some(limit),
                ..
            }) => needed += i64::from(limit.get()),
            _ => defaults += 1,
        }
    }
    let mut sentence = format!(
        "The ready rows ask for {} channels.",
        group_thousands(needed)
    );
    let pool = channel_pool::latest(&context.app.db).await?;
    if let Some((pool, _)) = pool.filter(|(pool, _)| pool.is_enabled()) {
        let free = i64::from(pool.free());
        sentence = format!("{sentence} The pool has {} free.", group_thousands(free));
        if needed > free {
            let missing = group_thousands(needed - free);
            sentence =
                format!("{sentence} {missing} are missing: the rows that do not fit are left out.");
        }
    }
    if defaults > 0 {
        sentence = format!(
            "{sentence} {} without a limit get Telnyx's default, which is not known in advance.",
            row_count(defaults)
        );
    }
    Ok(sentence)
}

fn row_count(rows: usize) -> String {
    let unit = if rows == 1 { "row" } else { "rows" };
    format!("{} {unit}", count(rows))
}

fn count(rows: usize) -> String {
    group_thousands(i64::try_from(rows).unwrap_or(i64::MAX))
}

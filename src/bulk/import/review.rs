//! Review of an import: each row with its cells, its errors, and the accounts that look alike.

use std::collections::HashMap;

use super::similar::similar_accounts;
use super::{ImportDecisions, ImportError, RowChoice, decisions, table};
use crate::app::App;
use crate::db::accounts::{self, Account, name_without_legal_form};
use crate::db::imports::Import;
use crate::db::{self, staff};
use crate::domain::email;
use crate::domain::ids::{AccountId, StaffId};
use crate::domain::operation::Change;
use crate::domain::string_enum::string_enum;
use crate::import::{CellContext, CellError, CheckedCells, Table, check};

string_enum! {
    /// Status of a row.
    pub enum RowStatus {
        /// A cell is invalid.
        Invalid = "invalid", "Have errors";
        /// Only answers are missing.
        Unanswered = "unanswered", "Need an answer";
        /// Another account has a similar name, and nobody has decided yet.
        Similar = "similar", "Look like another account";
        /// An account has its email address.
        Exists = "exists", "Exist already";
        /// An earlier row has its email address.
        Duplicate = "duplicate", "Twice in the file";
        /// A person left it out.
        LeftOut = "left_out", "Left out";
        /// The account will be created.
        Ready = "ready", "Ready";
    }
}

/// Number of rows that the review keeps as they were written.
const SAMPLE_ROWS: usize = 3;

/// Account or row that a row looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SimilarTo {
    /// Accounts with a similar name.
    Accounts(Vec<AccountId>),
    /// Row of the file with the same name, by its number.
    Row(usize),
}

/// Row after the review.
#[derive(Clone, Debug)]
pub struct ReviewedRow {
    /// Number from 1, among the rows that are not empty.
    pub number: usize,
    /// Number of its first line in the file.
    pub line: u64,
    /// Cells as they count: edited, or as in the file.
    pub cells: Vec<String>,
    /// True if a person edited a cell.
    pub is_edited: bool,
    /// Status of the row.
    pub status: RowStatus,
    /// Errors of its cells.
    pub errors: Vec<CellError>,
    /// Creation of its account, if every cell is valid.
    pub change: Option<Change>,
    /// Account that has its email address.
    pub existing: Option<Box<Account>>,
    /// Earlier row with its email address, by its number.
    pub duplicate_of: Option<usize>,
    /// Account or row with a similar name. Stays after a person decided.
    pub similar_to: Option<SimilarTo>,
}

/// Import with everything that is known about its rows.
#[derive(Clone, Debug)]
pub struct Review {
    /// Decisions of the person.
    pub decisions: ImportDecisions,
    /// Table as it was written, with its first rows only.
    pub table: Table,
    /// All rows, in the order of the file.
    pub rows: Vec<ReviewedRow>,
}

impl Review {
    /// Returns the number of rows with a status.
    #[must_use]
    pub fn count(&self, status: RowStatus) -> usize {
        self.rows.iter().filter(|row| row.status == status).count()
    }
}

/// Reads and checks an import.
///
/// # Errors
/// Fails with [`ImportError::Read`] if the file cannot be read as the person chose.
pub async fn review(app: &App, import: &Import) -> Result<Review, ImportError> {
    let decisions = decisions(import)?;
    let table = table(app, import, &decisions.options).await?;
    let assignees = assignees(app).await?;
    let checking = tokio::task::spawn_blocking(move || check_rows(decisions, table, &assignees));
    let mut review = checking.await.map_err(db::Error::stored)?;
    compare_with_directory(app, &mut review.rows).await?;
    decide_status(&mut review);
    Ok(review)
}

/// Returns the staff who can be account managers, by their email address.
async fn assignees(app: &App) -> db::Result<HashMap<String, StaffId>> {
    let staff = staff::all(&app.db).await?;
    let enabled = staff
        .into_iter()
        .filter(|staff| staff.disabled_at.is_none());
    Ok(enabled
        .map(|staff| (email::key(&staff.email), staff.id))
        .collect())
}

fn check_rows(
    decisions: ImportDecisions,
    mut table: Table,
    assignees: &HashMap<String, StaffId>,
) -> Review {
    let context = CellContext {
        mapping: &decisions.mapping,
        defaults: decisions.defaults,
        assignees,
    };
    let rows = table.rows.clone();
    table.rows.truncate(SAMPLE_ROWS);
    let rows = rows.into_iter().zip(1..).map(|(row, number)| {
        let edited = decisions.edits.get(&number);
        let cells = edited.cloned().unwrap_or(row.cells);
        let CheckedCells { mut change, errors } = check(&cells, &context);
        if let Some(Change::Create { details, .. }) = &mut change {
            details.welcome_email = decisions.welcome_email;
        }
        ReviewedRow {
            number,
            line: row.line,
            is_edited: edited.is_some(),
            cells,
            status: RowStatus::Ready,
            errors,
            change,
            existing: None,
            duplicate_of: None,
            similar_to: None,
        }
    });
    Review {
        rows: rows.collect(),
        decisions,
        table,
    }
}

/// Finds the accounts that have the email address of a row, or a similar name.
async fn compare_with_directory(app: &App, rows: &mut [ReviewedRow]) -> db::Result<()> {
    let emails: Vec<String> = rows
        .iter()
        .filter_map(|row| row.email().map(str::to_owned))
        .collect();
    let found = accounts::with_emails(&app.db, &emails).await?;
    let by_email: HashMap<String, Account> = found
        .into_iter()
        .map(|account| (email::key(&account.email), account))
        .collect();
    for row in rows.iter_mut() {
        let existing = row
            .email()
            .and_then(|email| by_email.get(&email::key(email)));
        row.existing = existing.cloned().map(Box::new);
    }
    let names: Vec<&str> = rows
        .iter()
        .map(|row| row.name().unwrap_or_default())
        .collect();
    let stems = accounts::name_stems(&app.db).await?;
    let similar = similar_accounts(&names, &stems);
    for (row, similar) in rows.iter_mut().zip(similar) {
        if !similar.is_empty() {
            row.similar_to = Some(SimilarTo::Accounts(similar));
        }
    }
    Ok(())
}

/// Sets the status of each row, from the decisions and from the rows before it.
fn decide_status(review: &mut Review) {
    let mut emails: HashMap<String, usize> = HashMap::new();
    let mut names: HashMap<String, usize> = HashMap::new();
    for row in &mut review.rows {
        let choice = review.decisions.choices.get(&row.number);
        let (Some(email), Some(name)) = (row.email(), row.name()) else {
            row.status = if choice == Some(&RowChoice::LeaveOut) {
                RowStatus::LeftOut
            } else if row.errors.iter().all(CellError::is_missing_answer) {
                RowStatus::Unanswered
            } else {
                RowStatus::Invalid
            };
            continue;
        };
        let (email, name) = (email::key(email), name_without_legal_form(name));
        row.duplicate_of = emails.get(&email).copied();
        if row.similar_to.is_none() {
            row.similar_to = names.get(&name).copied().map(SimilarTo::Row);
        }
        row.status = match choice {
            Some(RowChoice::LeaveOut) => RowStatus::LeftOut,
            _ if row.existing.is_some() => RowStatus::Exists,
            _ if row.duplicate_of.is_some() => RowStatus::Duplicate,
            None if row.similar_to.is_some() => RowStatus::Similar,
            _ => RowStatus::Ready,
        };
        if row.status != RowStatus::LeftOut {
            emails.entry(email).or_insert(row.number);
            names.entry(name).or_insert(row.number);
        }
    }
}

impl ReviewedRow {
    /// Returns the email address of the account to create, if every cell is valid.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        match &self.change {
            Some(Change::Create { email, .. }) => email.as_deref(),
            _ => None,
        }
    }

    /// Returns the name of the account to create, if every cell is valid.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match &self.change {
            Some(Change::Create {
                organization_name, ..
            }) => Some(organization_name),
            _ => None,
        }
    }
}

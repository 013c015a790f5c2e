//! Check of the cells of a row. Each error names its cell, and a valid row becomes a creation.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::columns::{Column, Mapping};
use crate::domain::channels::{ChannelLimit, InvalidLimit};
use crate::domain::email::{self, Email};
use crate::domain::ids::StaffId;
use crate::domain::new_account::{
    MAX_DISPLAY_NAME_LENGTH, MAX_NAME_LENGTH, MAX_NOTE_LENGTH, MAX_TAG_LENGTH, MAX_TAGS,
};
use crate::domain::operation::{AccountDetails, Change};
use crate::domain::string_enum::string_enum;
use crate::domain::text::{self, InvalidText};
use crate::domain::yes_no::parse_yes_no;

const NAME_MISSING: &str = "Enter the organization’s name.";
const EMAIL_MISSING: &str =
    "Enter an email address. Without one, a creation that got no answer cannot be found again.";
const ANSWER_MISSING: &str = "Enter yes or no, or choose an answer for all rows.";

/// Answers for all rows that do not give their own. There is no silent default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RowDefaults {
    /// Answer about rollup billing.
    pub rollup_billing: Option<bool>,
    /// Answer about custom pricing.
    pub custom_pricing: Option<bool>,
}

/// Everything that the cells of a row are checked against.
#[derive(Clone, Copy, Debug)]
pub struct CellContext<'a> {
    /// Meaning of each column.
    pub mapping: &'a Mapping,
    /// Answers for all rows.
    pub defaults: RowDefaults,
    /// Enabled staff, by [`email::key`].
    pub assignees: &'a HashMap<String, StaffId>,
}

string_enum! {
    /// Kind of an error of a cell.
    pub enum CellErrorKind {
        /// The cell is empty.
        Missing = "missing", "missing";
        /// The row may have its cells in wrong columns.
        TooManyCells = "too_many_cells", "row with more cells than the header";
        /// The text has more characters than allowed.
        TooLong = "too_long", "too long";
        /// The text has control characters, or none that can be seen.
        Character = "character", "a character that cannot be used";
        /// It is not an email address.
        Email = "email", "not an email address";
        /// It is not a whole number.
        Number = "number", "not a whole number";
        /// The number is larger than allowed.
        TooLarge = "too_large", "too large";
        /// It answers a question neither with yes nor with no.
        Answer = "answer", "neither yes nor no";
        /// There are more tags than allowed.
        TooManyTags = "too_many_tags", "too many tags";
        /// Nobody on the staff has this address.
        Assignee = "assignee", "not on the staff";
    }
}

/// Error of one cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellError {
    /// Column of the cell.
    pub column: Column,
    /// Kind of the error.
    pub kind: CellErrorKind,
    /// Sentence that says what to do.
    pub message: String,
}

/// Kind of an error and its sentence, without the column.
type Invalid = (CellErrorKind, String);

impl CellError {
    /// Returns `true` if the cell lacks an answer that may be given for all rows.
    #[must_use]
    pub fn is_missing_answer(&self) -> bool {
        self.kind == CellErrorKind::Missing
            && matches!(self.column, Column::RollupBilling | Column::CustomPricing)
    }
}

/// Cells of a row after the check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedCells {
    /// Creation of the account, if every cell is valid.
    pub change: Option<Change>,
    /// Errors, in the order of [`Column::ALL`].
    pub errors: Vec<CellError>,
}

/// Checks the cells of a row.
#[must_use]
pub fn check(cells: &[String], context: &CellContext<'_>) -> CheckedCells {
    let mut row = Row {
        cells,
        mapping: context.mapping,
        errors: Vec::new(),
    };
    row.check_length();
    let organization_name = row.read(Column::OrganizationName, |cell| {
        text::parse_line(cell, MAX_NAME_LENGTH).map_err(|error| match error {
            InvalidText::Empty => (CellErrorKind::Missing, NAME_MISSING.to_owned()),
            other => invalid_text(&other),
        })
    });
    let email = row.read(Column::Email, |cell| match cell.parse::<Email>() {
        Ok(email) => Ok(email.as_str().to_owned()),
        Err(InvalidText::Empty) => Err((CellErrorKind::Missing, EMAIL_MISSING.to_owned())),
        Err(other) => Err(invalid_text(&other)),
    });
    let channel_limit = row.read(
        Column::ChannelLimit,
        optional(|cell| ChannelLimit::parse(cell).map_err(|error| invalid_limit(&error))),
    );
    let rollup_billing = row.read_answer(Column::RollupBilling, context.defaults.rollup_billing);
    let custom_pricing = row.read_answer(Column::CustomPricing, context.defaults.custom_pricing);
    let tags = row.read(Column::Tags, parse_tags);
    let note = row.read(
        Column::Note,
        optional(|cell| {
            text::parse_lines(cell, MAX_NOTE_LENGTH).map_err(|error| invalid_text(&error))
        }),
    );
    let display_name = row.read(
        Column::DisplayName,
        optional(|cell| {
            text::parse_line(cell, MAX_DISPLAY_NAME_LENGTH).map_err(|error| invalid_text(&error))
        }),
    );
    let assignee = row.read(
        Column::Assignee,
        optional(|cell| {
            let assignee = context.assignees.get(&email::key(cell)).copied();
            assignee.ok_or_else(|| {
                let typed = text::printable_excerpt(cell.trim());
                let sentence = format!(
                    "Enter the email address of someone on the staff who can sign in. \
                     “{typed}” is not one."
                );
                (CellErrorKind::Assignee, sentence)
            })
        }),
    );
    let errors = row.errors;
    let create = || {
        Some(Change::Create {
            organization_name: organization_name?,
            email: Some(email?),
            custom_pricing: custom_pricing?,
            rollup_billing: rollup_billing?,
            channel_limit: channel_limit?,
            with_password: false,
            details: Box::new(AccountDetails {
                display_name: display_name?,
                note: note?,
                tags: tags?,
                assignee: assignee?,
                welcome_email: false,
            }),
        })
    };
    CheckedCells {
        change: if errors.is_empty() { create() } else { None },
        errors,
    }
}

/// Cells of one row, and the errors found so far.
struct Row<'a> {
    cells: &'a [String],
    mapping: &'a Mapping,
    errors: Vec<CellError>,
}

impl Row<'_> {
    /// Refuses a row that is longer than the header, because its cells may be in wrong columns.
    fn check_length(&mut self) {
        let columns = self.mapping.columns().len();
        let extra = self.cells.get(columns..).unwrap_or_default();
        if extra.iter().any(|cell| !cell.trim().is_empty()) {
            self.errors.push(CellError {
                column: Column::OrganizationName,
                kind: CellErrorKind::TooManyCells,
                message: format!(
                    "This row has {} cells, but the header names {columns}. \
                     Put cells that contain the separator in quotation marks.",
                    self.cells.len()
                ),
            });
        }
    }

    /// Reads one cell, which is empty if the row does not have it.
    fn read<T>(
        &mut self,
        column: Column,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        let at = self.mapping.position(column);
        let cell = at.and_then(|at| self.cells.get(at));
        match parse(cell.map_or("", String::as_str)) {
            Ok(value) => Some(value),
            Err((kind, message)) => {
                let error = CellError {
                    column,
                    kind,
                    message,
                };
                self.errors.push(error);
                None
            }
        }
    }

    fn read_answer(&mut self, column: Column, default: Option<bool>) -> Option<bool> {
        self.read(column, |cell| match cell.trim() {
            "" => default.ok_or_else(|| (CellErrorKind::Missing, ANSWER_MISSING.to_owned())),
            answer => parse_yes_no(answer).ok_or_else(|| {
                let typed = text::printable_excerpt(answer);
                let sentence = format!("Enter yes or no. “{typed}” is neither.");
                (CellErrorKind::Answer, sentence)
            }),
        })
    }
}

/// Turns a parser into one that also reads an empty cell, as `None`.
fn optional<T>(
    parse: impl FnOnce(&str) -> Result<T, Invalid>,
) -> impl FnOnce(&str) -> Result<Option<T>, Invalid> {
    |cell| {
        if cell.trim().is_empty() {
            return Ok(None);
        }
        parse(cell).map(Some)
    }
}

fn invalid_text(error: &InvalidText) -> Invalid {
    let kind = match error {
        InvalidText::Empty => CellErrorKind::Missing,
        InvalidText::TooLong(_) => CellErrorKind::TooLong,
        InvalidText::Invisible | InvalidText::Control => CellErrorKind::Character,
        InvalidText::NotAnEmail => CellErrorKind::Email,
    };
    (kind, error.to_string())
}

fn invalid_limit(error: &InvalidLimit) -> Invalid {
    let kind = match error {
        InvalidLimit::TooLarge => CellErrorKind::TooLarge,
        InvalidLimit::NotANumber(_) => CellErrorKind::Number,
    };
    (kind, error.to_string())
}

fn parse_tags(cell: &str) -> Result<Vec<String>, Invalid> {
    let names = cell.split([',', ';', '\n', '\r']);
    let mut tags: Vec<String> = Vec::new();
    for name in names.filter(|name| !name.trim().is_empty()) {
        let name = text::parse_line(name, MAX_TAG_LENGTH).map_err(|error| {
            let (kind, sentence) = invalid_text(&error);
            let typed = text::printable_excerpt(name.trim());
            (kind, format!("“{typed}”: {sentence}"))
        })?;
        if !tags
            .iter()
            .any(|tag| text::folded(tag) == text::folded(&name))
        {
            tags.push(name);
        }
    }
    if tags.len() > MAX_TAGS {
        let sentence = format!(
            "An account can have at most {MAX_TAGS} tags. This cell has {}.",
            tags.len()
        );
        return Err((CellErrorKind::TooManyTags, sentence));
    }
    Ok(tags)
}

/// Returns the kind of an error: "Email: missing". Errors of one kind are shown as one line.
#[must_use]
pub fn error_kind(error: &CellError) -> String {
    format!("{}: {}", error.column.label(), error.kind.label())
}

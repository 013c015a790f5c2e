//! Form that edits the cells of one row. The file itself stays as it was uploaded.

use std::collections::HashMap;

use axum::extract::{Path, RawQuery};
use axum::http::HeaderMap;
use axum::response::Response;

use super::rows::{self, CellView};
use super::{ImportContext, PATH, sentence};
use crate::bulk::import::{self, Review};
use crate::import::Column;
use crate::web::change::Problem;
use crate::web::confirmation::{Confirmation, ConfirmationField, Control, Fact, crumbs};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Form};
use crate::web::htmx::Htmx;
use crate::web::layout::Section;
use crate::web::render;

/// Submitted fields, by the name of the column.
type EditInput = HashMap<String, String>;

/// `GET /accounts/import/{id}/rows/{number}`
pub(super) async fn show(
    context: ImportContext,
    Path((_, number)): Path<(String, usize)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    kept: DraftForm,
) -> Result<Response, Error> {
    let (review, at) = find(&context, number).await?;
    let columns = rows::shown_columns(&review);
    let mut cells = rows::cells(&review, &review.rows[at], &columns);
    if let Some(typed) = kept.parse::<EditInput>() {
        fill(&mut cells, &columns, &typed);
    }
    let back = query.filter(|query| !query.is_empty());
    let back = back.map_or_else(String::new, |query| format!("?{query}"));
    let form = form(&context, &review, at, &columns, cells, &back);
    form.respond(&context.may, &Htmx::of(&headers)).await
}

/// `POST /accounts/import/{id}/rows/{number}`
///
/// Stores the cells of the row. Shows the form again while one of them is invalid, but stores it.
pub(super) async fn save(
    context: ImportContext,
    Path((_, number)): Path<(String, usize)>,
    headers: HeaderMap,
    Form(input): Form<EditInput>,
) -> Result<Response, Error> {
    let (review, at) = find(&context, number).await?;
    let columns = rows::shown_columns(&review);
    let htmx = Htmx::of(&headers);
    let back = input.get("back").cloned().unwrap_or_default();
    let back = if back.starts_with('?') {
        back
    } else {
        String::new()
    };
    let mut decisions = context.decisions.clone();
    let mut cells = review.rows[at].cells.clone();
    let mapping = &review.decisions.mapping;
    for column in &columns {
        if let (Some(position), Some(typed)) =
            (mapping.position(*column), input.get(column.as_str()))
        {
            if cells.len() <= position {
                cells.resize(position + 1, String::new());
            }
            cells[position].clone_from(typed);
        }
    }
    decisions.edits.insert(number, cells);
    if let Err(error) = import::decide(&context.app, &context.import, &decisions).await {
        let problem = Problem::rule_violation(&sentence(error)?);
        let mut views = rows::cells(&review, &review.rows[at], &columns);
        fill(&mut views, &columns, &input);
        let mut form = form(&context, &review, at, &columns, views, &back);
        form.show_problem(problem);
        return form.respond(&context.may, &htmx).await;
    }
    let context = context.reload().await?;
    let (review, at) = find(&context, number).await?;
    if review.rows[at].errors.is_empty() {
        return Ok(render::redirect(&format!(
            "{}{back}#row-{number}",
            context.path()
        )));
    }
    let views = rows::cells(&review, &review.rows[at], &columns);
    let errors: Vec<(&'static str, String)> = columns
        .iter()
        .zip(&views)
        .filter(|(_, cell)| !cell.error.is_empty())
        .map(|(column, cell)| (column.as_str(), cell.error.clone()))
        .collect();
    let mut form = form(&context, &review, at, &columns, views, &back);
    form.show_problem(Problem::at_fields(errors));
    "Saved, but a cell is still invalid".clone_into(&mut form.notices[0].title);
    form.respond(&context.may, &htmx).await
}

/// Returns the review, and the position of a row in it.
async fn find(context: &ImportContext, number: usize) -> Result<(Review, usize), Error> {
    match import::review(&context.app, &context.import).await {
        Ok(review) if (1..=review.rows.len()).contains(&number) => Ok((review, number - 1)),
        Ok(_) => Err(Error::NotFound),
        Err(error) => Err(Error::Conflict(sentence(error)?)),
    }
}

fn fill(cells: &mut [CellView], columns: &[Column], typed: &EditInput) {
    for (cell, column) in cells.iter_mut().zip(columns) {
        if let Some(value) = typed.get(column.as_str()) {
            cell.value.clone_from(value);
        }
    }
}

fn form(
    context: &ImportContext,
    review: &Review,
    at: usize,
    columns: &[Column],
    cells: Vec<CellView>,
    back: &str,
) -> Confirmation {
    let row = &review.rows[at];
    let path = context.path();
    let fields = columns.iter().zip(cells).map(|(column, cell)| {
        let control = match column {
            Column::Note => Control::TextArea,
            _ => Control::Text,
        };
        let mut field = ConfirmationField::new(column.as_str(), column.label(), cell.value);
        field.input.set_error(cell.error);
        field.control(control)
    });
    let mut fields: Vec<ConfirmationField> = fields
        .filter(|field| {
            let column = columns.iter().find(|column| column.as_str() == field.name);
            column.is_some_and(|column| review.decisions.mapping.position(*column).is_some())
        })
        .collect();
    let wrong = fields.iter().position(|field| field.input.is_wrong());
    if let Some(field) = fields.get_mut(wrong.unwrap_or(0)) {
        field.focused = true;
    }
    Confirmation {
        section: Section::Accounts,
        crumbs: crumbs([
            ("Import", PATH),
            (context.import.file_name.as_str(), path.as_str()),
        ]),
        title: format!("Edit row {}", row.number),
        icon: "pencil",
        action: format!("{path}/rows/{}", row.number),
        hidden: vec![("back", back.to_owned())],
        facts: vec![Fact::text("Line in the file", row.line.to_string())],
        fine_print: "The uploaded file stays as it is. Only this import uses the edited cells.",
        fields,
        cancel: ("Cancel", format!("{path}{back}#row-{}", row.number)),
        button: "Save row".to_owned(),
        ..Confirmation::default()
    }
}

//! Form for the meaning of each column, and for the answers that count for all rows.

use std::collections::HashMap;

use axum::http::StatusCode;
use axum::response::Response;

use super::{ImportContext, rows, sentence, show};
use crate::bulk::import;
use crate::domain::yes_no::parse_yes_no;
use crate::import::{Column, Mapping};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::notice::Notice;
use crate::web::render;

/// `POST /accounts/import/{id}/columns`
///
/// Fields: `column-0`, `column-1`, … with a column's name or nothing; `rollup_billing` and
/// `custom_pricing` with yes, no or nothing; `welcome_email`.
pub(super) async fn map(
    context: ImportContext,
    Form(input): Form<HashMap<String, String>>,
) -> Result<Response, Error> {
    let table = match import::table(&context.app, &context.import, &context.decisions.options).await
    {
        Ok(table) => table,
        Err(error) => return Err(Error::Conflict(sentence(error)?)),
    };
    let columns = (0..table.header.len()).map(|at| {
        let name = input.get(&format!("column-{at}"))?;
        name.trim().parse::<Column>().ok()
    });
    let columns: Vec<Option<Column>> = columns.collect();
    let answer = |name: &str| input.get(name).and_then(|answer| parse_yes_no(answer));
    let mut decisions = context.decisions.clone();
    decisions.defaults.rollup_billing = answer("rollup_billing");
    decisions.defaults.custom_pricing = answer("custom_pricing");
    decisions.welcome_email = answer("welcome_email").unwrap_or(false);
    decisions.mapping = Mapping::as_typed(columns.clone());
    if let Err(column) = Mapping::chosen(columns) {
        let text = format!(
            "Two columns are mapped to {}. Choose one of them.",
            column.label()
        );
        let notice = Notice::alert("bad", "The columns were not saved", text);
        decisions.is_mapped = false;
        let context = ImportContext {
            decisions,
            ..context
        };
        let query = rows::RowsQuery::default();
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return show::respond(&context, query, Some(notice), status).await;
    }
    decisions.is_mapped = true;
    let (app, actor) = (&context.app, context.may.actor());
    import::remember_mapping(app, actor, &table.header, &decisions.mapping).await?;
    if decisions == context.decisions {
        return Ok(render::redirect(&format!("{}#rows", context.path())));
    }
    let back = format!("{}#rows", context.path());
    context.decide(decisions, &back).await
}

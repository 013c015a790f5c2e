//! Export of accounts, as CSV or JSON: all matches of the list's query, or a selection. It takes
//! constant memory. [`row`] builds a row.

use std::collections::{HashMap, VecDeque};

use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::filter::AccountsQuery;
use crate::app::App;
use crate::db::accounts::{self, Account};
use crate::db::{assignees, tags};
use crate::domain::account_filter::AccountFilter;
use crate::domain::ids::AccountId;
use crate::web::access::{Authorized, Read};
use crate::web::error::Error;
use crate::web::export::{self, BATCH, Cell, Format, Rows};
use crate::web::form::Form;
use crate::web::layout::Toast;
use crate::web::render;
use crate::web::selection::Selection;

mod row;

use row::AccountRow;

/// `GET /accounts/export.csv`, with the query of the list.
pub(super) async fn csv(
    may: Authorized<Read>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Error> {
    let query = AccountsQuery::parse(raw.as_deref().unwrap_or_default());
    export_file(&may, app, &Selection::all_matching(&query), Format::Csv).await
}

/// `GET /accounts/export.json`, with the query of the list.
pub(super) async fn json(
    may: Authorized<Read>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Error> {
    let query = AccountsQuery::parse(raw.as_deref().unwrap_or_default());
    export_file(&may, app, &Selection::all_matching(&query), Format::Json).await
}

/// `POST /accounts/selected.csv`
pub(super) async fn csv_of_selected(
    may: Authorized<Read>,
    State(app): State<App>,
    Form(selection): Form<Selection>,
) -> Result<Response, Error> {
    export_file(&may, app, &selection, Format::Csv).await
}

/// `POST /accounts/selected.json`
pub(super) async fn json_of_selected(
    may: Authorized<Read>,
    State(app): State<App>,
    Form(selection): Form<Selection>,
) -> Result<Response, Error> {
    export_file(&may, app, &selection, Format::Json).await
}

async fn export_file(
    may: &Authorized<Read>,
    app: App,
    selection: &Selection,
    format: Format,
) -> Result<Response, Error> {
    let ids = selection.ids::<AccountFilter>(&app, may).await?;
    if ids.is_empty() && !selection.is_all() {
        may.toast(Toast::new(
            "info",
            "No account is selected. Select accounts first.",
        ))
        .await?;
        return Ok(render::redirect(&selection.query::<AccountFilter>().href()));
    }
    let message = format!(
        "{}, as {}.",
        selection.describe::<AccountFilter>(&app, ids.len()).await?,
        format.label()
    );
    export::record(&app, may, "the accounts", message, None).await?;
    let what = file_name_suffix(selection);
    let when = may.times().now().to_jiff().strftime("%Y-%m-%dT%H%MZ");
    let rows = AccountRows {
        app,
        ids: ids.into(),
    };
    Ok(export::file(
        &format!("accounts{what}-{when}"),
        format,
        rows,
    ))
}

/// Returns the file name suffix for the selected accounts; empty for all accounts.
fn file_name_suffix(selection: &Selection) -> String {
    if !selection.is_without_exceptions() {
        return "-selected".to_owned();
    }
    let mut filter = selection.query::<AccountFilter>().filter;
    let mut what = String::new();
    if let Some(status) = filter.status.take() {
        what = format!("-{}", status.as_str());
    }
    if let Some(concern) = filter.attention_reason.take() {
        what = format!("{what}-{}", concern.as_str());
    }
    if !filter.is_empty() {
        what.push_str("-filtered");
    }
    what
}

/// Accounts that remain to be written.
struct AccountRows {
    app: App,
    ids: VecDeque<AccountId>,
}

impl Rows for AccountRows {
    const COLUMNS: &'static [&'static str] = &row::HEADER;

    type Row = AccountRow;

    async fn next_batch(&mut self) -> Result<Option<Vec<AccountRow>>, Error> {
        if self.ids.is_empty() {
            return Ok(None);
        }
        let batch = self.ids.len().min(BATCH.into());
        let ids: Vec<AccountId> = self.ids.drain(..batch).collect();
        load_rows(&self.app, &ids).await.map(Some)
    }

    fn cells(row: &AccountRow) -> Vec<Cell> {
        row.cells().into()
    }

    async fn json_lines(&self, rows: Vec<AccountRow>) -> Result<String, Error> {
        let mut lines = String::new();
        for row in rows {
            let object = serde_json::to_string(&row)
                .map_err(|error| Error::Internal(format!("json: {error}")))?;
            lines.push_str(&object);
            lines.push('\n');
        }
        Ok(lines)
    }
}

/// Loads the accounts with these IDs, in their order. Leaves out accounts that are gone.
async fn load_rows(app: &App, ids: &[AccountId]) -> Result<Vec<AccountRow>, Error> {
    let found = accounts::by_ids(&app.db, ids).await?;
    let mut tags = tags::of_accounts(&app.db, ids).await?;
    let assigned = found.iter().filter_map(|account| account.assignee_id);
    let assignees = assignees::by_ids(&app.db, assigned).await?;
    let mut by_id: HashMap<AccountId, Account> = found
        .into_iter()
        .filter(|account| account.gone_at.is_none())
        .map(|account| (account.id.clone(), account))
        .collect();
    let records = ids.iter().filter_map(|id| {
        let account = by_id.remove(id)?;
        let manager = account.assignee_id.and_then(|id| assignees.get(&id));
        let tags = tags.remove(id).unwrap_or_default();
        Some(AccountRow::new(account, manager, tags))
    });
    Ok(records.collect())
}

//! The accounts as a file, CSV or JSON: all that the list's query finds, or a selection, in constant memory. How one
//! account is written is in [`record`].

use std::collections::{HashMap, VecDeque};

use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use futures::stream;

use super::filter::AccountsQuery;
use super::selection::Selection;
use crate::app::App;
use crate::db::accounts::{self, Account};
use crate::db::{audit, tags};
use crate::domain::actor::Scope;
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::ids::AccountId;
use crate::web::access::{Authorized, Read};
use crate::web::csv::{self, CsvWriter};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::layout::Toast;
use crate::web::render;

mod record;

use record::Record;

/// Accounts that are read and written at a time.
const BATCH: usize = 500;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Csv,
    Json,
}

/// `GET /accounts/export.csv`, with the query of the list
pub(super) async fn csv(
    may: Authorized<Read>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Error> {
    let query = AccountsQuery::parse(raw.as_deref().unwrap_or_default());
    export_file(&may, app, &Selection::all_matching(&query), Format::Csv).await
}

/// `GET /accounts/export.json`, with the query of the list
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
    let ids = selection.ids(&app, may).await?;
    if ids.is_empty() && !selection.is_all() {
        may.toast(Toast {
            kind: "info",
            text: "Nothing was selected: tick the accounts first.".to_owned(),
            undo: None,
        })
        .await?;
        return Ok(render::redirect(&selection.query().href()));
    }
    let (suffix, kind) = match format {
        Format::Csv => ("csv", "text/csv; charset=utf-8"),
        Format::Json => ("json", "application/json"),
    };
    let event = Event {
        message: format!(
            "{}, as {}.",
            selection.describe(ids.len()),
            suffix.to_uppercase()
        ),
        ..Event::by_actor(
            may.actor(),
            EventKind::Exported,
            EventOutcome::Done,
            "the accounts",
        )
    };
    audit::record(&app.db, &app.audit_key, may.times().now(), &event).await?;
    let what = file_name_suffix(selection);
    let when = may.times().now().to_jiff().strftime("%Y-%m-%dT%H%MZ");
    let name = format!("accounts{what}-{when}.{suffix}");
    let rest = ExportState {
        app,
        scope: may.scope(),
        ids: ids.into(),
        format,
        header_written: false,
        record_written: false,
        done: false,
    };
    let body = Body::from_stream(stream::try_unfold(rest, next_batch));
    Ok(csv::attachment(&name, kind, body))
}

/// What the file's name says about which accounts: nothing where they are all.
fn file_name_suffix(selection: &Selection) -> String {
    if !selection.is_without_exceptions() {
        return "-selected".to_owned();
    }
    let mut filter = selection.query().filter;
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

/// What is still to be written.
struct ExportState {
    app: App,
    scope: Scope,
    ids: VecDeque<AccountId>,
    format: Format,
    /// Whether the head of the file is written.
    header_written: bool,
    /// Whether an account is written.
    record_written: bool,
    /// Whether all is written.
    done: bool,
}

async fn next_batch(mut rest: ExportState) -> Result<Option<(Bytes, ExportState)>, Error> {
    if rest.done {
        return Ok(None);
    }
    let ids: Vec<AccountId> = rest.ids.drain(..rest.ids.len().min(BATCH)).collect();
    let records = load_records(&rest.app, rest.scope, &ids).await?;
    rest.done = rest.ids.is_empty();
    let bytes = match rest.format {
        Format::Csv => rest.csv(&records),
        Format::Json => rest.json(&records)?,
    };
    rest.header_written = true;
    rest.record_written |= !records.is_empty();
    Ok(Some((bytes.into(), rest)))
}

impl ExportState {
    fn csv(&self, records: &[Record]) -> Vec<u8> {
        let mut sheet = if self.header_written {
            CsvWriter::without_header()
        } else {
            CsvWriter::with_header(&record::HEADER)
        };
        for record in records {
            sheet.write_row(&record.cells());
        }
        sheet.finish()
    }

    /// An array, an object a line.
    fn json(&self, records: &[Record]) -> Result<Vec<u8>, Error> {
        let mut text = Vec::new();
        if !self.header_written {
            text.push(b'[');
        }
        for (at, record) in records.iter().enumerate() {
            let first = at == 0 && !self.record_written;
            text.extend_from_slice(if first { b"\n" } else { b",\n" });
            serde_json::to_writer(&mut text, record)
                .map_err(|error| Error::Internal(format!("json: {error}")))?;
        }
        if self.done {
            text.extend_from_slice(b"\n]\n");
        }
        Ok(text)
    }
}

/// The accounts with these ids in their order; what is gone meanwhile is left out.
async fn load_records(app: &App, scope: Scope, ids: &[AccountId]) -> Result<Vec<Record>, Error> {
    let found = accounts::by_ids(&app.db, scope, ids).await?;
    let mut tags = tags::of_accounts(&app.db, ids).await?;
    let mut by_id: HashMap<AccountId, Account> = found
        .into_iter()
        .filter(|account| account.gone_at.is_none())
        .map(|account| (account.id.clone(), account))
        .collect();
    let records = ids.iter().filter_map(|id| {
        let account = by_id.remove(id)?;
        Some(Record::new(account, tags.remove(id).unwrap_or_default()))
    });
    Ok(records.collect())
}

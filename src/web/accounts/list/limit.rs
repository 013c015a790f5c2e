//! Channel limit of an account, edited in its row. Without a script, its page does the same.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::filter::AccountsQuery;
use super::row::{AccountRow, RowAnnotations};
use crate::app::App;
use crate::db::accounts::{self, Account, SortOrder};
use crate::db::{assignees, channel_pool, tags};
use crate::domain::ids::AccountId;
use crate::domain::role::Permission;
use crate::web::access::{Authorized, ChangeLimits, Read, Viewer};
use crate::web::change::ChangeOutcome;
use crate::web::columns::{self, ShownColumns};
use crate::web::error::Error;
use crate::web::form::{Form, Query};
use crate::web::htmx::Htmx;
use crate::web::layout::Toast;
use crate::web::limit_editor::{EditorLink, LimitEditor, LimitForm};
use crate::web::{paths, render};

/// Address of the list.
const PATH: &str = "/accounts";

/// One row alone.
#[derive(Template)]
#[template(path = "accounts/_row_fragment.html")]
struct RowFragment {
    row: AccountRow,
    columns: ShownColumns<SortOrder>,
    is_page_selected: bool,
}

/// Query parameters of a row.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RowQuery {
    /// Not empty to open the editor.
    edit: String,
}

/// `GET /accounts/{id}/row?edit=`
pub(super) async fn show(
    may: Authorized<Read>,
    State(app): State<App>,
    Path(id): Path<AccountId>,
    htmx: Htmx,
    Query(query): Query<RowQuery>,
) -> Result<Response, Error> {
    let account = load(&app, &id).await?;
    if !htmx.partial {
        return Ok(render::redirect(&format!("{PATH}/{id}")));
    }
    let list = list_path(htmx.page.as_deref());
    let mut fragment = row(&app, &may, &account, &list).await?;
    if query.edit.is_empty() || !may.can(Permission::ChangeLimits) {
        fragment.row.limit.is_focused = true;
    } else {
        let mut editor = editor(&app, &may, &account, &list).await?;
        editor.is_focused = true;
        fragment.row.editor = Some(editor);
    }
    render::html(&fragment)
}

/// `POST /accounts/{id}/limit`
pub(super) async fn update(
    may: Authorized<ChangeLimits>,
    State(app): State<App>,
    Path(id): Path<AccountId>,
    htmx: Htmx,
    Form(form): Form<LimitForm>,
) -> Result<Response, Error> {
    let list = form.return_path(PATH);
    let outcome = form.submit(&app, &may, &id).await?;
    let account = load(&app, &id).await?;
    // A row has no place for a change that is under way.
    if !htmx.partial || matches!(outcome, Some(ChangeOutcome::Pending(_))) {
        let row = format!("{list}#account-{id}");
        let next = LimitForm::redirect(&may, &account, outcome.as_ref(), &row).await?;
        return match next {
            Some(next) => Ok(next),
            None => show_page(&may, &id, &form, outcome).await,
        };
    }
    let mut fragment = row(&app, &may, &account, &list).await?;
    if let Some(ChangeOutcome::Done { toast, .. }) = &outcome {
        fragment.row.limit.is_focused = true;
        fragment.row.is_highlighted = true;
        return render::with_toast(&fragment, &toast.clone().in_list(&list));
    }
    let mut editor = editor(&app, &may, &account, &list).await?;
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    match outcome {
        Some(ChangeOutcome::Problem(problem)) => {
            status = problem.status;
            editor.show_problem(&form.channel_limit, problem);
        }
        _ => editor.show_block_calls(&form.channel_limit, &account),
    }
    fragment.row.editor = Some(editor);
    render::with_status(status, &fragment)
}

/// Leads a browser without scripts to the page of the limit, with the problem as a toast.
async fn show_page(
    viewer: &Viewer,
    id: &AccountId,
    form: &LimitForm,
    outcome: Option<ChangeOutcome>,
) -> Result<Response, Error> {
    if let Some(ChangeOutcome::Problem(problem)) = outcome {
        let toast = Toast::new("danger", problem.summary());
        viewer.toast(toast).await?;
    }
    let list = form.return_path(PATH);
    let pairs = [
        ("channel_limit", form.channel_limit.as_str()),
        ("return_to", &list),
    ];
    let page = paths::with_query(&format!("{PATH}/{id}/channel-limit"), pairs);
    Ok(render::redirect(&page))
}

async fn load(app: &App, id: &AccountId) -> Result<Account, Error> {
    accounts::by_id(&app.db, id).await?.ok_or(Error::NotFound)
}

async fn row(
    app: &App,
    viewer: &Viewer,
    account: &Account,
    list: &str,
) -> Result<RowFragment, Error> {
    let tags = tags::of_account(&app.db, &account.id).await?;
    let assignees = assignees::by_ids(&app.db, account.assignee_id).await?;
    let annotations = RowAnnotations {
        tags: tags.into_iter().map(|tag| tag.name).collect(),
        assignee: assignees.values().next(),
    };
    Ok(RowFragment {
        row: AccountRow::new(app, viewer, account, annotations, list),
        columns: columns::load(app, viewer, &AccountsQuery::from_path(list)).await?,
        is_page_selected: false,
    })
}

/// Returns the editor of an account's limit, which a link closes again.
pub(super) async fn editor(
    app: &App,
    viewer: &Viewer,
    account: &Account,
    list: &str,
) -> Result<LimitEditor, Error> {
    let pool = channel_pool::latest(&app.db).await?.map(|(pool, _)| pool);
    let free = pool.filter(|pool| pool.is_enabled());
    let mut editor = LimitEditor::new(viewer.times().now(), account, PATH);
    editor.return_path = list_path(Some(list));
    editor.free = free.map(|pool| pool.free().to_string());
    editor.link = Some(EditorLink {
        label: "Cancel",
        description: format!("Cancel the change of {}", account.name()),
        href: editor.return_path.clone(),
        row: format!("{PATH}/{}/row", account.id),
    });
    Ok(editor)
}

/// Returns the address of the list that shows the row.
fn list_path(page: Option<&str>) -> String {
    page.filter(|page| page.split('?').next() == Some(PATH))
        .unwrap_or(PATH)
        .to_owned()
}

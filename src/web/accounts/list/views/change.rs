//! Changes of a view, for its person and for the team alike. The caller has checked the permission.

use axum::http::StatusCode;
use axum::response::Response;

use super::{
    AccountsQuery, MAX_QUERY_LENGTH, SavedViews, TOO_LONG, ViewForm, ViewsPage, build_page, filter,
    parse_name, path_of, query_to_save, quote, redirect_to_views, view_path,
};
use crate::annotations::views::{self as changes, QueryChange, ViewChangeOutcome, ViewSnapshot};
use crate::app::App;
use crate::db::views::{self, ViewOwner};
use crate::domain::ids::ViewId;
use crate::web::access::Viewer;
use crate::web::error::Error;
use crate::web::layout::Toast;
use crate::web::{listing, render};

/// Renames a view. A refused name is shown again at its field.
pub(super) async fn rename(
    app: &App,
    viewer: &Viewer,
    owner: ViewOwner,
    id: ViewId,
    mut typed: ViewForm,
) -> Result<Response, Error> {
    if let Some(name) = typed.name.read(parse_name) {
        let version = typed.version;
        let seen = ViewSnapshot { owner, id, version };
        let outcome = changes::rename(app, viewer.actor(), seen, &name).await?;
        match outcome {
            ViewChangeOutcome::NameTaken => typed.name.set_error(match owner {
                ViewOwner::Person(_) => "You have another view of this name.",
                ViewOwner::Team => "Another view has this name.",
            }),
            ViewChangeOutcome::Stale => typed
                .name
                .set_error("Someone changed this view meanwhile. Check it, and rename it again."),
            _ => {
                let text = format!("The view is called {} now.", quote(&name));
                return answer(viewer, outcome, id, &typed, text).await;
            }
        }
    }
    let page = ViewsPage {
        renamed: Some((id, typed.name.clone())),
        ..build_page(viewer, app, &typed.query()).await?
    };
    render::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// Stores the list under the view that it was opened with. Nothing is stored if someone changed the
/// view since then.
pub(super) async fn update(
    app: &App,
    viewer: &Viewer,
    owner: ViewOwner,
    id: ViewId,
    typed: &ViewForm,
) -> Result<Response, Error> {
    let mut query = typed.query();
    let opened = query.view.filter(|view| view.id == id);
    let version = opened.map_or(0, |view| view.version);
    let views = SavedViews::load(app, viewer).await?;
    let Some(view) = views.by_id(id) else {
        query.view = None;
        return warn(viewer, GONE, &query).await;
    };
    let saved = query_to_save(app, viewer, &query).await?;
    if saved.len() > MAX_QUERY_LENGTH {
        return warn(viewer, TOO_LONG, &query).await;
    }
    let before = AccountsQuery::from_path(&view_path(view));
    let change = QueryChange {
        query: saved.clone(),
        before: describe(app, &before).await?,
        after: describe(app, &query).await?,
    };
    let seen = ViewSnapshot { owner, id, version };
    match changes::update(app, viewer.actor(), seen, change).await? {
        ViewChangeOutcome::Done => {
            let text = format!("View {} updated.", quote(&view.name));
            viewer.toast(Toast::success(text)).await?;
            Ok(render::redirect(&path_of(&saved, id, version + 1)))
        }
        ViewChangeOutcome::Gone => {
            query.view = None;
            warn(viewer, GONE, &query).await
        }
        _ => {
            let text = format!(
                "Not updated: the view {} was changed since you opened it. Open its tab to see \
                 the change, or save this list as a new view.",
                quote(&view.name)
            );
            warn(viewer, &text, &query).await
        }
    }
}

/// Moves a view up or down, and leads back to its line.
pub(super) async fn reorder(
    app: &App,
    viewer: &Viewer,
    owner: ViewOwner,
    id: ViewId,
    typed: &ViewForm,
) -> Result<Response, Error> {
    let query = typed.query();
    if !views::move_by_one(&app.db, owner, id, typed.direction == "up").await? {
        return not_found(viewer, query, id).await;
    }
    let page = query.href_at("/accounts/views");
    Ok(render::redirect(&format!("{page}#view-{}", id.as_uuid())))
}

/// Deletes a view.
pub(super) async fn delete(
    app: &App,
    viewer: &Viewer,
    owner: ViewOwner,
    id: ViewId,
    typed: &ViewForm,
) -> Result<Response, Error> {
    let version = typed.version;
    let seen = ViewSnapshot { owner, id, version };
    let outcome = changes::delete(app, viewer.actor(), seen).await?;
    if outcome != ViewChangeOutcome::Done {
        return answer(viewer, outcome, id, typed, String::new()).await;
    }
    viewer.toast(Toast::success("View deleted.")).await?;
    Ok(redirect_to_views(&without(typed.query(), id)))
}

/// Leads back to the views with a message. `text` is for a change that was made or refused for a
/// reason of its own.
pub(super) async fn answer(
    viewer: &Viewer,
    outcome: ViewChangeOutcome,
    id: ViewId,
    typed: &ViewForm,
    text: String,
) -> Result<Response, Error> {
    let mut query = typed.query();
    let toast = match outcome {
        ViewChangeOutcome::Gone => return not_found(viewer, query, id).await,
        ViewChangeOutcome::Stale => Toast::new(
            "warning",
            "Nothing was changed: someone changed this view meanwhile. Check it and try again.",
        ),
        ViewChangeOutcome::Done => Toast::success(text),
        ViewChangeOutcome::NameTaken | ViewChangeOutcome::TooMany => Toast::new("warning", text),
    };
    if outcome == ViewChangeOutcome::Done
        && let Some(open) = &mut query.view
        && (open.id, open.version) == (id, typed.version)
    {
        // The person has seen this change: the list that they return to has its version.
        open.version += 1;
    }
    viewer.toast(toast).await?;
    Ok(redirect_to_views(&query))
}

/// Message if the owner has no such view, for example because it was deleted in another tab.
const GONE: &str = "This view no longer exists.";

/// Answers if the owner has no such view.
pub(super) async fn not_found(
    viewer: &Viewer,
    query: AccountsQuery,
    id: ViewId,
) -> Result<Response, Error> {
    viewer.toast(Toast::new("warning", GONE)).await?;
    Ok(redirect_to_views(&without(query, id)))
}

/// Leads back to the list with a warning. The list keeps its filters.
async fn warn(viewer: &Viewer, text: &str, query: &AccountsQuery) -> Result<Response, Error> {
    viewer.toast(Toast::new("warning", text)).await?;
    Ok(render::redirect(&query.href()))
}

/// Closes the view in the address of a list.
fn without(mut query: AccountsQuery, id: ViewId) -> AccountsQuery {
    query.view = query.view.filter(|view| view.id != id);
    query
}

async fn describe(app: &App, query: &AccountsQuery) -> Result<String, Error> {
    let words = listing::describe(&filter::chips(app, query).await?);
    Ok(if words.is_empty() {
        "All accounts".to_owned()
    } else {
        words
    })
}

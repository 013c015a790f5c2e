//! Confirmation of deleting a view, as a page and as a dialog.

use axum::extract::{Path, State};
use axum::response::Response;

use super::change::not_found;
use super::{SavedViews, ViewForm, action, own, quote};
use crate::app::App;
use crate::db::views::ViewOwner;
use crate::domain::ids::ViewId;
use crate::web::access::{Authorized, Read, ShareViews, Viewer};
use crate::web::confirmation::{Confirmation, Consequence, crumbs};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Query};
use crate::web::htmx::Htmx;
use crate::web::layout::Section;

/// `GET /accounts/views/{id}/delete?list=`
pub(in crate::web::accounts::list) async fn show(
    may: Authorized<Read>,
    State(app): State<App>,
    Path(id): Path<ViewId>,
    htmx: Htmx,
    Query(form): Query<ViewForm>,
    kept: DraftForm,
) -> Result<Response, Error> {
    let form = kept.parse().unwrap_or(form);
    confirm(&app, &may, &htmx, own(&may), id, form).await
}

/// `GET /accounts/views/shared/{id}/delete?list=`
pub(in crate::web::accounts::list) async fn show_shared(
    may: Authorized<ShareViews>,
    State(app): State<App>,
    Path(id): Path<ViewId>,
    htmx: Htmx,
    Query(form): Query<ViewForm>,
    kept: DraftForm,
) -> Result<Response, Error> {
    let form = kept.parse().unwrap_or(form);
    confirm(&app, &may, &htmx, ViewOwner::Team, id, form).await
}

async fn confirm(
    app: &App,
    viewer: &Viewer,
    htmx: &Htmx,
    owner: ViewOwner,
    id: ViewId,
    form: ViewForm,
) -> Result<Response, Error> {
    let query = form.query();
    let is_shared = owner == ViewOwner::Team;
    let views = SavedViews::load(app, viewer).await?;
    let view = views.by_id(id).filter(|view| view.is_shared == is_shared);
    let Some(view) = view else {
        return not_found(viewer, query, id).await;
    };
    let views_path = query.href_at("/accounts/views");
    let (loss, button) = if is_shared {
        ("Everyone loses this view.", "Delete for everyone")
    } else {
        ("Only you have this view.", "Delete view")
    };
    let confirmation = Confirmation {
        section: Section::Accounts,
        page_title: Some("Delete a view".to_owned()),
        crumbs: crumbs([
            ("Accounts", &query.href()),
            ("Views", &views_path),
            (&view.name, ""),
        ]),
        title: format!("Delete the view {}?", quote(&view.name)),
        lead: "There is no undo.".to_owned(),
        icon: "eye",
        danger: true,
        action: action(view, "delete"),
        hidden: vec![
            ("list", query.href()),
            ("version", view.version.to_string()),
        ],
        consequences: vec![
            Consequence::bad(loss),
            Consequence::good("Accounts and their tags stay as they are."),
        ],
        cancel: ("Cancel", views_path.clone()),
        button: button.to_owned(),
        ..Confirmation::default()
    };
    confirmation.respond(viewer, htmx).await
}

//! Views that are shared with the team. Everyone sees them; each handler here requires the
//! permission to share.

use axum::extract::{Path, State};
use axum::response::Response;

use super::{ViewForm, change};
use crate::annotations::views::{self as changes, ViewChangeOutcome};
use crate::app::App;
use crate::db::views::{self, ViewOwner};
use crate::domain::ids::ViewId;
use crate::web::access::{Authorized, ShareViews};
use crate::web::error::Error;
use crate::web::form::Form;

/// `POST /accounts/views/{id}/share`
pub(in crate::web::accounts::list) async fn create(
    may: Authorized<ShareViews>,
    State(app): State<App>,
    Path(id): Path<ViewId>,
    Form(typed): Form<ViewForm>,
) -> Result<Response, Error> {
    let outcome = changes::share(&app, may.actor(), id, typed.version).await?;
    let text = match outcome {
        ViewChangeOutcome::NameTaken => {
            "There is a shared view of this name. Rename one of them first.".to_owned()
        }
        ViewChangeOutcome::TooMany => format!(
            "The team has {} shared views, the maximum. Stop sharing one first.",
            views::MAX_SHARED
        ),
        _ => "The view is shared with the team now.".to_owned(),
    };
    change::answer(&may, outcome, id, &typed, text).await
}

/// `POST /accounts/views/shared/{id}/unshare`
pub(in crate::web::accounts::list) async fn unshare(
    may: Authorized<ShareViews>,
    State(app): State<App>,
    Path(id): Path<ViewId>,
    Form(typed): Form<ViewForm>,
) -> Result<Response, Error> {
    let outcome = changes::unshare(&app, may.actor(), id, typed.version).await?;
    let text = "The view is no longer shared. The person who created it keeps it.".to_owned();
    change::answer(&may, outcome, id, &typed, text).await
}

/// `POST /accounts/views/shared/{id}/rename`
pub(in crate::web::accounts::list) async fn rename(
    may: Authorized<ShareViews>,
    State(app): State<App>,
    Path(id): Path<ViewId>,
    Form(typed): Form<ViewForm>,
) -> Result<Response, Error> {
    change::rename(&app, &may, ViewOwner::Team, id, typed).await
}

/// `POST /accounts/views/shared/{id}/update`
pub(in crate::web::accounts::list) async fn update(
    may: Authorized<ShareViews>,
    State(app): State<App>,
    Path(id): Path<ViewId>,
    Form(typed): Form<ViewForm>,
) -> Result<Response, Error> {
    change::update(&app, &may, ViewOwner::Team, id, &typed).await
}

/// `POST /accounts/views/shared/{id}/move`
pub(in crate::web::accounts::list) async fn reorder(
    may: Authorized<ShareViews>,
    State(app): State<App>,
    Path(id): Path<ViewId>,
    Form(typed): Form<ViewForm>,
) -> Result<Response, Error> {
    change::reorder(&app, &may, ViewOwner::Team, id, &typed).await
}

/// `POST /accounts/views/shared/{id}/delete`
pub(in crate::web::accounts::list) async fn delete(
    may: Authorized<ShareViews>,
    State(app): State<App>,
    Path(id): Path<ViewId>,
    Form(typed): Form<ViewForm>,
) -> Result<Response, Error> {
    change::delete(&app, &may, ViewOwner::Team, id, &typed).await
}

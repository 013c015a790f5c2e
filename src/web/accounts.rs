//! Accounts: the list, single accounts and all changes. Each page has its own file or
//! folder.

use axum::Router;

use crate::app::App;

mod annotations;
mod change;
mod import;
mod list;
mod new;
mod show;
mod timeline;

pub use import::upload_router;

/// Returns the routes below `/accounts`.
pub fn router() -> Router<App> {
    Router::new()
        .merge(new::router())
        .merge(import::router())
        .merge(change::router())
        .merge(list::router())
        .merge(annotations::router())
        .merge(show::router())
}

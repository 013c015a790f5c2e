//! The accounts: the list, one account, the jump box, and what changes them. One file or folder per page.

use axum::Router;

use crate::app::App;

mod annotations;
mod change;
mod jump;
mod list;
mod new;
mod show;

/// Everything below `/accounts`.
pub fn router() -> Router<App> {
    Router::new()
        .merge(new::router())
        .merge(change::router())
        .merge(list::router())
        .merge(jump::router())
        .merge(annotations::router())
        .merge(show::router())
}

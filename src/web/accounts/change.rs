//! Pages that change one account, show its key or write to its customer. Each is a confirmation page, and a dialog if htmx
//! requests a part. [`context`] holds the shared code. The creation of accounts is elsewhere.

use axum::Router;

use crate::app::App;

mod block_calls;
mod channel_limit;
mod context;
mod custom_pricing;
mod disable;
mod enable;
mod show_key;
mod welcome_email;

/// Returns the routes that change one account.
pub(super) fn router() -> Router<App> {
    Router::new()
        .merge(enable::router())
        .merge(disable::router())
        .merge(block_calls::router())
        .merge(channel_limit::router())
        .merge(custom_pricing::router())
        .merge(show_key::router())
        .merge(welcome_email::router())
}

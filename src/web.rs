//! Pages of the portal: the router, its layers, and one file or folder per area. Areas never import
//! each other. This folder also holds the code that they share.

use std::any::Any;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::StatusCode;
use axum::middleware::{
    from_fn, from_fn_with_state, map_request, map_request_with_state, map_response,
};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::request_id::{
    MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer,
};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use uuid::Uuid;

use self::error::Error;
use self::event_stream::OpenStreams;
use self::live_accounts::AccountWatcher;
use crate::app::{App, LineKind};
use crate::monitoring;

pub mod access;
mod account_cells;
pub mod accounts;
mod activity;
pub mod appearance;
pub mod assets;
mod assignee;
mod banners;
mod bulk;
pub mod change;
mod channels;
mod chart;
pub mod client_address;
mod columns;
mod confirmation;
mod consequences;
mod cookies;
mod dashboard;
pub mod error;
mod error_page;
mod event;
mod event_stream;
mod export;
pub mod form;
pub mod headers;
mod help;
mod hosts;
pub mod htmx;
mod incomplete_list;
mod job_status;
pub mod layout;
mod limit_editor;
mod listing;
mod live_accounts;
mod live_banners;
mod new_account_defaults;
pub mod notice;
mod notifications;
mod operations;
mod org_users;
mod passkeys;
pub mod paths;
mod pool;
mod reclaim;
pub mod render;
mod request_log;
mod selection;
pub mod session;
mod shortcut_list;
mod shortcuts;
mod sso_redirect;
mod trailing_slash;
mod trends;
mod upload;

mod jobs;
mod profile;
mod search;
mod settings;
mod setup;
mod sign_in;
mod staff;
mod step_up;
mod tags;
mod unavailable;

pub mod format;

/// Maximum size of a request's body, in bytes. A text of 100 kB must still reach its field, which
/// then refuses it, and a form may encode each byte as three.
const MAX_BODY_BYTES: usize = 512 * 1024;
/// Level of compression. Pages are a tenth smaller than with the default, for little more time.
const COMPRESSION: CompressionLevel = CompressionLevel::Precise(5);
/// Maximum duration of a request. The answer then says that it took too long.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Log targets that are off at any log level. One logs complete addresses, which may contain a
/// one-time token. The other repeats why a session was not saved.
pub const EXCLUDED_LOG_TARGETS: [&str; 2] = ["tower_http::csrf=off", "tower_sessions::service=off"];

/// Returns the router of everything that the portal answers.
pub fn router(app: App) -> Router {
    let signed_in = |routes: Router<App>| {
        let guard = from_fn_with_state(app.clone(), sign_in::guard::require_sign_in);
        routes.route_layer(guard)
    };
    let uploads = signed_in(accounts::upload_router().merge(settings::upload_router()));
    let pages = signed_in(authenticated_routes())
        .merge(public_routes())
        .fallback(trailing_slash::fallback)
        // Layers, from the innermost to the outermost.
        .layer(RequestBodyLimitLayer::new(MAX_BODY_BYTES))
        .merge(uploads)
        .layer(DefaultBodyLimit::disable())
        .layer(cross_site_layer(&app))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            REQUEST_TIMEOUT,
        ))
        .layer(CatchPanicLayer::custom(panic_response))
        .layer(from_fn_with_state(app.clone(), error_page::error_layer))
        .layer(session::layer(&app))
        .layer(map_response(session::secure_cookie_removal::<Body>))
        .layer(map_request_with_state(
            app.clone(),
            cookies::drop_foreign_cookies,
        ))
        .layer(from_fn(htmx::convert_redirects))
        .layer(from_fn_with_state(
            app.clone(),
            unavailable::answer_unavailable,
        ))
        .layer(from_fn_with_state(app.clone(), appearance::layer))
        .layer(from_fn(headers::forbid_caching));
    let ours = Router::new()
        .nest("/static", assets::router())
        .merge(appearance::router())
        .merge(pages)
        .layer(from_fn_with_state(app.clone(), hosts::check));
    Router::new()
        .route("/healthz", get(async || "ok"))
        .merge(monitoring::public_router(app.clone()))
        .merge(ours)
        .layer(CompressionLayer::new().quality(COMPRESSION))
        .layer(from_fn_with_state(
            app.clone(),
            headers::set_security_headers,
        ))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(from_fn_with_state(app.clone(), request_log::record))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(request_log::span)
                .on_request(())
                .on_response(request_log::write_line)
                .on_failure(()),
        )
        .layer(SetRequestIdLayer::x_request_id(NewRequestId))
        .layer(map_request(drop_client_request_id))
        .with_state(app)
}

/// Returns the routes for signed-in people, one line per area.
fn authenticated_routes() -> Router<App> {
    Router::new()
        .merge(live_banners::router())
        .merge(profile::router())
        .merge(notifications::router())
        .merge(staff::router())
        .merge(settings::router())
        .merge(step_up::router())
        .merge(accounts::router())
        .merge(tags::router())
        .merge(jobs::router())
        .merge(channels::router())
        .merge(dashboard::router())
        .merge(search::router())
        .merge(shortcut_list::router())
        .merge(activity::router())
        .merge(org_users::router())
        .merge(operations::router())
        .layer(Extension(OpenStreams::default()))
        .layer(Extension(AccountWatcher::default()))
}

/// Returns the routes for everyone.
fn public_routes() -> Router<App> {
    Router::new()
        .merge(sign_in::router())
        .merge(setup::router())
}

fn cross_site_layer(
    app: &App,
) -> CsrfLayer<impl FnMut(ProtectionError) -> Response + Clone + use<>> {
    let origin = app.settings.public_url.origin().ascii_serialization();
    let layer = CsrfLayer::new();
    let layer = layer.add_trusted_origin(&origin).unwrap_or_else(|error| {
        // Requests from the same site pass without it. It is only needed behind a proxy that
        // changes Host.
        tracing::error!(%error, "the public URL is no origin that browsers name");
        CsrfLayer::new()
    });
    let app = app.clone();
    layer.with_rejection_response(move |why: ProtectionError| {
        let kind = LineKind::of_words("refused: sent from another site");
        if app.repeated_lines.admits(kind, app.clock.now()) {
            tracing::warn!(%why, "refused: sent from another site");
        }
        Error::CrossSite.into_response()
    })
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
fn panic_response(panic: Box<dyn Any + Send + 'static>) -> Response {
    let words = panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_default();
    Error::Internal(format!("panicked: {words}")).into_response()
}

/// Removes a client's request ID. With an ID of its choice, a client could write into the records
/// of other requests.
async fn drop_client_request_id(mut request: Request) -> Request {
    request.headers_mut().remove("x-request-id");
    request
}

#[derive(Clone, Copy)]
struct NewRequestId;

impl MakeRequestId for NewRequestId {
    fn make_request_id<B>(&mut self, _request: &axum::http::Request<B>) -> Option<RequestId> {
        Uuid::new_v4().to_string().parse().ok().map(RequestId::new)
    }
}

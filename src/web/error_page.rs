//! Layer that renders an error: a complete page, or a toast for a part of a page.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Json, Response};
use tower_sessions::Session;

use super::access::Viewer;
use super::banners;
use super::error::{Problem, Unavailable};
use super::htmx::{self, Htmx};
use super::layout::{Banner, Layout, Toast};
use super::render::{ToastFragment, render_to_string};
use crate::app::App;

/// Renders errors of the handlers. For signed-in people, the page has the portal's layout.
pub async fn error_layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let session = request.extensions().get::<Session>().cloned();
    let response = next.run(request).await;
    // An outer layer handles a database that does not answer. Reading the person would only ask it
    // again.
    if !is_unrendered(&response) || response.extensions().get::<Unavailable>().is_some() {
        return response;
    }
    let layout = match session {
        // If the database does not answer, the error is still shown, without the layout.
        Some(session) => Viewer::of_session(&app, &session)
            .await
            .ok()
            .flatten()
            .map(|viewer| viewer.error_page_layout()),
        None => None,
    };
    render_error(&app, response, &headers, layout)
}

/// Returns `true` if an answer is an error without a rendered text.
fn is_unrendered(response: &Response) -> bool {
    let failed = response.status().is_client_error() || response.status().is_server_error();
    let html = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    failed && !html
}

/// Returns `true` if one of the portal's scripts sent the request. The script shows the text
/// itself.
pub(super) fn wants_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .is_some_and(|accepts| accepts.as_bytes() == b"application/json")
}

/// Sets the text of an error that is not rendered yet.
pub(super) fn with_text(mut response: Response, text: &str) -> Response {
    if let Some(problem) = response.extensions_mut().get_mut::<Problem>() {
        text.clone_into(&mut problem.text);
    }
    response
}

/// Renders an error: as a toast if htmx requested a part, as JSON for a script, otherwise as a
/// page.
pub(super) fn render_error(
    app: &App,
    response: Response,
    headers: &HeaderMap,
    layout: Option<Layout>,
) -> Response {
    let (mut parts, _) = response.into_parts();
    let problem = parts
        .extensions
        .remove::<Problem>()
        .unwrap_or_else(|| Problem::of_status(parts.status));
    parts.status = problem.status;
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_TYPE);
    let request_id = headers
        .get("x-request-id")
        .and_then(|id| id.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    if wants_json(headers) {
        let text = format!("{}. {}", problem.title, problem.text);
        return (parts, Json(serde_json::json!({ "error": text }))).into_response();
    }
    let partial = Htmx::of(headers).partial;
    let html = if partial {
        let toast = Toast::new("danger", format!("{}. {}", problem.title, problem.text));
        render_to_string(&ToastFragment { toast: &toast })
    } else if let Some(layout) = layout {
        let layout = Layout {
            title: problem.title.clone(),
            ..layout
        };
        render_to_string(&ErrorPage {
            layout,
            problem: &problem,
            request_id: &request_id,
        })
    } else {
        render_to_string(&PlainErrorPage {
            banners: banners::for_everyone(app),
            problem: &problem,
            request_id: &request_id,
        })
    };
    let Ok(html) = html else {
        return (problem.status, problem.text).into_response();
    };
    let mut response = (parts, Html(html)).into_response();
    if partial {
        htmx::retarget(&mut response, "#toasts", "beforeend");
    }
    response
}

#[derive(Template)]
#[template(path = "error/page.html")]
struct ErrorPage<'a> {
    layout: Layout,
    problem: &'a Problem,
    request_id: &'a str,
}

#[derive(Template)]
#[template(path = "error/plain.html")]
struct PlainErrorPage<'a> {
    banners: Vec<Banner>,
    problem: &'a Problem,
    request_id: &'a str,
}

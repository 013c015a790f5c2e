//! Guard before every page that requires a sign-in.
//!
//! Without a sign-in, a page redirects to the sign-in, which leads back to it. A submitted form is
//! answered with the sign-in page, and its fields are kept. The form is shown again afterwards, so
//! that nothing happens without the person seeing it.

use axum::body::Body;
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::SignInPage;
use crate::app::App;
use crate::web::access::Viewer;
use crate::web::error::{Error, StepUpRequired};
use crate::web::error_page;
use crate::web::form::{self, DraftFields};
use crate::web::htmx::{self, Htmx};
use crate::web::passkeys::PasskeySupport;
use crate::web::{banners, paths, render};

/// Lets signed-in people through.
pub async fn require_sign_in(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let (mut parts, body) = request.into_parts();
    let viewer = Viewer::of_request(&app, &mut parts).await?;
    if let Some(viewer) = viewer {
        crate::web::request_log::record_staff(&parts.extensions, viewer.staff().id);
        let request = Request::from_parts(parts, body);
        if viewer.must_enroll() && !is_open_to_enroll(request.uri().path()) {
            return redirect_to_enrollment(&app, &viewer, request).await;
        }
        return run_with_step_up(&app, &viewer, request, next).await;
    }
    let Ok(passkey_support) = PasskeySupport::from_request_parts(&mut parts, &app).await;
    let request = Request::from_parts(parts, body);
    let htmx = Htmx::of(request.headers());
    let here = request
        .uri()
        .path_and_query()
        .map_or("/", axum::http::uri::PathAndQuery::as_str);
    if htmx.sent && request.uri().path() == banners::ADDRESS {
        // The page polls this on its own. It stays open, with everything that was typed into it.
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        let back = if htmx.sent {
            htmx.page.as_deref().unwrap_or("/")
        } else {
            here
        };
        let next = paths::local(back)
            .filter(|path| path != "/")
            .unwrap_or_default();
        return Ok(render::redirect(&paths::with_query(
            "/login",
            [("next", next.as_str())],
        )));
    }
    let kept = draft_fields(&app, request, &htmx).await?;
    let page = SignInPage::interrupted(&app, passkey_support, kept);
    let mut body = render::with_status(StatusCode::UNAUTHORIZED, &page)?;
    if htmx.sent {
        htmx::retarget(&mut body, "body", "outerHTML");
    }
    Ok(body.into_response())
}

/// Reads the fields of the submitted form, to refill it when it is shown again.
async fn draft_fields(app: &App, request: Request, htmx: &Htmx) -> Result<DraftFields, Error> {
    let shown_on = own_page(&request)
        .or_else(|| htmx.page.clone())
        .or_else(|| paths::referrer(request.headers()))
        .or_else(|| paths::local(request.uri().path()))
        .unwrap_or_else(|| "/".to_owned());
    let fields = form::is_form(request.headers());
    let body = form::body(request, app).await?;
    Ok(DraftFields::new(shown_on, if fields { &body } else { &[] }))
}

/// Runs the handler, and redirects to a step-up if the handler requires one. The form is then not
/// handled. Its fields are kept for its page, to which the step-up leads back.
async fn run_with_step_up(
    app: &App,
    viewer: &Viewer,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let htmx = Htmx::of(request.headers());
    let here = request.uri().path_and_query().map(ToString::to_string);
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        let response = next.run(request).await;
        return Ok(if response.extensions().get::<StepUpRequired>().is_some() {
            redirect_to_step_up(here.as_deref().unwrap_or("/"))
        } else {
            response
        });
    }
    let (parts, body) = request.into_parts();
    let body = form::body(Request::from_parts(parts.clone(), body), app).await?;
    let response = next
        .run(Request::from_parts(parts.clone(), Body::from(body.clone())))
        .await;
    if response.extensions().get::<StepUpRequired>().is_none()
        || error_page::wants_json(&parts.headers)
    {
        return Ok(response);
    }
    let again = Request::from_parts(parts, Body::from(body));
    let kept = draft_fields(app, again, &htmx).await?;
    let back = paths::local(&kept.page).unwrap_or_default();
    viewer.remember_interrupted_form(&back).await?;
    if !kept.encoded.is_empty() {
        viewer.save_draft(kept).await?;
    }
    Ok(redirect_to_step_up(&back))
}

fn redirect_to_step_up(next: &str) -> Response {
    let next = paths::local(next).unwrap_or_default();
    render::redirect(&paths::with_query("/step-up", [("next", next.as_str())]))
}

/// Paths open to someone who must first add a second factor: the page for adding, and the step-up.
const OPEN_TO_ENROLL: [&str; 2] = ["/profile/factors", "/step-up"];

fn is_open_to_enroll(path: &str) -> bool {
    OPEN_TO_ENROLL.iter().any(|open| {
        path.strip_prefix(open)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Redirects to the page for adding a second factor. A submitted form is not handled, but its
/// fields are kept for its page.
async fn redirect_to_enrollment(
    app: &App,
    viewer: &Viewer,
    request: Request,
) -> Result<Response, Error> {
    let htmx = Htmx::of(request.headers());
    if htmx.sent && request.uri().path() == banners::ADDRESS {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let kept = draft_fields(app, request, &htmx).await?;
        if !kept.encoded.is_empty() {
            viewer.save_draft(kept).await?;
        }
    }
    Ok(render::redirect("/profile/factors"))
}

/// Routes of confirmations: each is a page, and its form is sent to the same address. As a dialog,
/// it lies over another page, which would not show the form again. A test compares these with the
/// routers.
const CONFIRMATIONS: [&str; 35] = [
    "/directory/accept-shrink",
    "/accounts/{id}/assignee",
    "/accounts/{id}/block-calls",
    "/accounts/{id}/channel-limit",
    "/accounts/{id}/custom-pricing",
    "/accounts/{id}/disable",
    "/accounts/{id}/display-name",
    "/accounts/{id}/enable",
    "/accounts/{id}/notes",
    "/accounts/{id}/notes/{note}",
    "/accounts/{id}/show-key",
    "/accounts/{id}/tags",
    "/accounts/{id}/welcome-email",
    "/accounts/bulk/{action}",
    "/accounts/views/{id}/delete",
    "/accounts/views/shared/{id}/delete",
    "/accounts/import/{id}/rows/{number}",
    "/channels/bulk/{action}",
    "/channels/move",
    "/channels/{id}/record",
    "/jobs/{id}/stop",
    "/jobs/{id}/undo",
    "/org-users/reviews/{id}/discard",
    "/org-users/reviews/{id}/sign-off",
    "/org-users/{id}/remove",
    "/profile/email",
    "/profile/email/{token}",
    "/profile/factors/app/remove",
    "/profile/factors/passkeys/{id}/remove",
    "/staff/{id}/disable",
    "/staff/{id}/email",
    "/staff/{id}/reset-factors",
    "/tags/{id}/delete",
    "/tags/{id}/merge",
    "/tags/{id}/rename",
];

/// Forms that are dialogs over another page, each with the page that shows it.
const IN_DIALOGS: [(&str, &str); 3] = [
    ("/accounts/views/save", "/accounts/views"),
    ("/accounts/views/{id}/rename", "/accounts/views"),
    ("/accounts/views/shared/{id}/rename", "/accounts/views"),
];

/// Returns the page of a submitted confirmation or dialog.
fn own_page(request: &Request) -> Option<String> {
    let route = request.extensions().get::<MatchedPath>()?;
    if let Some((_, page)) = IN_DIALOGS.iter().find(|(form, _)| *form == route.as_str()) {
        return Some((*page).to_owned());
    }
    let confirmation = CONFIRMATIONS.contains(&route.as_str());
    confirmation
        .then(|| paths::local(request.uri().path()))
        .flatten()
}

//! From a template to an answer.

use std::time::Duration;

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::error::Error;
use super::htmx::Htmx;
use super::layout::Toast;

/// A whole page, or a part of one that is always asked for alone.
pub fn html(page: &impl Template) -> Result<Response, Error> {
    Ok(Html(render_to_string(page)?).into_response())
}

/// Room for most pages from the start: one that grows while it is written is copied again and again.
const INITIAL_CAPACITY: usize = 64 * 1024;

fn render_to_string(page: &impl Template) -> Result<String, Error> {
    let mut text = String::with_capacity(INITIAL_CAPACITY);
    page.render_into(&mut text)?;
    Ok(text)
}

/// The page on plain navigation, the part where htmx asks for a part: `render(&htmx, &page, &page.as_table())`.
pub fn page_or_fragment(
    htmx: &Htmx,
    page: &impl Template,
    part: &impl Template,
) -> Result<Response, Error> {
    if htmx.partial { html(part) } else { html(page) }
}

/// A form shown again with its errors: 422.
pub fn invalid_form(page: &impl Template) -> Result<Response, Error> {
    with_status(StatusCode::UNPROCESSABLE_ENTITY, page)
}

/// A page with this status: 409 for a conflict, 429 for "not now".
pub fn with_status(status: StatusCode, page: &impl Template) -> Result<Response, Error> {
    Ok((status, Html(render_to_string(page)?)).into_response())
}

/// A form shown again that is taken only after a while: 429 or 503, with the word when to send it once more.
pub fn retry_after(
    status: StatusCode,
    wait: Duration,
    page: &impl Template,
) -> Result<Response, Error> {
    let mut response = with_status(status, page)?;
    let seconds = u64::try_from(wait.as_millis().div_ceil(1_000).max(1)).unwrap_or(1);
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    Ok(response)
}

/// On to another page with GET (303); for htmx a layer makes it `HX-Redirect`.
#[must_use]
pub fn redirect(to: &str) -> Response {
    Redirect::to(to).into_response()
}

/// A part of a page that brings a toast along, which htmx puts into the corner.
///
/// # Errors
/// [`Error::Render`] when a template cannot be rendered.
pub fn with_toast(part: &impl Template, toast: &Toast) -> Result<Response, Error> {
    let toast = ToastFragment { toast }.render()?;
    let part = part.render()?;
    Ok(Html(format!(
        "{part}<hx-partial hx-target=\"#toasts\" hx-swap=\"beforeend\">{toast}</hx-partial>"
    ))
    .into_response())
}

/// One toast.
#[derive(Template)]
#[template(path = "_toast.html")]
pub(super) struct ToastFragment<'a> {
    pub(super) toast: &'a Toast,
}

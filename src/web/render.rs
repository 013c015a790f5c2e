//! Rendering of templates into answers.

use std::time::Duration;

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::error::Error;
use super::htmx::Htmx;
use super::layout::Toast;

/// Answers with a complete page, or with a part that is always requested alone.
pub fn html(page: &impl Template) -> Result<Response, Error> {
    Ok(Html(render_to_string(page)?).into_response())
}

/// Initial capacity in bytes, enough for most pages. A growing page would be copied repeatedly.
const INITIAL_CAPACITY: usize = 64 * 1024;

/// Renders a template without its indentation.
pub(super) fn render_to_string(page: &impl Template) -> Result<String, Error> {
    let mut text = String::with_capacity(INITIAL_CAPACITY);
    page.render_into(&mut text)?;
    Ok(without_indentation(&text))
}

/// Start and end of elements whose white space is shown as written.
const AS_WRITTEN: [(&str, &str); 3] = [
    ("<pre", "</pre>"),
    ("<textarea", "</textarea>"),
    ("class=\"note-text\"", "</div>"),
];

/// Removes indentation and blank lines. Templates have them for people; browsers do not show them.
fn without_indentation(html: &str) -> String {
    let mut short = String::with_capacity(html.len());
    let mut at = 0;
    // Each position is searched once, so a page with many notes takes one pass.
    let mut starts = AS_WRITTEN.map(|(start, _)| html.find(start));
    while let Some((start, index)) = starts
        .iter()
        .enumerate()
        .filter_map(|(index, start)| start.map(|start| (start, index)))
        .min()
    {
        let end = html[start..]
            .find(AS_WRITTEN[index].1)
            .map_or(html.len(), |length| start + length);
        push_unindented(&html[at..start], &mut short);
        short.push_str(&html[start..end]);
        at = end;
        for (start, (marker, _)) in starts.iter_mut().zip(AS_WRITTEN) {
            if start.is_some_and(|start| start < at) {
                *start = html[at..].find(marker).map(|distance| at + distance);
            }
        }
    }
    push_unindented(&html[at..], &mut short);
    short
}

/// Appends lines without their indentation. Keeps a line that starts within a quoted attribute.
fn push_unindented(html: &str, kept: &mut String) {
    let (mut in_tag, mut in_quotes) = (false, false);
    for line in html.split_inclusive('\n') {
        let line = if in_quotes {
            line
        } else {
            line.trim_start_matches(' ')
        };
        if line == "\n" && !in_quotes && kept.ends_with('\n') {
            continue;
        }
        for byte in line.bytes() {
            match byte {
                b'"' if in_tag => in_quotes = !in_quotes,
                b'<' if !in_quotes => in_tag = true,
                b'>' if !in_quotes => in_tag = false,
                _ => {}
            }
        }
        kept.push_str(line);
    }
}

/// Answers with the part if htmx requests one, or else with the page. For example,
/// `page_or_fragment(&htmx, &page, &page.as_table())`.
pub fn page_or_fragment(
    htmx: &Htmx,
    page: &impl Template,
    part: &impl Template,
) -> Result<Response, Error> {
    if htmx.partial { html(part) } else { html(page) }
}

/// Answers 422 with a form and its errors.
pub fn invalid_form(page: &impl Template) -> Result<Response, Error> {
    with_status(StatusCode::UNPROCESSABLE_ENTITY, page)
}

/// Answers with a page and this status, for example 409 for a conflict.
pub fn with_status(status: StatusCode, page: &impl Template) -> Result<Response, Error> {
    Ok((status, Html(render_to_string(page)?)).into_response())
}

/// Answers 429 or 503 with a form and `Retry-After`.
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

/// Redirects to another page with GET (303). For htmx, a layer turns this into `HX-Redirect`.
#[must_use]
pub fn redirect(to: &str) -> Response {
    Redirect::to(to).into_response()
}

/// Answers with a part of a page and a toast. htmx adds the toast to the page's corner.
///
/// # Errors
/// Fails with [`Error::Render`] if a template cannot be rendered.
pub fn with_toast(part: &impl Template, toast: &Toast) -> Result<Response, Error> {
    let toast = &toast.with_note_in_text();
    let toast = render_to_string(&ToastFragment { toast })?;
    let part = render_to_string(part)?;
    Ok(Html(format!(
        "{part}<hx-partial hx-target=\"#toasts\" hx-swap=\"beforeend\">{toast}</hx-partial>"
    ))
    .into_response())
}

#[derive(Template)]
#[template(path = "_toast.html")]
pub(super) struct ToastFragment<'a> {
    pub(super) toast: &'a Toast,
}

#[cfg(test)]
mod tests {
    use super::without_indentation;

    #[test]
    fn lines_lose_their_indentation_but_not_what_is_shown_as_written() {
        assert_eq!(
            without_indentation("<div>\n  <p\n    id=\"a\">One\n    two</p>\n\n   \n</div>\n"),
            "<div>\n<p\nid=\"a\">One\ntwo</p>\n</div>\n"
        );
        for kept in [
            "<pre>one\n  two\n\n three</pre>\n",
            "<textarea name=\"a\">\n  one\n\n  two</textarea>\n",
            "<div class=\"note-text\" dir=\"auto\">  one\n  two</div>\n",
            "<input value=\"one\n  two\n\n  three\">\n",
        ] {
            assert_eq!(without_indentation(kept), kept);
        }
    }

    #[test]
    fn several_such_elements_stay_as_written_and_what_is_between_them_does_not() {
        let note = "<div class=\"note-text\">  a\n  b</div>\n";
        let pre = "<pre>\n  c</pre>\n";
        let field = "<textarea>\n  <pre> d\n  </textarea>\n";
        let indented = format!("  <p>\n  {note}  {pre}  {note}  {field}  {note}  </p>\n");
        let expected = format!("<p>\n{note}{pre}{note}{field}{note}</p>\n");
        assert_eq!(without_indentation(&indented), expected);
        assert_eq!(
            without_indentation("  <pre>  never closed"),
            "<pre>  never closed"
        );
    }
}

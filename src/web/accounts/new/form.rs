//! Page with the onboarding form.

use askama::Template;
use axum::response::Response;

use super::fields::NewAccountFields;
use super::pool_hint;
use crate::app::App;
use crate::web::access::Viewer;
use crate::web::change::Problem;
use crate::web::error::Error;
use crate::web::format::FormattedTime;
use crate::web::layout::{Layout, Section};
use crate::web::render;

#[derive(Template)]
#[template(path = "accounts/new/form.html")]
pub(super) struct FormPage {
    layout: Layout,
    fields: NewAccountFields,
    problem: Option<Problem>,
    /// Free channels of the pool in words.
    pool: String,
    pool_at: Option<FormattedTime>,
    /// Field that gets the focus: the first invalid one, or else the first.
    focus: &'static str,
    /// True if the login expired and the person signed in again to return to this page.
    restored_draft: bool,
}

/// Returns the page with the form as filled in so far.
pub(super) async fn page(
    app: &App,
    viewer: &Viewer,
    fields: NewAccountFields,
    problem: Option<Problem>,
) -> Result<FormPage, Error> {
    let seen = pool_hint::latest(app).await?;
    let pool = seen.map(|(pool, _)| pool);
    Ok(FormPage {
        layout: viewer.layout("New account", Section::Accounts).await?,
        focus: fields.first_invalid().unwrap_or("organization_name"),
        pool: pool_hint::pool_summary(pool),
        pool_at: seen
            .filter(|(pool, _)| pool.is_enabled())
            .map(|(_, at)| viewer.times().format(at)),
        fields,
        problem,
        restored_draft: false,
    })
}

/// Returns the page with the form as it was sent with an expired login.
pub(super) async fn restored_page(
    app: &App,
    viewer: &Viewer,
    fields: NewAccountFields,
) -> Result<FormPage, Error> {
    Ok(FormPage {
        restored_draft: true,
        ..page(app, viewer, fields, None).await?
    })
}

/// Answers 422 with the form and a message at each invalid field. Nothing was sent.
pub(super) async fn invalid_page(
    app: &App,
    viewer: &Viewer,
    fields: NewAccountFields,
    with_password: bool,
) -> Result<Response, Error> {
    let mut problem = Problem::at_fields(Vec::new());
    problem.notice.title = match fields.error_count() {
        1 => "Not created: one field needs another look".to_owned(),
        many => format!("Not created: {many} fields need another look"),
    };
    if with_password {
        "Nothing was sent to Telnyx. What you typed is still here, but the password: it is asked for again on the next \
         page."
            .clone_into(&mut problem.notice.text);
    }
    render::invalid_form(&page(app, viewer, fields, Some(problem)).await?)
}

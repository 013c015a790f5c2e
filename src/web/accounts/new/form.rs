//! The onboarding form's page.

use askama::Template;
use axum::response::Response;

use super::fields::Fields;
use super::room;
use crate::app::App;
use crate::web::access::Viewer;
use crate::web::change::Problem;
use crate::web::error::Error;
use crate::web::page;
use crate::web::shell::{Section, Shell};
use crate::web::view::When;

#[derive(Template)]
#[template(path = "accounts/new/form.html")]
pub(super) struct FormPage {
    shell: Shell,
    fields: Fields,
    problem: Option<Problem>,
    /// What the pool has free, in words, and when that was read.
    pool: String,
    pool_at: Option<When>,
    /// The field that has the focus: the first wrong one, else the first.
    focus: &'static str,
    /// Whether a sign-in came in between.
    signed_out: bool,
}

/// The form as filled in so far.
pub(super) async fn page(
    app: &App,
    viewer: &Viewer,
    fields: Fields,
    problem: Option<Problem>,
) -> Result<FormPage, Error> {
    let seen = room::latest(app).await?;
    let pool = seen.map(|(pool, _)| pool);
    Ok(FormPage {
        shell: viewer.shell("New account", Section::Accounts).await?,
        focus: fields.first_wrong().unwrap_or("organization_name"),
        pool: room::words(pool),
        pool_at: seen
            .filter(|(pool, _)| pool.is_enabled())
            .map(|(_, at)| viewer.times().at(at)),
        fields,
        problem,
        signed_out: false,
    })
}

/// The form as it was sent when the login had expired.
pub(super) async fn kept(app: &App, viewer: &Viewer, fields: Fields) -> Result<FormPage, Error> {
    Ok(FormPage {
        signed_out: true,
        ..page(app, viewer, fields, None).await?
    })
}

/// The form again (422), with a message at each field that is wrong. Nothing was sent.
pub(super) async fn refused(
    app: &App,
    viewer: &Viewer,
    fields: Fields,
    with_password: bool,
) -> Result<Response, Error> {
    let mut problem = Problem::at_fields(Vec::new());
    problem.notice.title = match fields.wrong() {
        1 => "Not created: one field needs another look".to_owned(),
        many => format!("Not created: {many} fields need another look"),
    };
    if with_password {
        "Nothing was sent to Telnyx. What you typed is still here, but the password: it is asked for again on the next \
         page."
            .clone_into(&mut problem.notice.text);
    }
    page::invalid(&page(app, viewer, fields, Some(problem)).await?)
}
